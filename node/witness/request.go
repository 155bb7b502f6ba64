package witness

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	// MaxRequest bounds a request in bytes: a proof, and a checkpoint with as many
	// signatures as a note may have.
	MaxRequest = 128 << 10

	// maxProof is the longest proof that a request may have.
	maxProof = 63

	// SizeType is the content type of the answer that tells the size of the last
	// checkpoint which the witness cosigned.
	SizeType = "text/x.tlog.size"

	// Path is where a witness takes requests, below its submission prefix.
	Path = "/add-checkpoint"
)

// Request asks a witness for the cosignature of a checkpoint (C2SP tlog-witness,
// add-checkpoint).
type Request struct {
	// Old is the size of the checkpoint that the witness cosigned last; 0: none.
	Old int64
	// Proof shows that the checkpoint extends the first Old entries: RFC 6962 section
	// 2.1.2. Empty if Old is 0 or the checkpoint's size.
	Proof []tlog.Hash
	// Checkpoint is the signed note.
	Checkpoint []byte
}

// Encode returns the body of the HTTP request.
func (r Request) Encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", r.Old)
	for _, h := range r.Proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteByte('\n')
	b.Write(r.Checkpoint)
	return b.Bytes()
}

// ParseRequest reads what Encode writes. The checkpoint is taken verbatim and not opened.
func ParseRequest(body []byte) (Request, error) {
	if len(body) > MaxRequest {
		return Request{}, fmt.Errorf("%w: longer than %d bytes", ErrRequest, MaxRequest)
	}
	head, checkpoint, ok := strings.Cut(string(body), "\n\n")
	if !ok || checkpoint == "" {
		return Request{}, fmt.Errorf("%w: no blank line before a checkpoint", ErrRequest)
	}
	lines := strings.Split(head, "\n")
	text, ok := strings.CutPrefix(lines[0], "old ")
	if !ok {
		return Request{}, fmt.Errorf("%w: the first line is not \"old SIZE\"", ErrRequest)
	}
	old, err := parseSize(text)
	if err != nil {
		return Request{}, fmt.Errorf("%w: old %w", ErrRequest, err)
	}
	r := Request{Old: old, Checkpoint: []byte(checkpoint)}
	if lines = lines[1:]; len(lines) > maxProof {
		return Request{}, fmt.Errorf("%w: %d hashes, at most %d", ErrRequest, len(lines), maxProof)
	}
	for i, line := range lines {
		h, err := parseHash(line)
		if err != nil {
			return Request{}, fmt.Errorf("%w: hash %d: %w", ErrRequest, i, err)
		}
		r.Proof = append(r.Proof, h)
	}
	return r, nil
}

// CheckConsistency tells whether the proof shows that a head extends the log of old
// entries with that root. No entries are extended by everything.
func CheckConsistency(old int64, oldRoot tlog.Hash, head Head, proof []tlog.Hash) error {
	switch {
	case old > head.Size:
		return fmt.Errorf("%w: %d entries do not extend %d", ErrRequest, head.Size, old)
	case old == 0 || old == head.Size:
		if len(proof) > 0 {
			return fmt.Errorf("%w: a proof from %d to %d entries is empty", ErrRequest, old, head.Size)
		}
		if old == head.Size && old > 0 && oldRoot != head.Root {
			return fmt.Errorf("%w: over %d entries there are two roots", ErrRequest, old)
		}
		return nil
	}
	if err := tlog.CheckTree(tlog.TreeProof(proof), head.Size, head.Root, old, oldRoot); err != nil {
		return fmt.Errorf("%w: the proof from %d to %d entries: %w", ErrRequest, old, head.Size, err)
	}
	return nil
}
