package keyfile_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/seed"
)

// A file with a seed signs by the account that it names, or by another that is asked for.
func TestFileWithASeed(t *testing.T) {
	s, err := seed.Parse("leader monkey parrot ring guide accident before fence cannon height naive bean")
	require.NoError(t, err)
	dir := t.TempDir()
	sealed, plain := filepath.Join(dir, "sealed.key"), filepath.Join(dir, "plain.key")
	require.NoError(t, keyfile.Seal(sealed, pass, keyfile.NewSeeded(s, 0), quick))
	require.NoError(t, keyfile.Write(plain, keyfile.NewSeeded(s, 7)))
	raw, err := os.ReadFile(sealed)
	require.NoError(t, err)
	require.NotContains(t, string(raw), keyfile.NewSeeded(s, 0).Seed)

	open := func(path string, account *uint32) op.PublicKey {
		t.Helper()
		key, err := keyfile.OpenSigner(path, account, func() ([]byte, error) { return bytes.Clone(pass), nil })
		require.NoError(t, err)
		return key.Public()
	}
	zero, seven, eight := uint32(0), uint32(7), uint32(8)
	require.Equal(t, "17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917", open(sealed, nil).String()) // NIP-06
	require.Equal(t, open(sealed, nil), open(plain, &zero))
	require.Equal(t, open(plain, nil), open(sealed, &seven))
	require.NotEqual(t, open(plain, nil), open(sealed, &eight))

	a, err := keyfile.OpenAgent(plain, nil)
	require.NoError(t, err)
	again, err := a.OpenSeed()
	require.NoError(t, err)
	require.Equal(t, s.Mnemonic(), again.Mnemonic())
	require.Equal(t, "agent key agent key", fmt.Sprintf("%+v %#v", a, a))
}

// One key has no accounts: who asks for one is told, and not given the key.
func TestNoAccountsOfOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.key")
	key, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	require.NoError(t, keyfile.Write(path, keyfile.NewAgent(key)))
	zero := uint32(0)
	_, err = keyfile.OpenSigner(path, &zero, nil)
	require.ErrorIs(t, err, keyfile.ErrNoSeed)
	require.ErrorContains(t, err, path)
}

func TestMalformedSeeds(t *testing.T) {
	for payload, want := range map[string]string{
		`{"version":2}`:             "no single signing key",
		`{"version":2,"seed":"zz"}`: "the seed is not hex",
		`{"version":2,"seed":"00"}`: "the seed has 1 bytes",
		`{"version":1,"seed":"00000000000000000000000000000000"}`:                      "version 1",
		`{"version":3,"seed":"00000000000000000000000000000000"}`:                      "version 3",
		`{"version":2,"seed":"00000000000000000000000000000000","secret":"11"}`:        "no single signing key",
		`{"version":2,"secret":"` + fmt.Sprintf("%064x", 1) + `"}`:                     "version 2",
		`{"version":2,"seed":"00000000000000000000000000000000","account":-1}`:         "not the JSON object expected",
		`{"version":2,"seed":"00000000000000000000000000000000","account":2147483648}`: "account: is 2147483648",
	} {
		path := filepath.Join(t.TempDir(), "agent.key")
		require.NoError(t, os.WriteFile(path, []byte(payload), 0o600))
		_, err := keyfile.OpenSigner(path, nil, nil)
		require.ErrorContains(t, err, want, payload)
		require.NotContains(t, err.Error(), "0000000000")
	}
}
