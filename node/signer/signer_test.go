package signer_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/signertest"
)

func key(t *testing.T, b byte) op.SecretKey {
	k, err := op.NewSecretKey(bytes.Repeat([]byte{b}, 32))
	require.NoError(t, err)
	return k
}

func TestMemory(t *testing.T) {
	signertest.Run(t, func(t *testing.T) signer.Signer { return signer.NewMemory(key(t, 1)) }, bytes.Repeat([]byte{1}, 32))
}

func TestMemoryIsWiped(t *testing.T) {
	k := key(t, 1)
	require.NoError(t, signer.NewMemory(k).Close())
	require.Equal(t, make([]byte, 32), k.Bytes())
	require.Error(t, signertest.Events()[0].Sign(k))
}

// What an adapter got is checked before it is handed out.
func TestCompleteTakesNoWrongSignature(t *testing.T) {
	mine, other := key(t, 1), key(t, 2)
	lost := errors.New("lost")
	for name, sign := range map[string]func(*op.Event) error{
		"another key's":         func(e *op.Event) error { return e.Sign(other) },
		"of another text":       func(e *op.Event) error { e.Content = "other"; return e.Sign(mine) },
		"of another tag":        func(e *op.Event) error { e.Tags[0][1] = "other"; return e.Sign(mine) },
		"one bit off":           func(e *op.Event) error { err := e.Sign(mine); e.Sig[63] ^= 1; return err },
		"none":                  func(*op.Event) error { return nil },
		"none, and says so too": func(*op.Event) error { return lost },
	} {
		e, was := signertest.Events()[3], signertest.Events()[3]
		err := signer.Complete(t.Context(), mine.Public(), e, func(_ context.Context, shown *op.Event) ([64]byte, error) {
			err := sign(shown)
			return shown.Sig, err
		})
		if !errors.Is(err, lost) {
			require.ErrorIs(t, err, signer.ErrSignature, name)
		}
		require.Equal(t, was, e, name)
	}
}
