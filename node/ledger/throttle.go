package ledger

import "github.com/econd/econd/voting"

// onCourse counts proposals of a track whose collateral is locked, in or out,
// and moves what the track asks of the next one.
func (s *State) onCourse(track string, by int64) {
	before := s.startedOn[track]
	s.startedOn[track] += by
	if t := s.constitution.Track(track); t != nil && t.Throttle != nil {
		s.asks[track] = t.Throttle.Moved(s.asks[track], t.CollateralSat, before, before+by, s.clock.TimeMs)
	}
}

// askSat is the collateral that a track asks of a proposal made now.
func (s *State) askSat(t *voting.Track, nowMs int64) int64 {
	if t.Throttle == nil {
		return t.CollateralSat
	}
	started := s.startedOn[t.Name]
	return t.Throttle.Quote(s.asks[t.Name], t.CollateralSat, started, int64(s.openOn[t.Name])-started, nowMs)
}

// CollateralSat is what a track asks of a proposal made at nowMs, in sats; 0 for
// a track that asks for none, or is none.
func (s *State) CollateralSat(track string, nowMs int64) int64 {
	t := s.constitution.Track(track)
	if t == nil {
		return 0
	}
	return s.askSat(t, nowMs)
}
