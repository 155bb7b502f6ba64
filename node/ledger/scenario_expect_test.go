package ledger

import (
	"fmt"
	"strconv"
	"strings"
)

// expectation handles commands that look; it tells whether f was one.
func (sc *scenario) expectation(f []string) bool {
	sc.enterDue()
	var got string
	switch f[0] {
	case "state":
		p, _ := sc.s.Proposal(sc.labels[f[1]], sc.at.TimeMs)
		got = p.State
	case "hold":
		h, _ := sc.s.Hold(sc.labels[f[1]])
		got = h.State
	case "tally":
		p, _ := sc.s.Proposal(sc.labels[f[1]], sc.at.TimeMs)
		got = fmt.Sprintf("%d %d %d of %d", p.For, p.Against, p.Abstain, p.Eligible)
	case "outcome":
		got = sc.outcome(f)
	case "guarded":
		for _, k := range sc.s.Constitution().Guardians.Keys {
			for _, name := range f[2:] {
				if k == secretOf(name).Public() {
					got = strings.TrimSpace(got + " " + name)
				}
			}
		}
	case "reason":
		p, _ := sc.s.Proposal(sc.labels[f[1]], sc.at.TimeMs)
		got = p.Outcome.Reason
	case "price":
		got = strconv.FormatInt(sc.s.PriceSat(f[1]), 10)
	case "pool":
		for _, p := range sc.s.Pools() {
			if p.Name == f[1] {
				got = strconv.FormatInt(p.Sat, 10)
			}
		}
	case "score":
		a, _ := sc.s.Agent(secretOf(f[1]).Public())
		if got = "zero"; a.Score > 0 {
			got = "positive"
		}
	case "effects":
		return sc.expectEffects(f[1:])
	default:
		look, ok := looks[f[0]]
		if !ok {
			return false
		}
		got = look(sc, f[1:])
	}
	if want := strings.Join(f[2:], " "); got != want {
		sc.fatalf("%s %s: got %q, want %q", f[0], f[1], got, want)
	}
	return true
}

// outcome writes the counts of a closed vote and those figures that f asks for.
func (sc *scenario) outcome(f []string) string {
	p, _ := sc.s.Proposal(sc.labels[f[1]], sc.at.TimeMs)
	if p.Outcome == nil {
		return "not closed"
	}
	got := fmt.Sprintf("%d %d %d", p.Outcome.For, p.Outcome.Against, p.Outcome.Abstain)
	d := p.Outcome.Delegation
	for i := 5; i+1 < len(f); i += 2 {
		got += " " + f[i] + " " + fmt.Sprint(map[string]any{"delegators": d.Delegators, "delegated": d.Delegated,
			"unrepresented": d.Unrepresented, "gini": d.GiniPPM, "nakamoto": d.Nakamoto,
			"winner": p.Outcome.Winner, "scores": strings.Join(p.Outcome.Scores.List(), ",")}[f[i]])
	}
	return got
}

func (sc *scenario) expectEffects(want []string) bool {
	var got []string
	for _, e := range sc.effects {
		got = append(got, string(e.Kind), sc.names[e.Hold]+sc.payoutName(e)+e.URL)
	}
	sc.effects = nil
	if strings.Join(got, " ") != strings.Join(want, " ") {
		sc.fatalf("effects: got %v, want %v", got, want)
	}
	return true
}
