package ledger

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ledger/internal/history"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/voting"
)

// A lock looks at a field only until it suffices, and says what the whole field says:
// of challenges, and of appeals by somebody who is a candidate.
func TestLockLooksAtAFieldInPart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	short, thwarted, part := 0, 0, 0
	for n := range 400 {
		c := newCrowdUnder(t, 5+r.IntN(25), disputeRules)
		offerAll(c)
		c.sc.commands("agent alice", "alice stake s 20000", "lock s until 950")
		c.decide(1)
		c.sc.commands("alice dispute d1 p1 fraud")
		s := c.sc.s
		x := &s.disputes.list[0]
		x.rule.MaxRounds, x.rule.Jurors, x.rule.FieldTimes = int64(1+r.IntN(2)), int64(1+2*r.IntN(3)), int64(r.IntN(3))
		x.rule.LeastScorePPM = []int64{0, 1, 100_000, 500_000, 900_000}[r.IntN(5)]
		if x.rule.Seats = voting.SeatsSpread; r.IntN(2) == 0 {
			x.rule.Seats = voting.SeatsWeight
		}
		for i := range s.jurors.list {
			if j := &s.jurors.list[i]; r.IntN(3) == 0 {
				s.agents.list[j.agent].praised = history.History{{Value: []uint64{0, 1, reputation.FlowOne / 4, 1<<64 - 1}[r.IntN(4)]}}
			} else if r.IntN(5) == 0 {
				s.jurors.strike(i)
			}
		}
		x.lockedMs = s.clock.TimeMs + 1
		last := 0
		if x.rule.ByWeight() {
			last = int(x.rule.MaxRounds) - 1
		}
		height := s.clock.Height + voting.DrawBlocks
		whole := s.fieldOf(0, x.lockedMs, height)
		s.entry.work = 0
		require.Equal(t, whole.shortNow(x.rule, last), s.shortOfJurors(0), "field %d", n)
		if whole.shortNow(x.rule, last) != "" {
			short++
		} else if s.entry.work < units(len(s.jurors.roll)-s.jurors.struck, jurorsPerUnit) {
			part++
		}
		x.rounds = append(x.rounds, round{ruling: &op.Ruling{}})
		at := slot(r.IntN(len(s.agents.list)))
		want := thwartsWhole(s, 0, at)
		require.Equal(t, want, s.thwarts(0, at), "appeal %d", n)
		if want {
			thwarted++
		}
	}
	require.Greater(t, min(short, part, thwarted), 5, fmt.Sprint(short, " short, ", part, " looked at in part, ", thwarted, " thwarted"))
}

// thwartsWhole is thwarts by its meaning: with the appellant among the candidates a jury
// can be drawn, without it none.
func thwartsWhole(s *State, d int, at slot) bool {
	x := &s.disputes.list[d]
	f := s.fieldOf(d, s.clock.TimeMs, s.clock.Height+voting.DrawBlocks)
	without := f
	without.able, without.weights = nil, nil
	for k, i := range f.able {
		if s.jurors.list[i].agent == at {
			without.away++
			continue
		}
		without.able, without.weights = append(without.able, i), append(without.weights, f.weights[k])
	}
	return f.shortAtDraw(x.rule, len(x.rounds)) == "" && without.shortAtDraw(x.rule, len(x.rounds)) != ""
}

// The least trust is the sum from which tooLight has nothing against a field.
func TestLeastTrust(t *testing.T) {
	for _, ppm := range []int64{1, 7, 10_000, 333_333, 999_999, 1_000_000} {
		r := voting.DisputeRule{LeastScorePPM: ppm}
		least := leastTrust(r)
		require.Empty(t, juryField{lo: least}.tooLight(r), ppm)
		require.NotEmpty(t, juryField{lo: least - 1}.tooLight(r), ppm)
	}
}
