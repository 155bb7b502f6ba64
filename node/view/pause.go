package view

import "github.com/econd/econd/node/op"

// Assent is a guardian's or the operator's signature under a veto, cancel or pause.
type Assent struct {
	Guardian op.PublicKey `json:"guardian"`
	Reason   string       `json:"reason"`
	Seq      uint64       `json:"seq"`

	ReasonSeq uint64 `json:"-"` // Seq, if the reason is to be recalled
}

// Pause is one track's time of standing still, both ends included: in force, over or
// lifted.
type Pause struct {
	Track   string `json:"track"`
	SinceMs int64  `json:"since_ms"`
	UntilMs int64  `json:"until_ms"` // last instant; where it was lifted, before that
	Reason  string `json:"reason" schema:"min=1"`
	Seq     uint64 `json:"seq"` // entry that brought it into force
}

// PauseMotion is a pause, or the lifting of one, that guardians have signed
// and not enough of them.
type PauseMotion struct {
	Tracks  []string `json:"tracks" schema:"min=1"`
	UntilMs int64    `json:"until_ms"` // last instant of the pause; 0 lifts one
	Signed  []Assent `json:"signed" schema:"min=1"`
	Needed  int      `json:"needed" schema:"min=1"` // guardians who must sign
}
