package ledger

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/op"
)

// against holds a state against the slow reading, and says the first thing in which
// they differ, or "".
func (m *slow) against(s *State) string {
	if m.wrong != "" {
		return m.wrong
	}
	for _, compare := range []func(*State) string{m.pots, m.people, m.decisions, m.courses, m.rulesAre, m.challenges, m.overdue} {
		if what := compare(s); what != "" {
			return what
		}
	}
	return ""
}

func differ(what string, have, want any) string {
	if have == want {
		return ""
	}
	return fmt.Sprintf("%s: the state has %v, recounted %v", what, have, want)
}

// pots compares every sat: pools, dust, payouts, grants, holds.
func (m *slow) pots(s *State) string {
	for _, p := range s.Pools() {
		if d := differ("pool "+p.Name, p.Sat, m.pools[p.Name]); d != "" {
			return d
		}
	}
	if d := differ("dust", s.DustMsat(), m.dust); d != "" {
		return d
	}
	if d := differ("payouts", s.Payouts(), len(m.payouts)); d != "" {
		return d
	}
	for i, p := range m.payouts {
		v := s.PayoutAt(i)
		have := fmt.Sprint(v.ID, v.Agent, v.Pool, v.AmountSat, v.FeeSat, v.Purpose, v.State, v.UntilMs)
		if d := differ("payout", have, fmt.Sprint(p.id, p.to.key, p.pool, p.sat, p.fee, p.purpose, p.state, p.untilMs)); d != "" {
			return d
		}
	}
	for i, g := range m.grants {
		v := s.GrantAt(i, m.at.TimeMs)
		if d := differ("grant", fmt.Sprint(v.ID, v.VestedSat, v.DrawnSat, v.HeldSat), fmt.Sprint(g.id, g.vested(m.at.TimeMs), g.drawn, g.most()-g.drawn)); d != "" {
			return d
		}
	}
	for _, h := range m.holds {
		v, _ := s.Hold(h.id)
		if d := differ(h.why, fmt.Sprint(v.State, v.AmountSat, v.PaidSat), fmt.Sprint(h.state, h.asked, h.paid)); d != "" {
			return d
		}
	}
	return ""
}

// people compares agents, and what tracks ask of them.
func (m *slow) people(s *State) string {
	if d := differ("all locked stake", int64(s.stakes.locked.Current), m.locked.now()); d != "" {
		return d
	}
	for i, a := range m.agents {
		v, n := s.AgentAt(i), 0
		for _, p := range m.props {
			if p.by == a && p.onCourse(m.at.TimeMs) {
				n++
			}
		}
		have := fmt.Sprint(v.StakeSat, v.LeftMs, v.Proposals)
		if d := differ("stake, leaving and open proposals of "+v.Name, have, fmt.Sprint(a.stake.now(), a.leftMs, n)); d != "" {
			return d
		}
	}
	for _, t := range look(m.rules, "tracks").([]any) {
		name := text(t, "name")
		if d := differ("collateral on "+name, s.CollateralSat(name, m.at.TimeMs), m.asks(name, nil)); d != "" {
			return d
		}
		if d := differ("turnout on "+name, int64(s.participation.turnout[name]), m.turnouts[name]); d != "" {
			return d
		}
	}
	return ""
}

// decisions compares proposals with their votes and exits.
func (m *slow) decisions(s *State) string {
	for _, p := range m.props {
		v, _ := s.Proposal(p.id, m.at.TimeMs)
		if d := differ("a proposal on "+p.name, v.State, p.phase(m.at.TimeMs)); d != "" {
			return d
		}
		if p.lockedMs == 0 {
			continue
		}
		c := m.direct(p)
		have := fmt.Sprint(v.DeadlineMs, v.For, v.Against, v.Abstain, v.Eligible, v.Ballots)
		if d := differ("the vote on "+p.name, have, fmt.Sprint(p.deadlineMs, c.For, c.Against, c.Abstain, c.Eligible, len(p.ballots))); d != "" {
			return d
		}
		if p.closedMs == 0 || !truth(p.track, "rage_quit") {
			continue
		}
		elsewhere := p.elseSat
		if p.end == "" {
			elsewhere = m.elsewhere(p, false)
		}
		x := v.Exits
		if d := differ("exits from "+p.name, fmt.Sprint(x.Count, x.LeftSat, x.ElsewhereSat, x.MarkSat), fmt.Sprint(p.exits, p.gone, elsewhere, p.markSat)); d != "" {
			return d
		}
	}
	return differ("proposals", s.Proposals(), len(m.props))
}

func (m *slow) challenges(s *State) string {
	for _, x := range m.disputes {
		v, _ := s.Dispute(x.id, m.at.TimeMs)
		if d := differ("a dispute", fmt.Sprint(v.State, v.PotSat, v.Shared, len(v.Rounds)), fmt.Sprint(x.state, x.pot, x.settled && x.state != "void", len(x.rounds))); d != "" {
			return d
		}
	}
	return ""
}

// overdue looks for deadlines that passed in silence: what the log must have brought
// by its last stamp. The last entry may itself be one of several that are due.
func (m *slow) overdue(s *State) string {
	if s.Due(s.Clock()) != nil {
		return ""
	}
	now, height := m.at.TimeMs, int64(m.at.Height)
	for _, p := range m.props {
		switch {
		case p.end == "" && p.lockedMs != 0 && p.closedMs == 0 && p.deadlineMs < now:
			return fmt.Sprintf("a vote on %s ended at %d, it is %d", p.name, p.deadlineMs, now)
		case p.phase(now) == "queued" && p.afterMs() < now:
			return fmt.Sprintf("a decision on %s was due at %d, it is %d", p.name, p.afterMs(), now)
		case p.evaluating() && p.open() == 0 && p.evaluateMs < now:
			return fmt.Sprintf("an evaluation on %s ended at %d, it is %d", p.name, p.evaluateMs, now)
		}
	}
	for _, p := range m.payouts {
		if p.state == "claimable" && p.untilMs < now {
			return fmt.Sprintf("a payout could be claimed until %d, it is %d", p.untilMs, now)
		}
	}
	for _, h := range m.holds {
		last := h.expiry - 24
		if h.state == "locked" && slices.Contains([]string{"collateral", "bond", "juror-bond"}, h.why) {
			last -= 12
		}
		if (h.state == "locked" || h.state == "forfeiting") && last <= height {
			return fmt.Sprintf("a %s that is %s ends at height %d, it is %d", h.why, h.state, last, height)
		}
	}
	for _, d := range m.disputes {
		if d.state != "open" || !d.last().drawn {
			continue
		}
		if r := d.last(); r.verdict == "" && r.revealMs < now || r.verdict != "" && r.appealMs < now {
			return fmt.Sprintf("a dispute waits for what was due at %d or %d, it is %d", r.revealMs, r.appealMs, now)
		}
	}
	return ""
}

// check holds what the generator's scenario has entered against the slow reading.
func (g *player) check(e *op.Entry, effects []Effect) {
	g.m.enter(e, effects)
	g.callFired()
	if what := g.m.against(g.sc.s); what != "" {
		panic(broken(fmt.Sprintf("entry %d, %v: %s", e.Seq, e.Event.Kind, what)))
	}
}
