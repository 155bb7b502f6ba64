package node_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// anchorless is a publisher that can or cannot work.
type anchorless struct{ why string }

func (a *anchorless) Covering(int64) (anchor.Anchor, *anchor.Proof, error) {
	return anchor.Anchor{}, nil, anchor.ErrNotAnchored
}

func (a *anchorless) Lost(context.Context) ([]anchor.Lost, error)   { return nil, nil }
func (a *anchorless) Adopt([]anchor.Lost) error                     { return nil }
func (a *anchorless) Proofs(int, int) ([]*anchor.Proof, int, error) { return nil, 0, nil }
func (a *anchorless) Waiting() anchor.Waiting                       { return anchor.Waiting{} }
func (a *anchorless) AnchoredSize() int64                           { return 0 }

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

// A head that cannot be kept is no head: none is handed out, the node says so and tries
// again; what else it does goes on.
func TestReadinessTellsOfAHeadThatCannotBeWritten(t *testing.T) {
	w := newWorld(t)
	heads := w.Heads
	full := errors.New("no space left on device")
	heads.Refuse(full)
	if r := w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"}); r.Promise != "" {
		t.Fatal("promised under a head that is not kept")
	}
	for range 2 {
		_, _, err := w.Node.Checkpoint(t.Context())
		if !errors.Is(err, node.ErrHeadUnwritten) || !errors.Is(err, full) {
			t.Fatal(err)
		}
	}
	got := w.Node.Ready()
	if len(got) != 1 || node.PartOf(got[0]) != "checkpoint" || !strings.HasSuffix(got[0], ": the highest head cannot be written: no space left on device") {
		t.Fatal(got)
	}
	if err := w.Node.Health(); err != nil {
		t.Fatal(err)
	}
	heads.Refuse(nil)
	if got := w.Node.Ready(); len(got) != 0 {
		t.Fatalf("%q, after the file was tried again", got)
	}
	if h, ok, _ := heads.Highest(); !ok || h.Size != w.Node.Size() {
		t.Fatal(h, ok)
	}
}

// doubtful is a store that does not confirm checkpoints.
type doubtful struct {
	node.Store
	why error
}

func (s doubtful) PutCheckpoint(uint64, []byte) error { return s.why }

// A checkpoint that the store did not confirm ends the node, as an entry does.
func TestUnconfirmedCheckpointEndsTheNode(t *testing.T) {
	w := newWorld(t)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	w.StartOn(doubtful{w.Store, full})
	if _, _, err := w.Node.Checkpoint(t.Context()); !errors.Is(err, node.ErrNotDurable) || !errors.Is(err, full) {
		t.Fatal(err)
	}
	for began := time.Now(); !errors.Is(w.Node.Health(), full); time.Sleep(time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal(w.Node.Health())
		}
	}
	if err := w.Halt(); !errors.Is(err, full) {
		t.Fatal(err)
	}
}

// What stands beside the node tells its problems with the node's.
func TestReadinessTellsOfWhatIsBesideTheNode(t *testing.T) {
	w := newWorld(t)
	var problems []string
	w.Node.UseProblems(func() []string { return problems })
	if got := w.Node.Ready(); len(got) != 0 {
		t.Fatal(got)
	}
	problems = []string{"files: answers: no space left on device"}
	if got := w.Node.Ready(); !slices.Equal(got, problems) || node.PartOf(got[0]) != "files" {
		t.Fatal(got)
	}
}
