package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/view"
	"github.com/spf13/cobra"
)

// anchorPoll is how often a wait for an anchor looks; a block takes minutes.
const anchorPoll = 2 * time.Second

func newAnchors(a *app) *cobra.Command {
	c := listing(a, "anchors", "List the commitments of the log to Bitcoin, oldest first", cobra.NoArgs,
		func(ctx context.Context, _ []string, limit int) error {
			return shownList(ctx, a, a.reads().Anchors(), limit, "TRANSACTION\tSTATE\tENTRIES\tBLOCK", func(v view.Anchor) string {
				line := fmt.Sprintf("%s\t%s\t%d\t", v.Txid, oneLine(string(v.State)), v.CheckpointSize)
				if v.Height != 0 {
					line += strconv.FormatUint(uint64(v.Height), 10)
				}
				return line
			})
		})
	c.AddCommand(newAnchorsExport(a))
	return c
}

// awaitAnchor waits until an anchor that covers the first size entries is final, and
// says on standard error how far it is, where people read. Reading anchors is always free.
func (a *app) awaitAnchor(ctx context.Context, size uint64) (view.Anchor, error) {
	text := newLatest("waiting for the anchor to be published")
	out := io.Writer(a.stderr)
	if a.asJSON {
		out = io.Discard
	}
	defer cli.Waiting(out, text.get)()
	for {
		about, err := a.econd.Info().Get(ctx)
		if err != nil {
			return view.Anchor{}, err
		}
		now := "waiting for the anchor to be published"
		for v, err := range a.econd.Anchors().All(ctx) {
			switch {
			case err != nil:
				return v, err
			case v.CheckpointSize < size:
				continue
			case v.State == view.AnchorFinal:
				return v, nil
			case v.State == view.AnchorConfirmed:
				now = fmt.Sprintf("anchored in block %d, %s; waiting for those that econd asks for (anchor.confirmations)",
					v.Height, confirmations(about.Clock.Height, v.Height))
			default:
				now = "anchor " + v.Txid.String() + " is published; waiting for a block"
			}
		}
		text.set(now)
		if err := backoff.Sleep(ctx, anchorPoll); err != nil {
			return view.Anchor{}, err
		}
	}
}

// confirmations counts the blocks on a transaction, its own included; econd may have
// seen fewer.
func confirmations(tip, height uint32) string {
	if tip <= height {
		return "1 confirmation"
	}
	return fmt.Sprintf("%d confirmations", tip-height+1)
}

// latest is the newest of some texts, for another goroutine to read.
type latest struct{ text atomic.Pointer[string] }

func newLatest(text string) *latest {
	l := new(latest)
	l.set(text)
	return l
}

func (l *latest) set(text string) { l.text.Store(&text) }
func (l *latest) get() string     { return *l.text.Load() }
