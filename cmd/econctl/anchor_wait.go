package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

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
// says on standard error how far it is. Reading anchors is always free.
func (a *app) awaitAnchor(ctx context.Context, size uint64) (anchorItem, error) {
	said := ""
	for {
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
				now = fmt.Sprintf("anchored in block %d; waiting for blocks on top of it", v.Height)
			default:
				now = "anchor " + oneLine(v.Txid) + " is published; waiting for a block"
			}
		}
		if now != said {
			fmt.Fprintln(a.stderr, now)
			said = now
		}
		if err := backoff.Sleep(ctx, anchorPoll); err != nil {
			return anchorItem{}, err
		}
	}
}
