package ledger

import "github.com/econd/econd/node/op"

// pauses are those of tracks, and what guardians say of them.
type pauses struct {
	list    []pause                 // in order of entry
	at      map[string]int          // the last of each track
	by      map[op.PublicKey]signed // each guardian's last word on pauses
	motions []pauseMotion           // not yet agreed on by enough guardians
}

// pause is one track's time of standing still, both ends included.
type pause struct {
	track   string
	sinceMs int64
	untilMs int64
	reason  string
	seq     uint64
}

// pauseMotion is a pause that not enough guardians have signed yet.
type pauseMotion struct {
	tracks  []string // sorted
	untilMs int64
	assents []assent
}

// add begins a pause.
func (s *pauses) add(p pause) {
	s.at[p.track] = len(s.list)
	s.list = append(s.list, p)
}

// lift ends it earlier.
func (p *pause) lift(untilMs int64) { p.untilMs = untilMs }

// say records when a guardian last signed something about pauses.
func (s *pauses) say(guardian op.PublicKey, when signed) { s.by[guardian] = when }

// move adds a motion that enough guardians did not agree on yet.
func (s *pauses) move(m pauseMotion) { s.motions = append(s.motions, m) }

func (s *pauses) setMotions(list []pauseMotion) { s.motions = list }
