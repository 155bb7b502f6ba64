package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/backoff"
)

// anchorPoll is how often a wait for an anchor looks; a block takes minutes.
const anchorPoll = 2 * time.Second

// anchorItem is an anchor as /v1/anchors lists it.
type anchorItem struct {
	Txid   string `json:"txid"`
	Size   uint64 `json:"checkpoint_size"`
	State  string `json:"state"`
	Height uint32 `json:"height"`
}

// awaitAnchor waits until an anchor that covers the first size entries is final, and
// says on standard error how far it is, where people read. Reading anchors is always free.
func (a *app) awaitAnchor(ctx context.Context, size uint64) (anchorItem, error) {
	text := newLatest("waiting for the anchor to be published")
	out := io.Writer(a.stderr)
	if a.asJSON {
		out = io.Discard
	}
	defer cli.Waiting(out, text.get)()
	for {
		var about info
		if _, err := a.get(ctx, "/v1/info", nil, &about); err != nil {
			return anchorItem{}, err
		}
		found, err := a.list(ctx, "/v1/anchors", nil, 0)
		if err != nil {
			return anchorItem{}, err
		}
		now := "waiting for the anchor to be published"
		for _, raw := range found.Items {
			var v anchorItem
			if err := json.Unmarshal(raw, &v); err != nil {
				return v, fmt.Errorf("econd lists an anchor that cannot be read: %w", err)
			}
			switch {
			case v.Size < size:
				continue
			case v.State == "final":
				return v, nil
			case v.State == "confirmed":
				now = fmt.Sprintf("anchored in block %d, %s; waiting for those that econd asks for (anchor.confirmations)",
					v.Height, confirmations(about.Clock.Height, v.Height))
			default:
				now = "anchor " + oneLine(v.Txid) + " is published; waiting for a block"
			}
		}
		text.set(now)
		if err := backoff.Sleep(ctx, anchorPoll); err != nil {
			return anchorItem{}, err
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
