package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// enact puts a constitution in force from this entry on and keeps it. Proposals
// keep the track that they were made under; the running epoch keeps its end,
// and its close is the first to use changed rules of reputation. Weight rules
// that are new start their class, pools that are new start empty, and a track
// that comes back under a name of old starts with no turnout and its own collateral.
func (s *State) enact(c *constitution.Constitution, proposal op.ID) {
	if was := s.constitution; was != nil {
		for i := range was.Tracks {
			if name := was.Tracks[i].Name; c.Track(name) == nil {
				s.participation.drop(name)
				s.proposals.dropCrowd(name)
			}
		}
	}
	s.adopt(c, proposal)
	s.agents.speak(c.Guardians.Keys...)
	for i := range c.Metrics {
		s.agents.speak(c.Metrics[i].Reporters...)
	}
	s.treasury.grow(len(c.Pools))
	for i := range c.Tracks {
		s.weighBy(&c.Tracks[i])
	}
	s.dropClasses()
}

// successor checks that a constitution may come after another: pools may be
// added at the end and their shares change, but a pool and the sats in it never
// go away, nor does a track on which proposals are open.
func (s *State) successor(next *constitution.Constitution) error {
	was := s.constitution
	if err := constitution.KnownRules("constitution.version", next.Version, s.knows); err != nil {
		return err
	}
	if err := next.ValidateAfter(was); err != nil {
		return err
	}
	if err := next.LeastTimes(s.network); err != nil {
		return err
	}
	if why := s.entrenches(next); why != "" {
		return refusal.New(refusal.ErrRule, "constitution.tracks", "guardians-removable", "%s: who guards could stay for ever", why)
	}
	for i, p := range was.Pools {
		if i >= len(next.Pools) || next.Pools[i].Name != p.Name {
			return refusal.New(refusal.ErrRule, "constitution.pools", "pools-append", "pool %+q must stay number %d: pools are added at the end, and none is taken away", p.Name, i+1)
		}
	}
	for i := range was.Tracks {
		name := was.Tracks[i].Name
		if n := s.proposals.openOn[name]; n > 0 && next.Track(name) == nil {
			return refusal.New(refusal.ErrRule, "constitution.tracks", "open-proposals", "%d proposals are open on track %s; it can go when none is", n, name)
		}
	}
	return nil
}

// ConstitutionVersions is the number of constitutions that were ever in force.
func (s *State) ConstitutionVersions() int { return len(s.versions) }

// ConstitutionVersionAt returns the i-th of them, 0 <= i < ConstitutionVersions().
// The caller must not change the constitution.
func (s *State) ConstitutionVersionAt(i int) (view.ConstitutionVersion, *constitution.Constitution) {
	v := &s.versions[i]
	return view.ConstitutionVersion{Version: i + 1, Seq: v.seq, TimeMs: v.timeMs, Hash: v.hash, Proposal: v.proposal}, v.text
}
