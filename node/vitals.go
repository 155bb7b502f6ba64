package node

import (
	"slices"
	"strings"
	"time"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// Parts are what can keep a node from part of its work, as Ready's problems begin.
var Parts = []string{"recovery", "writer", "clock", "lnd", "chain", "holds", "payments", "webhooks", "anchoring", "checkpoint", "witnesses", "files", "l402"}

// PartOf is the part that a problem is about, "other" for none of Parts.
func PartOf(problem string) string {
	part, _, _ := strings.Cut(problem, ":")
	if slices.Contains(Parts, part) {
		return part
	}
	return "other"
}

// Vitals are what monitoring watches. Instants are zero where there is none.
type Vitals struct {
	LightningUp bool // the last call to LND was answered

	Height  uint32    // of the last block that LND told of; 0: none yet
	BlockAt time.Time // when it did

	LogAhead time.Duration // of the last stamp, before the clock; 0 in normal work

	Waiting int // requests that wait for the writer

	Holds []ledger.HoldCount // that have not ended, by state
	// Contradicted are the holds of which the agent says otherwise than the log, by what it is about.
	Contradicted []ledger.ContradictionCount

	// Anchors by state, and how many entries the newest of each covers.
	Anchors []AnchorCount
	// AnchorWaits is the oldest anchor that is in no block.
	AnchorWaits anchor.Waiting
	// AnchoredAt is when the newest anchor was published.
	AnchoredAt time.Time
}

// AnchorCount is about the anchors in one state.
type AnchorCount struct {
	State   view.AnchorState
	Count   int
	Entries uint64 // that the newest of them covers
}

// Vitals reads them. It must not be called from within View.
func (n *Node) Vitals() Vitals {
	v := Vitals{LightningUp: n.pulse.up(), LogAhead: n.LogAhead(), Waiting: n.arrivals.length()}
	if tip := n.tip.Load(); tip != nil {
		v.Height, v.BlockAt = tip.Height, n.watch.lastBlock()
	}
	for _, state := range []view.AnchorState{view.AnchorPending, view.AnchorConfirmed, view.AnchorFinal} {
		v.Anchors = append(v.Anchors, AnchorCount{State: state})
	}
	var newest uint64
	n.View(func(s *ledger.State, nowMs int64) {
		v.Holds, v.Contradicted = s.HoldCounts(), s.ContradictionCounts(nowMs)
		for _, a := range s.Anchors() {
			for i := range v.Anchors {
				if c := &v.Anchors[i]; c.State == a.State {
					c.Count++
					c.Entries = max(c.Entries, a.CheckpointSize)
				}
			}
			newest = max(newest, a.Seq)
		}
	})
	if n.anchors != nil {
		v.AnchorWaits = n.anchors.Waiting()
	}
	if newest > 0 {
		if e, _, err := n.Entry(newest); err == nil {
			v.AnchoredAt = time.UnixMilli(e.Stamp.TimeMs)
		}
	}
	return v
}

func (p *pulse) up() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen && p.failing.IsZero()
}

func (w *watch) lastBlock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told
}

func (a *arrivals) length() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.waiting)
}
