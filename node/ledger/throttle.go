package ledger

import (
	"slices"

	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// crowdOf finds or starts the crowd of a track.
func (s *proposals) crowdOf(track string) *crowding {
	c := s.crowds[track]
	if c == nil {
		c = new(crowding)
		s.crowds[track] = c
	}
	return c
}

// startCourse counts a proposal whose collateral was just locked.
func (s *proposals) startCourse(i int) {
	name := s.list[i].track.Name
	s.startedOn[name]++
	c := s.crowdOf(name)
	c.waiting = append(c.waiting, i)
}

// endCourse counts it out, and raises what the track asks of the next one if it
// was above the target and went through: whoever is cancelled, or defeated with an
// honest share, gets everything back and leaves no trace.
func (s *State) endCourse(p *proposal) {
	name := p.track.Name
	c := s.caughtUp(s.proposals.crowdOf(name), s.clock.TimeMs)
	defer func() { s.proposals.endCourse(name, c) }()
	at := slices.IndexFunc(c.waiting, func(i int) bool { return s.proposals.list[i].id == p.id })
	if at >= 0 {
		c.waiting = slices.Delete(c.waiting, at, at+1)
		return
	}
	if t := s.constitution.Track(name); t != nil && t.Throttle != nil {
		c.level = t.Throttle.Ended(c.level, t.CollateralSat, c.running, p.life.End != voting.EndCancelled && !s.defeatedHonestly(p), s.clock.TimeMs)
	}
	c.running--
}

// caughtUp is the crowd at nowMs: those that waited and whose vote has started
// run, each since its own start.
func (s *State) caughtUp(c *crowding, nowMs int64) crowding {
	next := *c
	for len(next.waiting) > 0 {
		p := &s.proposals.list[next.waiting[0]]
		start := p.life.VoteStart(p.track)
		if start > nowMs {
			break
		}
		if t := s.constitution.Track(p.track.Name); t != nil && t.Throttle != nil {
			next.level = t.Throttle.At(next.level, t.CollateralSat, next.running, start)
		}
		next.running++
		next.waiting = next.waiting[1:]
	}
	return next
}

// askSat is the collateral that a track asks of a proposal that the agent, or
// nobody in particular, makes at nowMs. Of the drafts the agent's own count alone:
// others cost it nothing, whoever makes them.
func (s *State) askSat(t *voting.Track, at slot, nowMs int64) int64 {
	if t.Throttle == nil {
		return t.CollateralSat
	}
	c := crowding{}
	if have := s.proposals.crowds[t.Name]; have != nil {
		c = s.caughtUp(have, nowMs)
	}
	return t.Throttle.Quote(c.level, t.CollateralSat, c.running, int64(s.proposals.startedOn[t.Name])-c.running+s.drafts(t.Name, at), nowMs)
}

// drafts is how many proposals of the agent on a track wait for their collateral
// to be paid.
func (s *State) drafts(track string, at slot) (n int64) {
	for _, i := range s.holds.unpaidOrder {
		h := &s.holds.list[i]
		if h.unpaid && h.agent == at && h.purpose == forCollateral && h.renews == 0 &&
			(h.state == stake.Requested || h.state == stake.Offered) && s.proposals.list[h.subject].track.Name == track {
			n++
		}
	}
	return n
}

// CollateralSat is what a track asks of a proposal made at nowMs, in sats, by
// somebody who has no draft there; 0 for a track that asks for none, or is none.
func (s *State) CollateralSat(track string, nowMs int64) int64 {
	t := s.constitution.Track(track)
	if t == nil {
		return 0
	}
	return s.askSat(t, nobody, nowMs)
}
