package promise

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// refusalName opens the text of a refusal. It differs from every origin of a log, so that
// no refusal is a checkpoint.
const refusalName = "econd-refusal/v1"

// maxRefusal bounds a signed refusal, bytes.
const maxRefusal = 8 << 10

// maxField bounds what a refusal repeats of a caller's text, bytes.
const maxField = 1000

// Refusal is the statement that the rules do not let an event in.
type Refusal struct {
	Origin string   // of the log
	Event  op.ID    // that was refused
	Size   uint64   // entries before it, by which it was judged
	Root   [32]byte // RFC 6962 tree head over them
	At     op.Stamp // that it would have got
	Field  string   // the member that it is about, or ""
	Rule   string   // name or words of the rule
}

// Reason is which member and rule an error of the rules names: what a refusal says of it, at most
// maxField bytes of each. It is false for an error that is of no rule.
func Reason(err error) (field, rule string, ok bool) {
	var r *refusal.Refusal
	var f *op.FieldError
	switch {
	case errors.As(err, &r):
		return short(r.Field), short(r.Rule), true
	case errors.As(err, &f):
		return short(f.Field), short(f.Rule), true
	}
	return "", "", false
}

// Text is what is signed:
//
//	econd-refusal/v1
//	ORIGIN
//	EVENT, 64 hex digits
//	SIZE
//	ROOT, base64
//	TIME in unix milliseconds
//	HEIGHT
//	BLOCK, 64 hex digits
//	"FIELD", as Go quotes ASCII
//	"RULE"
func (r Refusal) Text() []byte {
	b := fmt.Appendf(nil, "%s\n%s\n%s\n%d\n", refusalName, r.Origin, r.Event, r.Size)
	b = append(base64.StdEncoding.AppendEncode(b, r.Root[:]), '\n')
	b = fmt.Appendf(b, "%d\n%d\n%x\n", r.At.TimeMs, r.At.Height, r.At.BlockHash)
	b = append(strconv.AppendQuoteToASCII(b, short(r.Field)), '\n')
	return append(strconv.AppendQuoteToASCII(b, short(r.Rule)), '\n')
}

func short(s string) string {
	if len(s) > maxField {
		return s[:maxField]
	}
	return s
}

// IsRefusal tells whether a signed note begins as a refusal does, and so can be no checkpoint.
func IsRefusal(msg []byte) bool { return bytes.HasPrefix(msg, []byte(refusalName+"\n")) }

// Sign returns the refusal as a note signed by the log's key.
func (r Refusal) Sign(key note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: string(r.Text())}, key)
}

// OpenRefusal checks a signed refusal of the log whose key this is. There is one text for
// a refusal.
func OpenRefusal(msg []byte, log note.Verifier) (Refusal, error) {
	if len(msg) > maxRefusal {
		return Refusal{}, fmt.Errorf("refusal: %w: longer than %d bytes", ErrFormat, maxRefusal)
	}
	n, err := note.Open(msg, note.VerifierList(log))
	if err != nil {
		return Refusal{}, fmt.Errorf("refusal: %w: %w", ErrSignature, err)
	}
	if sig, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64); err != nil || // one signature, in its one form
		string(msg) != fmt.Sprintf("%s\n— %s %s\n", n.Text, log.Name(), base64.StdEncoding.EncodeToString(sig)) {
		return Refusal{}, fmt.Errorf("refusal: %w: not one signature in its one encoding", ErrFormat)
	}
	r, err := parseRefusal(n.Text)
	if err != nil {
		return Refusal{}, fmt.Errorf("refusal: %w: %w", ErrFormat, err)
	}
	if r.Origin != log.Name() || string(r.Text()) != n.Text {
		return Refusal{}, fmt.Errorf("refusal: %w: of origin %q, want %q, or not written in its one form", ErrFormat, short(r.Origin), log.Name())
	}
	return r, nil
}

// OpenRefusalOf is OpenRefusal of what must refuse this event; ErrOther for another.
func OpenRefusalOf(event op.ID, msg []byte, log note.Verifier) (Refusal, error) {
	r, err := OpenRefusal(msg, log)
	if err == nil && r.Event != event {
		err = fmt.Errorf("refusal: %w: it is of event %s", ErrOther, r.Event)
	}
	return r, err
}

// parseRefusal reads the text; that it is the one form is for its caller.
func parseRefusal(text string) (r Refusal, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 11 || lines[0] != refusalName {
		return r, fmt.Errorf("is not %q and nine lines", refusalName)
	}
	r.Origin = lines[1]
	for _, part := range []struct {
		name string
		read func() error
	}{
		{"event", func() error { return fixed(r.Event[:], lines[2]) }},
		{"size", func() (err error) { r.Size, err = strconv.ParseUint(lines[3], 10, 63); return err }},
		{"root", func() error {
			raw, err := base64.StdEncoding.Strict().DecodeString(lines[4])
			if err == nil && copy(r.Root[:], raw) != len(r.Root) {
				err = fmt.Errorf("has %d bytes, want %d", len(raw), len(r.Root))
			}
			return err
		}},
		{"time", func() (err error) { r.At.TimeMs, err = strconv.ParseInt(lines[5], 10, 64); return err }},
		{"height", func() error {
			h, err := strconv.ParseUint(lines[6], 10, 32)
			r.At.Height = uint32(h)
			return err
		}},
		{"block", func() error { return fixed(r.At.BlockHash[:], lines[7]) }},
		{"field", func() (err error) { r.Field, err = strconv.Unquote(lines[8]); return err }},
		{"rule", func() (err error) { r.Rule, err = strconv.Unquote(lines[9]); return err }},
	} {
		if err := part.read(); err != nil {
			return r, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return r, nil
}

// fixed reads hex digits that fill to.
func fixed(to []byte, digits string) error {
	raw, err := hex.DecodeString(digits)
	if err == nil && len(raw) != len(to) {
		err = fmt.Errorf("has %d bytes, want %d", len(raw), len(to))
	}
	copy(to, raw)
	return err
}
