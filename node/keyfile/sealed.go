package keyfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// Work factors of scrypt as powers of two. DefaultWorkFactor costs about a
// second and 256 MB; MinWorkFactor is for throw-away keys.
const (
	DefaultWorkFactor = 18
	MinWorkFactor     = 10
	MaxWorkFactor     = 22
)

// MinPassphrase is the shortest passphrase that seals a file, in bytes.
const MinPassphrase = 8

// maxFile bounds what is read of a key file.
const maxFile = 64 << 10

// sealedPrefix starts every age file.
const sealedPrefix = "age-encryption.org/"

// Option changes how a file is sealed.
type Option func(*options)

type options struct{ workFactor int }

// WorkFactor sets scrypt's cost to 2^logN, MinWorkFactor to MaxWorkFactor.
// Whoever gets the file can try passphrases faster with a lower one.
func WorkFactor(logN int) Option { return func(o *options) { o.workFactor = logN } }

// Seal writes payload as JSON, encrypted under the passphrase, to a new file.
// Errors: ErrExists, ErrNoPassphrase, and those of the file system.
func Seal(path string, passphrase []byte, payload any, opts ...Option) error {
	o, err := sealing(path, passphrase, opts)
	if err != nil {
		return err
	}
	if err := checkAbsent(path); err != nil {
		return err
	}
	plain, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("seal %s: the payload does not encode as JSON", path)
	}
	defer clear(plain)
	sealed, err := encrypt(passphrase, plain, o.workFactor)
	if err != nil {
		return fmt.Errorf("seal %s: %w", path, err)
	}
	return Create(path, sealed)
}

// sealing checks how a file is to be sealed.
func sealing(path string, passphrase []byte, opts []Option) (options, error) {
	o := options{workFactor: DefaultWorkFactor}
	for _, opt := range opts {
		opt(&o)
	}
	if o.workFactor < MinWorkFactor || o.workFactor > MaxWorkFactor {
		return o, fmt.Errorf("seal %s: work factor %d is not from %d to %d", path, o.workFactor, MinWorkFactor, MaxWorkFactor)
	}
	if len(passphrase) < MinPassphrase {
		return o, fmt.Errorf("seal %s: %w: it has %d bytes, at least %d are needed", path, ErrNoPassphrase, len(passphrase), MinPassphrase)
	}
	return o, nil
}

func encrypt(passphrase, plain []byte, workFactor int) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(workFactor)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

// Open decrypts a file that Seal wrote and decodes it into payload, a pointer.
// Unknown members are refused. Errors: ErrPermissions, ErrPassphrase, ErrPlain,
// ErrMalformed, and those of the file system.
func Open(path string, passphrase []byte, payload any) error {
	sealed, err := read(path)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(sealed, []byte(sealedPrefix)) {
		return fmt.Errorf("open %s: %w", path, ErrPlain)
	}
	plain, err := decrypt(passphrase, sealed)
	if err != nil {
		return opening(path, err)
	}
	defer clear(plain)
	return decode(path, plain, payload)
}

func decrypt(passphrase, sealed []byte) ([]byte, error) {
	if len(passphrase) == 0 {
		return nil, ErrPassphrase
	}
	identity, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, ErrPassphrase
	}
	identity.SetMaxWorkFactor(MaxWorkFactor)
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	var wrong *age.NoIdentityMatchError
	if errors.As(err, &wrong) {
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return plain, nil
}

// decode reads one JSON value strictly. Its errors never quote the input.
func decode(path string, plain []byte, payload any) error {
	dec := json.NewDecoder(bytes.NewReader(plain))
	dec.DisallowUnknownFields()
	if err := dec.Decode(payload); err != nil {
		return fmt.Errorf("open %s: %w: not the JSON object expected", path, ErrMalformed)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("open %s: %w: trailing data", path, ErrMalformed)
	}
	return nil
}
