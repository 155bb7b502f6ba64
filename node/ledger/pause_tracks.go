package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// PauseTracks freezes tracks by a decision, from the execution on for so many
// seconds, under the same bounds as a pause by the guardians.
type PauseTracks struct {
	Type   string   `json:"type"`
	Tracks []string `json:"tracks" schema:"min=1"`
	ForS   int64    `json:"for_s" schema:"min=1,max=31622400"` // how long, in seconds
}

func (a *PauseTracks) kind() string { return constitution.ActionPause }

func (a *PauseTracks) do(d *plan) error {
	until := d.s.clock.TimeMs + a.ForS*1000
	if most := d.s.constitution.Guardians.MaxPauseMs() / 1000; a.ForS < 1 || a.ForS > most {
		return refusal.New(refusal.ErrRule, "for_s", "pause-bound", "is %d, must be between 1 and %d", a.ForS, most)
	}
	tracks, err := trackNames("tracks", a.Tracks)
	if err != nil {
		return err
	}
	if err := d.s.pauseTerms(tracks, until); err != nil {
		return err
	}
	for _, t := range tracks {
		for _, have := range d.paused {
			if have == t {
				return refusal.New(refusal.ErrRule, "tracks", "pause-again", "another action of the proposal pauses track %s", t)
			}
		}
	}
	d.paused = append(d.paused, tracks...)
	d.later(func(s *State, from actionRef) {
		p := op.Pause{UntilMs: until, Reason: "proposal " + s.proposals.list[from.proposal].id.String()}
		for _, t := range tracks {
			if s.constitution.Track(t) != nil {
				s.setPause(t, &p, s.next)
			}
		}
	})
	return nil
}
