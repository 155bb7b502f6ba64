package ledger

import (
	"strconv"

	"github.com/econd/econd/voting"
)

// evaluation explains how an executed proposal is judged, or was.
func (x *explainer) evaluation(phase voting.Phase) {
	v := x.p.eval
	if v == nil {
		return
	}
	switch phase {
	case voting.Evaluating:
		x.NextMs = x.p.life.EvaluateMs
		x.say("Its effect is measured until %s; a report at that instant counts.", x.until(x.NextMs))
	case voting.Rewarded:
		x.say("Its effect was measured until %s, and every criterion was met.", atText(x.p.life.EvaluateMs))
	case voting.Penalised:
		x.say("Its effect was measured until %s: the bet on it was lost, and the collateral is forfeited.", atText(x.p.life.EvaluateMs))
	default:
		x.say("The evaluation of its effect was undetermined: no reward, no penalty.")
	}
	if x.p.reason != "" {
		x.say("The reason: %s.", x.p.reason)
	}
	x.criteria()
	x.bet(phase)
}

// criteria says how every figure stands.
func (x *explainer) criteria() {
	for m, metric := range x.p.eval.Metrics {
		r, verdict := x.p.eval.result(m)
		goal := criterionText(criterion(metric))
		switch verdict {
		case voting.Undetermined:
			x.say("%s (%s): has to go %s; %d reports of the %d needed.", metric.Name, metric.Unit, goal, r.Reports, x.p.eval.Least)
		default:
			x.say("%s (%s): has to go %s; the median of %d reports is %d: %s.", metric.Name, metric.Unit, goal, r.Reports, r.Median, r.Verdict)
		}
	}
}

func criterionText(c voting.Criterion) string {
	if c.ChangePPM == 0 {
		return string(c.Direction) + " from " + decimal(c.Baseline) + ", or stay"
	}
	return string(c.Direction) + " from " + decimal(c.Baseline) + " by at least " + decimal(c.ChangePPM) + " ppm"
}

// bet says what is at stake.
func (x *explainer) bet(phase voting.Phase) {
	v, pool := x.p.eval, x.s.constitution.Pools[x.p.eval.pool].Name
	switch {
	case phase == voting.Evaluating:
		x.say("All met, pool %s pays %d sat in place of the collateral; one missed, the collateral is forfeited; it must stay locked until then.", pool, v.RewardSat)
	case v.payout != "":
		p, _ := x.s.Payout(v.payout)
		x.say("The reward of %d sat from pool %s is %s.", p.AmountSat, pool, p.State)
	case phase == voting.Rewarded:
		x.say("The reward of %d sat from pool %s is paid once the collateral is settled.", v.RewardSat, pool)
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
