package ledger

import (
	"math/big"
	"slices"

	"github.com/econd/econd/node/op"
)

// The slow reading of weight: who had how much at the start of each vote, whom it
// reached by delegation, and what that decided.

type slowEdge struct {
	to      *slowAgent
	ppm     int64
	untilMs int64 // 0: for ever
}

func (d slowEdge) live(ms int64) bool { return d.untilMs == 0 || ms <= d.untilMs }

func (m *slow) delegate(by *slowAgent, c op.Delegate) {
	next := slowEdge{m.agent(c.To), 1_000_000, c.ExpiresMs}
	if c.SharePPM != nil {
		next.ppm = *c.SharePPM
	}
	var kept []slowEdge
	for _, d := range by.given[c.Track] {
		if next.ppm < 1_000_000 && d.to != next.to && d.live(m.at.TimeMs) {
			kept = append(kept, d)
		}
	}
	by.given[c.Track] = append(kept, next)
}

func (m *slow) undelegate(by *slowAgent, c op.Undelegate) {
	var kept []slowEdge
	for _, d := range by.given[c.Track] {
		if c.To != (op.PublicKey{}) && d.to.key != c.To {
			kept = append(kept, d)
		}
	}
	by.given[c.Track] = kept
}

// gives lists an agent's delegations that count on a track at an instant.
func (a *slowAgent) gives(track string, ms int64) (list []slowEdge) {
	for _, scope := range []string{track, ""} {
		for _, d := range a.given[scope] {
			if d.live(ms) {
				list = append(list, d)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// counted is what a rule counts of a stake of which some is confirmed.
func counted(rule any, sat, sure int64) int64 {
	if look(rule, "unconfirmed_ppm") == nil {
		return sat
	}
	return sure + portion(sat-sure, number(rule, "unconfirmed_ppm"), 1_000_000)
}

// weighNow, and weighBefore an instant, is the weight of an agent's stake before any cap.
func weighNow(rule any, a *slowAgent) int64 {
	return weigh(rule, counted(rule, a.stake.now(), a.sure.now()))
}

func weighBefore(rule any, a *slowAgent, ms int64) int64 {
	return weigh(rule, counted(rule, a.stake.before(ms), a.sure.before(ms)))
}

// weigh is the weight of so many sats by a rule, before any cap.
func weigh(rule any, sat int64) int64 {
	if sat < number(rule, "bond_sat") {
		return 0
	}
	switch text(rule, "kind") {
	case "one":
		return 1
	case "stake", "conviction":
		return sat
	case "root-stake":
		x := new(big.Int).Mul(big.NewInt(sat), big.NewInt(1_000_000_000_000))
		return x.Sqrt(x).Int64()
	}
	panic("the slow reading knows no " + text(rule, "kind"))
}

func capped(rule any, weight, total int64) int64 {
	if ppm := number(rule, "cap_ppm"); ppm != 0 {
		return min(weight, portion(total, ppm, 1_000_000))
	}
	return weight
}

// then tells whether an agent was one right before an instant.
func (a *slowAgent) then(ms int64) bool { return a.sinceMs < ms && (a.leftMs == 0 || a.leftMs >= ms) }

// eligible is all weight right before the vote.
func (m *slow) eligible(p *slowProp) (total int64) {
	switch {
	case p.gathers() && p.closedMs != 0:
		return int64(p.outcome.Eligible)
	case p.gathers():
		return m.locked.now()
	}
	for _, a := range m.agents {
		if a.then(p.startMs()) {
			total += weighBefore(p.track["weight"], a, p.startMs())
		}
	}
	return total
}

// weight is what an agent's own ballot weighs.
func (m *slow) weight(p *slowProp, a *slowAgent) int64 {
	if !a.then(p.startMs()) {
		return 0
	}
	return capped(p.track["weight"], weighBefore(p.track["weight"], a, p.startMs()), m.eligible(p))
}

// entrusts is what an agent's delegates can speak with: no more than is still locked
// when the vote ends.
func (m *slow) entrusts(p *slowProp, a *slowAgent) int64 {
	if a.sinceMs >= p.startMs() {
		return 0
	}
	rule := p.track["weight"]
	w := min(weighBefore(rule, a, p.startMs()), weighBefore(rule, a, p.deadlineMs+1))
	return capped(rule, w, m.eligible(p))
}

// ways keeps what arrives where of a vote, so that it is worked out once.
type ways map[struct {
	at   *slowAgent
	hops int64
}]int64

// arriving is the weight that others' delegations bring to an agent in exactly so
// many hops: each part of each hop is rounded down.
func (m *slow) arriving(p *slowProp, to *slowAgent, hops int64, known ways) (sat int64) {
	k := struct {
		at   *slowAgent
		hops int64
	}{to, hops}
	if v, ok := known[k]; ok {
		return v
	}
	for _, from := range m.agents {
		if p.ballot(from) != nil {
			continue
		}
		for _, d := range from.gives(p.name, p.deadlineMs) {
			if d.to != to {
				continue
			}
			have := int64(0)
			if hops == 1 {
				have = m.entrusts(p, from)
			} else {
				have = m.arriving(p, from, hops-1, known)
			}
			sat += portion(have, d.ppm, 1_000_000)
		}
	}
	known[k] = sat
	return sat
}

// reaches tells whether an agent's delegations lead to somebody who voted.
func (m *slow) reaches(p *slowProp, a *slowAgent, seen []*slowAgent) bool {
	if p.ballot(a) != nil {
		return true
	}
	if slices.Contains(seen, a) {
		return false
	}
	for _, d := range a.gives(p.name, p.deadlineMs) {
		if m.reaches(p, d.to, append(slices.Clone(seen), a)) {
			return true
		}
	}
	return false
}

// tally counts a vote anew.
func (m *slow) tally(p *slowProp) op.Close {
	if p.gathers() {
		return m.gathered(p)
	}
	c := op.Close{Proposal: p.id, Eligible: op.Weight(m.eligible(p)), Ballots: uint64(len(p.ballots))}
	depth := or(number(p.track, "delegation", "max_depth"), 64)
	known := ways{}
	most := int64(0)
	if ppm := number(p.track, "delegation", "cap_ppm"); ppm > 0 {
		most = max(1, portion(int64(c.Eligible), ppm, 1_000_000))
	}
	var entrusted int64
	for _, a := range m.agents {
		if p.ballot(a) != nil || a.sinceMs >= p.startMs() || len(a.gives(p.name, p.deadlineMs)) == 0 {
			continue
		}
		w := m.entrusts(p, a)
		if !m.reaches(p, a, nil) { // what it would give, before any cap
			w = min(weighNow(p.track["weight"], a), weighBefore(p.track["weight"], a, p.startMs()))
		}
		if w > 0 {
			c.Delegation.Delegators++
			entrusted += w
		}
	}
	var spoken []int64
	parts := m.apart(p, depth, most)
	for i, b := range p.ballots {
		own := m.weight(p, b.by)
		all := own
		for hops := int64(1); hops <= depth && c.Delegation.Delegators > 0; hops++ {
			all += m.arriving(p, b.by, hops, known)
		}
		if most > 0 {
			all = max(own, min(all, most))
		}
		if text(p.track, "counting") == "quadratic-credits" {
			all = own // bought voices are one's own
		}
		if parts != nil {
			all = 0
			for _, w := range parts[i] {
				all += w
			}
		}
		p.adds(&c, b, all)
		spoken = append(spoken, all)
		c.Delegation.Delegated += op.Weight(all - own)
	}
	c.Delegation.Unrepresented = op.Weight(entrusted) - c.Delegation.Delegated
	if p.choices() > 0 {
		p.score(&c, spoken, parts, m.quorate(p, c))
		return c
	}
	c.Passed, c.Reason = m.decides(p, c)
	return c
}

// apart lists what each ballot of a quadratic vote speaks with, its own weight first
// and then that of each of those who gave it all they have: roots are summed of each
// by itself. A cap takes the same share of all.
func (m *slow) apart(p *slowProp, depth, most int64) [][]int64 {
	if text(p.track, "counting") != "quadratic" {
		return nil
	}
	parts := make([][]int64, len(p.ballots))
	for i, b := range p.ballots {
		own := m.weight(p, b.by)
		var given []int64
		carried := own
		for _, a := range m.agents {
			if w := m.entrusts(p, a); a != b.by && w > 0 && m.speaker(p, a, depth) == b {
				given, carried = append(given, w), carried+w
			}
		}
		parts[i] = []int64{own}
		for _, w := range given {
			if most > 0 {
				w = portion(w, max(own, min(carried, most))-own, carried-own)
			}
			parts[i] = append(parts[i], w)
		}
	}
	return parts
}

// speaker is the ballot to which an agent's delegations of everything lead.
func (m *slow) speaker(p *slowProp, a *slowAgent, depth int64) *slowBallot {
	for hops := int64(0); p.ballot(a) == nil; hops++ {
		list := a.gives(p.name, p.deadlineMs)
		if hops == depth || len(list) != 1 || list[0].ppm != 1_000_000 {
			return nil
		}
		a = list[0].to
	}
	return p.ballot(a)
}

// atLeast compares fractions exactly.
func atLeast(some, whole, ppm int64) bool {
	x := new(big.Int).Mul(big.NewInt(some), big.NewInt(1_000_000))
	return whole > 0 && x.Cmp(new(big.Int).Mul(big.NewInt(whole), big.NewInt(ppm))) >= 0
}

// quorate tells whether counts make the quorum.
func (m *slow) quorate(p *slowProp, c op.Close) bool {
	q := p.track["quorum"]
	yes, no, none, all := int64(c.For), int64(c.Against), int64(c.Abstain), int64(c.Eligible)
	if p.removes() && number(p.track, "removal_for_ppm") > 0 {
		return atLeast(yes, all, number(p.track, "removal_for_ppm"))
	}
	came := yes + no
	if truth(q, "count_abstain") {
		came += none
	}
	switch text(q, "kind") {
	case "none":
		return true
	case "for":
		return atLeast(yes, all, number(q, "share_ppm"))
	case "turnout":
		low, high := number(q, "min_ppm"), number(q, "max_ppm")
		need := low + ((high-low)*m.turnouts[p.name]+999_999)/1_000_000
		return atLeast(came, all, need)
	}
	return atLeast(came, all, number(q, "share_ppm"))
}

func (m *slow) decides(p *slowProp, c op.Close) (bool, string) {
	if !m.quorate(p, c) {
		return false, "quorum"
	}
	yes, no := int64(c.For), int64(c.Against)
	passes := yes > no
	if text(p.track, "pass", "kind") == "share" && !p.removes() {
		passes = atLeast(yes, yes+no, number(p.track, "pass", "share_ppm"))
	}
	if passes {
		return true, "passed"
	}
	return false, "pass-rule"
}
