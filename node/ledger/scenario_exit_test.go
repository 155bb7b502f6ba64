package ledger

import (
	"fmt"

	"github.com/econd/econd/node/op"
)

// Words on leaving:
//
//	NAME exit P [LEAST]            leave for proposal P, if that brings as much
//	exits P = COUNT LEFT of MARK, at most MOST
//	elsewhere P = SAT              stake that left by others since P's vote started
//	quote NAME P = OWN of WHOLE [POOL SAT+FEE]... | refused
//	stakes NAME = SAT              locked stake of NAME
//	left NAME = yes|no
//	can-vote NAME P = yes|no
//	heads TRACK = PPM              mean share of ballots and delegators in those registered
//	possible NAME TRACK = N of VOTES
func init() {
	verbs["exit"] = func(sc *scenario, who string, f []string) error {
		var least int64
		if len(f) > 1 {
			least = sc.number(f[1])
		}
		return sc.enter(who, op.KindExit, op.Exit{Proposal: sc.labels[f[0]], LeastSat: least})
	}
	looks["exits"] = func(sc *scenario, f []string) string {
		p, _ := sc.s.Proposal(sc.labels[f[0]], sc.at.TimeMs)
		x := p.Exits
		return fmt.Sprintf("= %d %d of %d, at most %d", x.Count, x.LeftSat, x.MarkSat, x.MostSat)
	}
	looks["elsewhere"] = func(sc *scenario, f []string) string {
		p, _ := sc.s.Proposal(sc.labels[f[0]], sc.at.TimeMs)
		return fmt.Sprint("= ", p.Exits.ElsewhereSat)
	}
	looks["quote"] = func(sc *scenario, f []string) string {
		q, _ := sc.s.ExitQuote(sc.labels[f[1]], secretOf(f[0]).Public(), sc.at.TimeMs)
		if q.Refusal != "" {
			return f[1] + " = refused"
		}
		got := fmt.Sprintf("%s = %d of %d", f[1], q.OwnSat, q.OfSat)
		for _, x := range q.Payouts {
			got += fmt.Sprintf(" %s %d+%d", x.Pool, x.AmountSat, x.FeeLimitSat)
		}
		return got
	}
	looks["stakes"] = func(sc *scenario, f []string) string {
		a, _ := sc.s.Agent(secretOf(f[0]).Public())
		return fmt.Sprint("= ", a.StakeSat)
	}
	looks["left"] = func(sc *scenario, f []string) string {
		a, _ := sc.s.Agent(secretOf(f[0]).Public())
		return map[bool]string{true: "= yes", false: "= no"}[a.LeftMs != 0]
	}
	looks["can-vote"] = func(sc *scenario, f []string) string {
		can := sc.s.CanVote(sc.labels[f[1]], secretOf(f[0]).Public())
		return f[1] + map[bool]string{true: " = yes", false: " = no"}[can]
	}
	looks["heads"] = func(sc *scenario, f []string) string {
		v, _, _, err := sc.s.TrackParticipation(f[0], 0, 1)
		if err != nil {
			sc.fatalf("%v", err)
		}
		return fmt.Sprint("= ", v.HeadsPPM)
	}
	looks["possible"] = func(sc *scenario, f []string) string {
		v, err := sc.s.Participation(secretOf(f[0]).Public(), f[1])
		if err != nil {
			sc.fatalf("%v", err)
		}
		return fmt.Sprintf("%s = %d of %d", f[1], v[0].Possible, v[0].Votes)
	}
}
