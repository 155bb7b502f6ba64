package kms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/signer/custody"
)

// Service is a cloud's key service. An error is custody.ErrDenied where the service says no, or the
// key or what it wrapped is gone; signer.ErrAway where it gives no answer. No error shows a secret.
type Service interface {
	// Name is what the envelope calls the service.
	Name() string

	// NewDataKey draws a key of 32 bytes, wrapped by the service under its key and bound to
	// context. key is the service's full name of the key that wraps. Who gets plain clears it.
	NewDataKey(ctx context.Context, context map[string]string) (plain, wrapped []byte, key string, err error)

	// OpenDataKey unwraps what NewDataKey gave, of the same key and context alone.
	OpenDataKey(ctx context.Context, wrapped []byte, key string, context map[string]string) (plain []byte, err error)
}

// Box is a file with one agent's key, sealed under a Service's key. One goroutine at a time uses it.
type Box struct {
	service Service
	path    string
}

// New is the box at a path; it reads and asks nothing.
func New(service Service, path string) (*Box, error) {
	if path == "" {
		return nil, errors.New("kms: the path of the envelope is missing")
	}
	return &Box{service, path}, nil
}

// String names the file.
func (b *Box) String() string { return "envelope " + b.path }

// GoString is String.
func (b *Box) GoString() string { return b.String() }

// Format is String for every verb: the service below holds credentials.
func (b *Box) Format(f fmt.State, _ rune) { io.WriteString(f, b.String()) }

// MarshalText is String.
func (b *Box) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// Envelope reads the file.
func (b *Box) Envelope() (*Envelope, error) {
	f, err := os.Open(b.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxEnvelope+1))
	if err != nil {
		return nil, err
	}
	e, err := Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.path, err)
	}
	if e.Service != b.service.Name() {
		return nil, fmt.Errorf("%s: %w: it is sealed by the key service %q, this is %q", b.path, custody.ErrMalformed, e.Service, b.service.Name())
	}
	return e, nil
}

// Key implements custody.Custodian: the file is read and the service asked each time. A file that is
// gone is a key that was taken back.
func (b *Box) Key(ctx context.Context) (*custody.Key, time.Duration, error) {
	e, err := b.Envelope()
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, fmt.Errorf("%w: %w", custody.ErrDenied, err)
	}
	if err != nil {
		return nil, 0, err
	}
	dataKey, err := b.service.OpenDataKey(ctx, e.Wrapped, e.Key, e.Context)
	defer clear(dataKey)
	if err != nil {
		return nil, 0, err
	}
	payload, err := e.open(dataKey)
	defer clear(payload)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", b.path, err)
	}
	key, err := custody.Decode(payload)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", b.path, err)
	}
	if err := isOf(key, e); err != nil {
		key.Wipe()
		return nil, 0, fmt.Errorf("%s: %w", b.path, err)
	}
	return key, 0, nil
}

// isOf holds a key against the agent that the envelope names.
func isOf(key *custody.Key, e *Envelope) error {
	agent, err := e.agent()
	if err != nil {
		return err
	}
	secret, err := key.Signing(nil)
	if err != nil {
		return err
	}
	defer secret.Wipe()
	if secret.Public() != agent {
		return fmt.Errorf("%w: the key in it is not the agent's that it names", custody.ErrMalformed)
	}
	return nil
}

// Close implements custody.Custodian; nothing is held.
func (*Box) Close() error { return nil }

// Put seals a key into a new file, for an economy or, where that is "", for any. custody.ErrExists
// where the path is taken.
func (b *Box) Put(ctx context.Context, key *custody.Key, economy string) error {
	if _, err := os.Lstat(b.path); err == nil {
		return fmt.Errorf("%w at %s; move it away first", custody.ErrExists, b.path)
	}
	secret, err := key.Signing(nil)
	if err != nil {
		return err
	}
	e := &Envelope{Envelope: Version, Service: b.service.Name(), Context: map[string]string{ContextAgent: secret.Public().String()}}
	secret.Wipe()
	if economy != "" {
		e.Context[ContextEconomy] = economy
	}
	var dataKey []byte
	dataKey, e.Wrapped, e.Key, err = b.service.NewDataKey(ctx, e.Context)
	defer clear(dataKey)
	if err != nil {
		return err
	}
	payload := key.Encode()
	defer clear(payload)
	if err := e.seal(dataKey, payload); err != nil {
		return err
	}
	if err := e.check(); err != nil {
		return fmt.Errorf("what the key service gave is of no use: %w", err)
	}
	text, err := e.Encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(b.path), 0o700); err != nil {
		return err
	}
	err = keyfile.Create(b.path, text)
	if errors.Is(err, keyfile.ErrExists) {
		return fmt.Errorf("%w: %w", custody.ErrExists, err)
	}
	if err != nil {
		return err
	}
	return b.proven(ctx, key)
}

// proven opens what was written. Who may seal and not open is believed.
func (b *Box) proven(ctx context.Context, key *custody.Key) error {
	there, _, err := b.Key(ctx)
	if errors.Is(err, custody.ErrDenied) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the key was sealed, and cannot be opened now: %w", err)
	}
	defer there.Wipe()
	if !there.Equal(key) {
		return fmt.Errorf("%w: in %s is another key than the one that was sealed", custody.ErrMalformed, b.path)
	}
	return nil
}
