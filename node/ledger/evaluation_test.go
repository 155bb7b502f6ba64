package ledger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node/op"
)

// Words about evaluations and renewals.
//
//	NAME bet P TRACK REWARD PERIOD-S LEAST REPORTER,... METRIC:UNIT:BASELINE:DIRECTION:PPM...
//	                               propose with an evaluation and no actions
//	NAME reports P METRIC VALUE [METRIC VALUE]... [measured DURATION]
//	                               measured now, or so long from now
//	NAME renews X Y                ask for hold Y in the place of X
//	verdict P = VERDICT [METRIC REPORTS MEDIAN VERDICT]...
//	aside P = SATS                 kept for its reward
//	staked NAME = SATS
func init() {
	verbs["bet"] = func(sc *scenario, who string, f []string) error {
		ev := op.Evaluation{RewardSat: sc.number(f[2]), PeriodS: sc.number(f[3]), Least: sc.number(f[4])}
		for _, name := range strings.Split(f[5], ",") {
			ev.Reporters = append(ev.Reporters, secretOf(name).Public())
		}
		for _, text := range f[6:] {
			m := strings.Split(text, ":")
			ev.Metrics = append(ev.Metrics, op.EvaluatedMetric{Name: m[0], Unit: m[1], Baseline: sc.number(m[2]), Direction: m[3], ChangePPM: sc.number(m[4])})
		}
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: f[1], Title: f[0], Actions: []op.Raw{}, Evaluation: &ev})
	}
	verbs["reports"] = func(sc *scenario, who string, f []string) error {
		c := op.Report{Proposal: sc.labels[f[0]], MeasuredMs: sc.at.TimeMs}
		for f = f[1:]; len(f) > 1; f = f[2:] {
			if f[0] == "measured" {
				c.MeasuredMs += sc.duration(f[1]).Milliseconds()
				continue
			}
			c.Values = append(c.Values, op.ReportedValue{Metric: f[0], Value: sc.number(f[1])})
		}
		return sc.enter(who, op.KindReport, c)
	}
	verbs["renews"] = func(sc *scenario, who string, f []string) error {
		return sc.request(who, f[1], op.KindRenew, op.Renew{Hold: sc.labels[f[0]]})
	}
	looks["verdict"] = func(sc *scenario, f []string) string {
		p, _ := sc.s.Proposal(sc.labels[f[0]], sc.at.TimeMs)
		got := "= " + p.Evaluation.Verdict
		if p.Evaluation.Verdict == "" {
			got += "open"
		}
		for _, r := range p.Evaluation.Results {
			got += fmt.Sprintf(" %s %d %d %s", r.Name, r.Reports, r.Median, r.Verdict)
		}
		return got
	}
	looks["aside"] = func(sc *scenario, f []string) string {
		p, _ := sc.s.Proposal(sc.labels[f[0]], sc.at.TimeMs)
		return fmt.Sprintf("= %d", p.Evaluation.AsideSat)
	}
	looks["staked"] = func(sc *scenario, f []string) string {
		a, _ := sc.s.Agent(secretOf(f[0]).Public())
		return fmt.Sprintf("= %d", a.StakeSat)
	}
}

func (sc *scenario) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		sc.fatalf("%v", err)
	}
	return d
}

// An evaluation is explained at every stage, with its figures.
func TestExplainEvaluation(t *testing.T) {
	sc := newScenario(t)
	for _, line := range []string{"track bets signal", "set tracks.bets.collateral_sat 50", "set tracks.bets.propose_stake_sat 0",
		"set tracks.bets.weight {kind: one}", "set tracks.bets.quorum {kind: none}",
		"set tracks.bets.evaluation {max_period_s: 100, min_reporters: 1, max_reporters: 2, least_reports: 1, pool: reserve, max_reward_sat: 500}",
		"agent a b", "a deposit d reserve 500", "lock d", "settled d", "a bet p bets 100 30 1 c speed:ms:100:down:200000 loss:ppm:10:up:0",
		"lock p", "wait 3s", "b vote p for", "wait 14s", "state p queued", "wait 1s", "state p evaluating", "wait 1s", "c reports p speed 80"} {
		sc.command(strings.Fields(line))
	}
	says := func(want ...string) {
		t.Helper()
		x, _ := sc.s.Explain(sc.labels["p"], sc.at.TimeMs)
		text := strings.Join(x.Sentences, "\n")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("does not say %q:\n%s", w, text)
			}
		}
	}
	says("Its effect is measured until", "speed (ms): has to go down from 100 by at least 200000 ppm; the median of 1 reports is 80: met.",
		"loss (ppm): has to go up from 10, or stay; 0 reports of the 1 needed.", "pool reserve pays 100 sat in place of the collateral")
	for _, line := range []string{"c reports p loss 10", "wait 31s", "state p rewarded"} {
		sc.command(strings.Fields(line))
	}
	says("every criterion was met", "The reward of 100 sat from pool reserve is paid once the collateral is settled.", "being forfeited")
	sc.command([]string{"settled", "p"})
	says("The reward of 100 sat from pool reserve is claimable.")
}
