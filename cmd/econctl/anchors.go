package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/view"
)

// anchorPoll is how often a wait for an anchor looks; a block takes minutes.
const anchorPoll = 2 * time.Second

func newAnchors(a *app) *cobra.Command {
	c := lists(a, "anchors", "List the commitments of the log to Bitcoin, oldest first", whole((*client.Client).Anchors),
		table[view.Anchor]{"TRANSACTION\tSTATE\tENTRIES\tBLOCK", func(v view.Anchor) string {
			block := ""
			if v.Height != 0 {
				block = fmt.Sprint(v.Height)
			}
			return cells(v.Txid, v.State, v.CheckpointSize, block)
		}})
	c.AddCommand(newAnchorsExport(a))
	return c
}

func newAnchorsExport(a *app) *cobra.Command {
	var out string
	c := long(command("export --out FILE", "Fetch the proofs of all final anchors, for econaudit",
		func(ctx context.Context, _ []string) error { return a.exportAnchors(ctx, out) }),
		"Fetch the proofs that Bitcoin holds the anchors, those that are final, one a line. econaudit line walks them:",
		"each must spend the one before. Fetch them before the log, so that the log names all of them.")
	c.Example = "  econctl anchors export --out anchors.ndjson && econctl export --out export.log\n" +
		"  econaudit line export.log anchors.ndjson"
	c.Flags().StringVar(&out, "out", "", "file for the proofs, one per line; replaced if it is there")
	return needs(c, "out")
}

// exportAnchors writes the proofs in the order of the line.
func (a *app) exportAnchors(ctx context.Context, path string) error {
	return a.writeLines(path, "proofs", func(yield func([]byte, error) bool) {
		for p, err := range a.econd.AnchorProofs().All(ctx) {
			if !yield(p.Proof, err) {
				return
			}
		}
	})
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
