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
		Long: "Follow the log; with --json print entries as they are, one per line. Each entry must come\n" +
			"behind the one before, not earlier and not at a lower height, with the id of what it says and\n" +
			"its author's signature. Where one was left out or changed, that is said and the command fails.\n" +
			"Time, height and block are signed by nobody alone: econaudit checks them against the signed\n" +
			"checkpoint, and what follows from the entries against the rules.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s := a.entries()
			s.left = count
			if c.Flags().Changed("after") {
				if after < -1 {
					return cli.Usagef("after: must be an entry, or -1 for all")
				}
				s.last = strconv.FormatInt(after, 10)
				if err := s.begins(s.last); err != nil {
					return err
				}
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
	check := new(entryCheck)
	return &stream{app: a, path: "/v1/events", show: func(e sseEvent) error { return a.showEntry(check, e) },
		begins: func(place string) error {
			after, err := strconv.ParseInt(place, 10, 64)
			if err != nil || after < -1 || after > op.MaxInteger {
				return fmt.Errorf("econd's stream begins behind %q, which is no entry", oneLine(place))
			}
			return check.begins(after)
		}}
}

func (a *app) showEntry(check *entryCheck, e sseEvent) error {
	entry, err := check.take([]byte(e.data))
	if err != nil {
		return err
	}
	if e.id != strconv.FormatUint(entry.Seq, 10) {
		return fmt.Errorf("entry %d comes from econd with the id %q", entry.Seq, oneLine(e.id))
	}
	text := e.data
	if !a.asJSON {
		at := time.UnixMilli(entry.Stamp.TimeMs).UTC().Format("2006-01-02 15:04:05.000")
		text = fmt.Sprintf("%d  %s  %s  %s  %s", entry.Seq, at, entry.Event.Kind, entry.Event.PubKey, oneLine(entry.Event.Content))
	}
	_, err = fmt.Fprintln(a.stdout, text)
	return err
}
