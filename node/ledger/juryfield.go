package ledger

import (
	"fmt"
	"math/big"
	"math/bits"
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// juryField is of whom a jury can be drawn.
type juryField struct {
	able    []int    // jurors by index
	weights []uint64 // by which they are drawn, above 0
	away    int      // how many could be drawn if they were no party

	hi, lo uint64 // sum of all weights, those of parties included; it may pass 2^64
}

// add counts the weight of a candidate.
func (f *juryField) add(w uint64) {
	var carry uint64
	f.lo, carry = bits.Add64(f.lo, w, 0)
	f.hi += carry
}

// jurorsPerUnit is how many offers are looked at for one unit of work.
const jurorsPerUnit = 4

// fieldOf finds who can be drawn for a round that opens at an instant, with a block
// of that height, and who could be but for a bond that it locked as a party.
func (s *State) fieldOf(d int, openedMs int64, height uint32) juryField {
	return s.fieldUntil(d, openedMs, height, len(s.jurors.roll)-s.jurors.struck, func(*juryField) bool { return false })
}

// fieldUntil is fieldOf up to the candidate with whom there are enough, in the order
// of their offers. Room is made for so many.
func (s *State) fieldUntil(d int, openedMs int64, height uint32, room int, enough func(*juryField) bool) (f juryField) {
	looked := 0
	defer func() { s.entry.count(units(min(looked, len(s.jurors.roll)-s.jurors.struck), jurorsPerUnit)) }()
	x := &s.disputes.list[d]
	barred := append(x.gain(s), s.proposals.list[x.proposal].proposer)
	parties := s.partiesTo(d)
	if !x.rule.ByWeight() {
		barred = append(barred, x.satBefore(s)...)
	}
	slices.Sort(barred)
	f.able, f.weights = make([]int, 0, room), make([]uint64, 0, room)
	for _, i := range s.jurors.roll {
		looked++
		at := s.jurors.list[i].agent
		if _, out := slices.BinarySearch(barred, at); out {
			continue
		}
		w := s.juryWeight(d, i, openedMs, height)
		_, party := slices.BinarySearch(parties, at)
		switch {
		case w == 0:
			continue
		case party:
			f.away++
		default:
			f.able, f.weights = append(f.able, i), append(f.weights, w)
		}
		if f.add(w); enough(&f) {
			break
		}
	}
	return f
}

// tooFew says why a field has too few candidates for a round; empty if it has
// enough. Who locked a bond as a party counts, though it is not drawn: else whoever
// would lose by a ruling could make a jury impossible by becoming a party. Somebody
// must be left to be drawn, though, and where nobody can have two seats as many as
// there are seats.
func (f juryField) tooFew(r voting.DisputeRule, round int) string {
	seats := r.JurorsIn(round)
	n, need := len(f.able)+f.away, r.Candidates(round)
	if least := seats; n >= need {
		if n = len(f.able); r.ByWeight() {
			least = 1
		}
		need = least
	}
	if n < need {
		return fmt.Sprintf("%d experts in %s could be drawn, a jury of %d takes a field of %d", n, r.Field, seats, need)
	}
	return ""
}

// tooLight says why the candidates of a field have too little trust for a jury,
// those who are parties included; empty if they have enough.
func (f juryField) tooLight(r voting.DisputeRule) string {
	all := new(big.Int).SetUint64(f.hi)
	all.Add(all.Lsh(all, 64), new(big.Int).SetUint64(f.lo))
	ppm := all.Mul(all, big.NewInt(voting.PPM)).Div(all, new(big.Int).SetUint64(reputation.FlowOne)) // rounded down
	if need := r.ScorePPM(); ppm.Cmp(big.NewInt(need)) < 0 {
		return fmt.Sprintf("the %d experts in %s who could be drawn have %s ppm of all trust, a jury takes a field of %d ppm", len(f.able)+f.away, r.Field, ppm, need)
	}
	return ""
}

// shortNow says why no jury of a round can be drawn of the field as a challenge
// or an appeal finds it; empty if one can.
func (f juryField) shortNow(r voting.DisputeRule, round int) string {
	if few := f.tooFew(r, round); few != "" {
		return few
	}
	return f.tooLight(r)
}

// suffices tells cheaply, in a field looked at in part, that shortNow says nothing
// whoever else is in it.
func (f *juryField) suffices(r voting.DisputeRule, round int, leastTrust uint64) bool {
	seats := r.JurorsIn(round)
	if r.ByWeight() {
		seats = 1
	}
	return len(f.able) >= seats && len(f.able)+f.away >= r.Candidates(round) && (f.hi > 0 || f.lo >= leastTrust)
}

// leastTrust is the least sum of weights that tooLight has nothing against.
func leastTrust(r voting.DisputeRule) uint64 {
	hi, lo := bits.Mul64(uint64(r.ScorePPM()), reputation.FlowOne)
	lo, carry := bits.Add64(lo, voting.PPM-1, 0) // rounded up
	least, _ := bits.Div64(hi+carry, lo, voting.PPM)
	return least
}

// shortAtDraw is shortNow at the draw. Where seats follow weight the candidates were
// counted when the challenge stood, for all rounds: whoever let its bond end since
// must not undo that. How many keys there are costs puppets nothing then; the weight
// that is left does.
func (f juryField) shortAtDraw(r voting.DisputeRule, round int) string {
	if r.ByWeight() && len(f.able) > 0 {
		return f.tooLight(r)
	}
	return f.shortNow(r, round)
}

// thwarts tells whether an appeal would make its own jury impossible, by its
// appellant being a candidate without whom there are too few to be drawn. Such an
// appeal brings nothing about: the ruling stands, and others may appeal.
func (s *State) thwarts(d int, at slot) bool {
	x := &s.disputes.list[d]
	if i, offers := s.jurors.at[at]; !offers || s.jurors.list[i].gone {
		return false
	}
	others := 1 // who must be left, then the rest is as it was
	if !x.rule.ByWeight() {
		others = x.rule.JurorsIn(len(x.rounds))
	}
	f := s.fieldUntil(d, s.clock.TimeMs, s.drawHeight(), others+1, func(f *juryField) bool { return len(f.able) > others })
	if len(f.able) > others || f.shortAtDraw(x.rule, len(x.rounds)) != "" {
		return false
	}
	i := slices.IndexFunc(f.able, func(j int) bool { return s.jurors.list[j].agent == at })
	if i < 0 {
		return false
	}
	f.away++
	f.able, f.weights = slices.Delete(f.able, i, i+1), slices.Delete(f.weights, i, i+1)
	return f.shortAtDraw(x.rule, len(x.rounds)) != ""
}

// knownMs is the instant before which jurors must have offered themselves.
func (x *dispute) knownMs() int64 { return x.lockedMs - x.rule.SeniorityS*1000 }

// juryWeight is the score by praise that a juror is drawn by: the lesser of that of the
// instant before the challenge and that of the track's seniority before, so that
// nobody earns a score for a dispute that it sees come. It is 0 for who offered
// itself later, and for whose bond may end before the time to commit does: as the
// bond was when the round opened, for what is renewed after the block is known must
// not change who is drawn. Where seats are spread it is 0, too, for who sits.
func (s *State) juryWeight(d, i int, openedMs int64, height uint32) uint64 {
	x, j := &s.disputes.list[d], &s.jurors.list[i]
	if j.gone {
		return 0
	}
	h := s.holds.heldAt(j.hold, openedMs)
	switch {
	case !s.holds.awaits(j, x),
		int64(stake.ForfeitHeight(h.expiryHeight)) <= int64(height)+constitution.Blocks(x.rule.CommitS):
		return 0
	case x.rule.ByWeight():
	case len(j.sits) > 0:
		return 0
	}
	score := s.agents.list[j.agent].praised
	return min(score.Before(x.lockedMs), score.Before(x.knownMs()))
}

// juryScore is what an agent's score would be without any complaint. Flow is bounded by
// stake, whatever is paid; complaints cost ten sat each, whoever makes them: a field
// that they could cut would belong to whoever complains of all others. A juror answers
// for its votes with its bond.
func juryScore(r reputation.Result) uint64 {
	return reputation.ResultOf(r.Flow, r.Positive, 0).Score
}

// satBefore lists who sat in earlier rounds.
func (x *dispute) satBefore(s *State) (list []slot) {
	for _, r := range x.rounds {
		for _, t := range r.seats {
			list = append(list, s.jurors.list[t.juror].agent)
		}
	}
	return list
}

// partiesTo lists who locked a bond in a dispute, or in another one about the same
// proposal that stands, by rising slot.
func (s *State) partiesTo(d int) (list []slot) {
	for _, other := range s.proposals.list[s.disputes.list[d].proposal].standing {
		if x := &s.disputes.list[other]; other == d || x.state != disputeUnbonded {
			for _, b := range x.bonds {
				list = append(list, b.agent)
			}
		}
	}
	slices.Sort(list)
	return list
}

// gainer is an action that gives an agent something, or takes it.
type gainer interface{ gainer(s *State) op.PublicKey }

func (a *Pay) gainer(*State) op.PublicKey       { return a.To }
func (a *Grant) gainer(*State) op.PublicKey     { return a.To }
func (a *SetBudget) gainer(*State) op.PublicKey { return a.Agent }

func (a *RevokeGrant) gainer(s *State) op.PublicKey {
	if i, ok := s.treasury.grantAt[a.Grant]; ok {
		return s.agents.list[s.treasury.grants[i].agent].key
	}
	return op.PublicKey{}
}

// gain lists who gains or loses by the actions of the disputed proposal: nobody
// judges a payment to itself.
func (x *dispute) gain(s *State) []slot {
	var list []slot
	for _, a := range s.proposals.list[x.proposal].actions {
		if g, ok := a.(gainer); ok {
			if at, known := s.agents.at[g.gainer(s)]; known {
				list = append(list, at)
			}
		}
	}
	return list
}
