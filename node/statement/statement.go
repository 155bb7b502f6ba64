package statement

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
)

// Statement is what the operator says of one agent's standing, as of the entry
// that closed an epoch.
type Statement struct {
	Economy string
	Issuer  op.PublicKey // the operator
	Subject op.PublicKey // the agent

	Epoch   int64  // number of the epoch
	Seq     uint64 // entry that closed it
	TimeMs  int64  // of that entry
	UntilMs int64  // when the next epoch ends; the last instant at which this holds

	// Score, Flow and Quality are in units of 2^-60, the evidence in units of
	// 2^-32 (package reputation).
	Score, Flow, Quality uint64
	Positive, Negative   uint64

	// Proof is that of the figures, down from a Bitcoin block, in the one line of JSON that
	// package audit writes; "" where the log has none. It is opaque here, and signed too.
	Proof string
}

// Kinds of error; test with errors.Is.
var (
	// ErrForm: not a statement in any form, or not in its one encoding.
	ErrForm = errors.New("not a reputation statement")
	// ErrSignature: the signature does not verify under the issuer's key.
	ErrSignature = errors.New("the signature does not verify")
	// ErrFormat: no such form.
	ErrFormat = errors.New("unknown form of statement")
)

// Form is how a statement is written.
type Form string

// The forms.
const (
	NIP85 Form = "nip85"
	VCJWT Form = "vc+jwt"
)

// ParseForm reads the name of a form, or fails with ErrFormat. A plus sign that
// came through a query string as a space is taken for what it was.
func ParseForm(name string) (Form, error) {
	switch name {
	case string(NIP85):
		return NIP85, nil
	case string(VCJWT), "vc jwt":
		return VCJWT, nil
	}
	return "", fmt.Errorf("%w: %q, want %s or %s", ErrFormat, name, NIP85, VCJWT)
}

// MediaType is the media type of a form.
func (f Form) MediaType() string {
	if f == VCJWT {
		return "application/vc+jwt"
	}
	return "application/json"
}

// Sign writes and signs a statement; its issuer becomes the key's public key.
// The error is ErrFormat, or says which field is out of range.
func (s Statement) Sign(f Form, key op.SecretKey) ([]byte, error) {
	s.Issuer = key.Public()
	if err := s.check(); err != nil {
		return nil, err
	}
	switch f {
	case NIP85:
		return s.signEvent(key)
	case VCJWT:
		return s.signCredential(key), nil
	}
	return nil, fmt.Errorf("%w: %q", ErrFormat, f)
}

// maxStatement bounds a signed statement, bytes: a proof with a genesis entry in it fits.
const maxStatement = 256 << 10

// maxTimeMs is the end of the year 9999, the last that dates can spell.
const maxTimeMs = 253_402_300_799_999

func (s Statement) check() error {
	bad := func(field, rule string) error { return fmt.Errorf("%w: %s: %s", ErrForm, field, rule) }
	switch {
	case !isEconomy(s.Economy):
		return bad("economy", "must be 1 to 64 of a-z, 0-9, dot and hyphen")
	case s.Epoch < 0 || s.Epoch > op.MaxInteger:
		return bad("epoch", "must be 0 to 2^53")
	case s.Seq > op.MaxInteger:
		return bad("seq", "must be 0 to 2^53")
	case s.TimeMs < 0 || s.TimeMs > maxTimeMs:
		return bad("time", "must be from 1970 to 9999")
	case s.UntilMs < s.TimeMs || s.UntilMs > maxTimeMs:
		return bad("until", "must be from the statement's time to 9999")
	case s.Score > one || s.Flow > one || s.Quality > one:
		return bad("score, flow, quality", "must be at most 1")
	}
	return nil
}

// isEconomy tells whether a text can be an economy's id; the genesis entry has
// the exact rule.
func isEconomy(id string) bool {
	if len(id) == 0 || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// Open reads a signed statement, of either form, and checks its signature. It
// does not judge the time: see ValidAt. Errors: ErrForm, ErrSignature.
func Open(data []byte) (Statement, Form, error) {
	data = bytes.TrimSpace(data)
	var s Statement
	var err error
	form := VCJWT
	if len(data) > 0 && data[0] == '{' {
		form = NIP85
		s, err = openEvent(data)
	} else {
		s, err = openCredential(data)
	}
	if err != nil {
		return Statement{}, "", err
	}
	return s, form, nil
}

// ValidAt tells whether the statement holds at an instant: from the end of its
// epoch to the end of the next.
func (s Statement) ValidAt(nowMs int64) bool { return s.TimeMs <= nowMs && nowMs <= s.UntilMs }

// Rank is the standing on the scale of NIP-85, 0 to 100: the quality in percent,
// rounded down, of an agent with a score, and 0 of one without. A stranger's
// quality is one half, and must not outrank an agent with bad reviews.
func (s Statement) Rank() uint64 {
	if s.Score == 0 {
		return 0
	}
	return muldiv.Floor(s.Quality, 100, one)
}
