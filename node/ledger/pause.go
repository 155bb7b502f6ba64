package ledger

import (
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

// pausedUntil returns the last instant of the pause that a track is in, or 0.
func (s *State) pausedUntil(track string) int64 {
	if last := s.pauses.lastPause(track); last != nil && s.clock.TimeMs <= last.untilMs {
		return last.untilMs
	}
	return 0
}

func (s *pauses) lastPause(track string) *pause {
	if i, ok := s.at[track]; ok {
		return &s.list[i]
	}
	return nil
}

// pause freezes tracks, or lifts a pause, once enough guardians have signed the
// same terms.
func (s *State) pause(e *op.Entry, c *op.Pause) error {
	if err := refusal.TextWithin("content.reason", c.Reason, 1, maxReason); err != nil {
		return err
	}
	tracks, err := trackNames("content.tracks", c.Tracks)
	if err != nil {
		return err
	}
	if err := s.pauseTerms(tracks, c.UntilMs); err != nil {
		return err
	}
	m := s.pauses.motion(tracks, c.UntilMs)
	var assents []assent
	if m >= 0 {
		assents = s.pauses.motions[m].assents
	}
	assents, agreed, err := s.assenting(assents, e, c.Reason)
	if err != nil {
		return err
	}
	when, err := s.latest(e, s.pauses.by[s.agents.first(e.Event.PubKey)])
	if err != nil {
		return err
	}
	if m < 0 && !agreed {
		if err := s.motionRoom(s.agents.first(e.Event.PubKey)); err != nil {
			return err
		}
	}
	s.pauses.say(s.agents.first(e.Event.PubKey), when)
	s.dropMotions(m)
	if !agreed {
		s.pauses.move(pauseMotion{tracks, c.UntilMs, assents})
		return nil
	}
	for _, t := range tracks {
		s.setPause(t, c, e.Seq)
	}
	return nil
}

// trackNames returns the names in order, and refuses none and any twice.
func trackNames(field string, names []string) ([]string, error) {
	if n := len(names); n > constitution.MaxTracks {
		return nil, refusal.New(refusal.ErrInvalid, field, "tracks", "has %d, at most %d are allowed", n, constitution.MaxTracks)
	}
	tracks := slices.Clone(names)
	slices.Sort(tracks)
	if len(tracks) == 0 || len(slices.Compact(slices.Clone(tracks))) != len(tracks) {
		return nil, refusal.New(refusal.ErrInvalid, field, "tracks", "needs at least one track, each once")
	}
	return tracks, nil
}

// pauseTerms checks what a pause asks for. It is bounded in time, and as long
// as its bound must pass before the same track can be paused again: guardians
// can stop the clock, not keep it stopped.
func (s *State) pauseTerms(tracks []string, untilMs int64) error {
	most := s.constitution.Guardians.MaxPauseMs()
	if untilMs != 0 && (untilMs <= s.clock.TimeMs || untilMs > s.clock.TimeMs+most) {
		return refusal.New(refusal.ErrRule, "content.until_ms", "pause-bound", "is %s, must be after %s and at most %s; 0 lifts a pause",
			atText(untilMs), atText(s.clock.TimeMs), atText(s.clock.TimeMs+most))
	}
	for _, name := range tracks {
		t := s.constitution.Track(name)
		if t == nil {
			return refusal.New(refusal.ErrNotFound, "content.tracks", "track", "no track %+q in the constitution", name)
		}
		if len(t.Actions) == 1 && t.Allows(constitution.ActionSetGuardians) {
			return refusal.New(refusal.ErrForbidden, "content.tracks", "own-removal", "track %s changes the guardians and nothing else: they cannot pause it", name)
		}
		last := s.pauses.lastPause(name)
		switch {
		case untilMs == 0 && s.pausedUntil(name) == 0:
			return refusal.New(refusal.ErrPhase, "content.tracks", "paused", "track %s is not paused", name)
		case untilMs != 0 && last != nil && s.clock.TimeMs <= last.untilMs+most:
			return refusal.New(refusal.ErrRule, "content.tracks", "pause-again", "track %s was paused until %s and may be again after %s, it is %s",
				name, atText(last.untilMs), atText(last.untilMs+most), atText(s.clock.TimeMs))
		}
	}
	return nil
}

func (s *pauses) motion(tracks []string, untilMs int64) int {
	return slices.IndexFunc(s.motions, func(m pauseMotion) bool {
		return m.untilMs == untilMs && slices.Equal(m.tracks, tracks)
	})
}

// motionsPerUnit is how many pauses that wait for guardians are looked at for one
// unit of work.
const motionsPerUnit = 16

// maxMotions bounds the pauses that wait for others and that one guardian signed first:
// all of them are looked at with each that somebody signs.
const maxMotions = 16

// motionRoom refuses a guardian another pause to sign first where too many of its own
// wait already.
func (s *State) motionRoom(key op.PublicKey) error {
	n := 0
	for _, m := range s.pauses.motions {
		if s.agents.first(m.assents[0].key) == key && !s.motionOver(m) {
			n++
		}
	}
	if n >= maxMotions {
		return refusal.New(refusal.ErrRule, "content.until_ms", "pause-motions", "%d pauses that it signed first wait for other guardians, at most %d may; each goes when its time is over", n, maxMotions)
	}
	return nil
}

// motionOver tells whether a motion's time is over: of a pause that would have ended,
// or the lifting of one that has.
func (s *State) motionOver(m pauseMotion) bool {
	if m.untilMs != 0 {
		return m.untilMs <= s.clock.TimeMs
	}
	return slices.ContainsFunc(m.tracks, func(t string) bool { return s.pausedUntil(t) == 0 })
}

// dropMotions removes the motion being signed and those whose time is over.
func (s *State) dropMotions(signed int) {
	s.entry.count(units(len(s.pauses.motions), motionsPerUnit))
	var kept []pauseMotion
	for i, m := range s.pauses.motions {
		if i != signed && !s.motionOver(m) {
			kept = append(kept, m)
		}
	}
	s.pauses.setMotions(kept)
}

// queuedPerUnit is how many decisions that wait for their execution are looked at for
// one unit of work.
const queuedPerUnit = 16

// setPause puts a track's pause into force, or ends it before this instant,
// and moves the execution of what is queued there, proposals that guardians
// cannot stop apart.
func (s *State) setPause(track string, c *op.Pause, seq uint64) {
	until := c.UntilMs
	if until == 0 {
		until = s.clock.TimeMs - 1
		s.pauses.lastPause(track).lift(until)
	} else {
		s.pauses.add(pause{track, s.clock.TimeMs, until, c.Reason, seq})
	}
	s.entry.count(units(len(s.proposals.awaiting.Members), queuedPerUnit))
	for _, i := range s.proposals.awaiting.Members {
		p := &s.proposals.list[i]
		if p.track.Name != track || p.unstoppable() || s.phase(p) != voting.Queued && !p.frozen() {
			continue
		}
		if p.pausedUntil(until); p.life.ExecuteAfter(p.track) < s.clock.TimeMs {
			p.pausedUntil(s.clock.TimeMs) // due from the next instant on
		}
		s.agenda.add(p.life.ExecuteAfter(p.track), op.KindExecute, i)
	}
}

func assentViews(list []assent) []view.Assent {
	var views []view.Assent
	for _, a := range list {
		v := view.Assent{Guardian: a.key, Reason: a.reason, Seq: a.seq}
		if a.reason == "" {
			v.ReasonSeq = a.seq
		}
		views = append(views, v)
	}
	return views
}

// Pauses lists every pause there was, oldest first.
func (s *State) Pauses() []view.Pause {
	list := make([]view.Pause, len(s.pauses.list))
	for i, p := range s.pauses.list {
		list[i] = view.Pause{Track: p.track, SinceMs: p.sinceMs, UntilMs: p.untilMs, Reason: p.reason, Seq: p.seq}
	}
	return list
}

// PauseMotions lists the pauses that wait for more guardians.
func (s *State) PauseMotions() []view.PauseMotion {
	var list []view.PauseMotion
	for _, m := range s.pauses.motions {
		list = append(list, view.PauseMotion{Tracks: slices.Clone(m.tracks), UntilMs: m.untilMs,
			Signed: assentViews(m.assents), Needed: s.constitution.Guardians.Needed()})
	}
	return list
}
