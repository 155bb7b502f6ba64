package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// convictionView is as of nowMs, or as of the close.
func (s *State) convictionView(p *proposal, nowMs int64) view.Conviction {
	g := p.conviction
	if g == nil {
		return view.Conviction{}
	}
	v := view.Conviction{Pool: s.constitution.Pools[g.pool].Name, RequestedSat: g.requested, StepS: p.track.Conviction.StepS, Conviction: "0"}
	if c := p.close; c != nil {
		v.FundsSat, v.SupportedSat, v.Step = c.Conviction.FundsSat, c.For, c.Conviction.Step
		v.Conviction, v.Threshold, v.StakeSat = c.Conviction.Conviction, c.Conviction.Threshold, c.Conviction.StakeSat
		return v
	}
	v.FundsSat, v.SupportedSat = s.treasury.poolSats[g.pool], op.Weight(p.counts.For)
	nowMs = max(nowMs, s.clock.TimeMs)
	stake := s.stakes.thresholdStake(p.track, nowMs)
	v.StakeSat = op.Weight(stake)
	if least, reachable := p.track.Conviction.Rule().Threshold(stake, uint64(g.requested), uint64(v.FundsSat)); reachable {
		v.Threshold = least.String()
	}
	if p.life.LockedMs == 0 {
		return v
	}
	v.Step = p.stepAt(min(nowMs, p.life.DeadlineMs))
	v.Conviction = g.course.At(v.Step).String()
	if g.ahead.passes {
		v.PassesMs = p.life.DeadlineMs
	}
	return v
}
