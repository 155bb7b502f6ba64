package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
)

// seqFlag is a sequence number that can be left away.
type seqFlag struct {
	seq   uint64
	given bool
}

// String, Set and Type make it a flag.

func (f *seqFlag) String() string {
	if !f.given {
		return ""
	}
	return strconv.FormatUint(f.seq, 10)
}

func (f *seqFlag) Set(text string) (err error) {
	if f.seq, err = strconv.ParseUint(text, 10, 63); err != nil {
		return fmt.Errorf("must be the sequence number of an entry")
	}
	f.given = true
	return nil
}

func (f *seqFlag) Type() string { return "seq" }

// readsState gives a command that reads state, and does nothing else, the flag
// --at; see app.reads.
func readsState(a *app, c *cobra.Command) *cobra.Command {
	c.Flags().Var(&a.at, "at", "show what was right after this entry of the log (default the present)")
	return c
}
