package logkey

import (
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/notekey"
)

// Kinds of fault. Test with errors.Is.
var (
	// ErrKey: the new key is none, or of another log.
	ErrKey = errors.New("is no key of this log")
	// ErrUsed: the log had the new key before.
	ErrUsed = errors.New("was a key of this log before")
	// ErrSize: it is not after the handover before it.
	ErrSize = errors.New("is not after the handover before it")
	// ErrOld: the key that hands over did not sign.
	ErrOld = errors.New("is not signed by the key that is in force")
	// ErrNew: the key that takes over did not sign.
	ErrNew = errors.New("is not signed by the new key")
	// ErrMost: the log had MaxHandovers already.
	ErrMost = errors.New("one handover too many")
)

// MaxHandovers is how many a log may have. Whoever checks a head of it by the key of its
// genesis has to read them all.
const MaxHandovers = 16

// statementName opens the text of a handover. It differs from every origin of a log, so that
// no handover is a checkpoint.
const statementName = "econd-log-key/v1"

// Signature is one by Ed25519 (RFC 8032).
type Signature = [64]byte

// Handover is the statement by which a log goes over to another key.
type Handover struct {
	Size uint64   // entries of the last head that the old key signs
	Root [32]byte // RFC 6962 tree head over them
	Key  string   // the new one, name+hash+base64

	Old, New Signature // by the old key and the new one, over Text
}

// Text is what both sign, where old is the key in force before:
//
//	econd-log-key/v1
//	OLD KEY, name+hash+base64
//	NEW KEY, name+hash+base64
//	SIZE
//	ROOT, base64
//
// The keys' name is the log's origin, which has the economy's id in it.
func (h Handover) Text(old string) []byte {
	return fmt.Appendf(nil, "%s\n%s\n%s\n%d\n%s\n", statementName, old, h.Key, h.Size, base64.StdEncoding.EncodeToString(h.Root[:]))
}

// Sign returns the statement signed by both keys. The text of the new key must be that of its
// signer.
func (h Handover) Sign(old string, oldKey, newKey note.Signer) (Handover, error) {
	for _, part := range []struct {
		by note.Signer
		to *Signature
	}{{oldKey, &h.Old}, {newKey, &h.New}} {
		sig, err := part.by.Sign(h.Text(old))
		if err != nil {
			return h, err
		}
		if copy(part.to[:], sig) != len(part.to) || len(sig) != len(part.to) {
			return h, fmt.Errorf("%w: its signature has %d bytes", ErrKey, len(sig))
		}
	}
	return h, nil
}

// check holds the statement against the key in force, and returns the new one.
func (h Handover) check(old Key) (Key, error) {
	next, err := parse(h.Key)
	switch {
	case err != nil:
		return next, fmt.Errorf("%w: %w", ErrKey, err)
	case next.Name() != old.Name():
		return next, fmt.Errorf("%w: it is named %q, the log %q", ErrKey, next.Name(), old.Name())
	case !old.Verify(h.Text(old.Text), h.Old[:]):
		return next, fmt.Errorf("%w, %s", ErrOld, old.Text)
	case !next.Verify(h.Text(old.Text), h.New[:]):
		return next, fmt.Errorf("%w, %s", ErrNew, next.Text)
	}
	return next, nil
}

// Key is one key of a log.
type Key struct {
	note.Verifier
	Text string // name+hash+base64
	From uint64 // the smallest size of a head that it signs
}

func parse(text string) (Key, error) {
	v, err := notekey.LogVerifier(text)
	return Key{Verifier: v, Text: text}, err
}
