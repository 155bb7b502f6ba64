package signer

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/econd/econd/node/op"
)

// Memory signs with a key that lies in this process, wherever it came from.
type Memory struct {
	public op.PublicKey

	mu     sync.RWMutex // held for reading while the key is used
	key    op.SecretKey
	closed bool
}

// NewMemory takes a key over: Close wipes it, and every copy of key with it.
func NewMemory(key op.SecretKey) *Memory { return &Memory{public: key.Public(), key: key} }

// Public implements Signer.
func (m *Memory) Public() op.PublicKey { return m.public }

// Sign implements Signer. It waits for nothing.
func (m *Memory) Sign(ctx context.Context, e *op.Event) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return ErrClosed
	}
	return Complete(ctx, m.public, e, func(_ context.Context, e *op.Event) ([64]byte, error) {
		err := e.Sign(m.key)
		return e.Sig, err
	})
}

// Close implements Signer.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.key.Wipe()
		m.closed = true
	}
	return nil
}

// String hides the secret.
func (m *Memory) String() string { return "signer of " + m.public.String() }

// Format hides the secret, whatever the verb.
func (m *Memory) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.String()) }

// MarshalText hides the secret from JSON.
func (m *Memory) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
