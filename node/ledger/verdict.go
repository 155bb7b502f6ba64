package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

var verdicts = [...]string{voting.NoVerdict: "", voting.Met: "met", voting.Missed: "missed", voting.Undetermined: "undetermined"}

// Verdicts lists how an evaluation, or one of its criteria, can end.
func Verdicts() []string { return append([]string{}, verdicts[voting.Met:]...) }

// evaluateFact computes the entry that ends an evaluation. A criterion that is
// missed decides even where another has too few reports: else a reporter could
// save a lost bet by staying away.
func (s *State) evaluateFact(p *proposal) op.Evaluate {
	v := p.eval
	f := op.Evaluate{Proposal: p.id, Metrics: make([]op.EvaluatedResult, len(v.Metrics))}
	verdict := voting.Met
	for m := range v.Metrics {
		r, was := v.result(m)
		f.Metrics[m] = r
		if was == voting.Missed || was == voting.Undetermined && verdict == voting.Met {
			verdict = was
		}
	}
	f.Verdict = verdicts[verdict]
	return f
}

// result is what the reports say of one criterion as they stand.
func (v *evaluation) result(metric int) (op.EvaluatedResult, voting.Verdict) {
	var values []int64
	for r := range v.Reporters {
		if x := v.at(metric, r); x.seq != 0 {
			values = append(values, x.value)
		}
	}
	out := op.EvaluatedResult{Name: v.Metrics[metric].Name, Reports: int64(len(values))}
	verdict := voting.Undetermined
	if len(values) > 0 {
		out.Median = voting.Median(values)
	}
	switch {
	case out.Reports < v.Least:
	case criterion(v.Metrics[metric]).Met(out.Median):
		verdict = voting.Met
	default:
		verdict = voting.Missed
	}
	out.Verdict = verdicts[verdict]
	return out, verdict
}

// evaluate ends the evaluation that is due, with the verdict that anybody can
// recompute. While the proposal is disputed none is: an upheld challenge leaves
// nothing to reward.
func (s *State) evaluate(e *op.Entry, c *op.Evaluate) error {
	i, err := s.proposals.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	p := &s.proposals.list[i]
	want := s.evaluateFact(p)
	if have, recomputed := op.EncodeContent(*c), op.EncodeContent(want); have != recomputed {
		return refusal.New(refusal.ErrFact, "content", "evaluate", "states %s, recomputed %s", have, recomputed)
	}
	p.eval.setResults(want.Metrics)
	for v := voting.Met; v <= voting.Undetermined; v++ {
		if verdicts[v] == want.Verdict {
			return s.conclude(i, v, "")
		}
	}
	panic("ledger: verdict " + want.Verdict)
}

// conclude draws the consequences of a verdict. Met, the collateral is settled
// as the price of the bet and the reward paid when that is answered; missed, it
// is forfeited; undetermined, it returns. But for the first the reward goes back
// to the pool.
func (s *State) conclude(i int, v voting.Verdict, reason string) error {
	p := &s.proposals.list[i]
	p.conclude(v, reason)
	s.entry.touch(i)
	s.offCourse(p)
	if v != voting.Met {
		s.treasury.put(p.eval.pool, p.eval.takeAside())
	}
	switch {
	case v == voting.Undetermined:
		return s.returnCollateral(i, "evaluation undetermined")
	case v == voting.Missed:
		return s.forfeitCollateral(i, "evaluation missed")
	case p.hold < 0:
		s.reward(p, 0)
		return nil
	}
	return s.forfeitCollateral(i, "price of the bet")
}

// reward owes the proposer the reward, less the sats of a collateral that was
// cancelled instead of settled, as far as it reaches: nobody gains by a hold that
// is lost.
func (s *State) reward(p *proposal, lostSat int64) {
	v := p.eval
	if lostSat >= v.RewardSat {
		s.treasury.put(v.pool, v.takeAside())
		return
	}
	s.treasury.put(v.pool, lostSat)
	v.takeAside()
	v.setPayout(s.owe(stableID("reward", p.id.String()), p.proposer, v.pool, v.RewardSat-lostSat, v.feeSat, "reward", actionRef{proposal: -1}, op.NodeKey{}))
}

// collateralSettled says where the sats of a settled collateral go: to the pool
// of the reward as the price of a bet that was won, which is paid now; else they
// are forfeited to all pools.
func (s *State) collateralSettled(h *hold) {
	p := &s.proposals.list[h.subject]
	if p.life.Verdict != voting.Met {
		s.fillPools(h.agent, h.paidSat)
		return
	}
	s.treasury.put(p.eval.pool, h.paidSat)
	s.reward(p, 0)
}

// evaluationGone settles what becomes of an evaluation when the hold of its
// collateral ended without being settled; false if there is none.
func (s *State) evaluationGone(i, hold int) bool {
	p := &s.proposals.list[i]
	switch {
	case p.eval == nil:
		return false
	case p.evaluating():
		_ = s.conclude(i, voting.Undetermined, "its collateral is no longer locked: "+s.holds.list[hold].reason)
		return true
	case p.life.Verdict == voting.Met && p.eval.asideSat > 0 && s.holds.list[hold].forfeited && s.holds.list[hold].state.Ended():
		s.reward(p, s.holds.list[hold].paidSat)
		return true
	}
	return false
}
