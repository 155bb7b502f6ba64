package audit

import (
	"errors"
	"fmt"
)

// Kinds of refusal. Test with errors.Is.
var (
	// ErrFormat: the bytes are not encoded as they have to be.
	ErrFormat = errors.New("malformed")
	// ErrEntry: an entry does not decode, its event's signature does not
	// verify, or it is not the kind of entry its place asks for.
	ErrEntry = errors.New("invalid entry")
	// ErrMismatch: two parts contradict each other.
	ErrMismatch = errors.New("parts contradict each other")
	// ErrInclusion: an RFC 6962 path does not lead to its root.
	ErrInclusion = errors.New("not included")
	// ErrCheckpoint: the checkpoint is not signed by the log's key, or is not
	// of this log.
	ErrCheckpoint = errors.New("checkpoint rejected")
	// ErrWitness: the checkpoint lacks cosignatures that the caller's policy asks for,
	// or is of a log that it does not know.
	ErrWitness = errors.New("not witnessed")
	// ErrAnchor: the anchor does not prove that Bitcoin commits to the
	// checkpoint.
	ErrAnchor = errors.New("anchor rejected")
	// ErrLine: the anchors given are not the one line of this log's anchors: a fork, a gap,
	// one of another history, or one beside the line.
	ErrLine = errors.New("line of anchors rejected")
	// ErrPinned: valid, but of another economy, operator or log key than the
	// caller expects.
	ErrPinned = errors.New("not what was expected")
	// ErrLog: the export is not a log: a line is missing, repeated, out of
	// place, or refused by the ledger.
	ErrLog = errors.New("log rejected")
	// ErrRules: the log goes on by newer rules than this program knows, so it cannot
	// be proved here; what needs no rules was checked, and nothing of it is wrong.
	ErrRules = errors.New("rules not known")
	// ErrNoTheft: the preimage proves no theft.
	ErrNoTheft = errors.New("no theft proved")
	// ErrNoEquivocation: what is given does not show that one key signed two histories.
	ErrNoEquivocation = errors.New("no equivocation proved")
	// ErrNoProof: a statement is the operator's word alone.
	ErrNoProof = errors.New("not proved")
	// ErrOptions: the caller's own premises are unusable.
	ErrOptions = errors.New("invalid options")
)

// Rejection says which part was refused and why.
type Rejection struct {
	Kind  error  // one of the kinds above
	Field string // the member or part it is about, e.g. "vote.path"
	Err   error  // what is wrong with it
}

// Error says part and reason in one line.
func (r *Rejection) Error() string { return r.Field + ": " + r.Err.Error() }

// Unwrap makes errors.Is see the kind and what lies beneath.
func (r *Rejection) Unwrap() []error { return []error{r.Kind, r.Err} }

func reject(kind error, field, format string, args ...any) error {
	return &Rejection{Kind: kind, Field: field, Err: fmt.Errorf(format, args...)}
}

// LineError is a Rejection of one line of an export.
type LineError struct {
	Line uint64 // from 1
	Kind error  // ErrFormat, ErrEntry, ErrLog or ErrRules
	Err  error  // what is wrong with it
}

// Error names the line and what is wrong with it.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap makes errors.Is see the kind and what lies beneath, for example a
// *refusal.Refusal.
func (e *LineError) Unwrap() []error { return []error{e.Kind, e.Err} }
