package ledger

import "github.com/econd/econd/node/op"

// ConvictionView is the conviction of a proposal as it is at an instant, and
// where it leads as things stand. Conviction and threshold are decimal, because
// they may pass 2^64.
type ConvictionView struct {
	Pool         string    `json:"pool"`
	RequestedSat int64     `json:"requested_sat"`
	FundsSat     int64     `json:"funds_sat"`     // in the pool
	SupportedSat op.Weight `json:"supported_sat"` // stake behind it
	Step         uint64    `json:"step"`          // since the vote started
	StepS        int64     `json:"step_s"`
	Conviction   string    `json:"conviction"`
	// Threshold is what conviction must be above, rounded down; absent where
	// no conviction suffices. StakeSat is what it is taken of.
	Threshold string    `json:"threshold,omitempty"`
	StakeSat  op.Weight `json:"stake_sat"`
	// PassesMs is the instant at which it passes if nothing changes; absent
	// where it does not pass in its time.
	PassesMs int64 `json:"passes_ms,omitempty"`
}

// convictionView is as of nowMs, or as of the close.
func (s *State) convictionView(p *proposal, nowMs int64) ConvictionView {
	g := p.conviction
	if g == nil {
		return ConvictionView{}
	}
	v := ConvictionView{Pool: s.constitution.Pools[g.pool].Name, RequestedSat: g.requested, StepS: p.track.Conviction.StepS, Conviction: "0"}
	if c := p.close; c != nil {
		v.FundsSat, v.SupportedSat, v.Step = c.Conviction.FundsSat, c.For, c.Conviction.Step
		v.Conviction, v.Threshold, v.StakeSat = c.Conviction.Conviction, c.Conviction.Threshold, c.Conviction.StakeSat
		return v
	}
	v.FundsSat, v.SupportedSat = s.poolSats[g.pool], op.Weight(p.counts.For)
	nowMs = max(nowMs, s.clock.TimeMs)
	stake := s.thresholdStake(p.track, nowMs)
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
