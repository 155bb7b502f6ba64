package ledger

import "github.com/econd/econd/node/refusal"

// Opening a proposal and withdrawing it before its vote costs its proposer the call
// alone, and everybody a record that stays. So an agent may do it maxWasted times at
// once, and then once in wastedEveryMs: a token bucket, kept as the instant at which
// it is full again. Who lets its proposals be voted on is not held up.
const (
	maxWasted     = 32
	wastedEveryMs = 180_000
)

// waste counts a proposal that its proposer withdrew before its vote, or did not pay.
func (s *State) waste(p *proposal) {
	if p.proposer == nobody {
		return
	}
	s.agents.list[p.proposer].waste(s.clock.TimeMs)
}

// mayWaste refuses another proposal to who withdrew too many of late.
func (s *State) mayWaste(at slot) error {
	full := s.agents.list[at].wastedMs
	if until := full - (maxWasted-1)*wastedEveryMs; until > s.clock.TimeMs {
		return refusal.New(refusal.ErrRule, "pubkey", "wasted-drafts", "%d proposals were withdrawn before their votes, or not paid, within a short time; the next may come at %s, it is %s",
			(full-s.clock.TimeMs+wastedEveryMs-1)/wastedEveryMs, atText(until), atText(s.clock.TimeMs))
	}
	return nil
}
