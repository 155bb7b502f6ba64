package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/witness"
)

// Log is one that the witness follows.
type Log struct {
	Origin string
	Keys   []note.Verifier // any of them signs; more than one during a change of keys
}

// Config is what a Server is made of. All fields but Observe are needed.
type Config struct {
	Signer *witness.Signer
	Logs   []Log
	State  *State
	Now    func() int64 // unix seconds
	Log    *slog.Logger
	// Observe is told how each request for a known log ended, and the size cosigned.
	Observe func(origin string, o Outcome, size int64)
}

// Outcome is how a request ended.
type Outcome string

// Outcomes.
const (
	Cosigned     Outcome = "cosigned"
	Malformed    Outcome = "malformed"    // 400
	Unsigned     Outcome = "unsigned"     // 403: no key of the log signed
	UnknownLog   Outcome = "unknown"      // 404
	Stale        Outcome = "stale"        // 409: the request supposes another last head
	Inconsistent Outcome = "inconsistent" // 422: the proof does not verify
	TwoRoots     Outcome = "two_roots"    // 422: a second root for the size of the last head; evidence
	Failed       Outcome = "failed"       // 500: not durable
)

// Refusal says why a checkpoint is not cosigned.
type Refusal struct {
	Outcome Outcome
	Size    int64 // with Stale: of the last head
	Err     error
}

func (r *Refusal) Error() string { return string(r.Outcome) + ": " + r.Err.Error() }

// Unwrap returns what lies beneath.
func (r *Refusal) Unwrap() error { return r.Err }

func refuse(o Outcome, format string, args ...any) error {
	return &Refusal{Outcome: o, Err: fmt.Errorf(format, args...)}
}

// Server is a witness. Its methods may be called concurrently.
type Server struct {
	cfg   Config
	logs  map[string]*followed
	doubt chan error
}

// followed is a log: its requests are decided one by one.
type followed struct {
	mu   sync.Mutex
	keys note.Verifiers
}

// New returns a witness of the logs.
func New(cfg Config) (*Server, error) {
	if cfg.Signer == nil || cfg.State == nil || cfg.Now == nil || cfg.Log == nil {
		return nil, errors.New("witness server: Config: Signer, State, Now and Log are all needed")
	}
	s := &Server{cfg: cfg, logs: map[string]*followed{}, doubt: make(chan error, 1)}
	for _, l := range cfg.Logs {
		if l.Origin == "" || len(l.Keys) == 0 {
			return nil, errors.New("witness server: Config.Logs: a log has an origin and at least one key")
		}
		if s.logs[l.Origin] != nil {
			return nil, fmt.Errorf("witness server: Config.Logs: %q stands there twice", l.Origin)
		}
		s.logs[l.Origin] = &followed{keys: note.VerifierList(l.Keys...)}
	}
	return s, nil
}

// Run waits until ctx ends, or until the disk did not confirm a head: then the witness
// must end, and start again from what is on disk.
func (s *Server) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.doubt:
		return err
	}
}

// Add cosigns the checkpoint of a request, or says why not with a *Refusal. It returns
// signature lines.
func (s *Server) Add(r witness.Request) ([]byte, error) {
	origin := witness.OriginOf(r.Checkpoint)
	l := s.logs[origin]
	if l == nil {
		return nil, refuse(UnknownLog, "the log %.200q is none that this witness follows", origin)
	}
	line, size, err := s.add(l, origin, r)
	outcome := Cosigned
	var refused *Refusal
	if errors.As(err, &refused) {
		outcome = refused.Outcome
	}
	if s.cfg.Observe != nil {
		s.cfg.Observe(origin, outcome, size)
	}
	return line, err
}

func (s *Server) add(l *followed, origin string, r witness.Request) (line []byte, size int64, err error) {
	n, head, err := openHead(r.Checkpoint, l.keys)
	if err != nil {
		return nil, 0, err
	}
	if r.Old > head.Size {
		return nil, 0, refuse(Malformed, "old size %d is above the checkpoint's %d", r.Old, head.Size)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	before, err := s.cfg.State.Latest(origin)
	if err != nil {
		return nil, 0, s.failed(err)
	}
	var last witness.Head
	if before != nil {
		if last, err = witness.ParseHead(textOf(before)); err != nil {
			return nil, 0, s.failed(fmt.Errorf("the stored head of %q: %w", origin, err))
		}
	}
	if before != nil && head.Size == last.Size && head.Root != last.Root {
		return nil, 0, s.twoRoots(before, n)
	}
	if r.Old != last.Size {
		return nil, 0, &Refusal{Stale, last.Size, fmt.Errorf("the last head that was cosigned has %d entries, not %d", last.Size, r.Old)}
	}
	if err := witness.CheckConsistency(last.Size, last.Root, head, r.Proof); err != nil {
		s.cfg.Log.Warn("a checkpoint does not extend the last one", "origin", origin, "size", head.Size, "last", last.Size, "error", err.Error())
		return nil, 0, refuse(Inconsistent, "%w", err)
	}
	if line, err = s.cfg.Signer.Cosign([]byte(n.Text), s.cfg.Now()); err != nil {
		return nil, 0, s.failed(err)
	}
	if before == nil || head.Size > last.Size {
		if err := s.cfg.State.put(origin, append(verified(n), line...)); err != nil {
			return nil, 0, s.failed(err)
		}
	}
	return line, head.Size, nil
}

// openHead opens a note that a key of the log must have signed.
func openHead(msg []byte, keys note.Verifiers) (*note.Note, witness.Head, error) {
	n, err := note.Open(msg, keys)
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified), errors.As(err, &invalid):
		return nil, witness.Head{}, refuse(Unsigned, "no key of the log signed the checkpoint: %w", err)
	case err != nil:
		return nil, witness.Head{}, refuse(Malformed, "%w", err)
	}
	head, err := witness.ParseHead(n.Text)
	if err != nil {
		return nil, head, refuse(Malformed, "%w", err)
	}
	// RFC 6962 section 2.1: no entries have the hash of nothing.
	if empty, _ := tlog.TreeHash(0, nil); head.Size == 0 && head.Root != empty {
		return nil, head, refuse(Inconsistent, "a log without entries has another root")
	}
	return n, head, nil
}

// twoRoots keeps the evidence of two histories.
func (s *Server) twoRoots(before []byte, n *note.Note) error {
	dir, err := s.cfg.State.accuse(before, verified(n))
	if err != nil {
		s.cfg.Log.Error("evidence of two histories cannot be kept", "error", err.Error(), "one", string(before), "other", string(verified(n)))
	} else {
		s.cfg.Log.Error("a log signed two histories", "origin", witness.OriginOf(before), "evidence", dir)
	}
	return refuse(TwoRoots, "another root of the same size was cosigned; both are kept as evidence")
}

// failed ends the witness: what is on disk is not known.
func (s *Server) failed(err error) error {
	select {
	case s.doubt <- err:
	default:
	}
	return refuse(Failed, "%w", err)
}

// verified is a note with those signatures alone that were verified.
func verified(n *note.Note) []byte {
	var b bytes.Buffer
	b.WriteString(n.Text + "\n")
	for _, sig := range n.Sigs {
		fmt.Fprintf(&b, "— %s %s\n", sig.Name, sig.Base64)
	}
	return b.Bytes()
}

// textOf is the text of a note without its signatures.
func textOf(msg []byte) string {
	text := string(msg)
	if i := strings.LastIndex(text, "\n\n"); i >= 0 {
		return text[:i+1]
	}
	return text
}
