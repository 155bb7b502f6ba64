package keyfile

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWitnessKeys(t *testing.T) {
	w, err := NewWitness()
	require.NoError(t, err)
	other, err := NewWitness()
	require.NoError(t, err)
	require.NotEqual(t, w.Seed, other.Seed)
	key, err := w.Key()
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(verb, w), w.Seed)
	}
	path, passphrase := filepath.Join(t.TempDir(), "witness.key"), []byte("correct horse battery")
	require.NoError(t, Seal(path, passphrase, w, WorkFactor(MinWorkFactor)))
	var back Witness
	require.NoError(t, Open(path, passphrase, &back))
	again, err := back.Key()
	require.NoError(t, err)
	require.Equal(t, key, again)
	for _, bad := range []Witness{{}, {Version: 2, Seed: w.Seed}, {Version: 1, Seed: w.Seed[:62]}, {Version: 1, Seed: "zz" + w.Seed[2:]}} {
		_, err := bad.Key()
		require.ErrorIs(t, err, ErrMalformed)
	}
}
