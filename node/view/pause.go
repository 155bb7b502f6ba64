package view

import "github.com/econd/econd/node/op"

// Assent is one guardian's signature.
type Assent struct {
	Guardian op.PublicKey `json:"guardian"`
	Reason   string       `json:"reason"`
	Seq      uint64       `json:"seq"`

	ReasonSeq uint64 `json:"-"` // Seq, if the reason is to be recalled
}

// Pause is one pause of one track, in force, over or lifted.
type Pause struct {
	Track   string `json:"track"`
	SinceMs int64  `json:"since_ms"`
	UntilMs int64  `json:"until_ms"` // last instant; where it was lifted, before that
	Reason  string `json:"reason"`
	Seq     uint64 `json:"seq"` // entry that brought it into force
}

// PauseMotion is a pause, or the lifting of one, that guardians have signed
// and not enough of them.
type PauseMotion struct {
	Tracks  []string `json:"tracks"`
	UntilMs int64    `json:"until_ms"` // 0 lifts
	Signed  []Assent `json:"signed"`
	Needed  int      `json:"needed"`
}
