package anchor

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/notekey"
)

// maxCheckpoint bounds a signed checkpoint, cosignatures included, in bytes.
// A hundred signatures (note's own limit) of generous length fit.
const maxCheckpoint = 64 << 10

// Checkpoint is the head of one log: C2SP tlog-checkpoint without extension
// lines, which this version neither writes nor accepts.
type Checkpoint struct {
	// Origin identifies the log for ever. It is also the name of the key
	// that signs, hence free of spaces and plus signs.
	Origin string

	// Size is the number of entries, 0 to 2^63-1.
	Size int64

	// Root is the RFC 6962 tree head over the first Size entries.
	Root tlog.Hash
}

// Body returns the checkpoint's text: what is signed and what is anchored.
// It panics if the checkpoint could not be parsed back: a programmer's error.
func (c Checkpoint) Body() []byte {
	if err := c.check(); err != nil {
		panic(err)
	}
	return fmt.Appendf(nil, "%s\n%d\n%s\n", c.Origin, c.Size,
		base64.StdEncoding.EncodeToString(c.Root[:]))
}

// check reports what keeps the checkpoint from having a canonical text.
func (c Checkpoint) check() error {
	if err := checkOrigin(c.Origin); err != nil {
		return err
	}
	if c.Size < 0 {
		return fmt.Errorf("%w: size %d is negative", ErrCheckpoint, c.Size)
	}
	return nil
}

func checkOrigin(origin string) error {
	bad := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '+'
	}
	if origin == "" || len(origin) > 256 || !utf8.ValidString(origin) ||
		strings.IndexFunc(origin, bad) >= 0 {

		return fmt.Errorf("%w: origin must be 1 to 256 bytes of UTF-8 "+
			"without spaces, control characters or '+'", ErrCheckpoint)
	}
	return nil
}

// ParseCheckpoint reads the text of a checkpoint. There is one text per
// checkpoint: anything that Body would write differently is refused.
func ParseCheckpoint(body []byte) (Checkpoint, error) {
	lines := strings.Split(string(body), "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, fmt.Errorf("%w: want exactly three lines, "+
			"each ended by a newline", ErrCheckpoint)
	}
	if err := checkOrigin(lines[0]); err != nil {
		return Checkpoint{}, err
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("%w: size %q is not a plain "+
			"decimal below 2^63", ErrCheckpoint, clip(lines[1]))
	}
	root, err := decodeHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: root: %w", ErrCheckpoint, err)
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}

// decodeHash reads a hash in its one base64 form (RFC 4648 section 4).
func decodeHash(s string) (tlog.Hash, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) != tlog.HashSize ||
		base64.StdEncoding.EncodeToString(raw) != s {

		return tlog.Hash{}, fmt.Errorf("%q is not the base64 of 32 bytes",
			clip(s))
	}
	return tlog.Hash(raw), nil
}

// SignedCheckpoint is an opened note: a checkpoint and who vouches for it.
type SignedCheckpoint struct {
	Checkpoint

	// Note is the signed note, verbatim.
	Note []byte

	// Signers are the names of the known keys whose signatures were
	// checked, in the note's order; never empty.
	Signers []string

	// Signatures are those that were checked, in the note's order.
	Signatures []note.Signature

	// Unknown counts signatures by keys the caller did not name: witness
	// cosignatures, keys before or after a rotation. They were kept and
	// not checked.
	Unknown int
}

// SignCheckpoint returns the checkpoint as a note signed by the given keys.
// The first signer's name must be the origin, as tlog-checkpoint asks for.
// The caller must never sign two checkpoints of one origin that are not
// prefixes of one another.
func SignCheckpoint(c Checkpoint, signers ...note.Signer) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if len(signers) == 0 || signers[0].Name() != c.Origin {
		return nil, fmt.Errorf("%w: the first signer must be named %q",
			ErrCheckpoint, c.Origin)
	}
	msg, err := note.Sign(&note.Note{Text: string(c.Body())}, signers...)
	if err != nil {
		return nil, fmt.Errorf("%w: sign: %w", ErrCheckpoint, err)
	}
	return msg, nil
}

// OpenCheckpoint verifies a signed checkpoint of the given origin. At least
// one of the known keys must have signed; a wrong signature under a known
// key's name is an error even beside a right one, and so is a signature that
// is not in its one base64 form. Signatures by other keys are only counted.
func OpenCheckpoint(msg []byte, origin string,
	known ...note.Verifier) (SignedCheckpoint, error) {

	if len(msg) > maxCheckpoint {
		return SignedCheckpoint{}, fmt.Errorf("%w: longer than %d bytes",
			ErrCheckpoint, maxCheckpoint)
	}
	n, err := note.Open(msg, note.VerifierList(known...))
	if err != nil {
		return SignedCheckpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	c, err := ParseCheckpoint([]byte(n.Text))
	if err != nil {
		return SignedCheckpoint{}, err
	}
	if c.Origin != origin {
		return SignedCheckpoint{}, fmt.Errorf("%w: origin is %q, want %q",
			ErrCheckpoint, c.Origin, clip(origin))
	}
	if err := checkSignatureLines(msg, n); err != nil {
		return SignedCheckpoint{}, err
	}
	out := SignedCheckpoint{
		Checkpoint: c,
		Note:       bytes.Clone(msg),
		Signatures: n.Sigs,
		Unknown:    len(n.UnverifiedSigs),
	}
	for _, sig := range n.Sigs {
		out.Signers = append(out.Signers, sig.Name)
	}
	return out, nil
}

// Unopened is what a signed checkpoint claims, under whatever keys: no signature is checked.
func Unopened(msg []byte) (Checkpoint, error) {
	if len(msg) > maxCheckpoint {
		return Checkpoint{}, fmt.Errorf("%w: longer than %d bytes", ErrCheckpoint, maxCheckpoint)
	}
	var unverified *note.UnverifiedNoteError
	_, err := note.Open(msg, note.VerifierList())
	if !errors.As(err, &unverified) {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	return ParseCheckpoint([]byte(unverified.Note.Text))
}

// checkSignatureLines demands that the message is what the note would be
// encoded to: no repeated line, no base64 with stray bits, nothing that the
// note package skips in silence. Order of signatures is free.
func checkSignatureLines(msg []byte, n *note.Note) error {
	want := make(map[string]bool, len(n.Sigs)+len(n.UnverifiedSigs))
	length := len(n.Text) + 1
	for _, sigs := range [][]note.Signature{n.Sigs, n.UnverifiedSigs} {
		for _, sig := range sigs {
			line := fmt.Sprintf("— %s %s", sig.Name, sig.Base64)
			raw, err := base64.StdEncoding.Strict().DecodeString(sig.Base64)
			if err != nil || base64.StdEncoding.EncodeToString(raw) !=
				sig.Base64 {

				return fmt.Errorf("%w: signature of %q is not "+
					"canonical base64", ErrCheckpoint, sig.Name)
			}
			want[line] = true
			length += len(line) + 1
		}
	}
	if length != len(msg) || len(want) != len(n.Sigs)+len(n.UnverifiedSigs) {
		return fmt.Errorf("%w: a signature line is repeated", ErrCheckpoint)
	}
	return nil
}

// AddCosignatures returns the note with further signature lines, each of the
// form that a witness answers with (C2SP tlog-witness), after the ones it
// has. Lines that are there already are left out. The signatures are not
// checked here: OpenCheckpoint does that for the keys its caller knows.
func AddCosignatures(msg []byte, lines ...string) ([]byte, error) {
	out := bytes.Clone(msg)
	for _, line := range lines {
		line = strings.TrimSuffix(line, "\n")
		fields := strings.Split(line, " ")
		if len(fields) != 3 || fields[0] != "—" || fields[1] == "" {
			return nil, fmt.Errorf("%w: cosignature %q is not "+
				"\"— name base64\"", ErrCheckpoint, clip(line))
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(fields[2])
		if err != nil || len(raw) < 5 {
			return nil, fmt.Errorf("%w: cosignature of %q is not "+
				"base64 of a key hash and a signature",
				ErrCheckpoint, clip(fields[1]))
		}
		if bytes.Contains(out, []byte("\n"+line+"\n")) {
			continue
		}
		out = append(append(out, line...), '\n')
	}
	// Whatever was put together must still be a note.
	var unverified *note.UnverifiedNoteError
	_, err := note.Open(out, note.VerifierList())
	if !errors.As(err, &unverified) || len(out) > maxCheckpoint {
		return nil, fmt.Errorf("%w: not a note with these cosignatures",
			ErrCheckpoint)
	}
	return out, nil
}

// signer signs notes with an Ed25519 key held as a key, not as note's text
// form of one, so that it can come straight out of a sealed key file.
type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

// Sign implements note.Signer.
func (s signer) Sign(msg []byte) ([]byte, error) {
	return ed25519.Sign(s.key, msg), nil
}

// NewSigner returns the signer of the log named by origin.
func NewSigner(origin string, key ed25519.PrivateKey) (note.Signer, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("%w: an Ed25519 private key has %d bytes",
			ErrCheckpoint, ed25519.PrivateKeySize)
	}
	v, err := NewVerifier(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	return signer{Verifier: v, key: key}, nil
}

// NewVerifier returns the verifier of the log named by origin.
func NewVerifier(origin string, key ed25519.PublicKey) (note.Verifier, error) {
	k, err := verifierKey(origin, key)
	if err != nil {
		return nil, err
	}
	return k.LogVerifier()
}

// VerifierKey returns the public key in the text form that every tool for
// signed notes reads: name+hash+keydata.
func VerifierKey(origin string, key ed25519.PublicKey) (string, error) {
	k, err := verifierKey(origin, key)
	if err != nil {
		return "", err
	}
	return k.String(), nil
}

func verifierKey(origin string, key ed25519.PublicKey) (notekey.Key, error) {
	if err := checkOrigin(origin); err != nil {
		return notekey.Key{}, err
	}
	k, err := notekey.New(origin, notekey.Ed25519, key)
	if err != nil {
		return notekey.Key{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	return k, nil
}

// clip shortens foreign text for an error message.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
