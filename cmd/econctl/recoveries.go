package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newRecoveries(a *app) *cobra.Command {
	return lists(a, "recoveries", "List where the operator went on with the log, or its line of anchors, by its own decision", whole((*client.Client).Recoveries),
		table[view.Recovery]{"ENTRY\tTIME\tWHAT\tREASON", func(r view.Recovery) string {
			return cells(r.Seq, instant(r.TimeMs), recoveryText(r), r.Note)
		}})
}

// recoveryText says what the operator went on from.
func recoveryText(r view.Recovery) string {
	switch {
	case r.Decision == op.DecidedNewLine:
		return fmt.Sprintf("a second line of anchors: output 1 of %s is gone", r.After)
	case r.Size == 0:
		return "the log goes on from a backup"
	}
	return fmt.Sprintf("the log goes on from a backup; a head over %d entries had been signed", r.Size)
}
