package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

func TestTheft(t *testing.T) {
	s := newStory(t)
	taken := s.Do(s.Agents[0], op.KindLockStake, op.LockStake{AmountSat: 650})
	s.Lock(taken)
	s.Do(s.Operator, op.KindHoldSettled, op.HoldSettled{Hold: taken})
	s.Do(s.Agents[0], op.KindLockStake, op.LockStake{AmountSat: 600}) // requested, no invoice yet
	for name, c := range map[string]struct {
		hold       op.ID
		proved     bool
		conclusive bool
		says       string
	}{
		"released stake":       {s.Released, true, true, "records as released"},
		"locked stake":         {s.Locked, true, false, "hold this against an export that reaches the present"},
		"collateral returned":  {s.Passed, true, true, "records as released"},
		"stake taken":          {taken, false, false, "is claimable"},
		"collateral forfeited": {s.Vetoed, false, false, "was declared forfeited by entry"},
		"no hold at all":       {op.ID{1}, false, false, "the payment hash of no hold"},
	} {
		got, err := VerifyTheft(context.Background(), bytes.NewReader(s.Export()), audittest.PreimageOf(c.hold),
			ReplayOptions{Checkpoint: s.Checkpoint()})
		if !c.proved {
			require.ErrorIs(t, err, ErrNoTheft, name)
			require.Contains(t, err.Error(), c.says, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, c.hold, got.Hold.ID, name)
		require.Equal(t, c.conclusive, got.Conclusive, name)
		require.Contains(t, got.Statement, c.says, name)
	}
}

// A log from before the forfeiture must not convict anybody: the proof says
// that it is not conclusive.
func TestTheftFromACutLogIsNotConclusive(t *testing.T) {
	s := newStory(t)
	whole := audittest.PreimageOf(s.Vetoed)
	for size := 1; size <= len(s.Lines); size++ {
		got, err := VerifyTheft(context.Background(), bytes.NewReader(bytes.Join(s.Lines[:size], []byte("\n"))), whole, ReplayOptions{})
		if err != nil {
			require.ErrorIs(t, err, ErrNoTheft)
			continue
		}
		require.False(t, got.Conclusive, size)
	}
}

// vetoed has a proposal vetoed, so that its collateral is forfeited and waits to be
// settled.
func (s *story) vetoed() op.ID {
	id := s.Propose(s.Agents[2], "another price", audittest.SetPrice(constitution.ResourceEvents, 30, 20))
	s.Pass(time.Second)
	for _, i := range []int{0, 1, 2, 4} {
		s.Vote(s.Agents[i], id, "for")
	}
	s.Pass(3601 * time.Second)
	s.Do(s.Operator, op.KindVeto, op.Veto{Proposal: id, Reason: "no"})
	return id
}

// deposited has a payment into a pool locked, which waits to be settled.
func (s *story) deposited() op.ID {
	id := s.Do(s.Agents[4], op.KindDeposit, op.Deposit{Pool: "reserve", AmountSat: 5000})
	s.Lock(id)
	return id
}

func (s *story) pending(hold op.ID) ledger.Effect {
	for _, f := range s.State.PendingEffects() {
		if f.Hold == hold {
			return f
		}
	}
	s.TB.Fatalf("nothing is asked for of hold %s", hold)
	return ledger.Effect{}
}

// What was forfeited and is said to have gone back, though LND settled it, is
// nowhere: not with the agent, and in no pool. An honest settlement that comes to
// light late is stated as one, and booked.
func TestTheftOfWhatWasForfeited(t *testing.T) {
	for name, c := range map[string]struct {
		hold    func(*story) op.ID
		blocks  uint32 // until the answer; from 120 on the hold lapses
		settled bool
		says    string
	}{
		"vetoed, cancelled":         {(*story).vetoed, 0, false, "the log then records as lapsed"},
		"vetoed, lapsed, cancelled": {(*story).vetoed, 120, false, "the log then records as released"},
		"deposit, cancelled":        {(*story).deposited, 0, false, "the log then records as lapsed"},
		"deposit, lapsed":           {(*story).deposited, 120, false, "the log then records as released"},
		"vetoed, settled":           {(*story).vetoed, 119, true, "settling it was the rule"},
		"vetoed, settled late":      {(*story).vetoed, 120, true, "settling it was the rule"},
		"deposit, settled late":     {(*story).deposited, 120, true, "settling it was the rule"},
	} {
		s := newStory(t)
		id := c.hold(s)
		verify := func() (Theft, error) {
			return VerifyTheft(context.Background(), bytes.NewReader(s.Export()), audittest.PreimageOf(id), ReplayOptions{Checkpoint: s.Checkpoint()})
		}
		_, err := verify()
		require.ErrorIs(t, err, ErrNoTheft, name)
		s.Mine(c.blocks)
		if c.blocks == 120 {
			got, err := verify()
			require.NoError(t, err, name)
			require.False(t, got.Conclusive, name)
			require.Contains(t, got.Statement, "is releasing since", name)
		}
		before, f := s.State.Pools(), s.pending(id)
		if c.settled {
			s.Do(s.Operator, op.KindHoldSettled, op.HoldSettled{Effect: f.ID, Hold: id})
			_, err := verify()
			require.ErrorIs(t, err, ErrNoTheft, name)
			require.Contains(t, err.Error(), c.says, name)
			require.NotEqual(t, before, s.State.Pools(), name)
			continue
		}
		s.Do(s.Operator, op.KindHoldCancelled, op.HoldCancelled{Effect: f.ID, Hold: id, Reason: "no longer there"})
		got, err := verify()
		require.NoError(t, err, name)
		require.True(t, got.Conclusive, name)
		require.NotZero(t, got.Forfeited, name)
		require.Contains(t, got.Statement, c.says, name)
		require.Equal(t, before, s.State.Pools(), name)
	}
}

// That what was taken was paid back is the operator's word where it says so itself,
// and replay lists it with all that was reconciled.
func TestTheftPaidBackByTheOperatorsWord(t *testing.T) {
	s := newStory(t)
	hold := s.Do(s.Agents[0], op.KindLockStake, op.LockStake{AmountSat: 650})
	s.Lock(hold)
	s.Do(s.Operator, op.KindHoldSettled, op.HoldSettled{Hold: hold})
	p, ok := s.State.ReturnOf(hold)
	require.True(t, ok)
	preimage := op.Hash(sha256.Sum256([]byte("mine")))
	hash := op.Hash(sha256.Sum256(preimage[:]))
	seq := s.State.Next()
	s.Do(s.Operator, op.KindReconciled, op.Reconciled{Decision: op.DecidedPaid, Hash: hash, Preimage: preimage, Payout: p.ID,
		AmountMsat: 1000 * p.AmountSat, Invoice: s.Invoice(s.Node, hash, p.AmountSat)})
	_, err := VerifyTheft(context.Background(), bytes.NewReader(s.Export()), audittest.PreimageOf(hold), ReplayOptions{})
	require.ErrorIs(t, err, ErrNoTheft)
	require.Contains(t, err.Error(), fmt.Sprintf("is paid, says the operator by entry %d, with an invoice the agent never named", seq))
	r, err := replayLines(s.Lines, ReplayOptions{})
	require.NoError(t, err)
	require.Len(t, r.Reconciled, 1)
	require.Equal(t, seq, r.Reconciled[0].Seq)
	require.Equal(t, p.ID, r.Reconciled[0].Payout)
	require.Contains(t, fmt.Sprint(r.RestsOn), "1 decisions of the operator")
}

// An operator who lost the end of the log and said so is told from one with two
// histories.
func TestCheckpointOfWhatWasLost(t *testing.T) {
	s := newStory(t)
	w := newStory(t) // the backup
	s.oneMore()
	note := s.Checkpoint()
	w.Do(w.Operator, op.KindReconciled, op.Reconciled{Decision: op.DecidedRestored, Size: uint64(len(s.Lines)), Root: op.Hash(s.Root()), Note: "disk lost"})
	seq := w.State.Next() - 1
	w.Pass(time.Second)
	for range 2 {
		_, err := replayLines(w.Lines, ReplayOptions{Checkpoint: note})
		require.ErrorIs(t, err, ErrLog)
		require.Contains(t, err.Error(), fmt.Sprintf("the head that entry %d says was lost", seq))
		if w.Pass(time.Second); len(w.Lines) == int(seq)+1 {
			w.oneMore()
		}
	}

	x := newStory(t)
	x.Pass(time.Second)
	x.oneMore()
	_, err := replayLines(x.Lines, ReplayOptions{Checkpoint: note})
	require.ErrorIs(t, err, ErrLog)
	require.NotContains(t, err.Error(), "was lost")
}

func TestTheftNeedsASoundLog(t *testing.T) {
	s := newStory(t)
	_, err := VerifyTheft(context.Background(), bytes.NewReader(bytes.Join(s.Lines[1:], []byte("\n"))), audittest.PreimageOf(s.Released), ReplayOptions{})
	require.ErrorIs(t, err, ErrLog)
}
