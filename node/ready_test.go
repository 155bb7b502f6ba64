package node_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/nodetest"
)

// anchorless is a publisher that can or cannot work.
type anchorless struct{ why string }

func (a *anchorless) Covering(int64) (anchor.Anchor, *anchor.Proof, error) {
	return anchor.Anchor{}, nil, anchor.ErrNotAnchored
}

func (a *anchorless) Lost(context.Context) ([]anchor.Lost, error) { return nil, nil }
func (a *anchorless) Adopt([]anchor.Lost) error                   { return nil }
func (a *anchorless) AnchoredSize() int64                         { return 0 }

func (a *anchorless) Blocked() (string, time.Time) { return a.why, time.Unix(1_800_000_000, 0) }

// Readiness tells of LND that is away, of one that hangs or is not synced, and of anchors
// that cannot be published.
func TestReadinessTellsTheTruth(t *testing.T) {
	w := newWorld(t)
	publisher := &anchorless{}
	w.Node.UseAnchors(publisher)
	expect := func(want string) {
		t.Helper()
		for began := time.Now(); ; time.Sleep(time.Millisecond) {
			got := strings.Join(w.Node.Ready(), "\n")
			if want == "" && got == "" || want != "" && strings.HasPrefix(got, want) {
				return
			}
			if time.Since(began) > time.Minute {
				t.Fatalf("the problems are %q, want %q", got, want)
			}
		}
	}
	expect("")
	publisher.why = "not enough coins"
	expect("anchoring: has failed since 2027-01-15T08:00:00Z: not enough coins")
	publisher.why = ""
	w.Lightning.SetHeight(nodetest.Tip.Height, false)
	expect("lnd: is not synced to the chain at height 500")
	w.Lightning.SetHeight(nodetest.Tip.Height, true)
	expect("")
	w.Lightning.Lose("info", 1_000_000)
	expect("lnd: does not answer since ")
	w.Lightning.Lose("info", 0)
	expect("")
	w.Lightning.Hang(true)
	expect("lnd: does not answer since ")
	w.Lightning.Hang(false)
	expect("")
	w.Lightning.Leave(true)
	expect("lnd: does not answer")
}
