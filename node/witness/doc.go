// Package witness is what witnesses of transparency logs say, and who has to say it: the
// cosignature of a checkpoint (C2SP tlog-cosignature, Ed25519), the request for one (C2SP
// tlog-witness), and the policy that tells which cosignatures are enough (C2SP
// tlog-policy).
//
// A cosignature says that at its time the checkpoint was the largest that the witness
// had seen of that log, and extended all it had seen before. So an operator who shows
// two histories needs the witnesses of a quorum as accomplices.
//
// It reads every text strictly, in time linear in its bytes. It refuses to know clock,
// files and network: package quorum asks witnesses, package server is one.
package witness

import "errors"

// Kinds of errors.
var (
	// ErrCheckpoint: a text is no checkpoint.
	ErrCheckpoint = errors.New("not a checkpoint")
	// ErrRequest: a text is no request for a cosignature.
	ErrRequest = errors.New("not a request for a cosignature")
	// ErrPolicy: a text is no policy. The error is a *PolicyError.
	ErrPolicy = errors.New("not a policy")
	// ErrQuorum: the cosignatures are too few. The error is a *QuorumError.
	ErrQuorum = errors.New("the quorum is not reached")
)

// clip shortens foreign text for an error message.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
