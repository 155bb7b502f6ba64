package main

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
)

func newEvents(a *app) *cobra.Command {
	var after int64
	var count uint64
	var c *cobra.Command
	c = long(command("events", "Follow the log; with --json print entries as they are, one per line", func(ctx context.Context, _ []string) error {
		if !c.Flags().Changed("after") {
			after = client.FromNow
		} else if after < client.FromStart {
			return cli.Usagef("after: must be an entry, or -1 for all")
		}
		return follow(a.econd.Events(ctx, after), count, a.showEntry)
	}),
		"Follow the log; with --json print entries as they are, one per line. Each entry must come",
		"behind the one before, not earlier and not at a lower height, with the id of what it says and",
		"its author's signature. Where one was left out or changed, that is said and the command fails.",
		"Time, height and block are signed by nobody alone: econaudit checks them against the signed",
		"checkpoint, and what follows from the entries against the rules.")
	c.Flags().Int64Var(&after, "after", 0, "start after this entry; -1 for all (default: what comes next)")
	c.Flags().Uint64Var(&count, "count", 0, "end after this many entries; 0 for never")
	return c
}

// follow shows what a stream gives until it ends, or that many were shown; 0 for no end.
func follow[T any](stream iter.Seq2[T, error], count uint64, show func(T) error) error {
	for v, err := range stream {
		if err == nil {
			err = show(v)
		}
		if err != nil {
			return err
		}
		if count--; count == 0 {
			return nil
		}
	}
	return nil
}

func (a *app) showEntry(e client.Entry) error {
	text := string(e.Line)
	if !a.asJSON {
		at := time.UnixMilli(e.Stamp.TimeMs).UTC().Format("2006-01-02 15:04:05.000")
		text = fmt.Sprintf("%d  %s  %s  %s  %s", e.Seq, at, e.Event.Kind, e.Event.PubKey, oneLine(e.Event.Content))
	}
	_, err := fmt.Fprintln(a.stdout, text)
	return err
}
