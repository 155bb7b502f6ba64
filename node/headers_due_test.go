package node_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// away starts a halted world's node after time and blocks have passed, with the headers of those
// blocks held back until release is called, and returns how many entries it has.
func (w *world) away(passed time.Duration, tip node.Block) (size uint64, release func()) {
	w.T.Helper()
	w.Clock.Add(passed)
	w.Tip = tip
	w.Lightning.SetHeight(tip.Height, true)
	held := w.Chain.Hold()
	w.Start()
	<-held.Begun
	return w.Node.Size(), func() { close(held.Release) }
}

// looksIn lets LND say a few times how it is, and so the writer look for what is due.
func (w *world) looksIn() {
	w.T.Helper()
	asked := w.Lightning.Infos()
	w.Until("LND was asked", func(*ledger.State, int64) bool { return w.Lightning.Infos() >= asked+2 })
}

// entered is one entry's kind and the height of its stamp.
type entered struct {
	kind   op.Kind
	height uint32
}

func (w *world) enteredFrom(seq uint64) (list []entered) {
	w.T.Helper()
	for ; seq < w.Node.Size(); seq++ {
		e, _, err := w.Node.Entry(seq)
		require.NoError(w.T, err)
		list = append(list, entered{e.Event.Kind, e.Stamp.Height})
	}
	return list
}

// registers sends a registration, which waits behind what is due.
func (w *world) registers(key byte) chan outcome {
	return w.sent(context.Background(), w.Event(nodetest.Key(w.T, key), op.KindRegister, op.Register{Name: "late"}), false)
}

// What fell due while the node was off is entered with the newest block of now, and not with
// that which the log ended with: after a restart, and after a restore, over one entry of
// headers or several.
func TestHeadersComeBeforeWhatFellDue(t *testing.T) {
	for name, top := range map[string]uint32{"five blocks": 505, "a burst of 200": 700, "more than an entry takes": 1197} {
		t.Run(name, func(t *testing.T) {
			w := newHeaderWorld(t)
			w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
			require.NoError(t, w.Halt())
			w.comesBack(top)
		})
	}
	t.Run("from a backup", func(t *testing.T) {
		w := newHeaderWorld(t)
		require.NoError(t, w.Halt())
		restore := w.Save()
		w.Start()
		w.block(510)
		w.reached(510)
		require.NoError(t, w.Halt())
		restore()
		require.NoError(t, w.WithNode(func(n *node.Node) error {
			_, err := n.Resume(node.Comparison{}, "the disk was lost")
			return err
		}))
		w.comesBack(510)
	})
}

// comesBack starts a halted world whose log ends at the first block, and looks at what it enters.
func (w *world) comesBack(top uint32) {
	w.T.Helper()
	size, release := w.away(time.Minute, nodetest.BlockAt(top))
	late := w.registers(12)
	at := w.Clock.NowMs()
	w.looksIn()
	require.Equal(w.T, size, w.Node.Size(), "with the old header")
	w.Clock.Add(time.Second)
	release()
	got := <-late
	require.NoError(w.T, got.Err)
	require.Equal(w.T, at, got.Receipt.TimeMs, "the instant at which it arrived")
	list := w.enteredFrom(size)
	headers := int(top-nodetest.Tip.Height+op.MaxHeaders-1) / op.MaxHeaders
	for i := range headers {
		require.Equal(w.T, op.KindBlocks, list[i].kind)
	}
	require.Equal(w.T, []entered{{op.KindEpoch, top}, {op.KindRegister, top}}, list[headers:headers+2])
}

// An LND that was away or not synced says that it is higher before it tells of the blocks.
func TestHeadersComeBeforeWhatFellDueWhileLNDWasAway(t *testing.T) {
	for name, state := range map[string]func(l *nodetest.Lightning){
		"higher":     func(l *nodetest.Lightning) { l.SetHeight(644, true) },
		"not synced": func(l *nodetest.Lightning) { l.SetHeight(500, false) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newHeaderWorld(t)
			state(w.Lightning)
			w.looksIn()
			size := w.Node.Size()
			w.Clock.Add(24 * time.Hour)
			late := w.registers(12)
			w.looksIn()
			require.Equal(t, size, w.Node.Size(), "with the old header")
			w.block(644)
			require.NoError(t, (<-late).Err)
			require.Equal(t, []entered{{op.KindBlocks, 500}, {op.KindEpoch, 644}, {op.KindRegister, 644}}, w.enteredFrom(size)[:3])
		})
	}
}

// A node whose LND has nothing new to tell, or is gone, goes on with the block that it knows.
func TestWhatIsDueWaitsForNoHeadersThatNobodyHas(t *testing.T) {
	w := newHeaderWorld(t)
	w.Lightning.Leave(true)
	require.Eventually(t, func() bool { return !w.Node.Vitals().LightningUp }, time.Minute, time.Millisecond)
	w.Clock.Add(time.Minute)
	require.NoError(t, (<-w.registers(12)).Err)
}

// Blocks that replace the one by which something is due come after it, or who enters them would
// choose among the two.
func TestForkComesAfterWhatItReplaces(t *testing.T) {
	w, _, hash := staker(t)
	w.Lightning.PayUntil(hash, 10_000_000, 540)
	w.Until("the stake is locked", func(s *ledger.State, _ int64) bool {
		v, _ := s.Agent(nodetest.Key(t, 11).Public())
		return v.StakeSat == 10_000
	})
	w.Lightning.SetHeight(530, true) // there is more to come
	w.looksIn()
	size := w.Node.Size()
	w.Chain.Tips <- nodetest.BlockAt(516) // the hold has to go
	w.reached(516)
	w.looksIn()
	require.Equal(t, []entered{{op.KindBlocks, 500}}, w.enteredFrom(size), "what is due waits")
	fork := w.Chain.Fork(515, 20)
	w.Chain.Tips <- fork(530)
	w.reached(530)
	list := w.enteredFrom(size + 1)
	require.NotEqual(t, op.KindBlocks, list[0].kind)
	require.EqualValues(t, 516, list[0].height)
	require.Equal(t, entered{op.KindBlocks, 516}, list[1])
}

// Blocks of testnet4 are twenty minutes ahead again and again, and their times go back.
func TestHeadersWhoseTimesJump(t *testing.T) {
	w := newHeaderWorld(t)
	var steps []int64
	for range 10 {
		steps = append(steps, 1201, 1201, 1201, -2400)
	}
	jumping := w.Chain.ForkBy(501, steps)
	require.NoError(t, w.Halt())
	size, release := w.away(time.Hour, jumping(540))
	late := w.registers(12)
	release()
	require.NoError(t, (<-late).Err)
	require.Equal(t, []entered{{op.KindBlocks, 500}, {op.KindEpoch, 540}, {op.KindRegister, 540}}, w.enteredFrom(size)[:3])
}
