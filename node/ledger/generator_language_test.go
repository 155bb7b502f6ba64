package ledger

import (
	"fmt"
	"slices"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// Words that the generator needs beside those of the scenarios: what they expect is
// what stands when they are said, and times are from then on, so that a listing can
// be shortened.
//
//	NAME prices P SAT                    set-price of operations
//	NAME amends P PATH VALUE             on track constitution
//	NAME sets P PATH VALUE               on track parameter
//	NAME pays P POOL TO SAT [TO SAT]     on track treasury
//	NAME grants P POOL TO SAT DURATION   on track grant, vesting from now on
//	NAME promises P REWARD DURATION TO...   on track upgrade, that speed:ms falls by a
//	                                     fifth, of which each TO reports, two at least
//	locked X MORE BLOCKS                 the hold is paid, with so many sats more than it
//	                                     asks for, to an HTLC of so many blocks
//	blocks N                             N blocks come
//	jump MS                              to the next deadline and so long after or before it
func init() {
	verbs["prices"] = func(sc *scenario, who string, f []string) error {
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: "price", Title: f[0], Actions: []op.Raw{op.Raw(op.EncodeContent(
			SetPrice{Type: constitution.ActionSetPrice, Resource: "operations", Sat: sc.number(f[1]), ExpectSat: sc.s.PriceSat("operations")}))}})
	}
	verbs["amends"] = func(sc *scenario, who string, f []string) error {
		return sc.changing(who, f[0], "constitution", constitution.ActionAmend, f[1], f[2])
	}
	verbs["sets"] = func(sc *scenario, who string, f []string) error {
		return sc.changing(who, f[0], "parameter", constitution.ActionSetParameter, f[1], f[2])
	}
	verbs["pays"] = func(sc *scenario, who string, f []string) error {
		c := op.Propose{Track: "treasury", Title: f[0]}
		for i := 2; i+1 < len(f); i += 2 {
			c.Actions = append(c.Actions, op.Raw(op.EncodeContent(Pay{Type: constitution.ActionPay, Pool: f[1], To: secretOf(f[i]).Public(), Sat: sc.number(f[i+1])})))
		}
		return sc.request(who, f[0], op.KindPropose, c)
	}
	verbs["grants"] = func(sc *scenario, who string, f []string) error {
		now := sc.at.TimeMs
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: "grant", Title: f[0], Actions: []op.Raw{op.Raw(op.EncodeContent(
			Grant{Type: constitution.ActionGrant, Pool: f[1], To: secretOf(f[2]).Public(), Sat: sc.number(f[3]), StartMs: now, CliffMs: now,
				EndMs: now + sc.duration(f[4]).Milliseconds()}))}})
	}
	verbs["promises"] = func(sc *scenario, who string, f []string) error {
		v := op.Evaluation{RewardSat: sc.number(f[1]), PeriodS: sc.duration(f[2]).Milliseconds() / 1000, Least: 2,
			Metrics: []op.EvaluatedMetric{{Name: "speed", Unit: "ms", Baseline: 100, Direction: "down", ChangePPM: 200_000}}}
		for _, name := range f[3:] {
			v.Reporters = append(v.Reporters, secretOf(name).Public())
		}
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: "upgrade", Title: f[0], Evaluation: &v,
			Actions: []op.Raw{op.Raw(`{"type":"webhook","url":"https://example.org/","data":{}}`)}})
	}
	facts["locked"] = func(sc *scenario, f []string) error {
		h, _ := sc.s.Hold(sc.labels[f[0]])
		return sc.lock(f[0], []string{fmt.Sprint(h.AmountSat + sc.number(f[1])), "until", fmt.Sprint(int64(sc.at.Height) + sc.number(f[2]))})
	}
	facts["blocks"] = func(sc *scenario, f []string) error {
		if sc.number(f[0]) == 0 {
			return nil // what is due comes about
		}
		return sc.toHeight(sc.at.Height+uint32(sc.number(f[0])), 0)
	}
	facts["jump"] = func(sc *scenario, f []string) error {
		sc.at.TimeMs = max(sc.at.TimeMs, sc.s.NextDeadlineMs()+sc.number(f[0]))
		return nil
	}
}

// changing proposes another value in place of the one that stands.
func (sc *scenario) changing(who, label, track, kind, path, value string) error {
	now := look(parse(op.EncodeContent(sc.s.Constitution())), strings.Split(path, "/")[1:]...)
	action := fmt.Sprintf(`{"type":%q,"path":%q,"value":%s,"expect":%s}`, kind, path, value, write(now))
	return sc.request(who, label, op.KindPropose, op.Propose{Track: track, Title: label, Actions: []op.Raw{op.Raw(action)}})
}

// applies tells whether a line names only what is there: a listing from which lines
// were taken is no scenario where it speaks of what it has not.
func (g *player) applies(f []string) bool {
	s := g.sc.s
	known := func(label string) bool {
		d, ok := s.disputes.at[g.sc.labels[label]]
		return ok && len(s.disputes.list[d].rounds) > 0
	}
	switch {
	case f[0] == "deliver":
		return g.sc.kept[f[1]] != nil
	case f[0] == "everybody":
		return known(f[2])
	case f[0] == "opened":
		return known(f[1])
	case f[0] == "sent" || f[0] == "unsent":
		return int(g.sc.number(f[1])) <= s.Payouts()
	case len(f) > 2 && f[1] == "claim":
		return int(g.sc.number(f[2])) <= s.Payouts()
	case len(f) > 2 && f[1] == "draw":
		return int(g.sc.number(f[2])) <= s.Grants()
	case len(f) > 2 && (f[1] == "commit" || f[1] == "reveal"):
		return known(f[2])
	case slices.Contains([]string{"lock", "locked", "settled", "cancelled"}, f[0]):
		_, ok := s.Hold(g.sc.labels[f[1]])
		return ok
	case len(f) > 2 && f[1] == "confirms":
		_, ok := s.Hold(g.sc.labels[f[2]])
		return ok
	}
	return true
}
