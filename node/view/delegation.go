package view

import "github.com/econd/econd/node/op"

// Delegation is one delegation, whether it has expired or not.
type Delegation struct {
	From      op.PublicKey `json:"from"`
	Track     string       `json:"track"` // empty for all tracks
	To        op.PublicKey `json:"to"`
	SharePPM  uint32       `json:"share_ppm" schema:"min=1,max=1000000"` // of the weight of From
	SinceMs   int64        `json:"since_ms"`
	ExpiresMs int64        `json:"expires_ms,omitempty"` // last instant at which it counts; absent without expiry
	Seq       uint64       `json:"seq"`
}

// Statement is what an agent says to those who delegate to it.
type Statement struct {
	Agent op.PublicKey `json:"agent"`
	Track string       `json:"track"` // empty for all tracks
	Text  string       `json:"text" schema:"min=1"`
	Seq   uint64       `json:"seq"`
}
