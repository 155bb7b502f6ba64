package nostr

import (
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

func testKey(t *testing.T) op.SecretKey {
	t.Helper()
	var raw [32]byte
	_, err := rand.Read(raw[:])
	require.NoError(t, err)
	key, err := op.NewSecretKey(raw[:])
	require.NoError(t, err)
	return key
}
