package ledger

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// juryField is of whom a jury can be drawn.
type juryField struct {
	able    []int    // jurors by index
	weights []uint64 // by which they are drawn, above 0
}

// jurorsPerUnit is how many offers are looked at for one unit of work.
const jurorsPerUnit = 8

// fieldOf finds who can be drawn for a round that opens at an instant, with a block
// of that height.
func (s *State) fieldOf(d int, openedMs int64, height uint32) juryField {
	s.count(units(len(s.roll), jurorsPerUnit))
	var f juryField
	gain := s.disputes[d].gain(s)
	for _, i := range s.roll {
		if w := s.juryWeight(d, i, openedMs, height); w > 0 && !slices.Contains(gain, s.jurors[i].agent) {
			f.able, f.weights = append(f.able, i), append(f.weights, w)
		}
	}
	return f
}

// short says why no jury of a round can be drawn of the field; empty if one can.
func (f juryField) short(r voting.DisputeRule, round int) string {
	if n, need := len(f.able), r.Candidates(round); n < need {
		return fmt.Sprintf("%d experts in %s could be drawn, a jury of %d takes a field of %d", n, r.Field, r.JurorsIn(round), need)
	}
	all := new(big.Int)
	for _, w := range f.weights {
		all.Add(all, new(big.Int).SetUint64(w))
	}
	ppm := all.Mul(all, big.NewInt(voting.PPM)).Div(all, new(big.Int).SetUint64(reputation.FlowOne)) // rounded down
	if need := r.ScorePPM(); ppm.Cmp(big.NewInt(need)) < 0 {
		return fmt.Sprintf("the %d experts in %s who could be drawn have %s ppm of all trust, a jury takes a field of %d ppm", len(f.able), r.Field, ppm, need)
	}
	return ""
}

// knownMs is the instant before which jurors must have offered themselves.
func (x *dispute) knownMs() int64 { return x.lockedMs - x.rule.SeniorityS*1000 }

// juryWeight is the score that a juror is drawn by: the lesser of that of the
// instant before the challenge and that of the track's seniority before, so that
// nobody earns a score for a dispute that it sees come. It is 0 for parties, for who
// offered itself later, and for whose bond may end before the time to commit
// does: as the bond was when the round opened, for what is renewed after the block
// is known must not change who is drawn. Where seats are spread it is 0, too, for
// who sat or sits.
func (s *State) juryWeight(d, i int, openedMs int64, height uint32) uint64 {
	x, j := &s.disputes[d], &s.jurors[i]
	if j.gone {
		return 0
	}
	h := s.heldAt(j.hold, openedMs)
	switch {
	case !s.awaits(j, x), s.party(x.proposal, j.agent),
		int64(stake.ForfeitHeight(h.expiryHeight)) <= int64(height)+ceilDiv(x.rule.CommitS, blockS):
		return 0
	case x.rule.ByWeight():
	case len(j.sits) > 0, x.satBefore(s, j.agent):
		return 0
	}
	score := s.agents[j.agent].score
	return min(score.before(x.lockedMs), score.before(x.knownMs()))
}

// satBefore tells whether an agent sat in an earlier round.
func (x *dispute) satBefore(s *State, at slot) bool {
	return slices.ContainsFunc(x.rounds, func(r round) bool {
		return slices.ContainsFunc(r.seats, func(t seat) bool { return s.jurors[t.juror].agent == at })
	})
}

// party tells whether an agent has a side in any challenge of a proposal.
func (s *State) party(i int, at slot) bool {
	p := &s.proposals[i]
	return p.proposer == at || slices.ContainsFunc(p.disputes, func(d int) bool {
		x := &s.disputes[d]
		return x.state != disputeUnbonded && x.state != disputeVoid &&
			slices.ContainsFunc(x.bonds, func(b partyBond) bool { return b.agent == at })
	})
}

// gainer is an action that gives an agent something, or takes it.
type gainer interface{ gainer(s *State) op.PublicKey }

func (a *Pay) gainer(*State) op.PublicKey       { return a.To }
func (a *Grant) gainer(*State) op.PublicKey     { return a.To }
func (a *SetBudget) gainer(*State) op.PublicKey { return a.Agent }

func (a *RevokeGrant) gainer(s *State) op.PublicKey {
	if i, ok := s.grantAt[a.Grant]; ok {
		return s.agents[s.grants[i].agent].key
	}
	return op.PublicKey{}
}

// gain lists who gains or loses by the actions of the disputed proposal: nobody
// judges a payment to itself.
func (x *dispute) gain(s *State) []slot {
	var list []slot
	for _, a := range s.proposals[x.proposal].actions {
		if g, ok := a.(gainer); ok {
			if at, known := s.agentAt[g.gainer(s)]; known {
				list = append(list, at)
			}
		}
	}
	return list
}
