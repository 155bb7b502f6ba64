package ledger

import (
	"errors"
	"slices"
	"sort"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// Limits of what one agent delegates and says about it.
const (
	maxDelegates = 16      // for one track
	maxReach     = 4096    // delegations looked at before one is recorded, all tracks together
	edgesPerUnit = 16      // of these, looked at one by one
	maxStatement = 4 << 10 // bytes
)

func (d *edge) live(atMs int64) bool { return d.expiresMs == 0 || atMs <= d.expiresMs }

func (c *scope) live(atMs int64) []voting.Edge { return liveEdges(c.edges, atMs) }

func liveEdges(edges []edge, atMs int64) []voting.Edge {
	var list []voting.Edge
	for i := range edges {
		if d := &edges[i]; d.live(atMs) {
			list = append(list, voting.Edge{To: d.to, PPM: d.ppm})
		}
	}
	return list
}

// scopeOf returns what the agent delegates for exactly this track ("" for
// all), or nil.
func (a *agent) scopeOf(track string) *scope {
	for i := range a.scopes {
		if a.scopes[i].track == track {
			return &a.scopes[i]
		}
	}
	return nil
}

// delegations returns the edges of an agent that count for a track at an
// instant: those for the track, or if there is none, those for all.
func (s *agents) edgesAt(at slot, track string, atMs int64) []voting.Edge {
	a := &s.list[at]
	if c := a.scopeOf(track); c != nil {
		if list := c.live(atMs); len(list) > 0 {
			return list
		}
	}
	if c := a.scopeOf(""); c != nil {
		return c.live(atMs)
	}
	return nil
}

// delegatesAt tells whether there are any such edges.
func (a *agent) delegatesAt(track string, atMs int64) bool {
	return slices.ContainsFunc(a.scopes, func(c scope) bool {
		return (c.track == "" || c.track == track) && slices.ContainsFunc(c.edges, func(d edge) bool { return d.live(atMs) })
	})
}

// delegationsBefore is delegations as they stood before an entry.
func (s *agents) delegationsBefore(seq uint64, at slot, track string, atMs int64) []voting.Edge {
	a := &s.list[at]
	for _, name := range []string{track, ""} {
		c := a.scopeOf(name)
		if c == nil {
			continue
		}
		n := sort.Search(len(c.past), func(i int) bool { return c.past[i].seq >= seq })
		if n == 0 {
			continue
		}
		if list := liveEdges(c.past[n-1].edges, atMs); len(list) > 0 {
			return list
		}
	}
	return nil
}

// trackKnown refuses a track that is not in the constitution; "" is all.
func (s *State) trackKnown(name string) error {
	if name != "" && s.constitution.Track(name) == nil {
		return refusal.New(refusal.ErrNotFound, "content.track", "track", "no track %+q in the constitution", name)
	}
	return nil
}

// delegate gives the signer's weight, or a part of it, to another agent.
func (s *State) delegate(e *op.Entry, c *op.Delegate) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	if err := s.trackKnown(c.Track); err != nil {
		return err
	}
	given, err := s.newEdge(e, at, c)
	if err != nil {
		return err
	}
	var old scope
	if have := s.agents.list[at].scopeOf(c.Track); have != nil {
		old = *have
	}
	when, err := s.latest(e, old.signed)
	if err != nil {
		return err
	}
	if err := s.delegationRested(c.Track, &old, given); err != nil {
		return err
	}
	next := old.with(given, s.clock.TimeMs)
	if err := s.delegationAllowed(at, c.Track, next); err != nil {
		return err
	}
	s.setScope(at, c.Track, next, when)
	return nil
}

// newEdge checks what a delegation says by itself.
func (s *State) newEdge(e *op.Entry, at slot, c *op.Delegate) (edge, error) {
	d := edge{ppm: voting.PPM, expiresMs: c.ExpiresMs, sinceMs: s.clock.TimeMs, seq: e.Seq}
	to, ok := s.agents.at[c.To]
	if !ok {
		return d, refusal.New(refusal.ErrNotFound, "content.to", "agent", "%s is not registered", c.To)
	}
	if err := s.agents.speaks("content.to", c.To); err != nil {
		return d, err
	}
	d.to = to
	if left := s.agents.list[to].leftMs; left != 0 {
		return d, refusal.New(refusal.ErrRule, "content.to", "delegate-left", "%s left the economy at %d", c.To, left)
	}
	if to == at {
		return d, refusal.New(refusal.ErrRule, "content.to", "delegation-self", "is the signer; to vote oneself, take the delegation back")
	}
	if share := c.SharePPM; share != nil {
		if *share < 1 || *share > voting.PPM {
			return d, refusal.New(refusal.ErrInvalid, "content.share_ppm", "range", "is %d, must be between 1 and %d; leave it out to give the whole", *share, voting.PPM)
		}
		d.ppm = uint32(*share)
	}
	if !d.live(s.clock.TimeMs) || c.ExpiresMs < 0 {
		return d, refusal.New(refusal.ErrRule, "content.expires_ms", "delegation-expiry", "is %s, it is %s already", atText(c.ExpiresMs), atText(s.clock.TimeMs))
	}
	return d, nil
}

// delegationRested holds the cool-down: weight that was given to one agent
// may go to another only a while after it was last given, whether it was taken
// back, expired or is moved by this very delegation. Giving another part, or
// more to the same delegate, moves nothing; and a delegate that left the economy
// holds nobody back.
func (s *State) delegationRested(track string, old *scope, given edge) error {
	from := old.placedMs + s.cooldownMs(track)
	if s.clock.TimeMs >= from || !old.removed && !old.moves(given, s.clock.TimeMs) || s.agents.allLeft(old.edges) {
		return nil
	}
	return refusal.New(refusal.ErrRule, "content.to", "delegation-cooldown", "delegated at %s, may go to somebody else from %s, it is %s",
		atText(old.placedMs), atText(from), atText(s.clock.TimeMs))
}

// allLeft tells whether there are delegates and all of them left the economy.
func (s *agents) allLeft(edges []edge) bool {
	for i := range edges {
		if s.list[edges[i].to].leftSeq == 0 {
			return false
		}
	}
	return len(edges) > 0
}

// moves tells whether the delegation takes weight from one given before.
func (c *scope) moves(given edge, nowMs int64) bool {
	for i := range c.edges {
		d := &c.edges[i]
		switch {
		case d.to == given.to && given.ppm < d.ppm:
			return true
		case d.to != given.to && (given.ppm == voting.PPM || !d.live(nowMs)):
			return true
		}
	}
	return false
}

// cooldownMs is the track's cool-down; for all tracks, the longest.
func (s *State) cooldownMs(track string) int64 {
	var longest int64
	for i := range s.constitution.Tracks {
		if t := &s.constitution.Tracks[i]; track == "" || t.Name == track {
			longest = max(longest, t.CooldownMs())
		}
	}
	return longest
}

// with returns the live edges with one given or replaced; a whole one replaces
// all.
func (c *scope) with(given edge, nowMs int64) []edge {
	if given.ppm == voting.PPM {
		return []edge{given}
	}
	var next []edge
	for _, d := range c.edges {
		if d.live(nowMs) && d.to != given.to {
			next = append(next, d)
		}
	}
	return append(next, given)
}

// delegationAllowed checks shares, cycles and depth on every track where the
// edges would count.
func (s *State) delegationAllowed(at slot, track string, next []edge) error {
	if len(next) > maxDelegates {
		return refusal.New(refusal.ErrRule, "content.to", "max-delegates", "would be delegate number %d, at most %d are allowed", len(next), maxDelegates)
	}
	edges, sum := make([]voting.Edge, len(next)), uint64(0)
	for i, d := range next {
		edges[i] = voting.Edge{To: d.to, PPM: d.ppm}
		sum += uint64(d.ppm)
	}
	if sum > voting.PPM {
		return refusal.New(refusal.ErrRule, "content.share_ppm", "delegation-shares",
			"the parts would add up to %d of %d; take one back first", sum, voting.PPM)
	}
	if !s.delegations.shared && edges[0].PPM == voting.PPM {
		return nil // whole edges alone may form any graph
	}
	left := maxReach
	for i := range s.constitution.Tracks {
		t := &s.constitution.Tracks[i]
		if track == "" && s.ownDelegations(at, t.Name) || track != "" && track != t.Name {
			continue
		}
		out := func(from uint32) []voting.Edge { return s.agents.edgesAt(from, t.Name, s.clock.TimeMs) }
		looked, err := voting.CheckEdges(at, edges, len(s.agents.list), t.DelegationLimits(0).MaxDepth, left, out)
		left -= looked
		s.entry.count(units(looked, edgesPerUnit))
		switch {
		case errors.Is(err, voting.ErrReach):
			return refusal.New(refusal.ErrRule, "content.to", "delegation-reach",
				"from here more than %d delegations are reached, all tracks together; delegate to somebody nearer, or for one track", maxReach)
		case err != nil:
			return refusal.New(refusal.ErrRule, "content.to", "delegation-graph", "track %s: %v (agents are numbered in order of registration)", t.Name, err)
		}
	}
	return nil
}

// ownDelegations tells whether the agent has live delegations for the very
// track, which hide those for all.
func (s *State) ownDelegations(at slot, track string) bool {
	c := s.agents.list[at].scopeOf(track)
	return c != nil && len(c.live(s.clock.TimeMs)) > 0
}

func (s *State) setScope(at slot, track string, next []edge, when signed) {
	a := &s.agents.list[at]
	for _, d := range next {
		if d.ppm != voting.PPM {
			s.delegations.share()
		}
	}
	if len(a.scopes) == 0 {
		s.delegations.delegated(at)
	}
	a.addScope(track)
	s.setEdges(at, track, next)
	a.scopeOf(track).place(s.clock.TimeMs, when)
}

// undelegate takes delegations back. It is never refused for the cool-down:
// whoever gave a voice may always stop.
func (s *State) undelegate(e *op.Entry, c *op.Undelegate) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	have := s.agents.list[at].scopeOf(c.Track)
	all := c.To == op.PublicKey{}
	var kept []edge
	found := false
	if have != nil {
		for _, d := range have.edges {
			if to, ok := s.agents.at[c.To]; all || ok && d.to == to {
				found = true
				continue
			}
			kept = append(kept, d)
		}
	}
	if !found {
		return refusal.New(refusal.ErrNotFound, "content.track", "delegation", "there is no such delegation for track %+q", c.Track)
	}
	when, err := s.latest(e, have.signed)
	if err != nil {
		return err
	}
	s.setEdges(at, c.Track, kept)
	have.takeBack(when)
	return nil
}

// statement publishes how an agent votes for those who delegate to it.
func (s *State) statement(e *op.Entry, c *op.Statement) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	if err := s.trackKnown(c.Track); err != nil {
		return err
	}
	if err := refusal.TextWithin("content.text", c.Text, 0, maxStatement); err != nil {
		return err
	}
	a := &s.agents.list[at]
	next := statement{track: c.Track, text: c.Text, seq: e.Seq, signed: s.agents.signedAt(e.Event)}
	for i := range a.statements {
		if a.statements[i].track == c.Track {
			if _, err := s.latest(e, a.statements[i].signed); err != nil {
				return err
			}
			a.state(i, next)
			return nil
		}
	}
	a.state(len(a.statements), next)
	return nil
}
