package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
			f := &follower{app: a, left: count}
			if c.Flags().Changed("after") {
				if after < -1 {
					return cli.Usagef("after: must be an entry, or -1 for all")
				}
				f.last = strconv.FormatInt(after, 10)
			}
			err := f.follow(c.Context())
			if c.Context().Err() != nil || errors.Is(err, errEnough) {
				return nil // the reader ended it
			}
			return err
		},
	}
	c.Flags().Int64Var(&after, "after", 0, "start after this entry; -1 for all (default: what comes next)")
	c.Flags().Uint64Var(&count, "count", 0, "end after this many entries; 0 for never")
	return c
}

var errEnough = errors.New("enough entries")

// follower reads the event stream over any number of connections.
type follower struct {
	app  *app
	last string // entry after which to go on; "" for the newest
	left uint64 // entries still wanted; 0 for no end
}

// follow connects again whenever the stream ends, after the last entry seen.
func (f *follower) follow(ctx context.Context) error {
	if f.last == "" {
		about, err := f.app.info(ctx)
		if err != nil {
			return err
		}
		f.last = strconv.FormatInt(int64(about.Size)-1, 10)
	}
	for {
		query := url.Values{"after": {f.last}}
		resp, err := f.app.open(ctx, request{method: http.MethodGet, path: "/v1/events", query: query,
			header: func(string, string) (http.Header, error) {
				return http.Header{"Accept": {"text/event-stream"}}, nil
			}})
		if err != nil {
			return err
		}
		err = f.read(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return err
		}
		if err := sleep(ctx, time.Second); err != nil {
			return err
		}
	}
}

// read prints the events of one stream (HTML Living Standard section 9.2). A
// stream that breaks off is no error.
func (f *follower) read(body io.Reader) error {
	r := bufio.NewReaderSize(body, op.MaxEventBytes+1024)
	var id, data string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil
		}
		line = strings.TrimRight(line, "\r\n")
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if data == "" {
				continue
			}
			if err := f.show(id, data); err != nil {
				return err
			}
			id, data = "", ""
		case field == "id":
			id = value
		case field == "data":
			data += value
		}
		if len(data) > op.MaxEventBytes+1024 {
			return errors.New("an event of the stream is longer than an entry can be")
		}
	}
}

func (f *follower) show(id, data string) error {
	entry, err := op.DecodeEntry([]byte(data))
	if err != nil {
		return fmt.Errorf("entry %s from econd: %w", oneLine(id), err)
	}
	text := data
	if !f.app.asJSON {
		at := time.UnixMilli(entry.Stamp.TimeMs).UTC().Format("2006-01-02 15:04:05.000")
		text = fmt.Sprintf("%d  %s  %s  %s  %s", entry.Seq, at, entry.Event.Kind, entry.Event.PubKey, oneLine(entry.Event.Content))
	}
	if _, err := fmt.Fprintln(f.app.stdout, text); err != nil {
		return err
	}
	f.last = strconv.FormatUint(entry.Seq, 10)
	if f.left > 0 {
		if f.left--; f.left == 0 {
			return errEnough
		}
	}
	return nil
}
