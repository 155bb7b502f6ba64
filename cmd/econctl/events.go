package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

func newEvents(a *app) *cobra.Command {
	var after int64
	var count uint64
	c := &cobra.Command{
		Use:   "events",
		Short: "Follow the log; with --json print entries as they are, one per line",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s := a.entries()
			s.left = count
			if c.Flags().Changed("after") {
				if after < -1 {
					return cli.Usagef("after: must be an entry, or -1 for all")
				}
				s.last = strconv.FormatInt(after, 10)
			}
			return s.follow(c.Context())
		},
	}
	c.Flags().Int64Var(&after, "after", 0, "start after this entry; -1 for all (default: what comes next)")
	c.Flags().Uint64Var(&count, "count", 0, "end after this many entries; 0 for never")
	return c
}

// entries is the stream of the log.
func (a *app) entries() *stream {
	return &stream{app: a, path: "/v1/events", show: a.showEntry}
}

func (a *app) showEntry(e sseEvent) error {
	entry, err := op.DecodeEntry([]byte(e.data))
	if err != nil {
		return fmt.Errorf("entry %s from econd: %w", oneLine(e.id), err)
	}
	text := e.data
	if !a.asJSON {
		at := time.UnixMilli(entry.Stamp.TimeMs).UTC().Format("2006-01-02 15:04:05.000")
		text = fmt.Sprintf("%d  %s  %s  %s  %s", entry.Seq, at, entry.Event.Kind, entry.Event.PubKey, oneLine(entry.Event.Content))
	}
	_, err = fmt.Fprintln(a.stdout, text)
	return err
}
