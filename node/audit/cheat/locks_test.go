package cheat

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

const saysBoth = "`econaudit replay`, which sets the agent's word against it"

// ofLocks are cheats with what only two Lightning nodes show, by version 2 of the rules. The log
// does not prove which word is true: it shows both.
var ofLocks = []cheat{
	{name: "lock-kept-back", tries: "does not enter that a stake was locked", catches: saysBoth, holder: "everybody: the agent's word is an entry",
		says: "the operator's word is that nobody has paid it", trust: "which of the two speaks the truth",
		play: func(t *testing.T, s *story) verdict {
			s, _ = s.newBlocks(12, 0)
			h := s.offered()
			s.confirm(h, s.At.Height+144)
			s.Pass(10 * time.Minute)
			s.Agent("ten minutes later")
			return s.locks(t)
		}},
	{name: "cancelled-and-kept", tries: "says that a hold was cancelled, and keeps its HTLC", catches: saysBoth, holder: "everybody: the agent's word is an entry",
		says: "the operator's word is that it is lapsed", trust: "which of the two speaks the truth: a node on the route may be away",
		play: func(t *testing.T, s *story) verdict {
			s, _ = s.newBlocks(12, 0)
			h := s.locked()
			s.Do(s.Operator, op.KindHoldCancelled, op.HoldCancelled{Hold: h, Reason: "LND cancelled it"})
			s.Pass(time.Hour)
			s.confirm(h, s.At.Height+144)
			return s.locks(t)
		}},
	{name: "lock-misstated", tries: "states an earlier end of a lock, to let it lapse and be forfeited", catches: saysBoth, holder: "everybody: the agent's word is an entry",
		says: "the operator's word is that its HTLCs end at height", trust: "which of the two speaks the truth",
		play: func(t *testing.T, s *story) verdict {
			s, _ = s.newBlocks(12, 0)
			s.confirm(s.locked(), s.At.Height+200)
			return s.locks(t)
		}},
}

// offered is a stake of the second agent whose invoice is there.
func (s *story) offered() op.ID {
	id := s.Do(s.Agents[1], op.KindLockStake, op.LockStake{AmountSat: 9000})
	s.Offer(id)
	return id
}

func (s *story) locked() op.ID {
	id := s.Do(s.Agents[1], op.KindLockStake, op.LockStake{AmountSat: 9000})
	s.Lock(id)
	return id
}

// confirm has the second agent say that its node holds a hold until a height.
func (s *story) confirm(hold op.ID, until uint32) {
	v, _ := s.State.Hold(hold)
	s.Do(s.Agents[1], op.KindHoldConfirmed, op.HoldConfirmed{Hold: hold, PaymentHash: *v.PaymentHash, AmountSat: v.AmountSat, ExpiryHeight: until})
}

func (s *story) report() (audit.ReplayReport, error) {
	return audit.Replay(context.Background(), bytes.NewReader(bytes.Join(s.Lines, []byte("\n"))), audit.ReplayOptions{})
}

// locks is what econaudit replay says of words that contradict each other.
func (s *story) locks(t *testing.T) verdict {
	r, err := s.report()
	require.Len(t, r.Locks.Contradicted, 1)
	return verdict{err, strings.Join(r.RestsOn, "\n")}
}

// The honest story passes: what both say is confirmed, and nothing contradicts.
func TestLocksThatBothStateAreConfirmed(t *testing.T) {
	s, _ := newStory(t).newBlocks(12, 0)
	s.confirm(s.locked(), s.At.Height+144)
	r, err := s.report()
	require.NoError(t, err)
	require.Equal(t, audit.LockReport{Sat: 10_000, OperatorSat: 1000, OperatorOnly: 1, Contradicted: []view.Hold{}}, r.Locks)
}
