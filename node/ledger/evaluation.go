package ledger

import (
	"fmt"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// Limits of an evaluation and of a report.
const maxMetrics = 16

func (v *evaluation) at(metric, reporter int) *report {
	return &v.reports[metric*len(v.Reporters)+reporter]
}

// newEvaluation holds a proposal's evaluation against the track's rules; nil if
// the proposal has none.
func (s *State) newEvaluation(at slot, t *voting.Track, c *op.Evaluation) (*evaluation, error) {
	const field = "content.evaluation"
	if c == nil {
		return nil, nil
	}
	r := t.Evaluation
	if r == nil {
		return nil, refusal.New(refusal.ErrRule, field, "evaluation", "track %s has no rules for an evaluation", t.Name)
	}
	pool, err := s.poolByName(field, r.Pool)
	if err != nil {
		return nil, err
	}
	if err := evaluationWithin(field, t, s.askSat(t, at, s.clock.TimeMs), c); err != nil {
		return nil, err
	}
	if err := metricsFit(field+".metrics", c.Metrics); err != nil {
		return nil, err
	}
	if err := s.reportersFit(field+".reporters", at, c.Reporters); err != nil {
		return nil, err
	}
	return &evaluation{Evaluation: *c, pool: pool, reports: make([]report, len(c.Metrics)*len(c.Reporters))}, nil
}

func evaluationWithin(field string, t *voting.Track, collateralSat int64, c *op.Evaluation) error {
	r := t.Evaluation
	for _, f := range []struct {
		field        string
		v, low, high int64
	}{
		{"metrics", int64(len(c.Metrics)), 1, maxMetrics},
		{"period_s", c.PeriodS, 1, r.MaxPeriodS},
		{"reporters", int64(len(c.Reporters)), r.MinReporters, r.MaxReporters},
		{"least_reports", c.Least, r.LeastReports, int64(len(c.Reporters))},
		{"reward_sat", c.RewardSat, 1, r.MaxRewardSat},
	} {
		if f.v < f.low || f.v > f.high {
			return refusal.New(refusal.ErrRule, field+"."+f.field, "evaluation-range", "is %d, track %s allows %d to %d", f.v, t.Name, f.low, f.high)
		}
	}
	if c.RewardSat <= collateralSat {
		return refusal.New(refusal.ErrRule, field+".reward_sat", "reward", "is %d, must be more than the collateral of %d, which it takes the place of", c.RewardSat, collateralSat)
	}
	return nil
}

func metricsFit(field string, list []op.EvaluatedMetric) error {
	for i, m := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		if err := constitution.MetricName(at+".name", m.Name); err != nil {
			return err
		}
		if err := refusal.TextWithin(at+".unit", m.Unit, 1, constitution.MaxUnit); err != nil {
			return err
		}
		if err := criterion(m).Validate(); err != nil {
			return refusal.New(refusal.ErrInvalid, at, "criterion", "%v", err)
		}
		for _, other := range list[:i] {
			if other.Name == m.Name {
				return refusal.New(refusal.ErrInvalid, at+".name", "unique", "%+q appears twice", m.Name)
			}
		}
	}
	return nil
}

func criterion(m op.EvaluatedMetric) voting.Criterion {
	return voting.Criterion{Baseline: m.Baseline, Direction: voting.Direction(m.Direction), ChangePPM: m.ChangePPM}
}

// reportersFit refuses keys that appear twice or are no keys, and the proposer,
// who would judge its own bet.
func (s *State) reportersFit(field string, at slot, keys []op.PublicKey) error {
	if err := s.entry.spend(workKey * int64(len(keys))); err != nil {
		return err
	}
	if err := constitution.CheckKeys(field, keys, nil); err != nil {
		return err
	}
	for i, k := range keys {
		if s.agents.same(k, s.agents.list[at].key) {
			return refusal.New(refusal.ErrRule, fmt.Sprintf("%s[%d]", field, i), "own-report", "%s proposes it and cannot report on it", k)
		}
	}
	return nil
}

// tryProposal tries the actions and sets the reward aside, as its execution
// does.
func (s *State) tryProposal(list []action, v *evaluation) (*plan, error) {
	return (&plan{s: s}).tryWith(list, v)
}

func (d *plan) tryWith(list []action, v *evaluation) (*plan, error) {
	s := d.s
	if err := d.tryAll(list); err != nil {
		return nil, err
	}
	if v == nil {
		return d, nil
	}
	fee := d.current().Payouts.FeeLimitSat(v.RewardSat)
	if _, err := d.take(s.constitution.Pools[v.pool].Name, v.RewardSat+fee); err != nil {
		return nil, refusal.New(refusal.ErrRule, "content.evaluation.reward_sat", "reward", "%v", err)
	}
	d.rewardFeeSat = fee
	return d, nil
}

// beginEvaluation starts the period of a proposal that was just executed.
func (s *State) beginEvaluation(i int, d *plan) {
	p := &s.proposals.list[i]
	p.evaluate(s.clock.TimeMs, d.rewardFeeSat)
	s.agenda.add(p.life.EvaluateMs, op.KindEvaluate, i)
}

// evaluating tells whether the proposal waits for its verdict.
func (p *proposal) evaluating() bool {
	return p.life.End == voting.EndExecuted && p.life.EvaluateMs != 0 && p.life.Verdict == voting.NoVerdict
}

// report states values of metrics.
func (s *State) report(e *op.Entry, c *op.Report) error {
	if c.Proposal == (op.ID{}) {
		return s.reportFigures(e, c)
	}
	i, err := s.proposals.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	if n := len(c.Values); n < 1 || n > maxMetrics {
		return refusal.New(refusal.ErrInvalid, "content.values", "length", "has %d values, must have 1 to %d", n, maxMetrics)
	}
	p := &s.proposals.list[i]
	if p.eval == nil {
		return refusal.New(refusal.ErrRule, "content.proposal", "evaluation", "it has no evaluation")
	}
	if !p.evaluating() {
		return refusal.New(refusal.ErrPhase, "content.proposal", "evaluation", "it is %s; reports count from its execution to the end of its evaluation", s.phase(p))
	}
	if s.clock.TimeMs > p.life.EvaluateMs { // disputed, so that its verdict waits
		return refusal.New(refusal.ErrPhase, "content.proposal", "evaluation", "its evaluation ended at %s, it is %s", atText(p.life.EvaluateMs), atText(s.clock.TimeMs))
	}
	return s.reportOn(p.eval, e, c)
}

// reportOn takes a reporter's values in place of its earlier ones.
func (s *State) reportOn(v *evaluation, e *op.Entry, c *op.Report) error {
	reporter := s.agents.listed(v.Reporters, e.Event.PubKey)
	if reporter < 0 {
		return refusal.New(refusal.ErrForbidden, "pubkey", "reporter", "%s is none of the reporters", e.Event.PubKey)
	}
	if err := s.measured(c.MeasuredMs); err != nil {
		return err
	}
	if c.MeasuredMs <= v.beganMs {
		return refusal.New(refusal.ErrRule, "content.measured_ms", "stale-report", "is %s, it was executed at %s; only what is measured after that counts", atText(c.MeasuredMs), atText(v.beganMs))
	}
	at := make([]int, len(c.Values))
	for i := range c.Values {
		m, err := valueOf(c.Values, i, func(name string) int { return metricIndex(v.Metrics, name) })
		if err != nil {
			return err
		}
		at[i] = m
		if _, err := s.latest(e, v.at(m, reporter).signed); err != nil {
			return err
		}
	}
	for i, x := range c.Values {
		v.take(at[i], reporter, report{value: x.Value, measuredMs: c.MeasuredMs, seq: e.Seq, signed: s.agents.signedAt(e.Event)})
	}
	return nil
}

// measured refuses what was measured in the future, but for the difference of
// clocks that operations may have.
func (s *State) measured(atMs int64) error {
	if most := s.clock.TimeMs + s.constitution.Operations.MaxFutureS*1000; atMs < 1 || atMs > most {
		return refusal.New(refusal.ErrClock, "content.measured_ms", "measured", "is %s, must be between %s and %s", atText(atMs), atText(1), atText(most))
	}
	return nil
}

// valueOf finds the metric of the i-th reported value, which must not be named
// before.
func valueOf(values []op.ReportedValue, i int, find func(string) int) (int, error) {
	field, name := fmt.Sprintf("content.values[%d].metric", i), values[i].Metric
	m := find(name)
	if m < 0 {
		return 0, refusal.New(refusal.ErrNotFound, field, "metric", "%+q is none of the metrics", name)
	}
	for _, other := range values[:i] {
		if other.Metric == name {
			return 0, refusal.New(refusal.ErrInvalid, field, "unique", "%+q appears twice", name)
		}
	}
	return m, nil
}

func metricIndex(list []op.EvaluatedMetric, name string) int {
	for i, m := range list {
		if m.Name == name {
			return i
		}
	}
	return -1
}
