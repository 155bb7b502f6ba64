// Package anchor ties the head of a log to Bitcoin and proves it to somebody
// who trusts neither the log's operator nor the network.
//
// The chain of commitments, each link a pure function of its inputs:
//
//	entry       in  tree root    tlog-proof (RFC 6962 inclusion)    Inclusion
//	tree root   in  checkpoint   C2SP tlog-checkpoint, signed note  Checkpoint
//	checkpoint  in  40 bytes     "ECN1" | log id | SHA-256(body)    Payload
//	40 bytes    in  transaction  the only OP_RETURN output          AnchorTx
//	transaction in  block        two Merkle branches                Proof
//	block       in  chain        headers, proof of work, a header
//	                             that the verifier already trusts   Verify
//	anchor      in  line         each spends the one before         VerifyLine
//
// It guarantees that Verify accepts a Proof only when every field of it is
// consistent with every other, with the checkpoint and with the options, and
// that its Result says in words what the answer rests on. It refuses to know
// whether the headers are Bitcoin's best chain: that takes a header from
// outside, embedded or given, and without one the result says so.
//
// Everything but the Publisher is pure: no clock, no I/O, no goroutine, safe
// for concurrent use. The Publisher, the loop that gets checkpoints into
// blocks, acts only through the small ports declared beside it.
package anchor

import "errors"

// The kinds of refusal. Every error of this package's pure part wraps one
// of them and adds a sentence that names the field and the rule.
var (
	// ErrCheckpoint: the checkpoint's text is not a C2SP tlog-checkpoint,
	// is of another origin, or is not signed by a known key.
	ErrCheckpoint = errors.New("invalid checkpoint")

	// ErrInclusion: the tlog-proof is malformed or does not lead from the
	// entry to the checkpoint's root.
	ErrInclusion = errors.New("invalid inclusion proof")

	// ErrPayload: the script is not an anchor payload of this version.
	ErrPayload = errors.New("invalid anchor payload")

	// ErrFormat: the proof is not encoded the one way a proof is encoded.
	ErrFormat = errors.New("malformed anchor proof")

	// ErrCommitment: the transaction does not commit to this checkpoint,
	// and to nothing else.
	ErrCommitment = errors.New("transaction does not carry the commitment")

	// ErrMerkle: a Merkle branch does not lead to the header's root, or
	// could lead there from something that is not a transaction.
	ErrMerkle = errors.New("invalid merkle branch")

	// ErrHeaders: the headers do not form a chain with the work they claim.
	ErrHeaders = errors.New("invalid header chain")

	// ErrHeight: the block is not at the height that the proof claims.
	ErrHeight = errors.New("wrong block height")

	// ErrConfirmations: fewer blocks than the verifier asks for.
	ErrConfirmations = errors.New("too few confirmations")

	// ErrOtherChain: a trusted header at one of the proof's heights has
	// another hash, so the proof is of another chain.
	ErrOtherChain = errors.New("proof contradicts a trusted header")

	// ErrOptions: the caller's own arguments are unusable.
	ErrOptions = errors.New("invalid options")

	// ErrLine: the transaction does not continue the line of anchors.
	ErrLine = errors.New("anchor is not in line")

	// ErrFork: two anchors spend the same output, so that there are two
	// lines, in two chains. Comes with ErrLine.
	ErrFork = errors.New("two lines of anchors")

	// ErrGap: an anchor spends none of those before it: one between them is
	// missing, or it starts a second line. Comes with ErrLine.
	ErrGap = errors.New("gap in the line of anchors")
)
