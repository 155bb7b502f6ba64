package keystore

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/seed"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/signertest"
)

const passphrase = "correct horse"

func ask() ([]byte, error) { return []byte(passphrase), nil }

func TestContractOfOneKey(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, 32)
	key, err := op.NewSecretKey(secret)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "agent.key")
	require.NoError(t, keyfile.Seal(path, []byte(passphrase), keyfile.NewAgent(key), keyfile.WorkFactor(keyfile.MinWorkFactor)))
	signertest.Run(t, func(t *testing.T) signer.Signer {
		s, err := Open(Config{Path: path, Passphrase: ask})
		require.NoError(t, err)
		require.Equal(t, key.Public(), s.Public())
		return s
	}, secret, []byte(passphrase))
}

func TestContractOfAnAccount(t *testing.T) {
	words, err := seed.New(12)
	require.NoError(t, err)
	account := uint32(3)
	secret, err := words.Secret(account)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "agent.key")
	require.NoError(t, keyfile.Seal(path, []byte(passphrase), keyfile.NewSeeded(words, 0), keyfile.WorkFactor(keyfile.MinWorkFactor)))
	signertest.Run(t, func(t *testing.T) signer.Signer {
		s, err := Open(Config{Path: path, Account: &account, Passphrase: ask})
		require.NoError(t, err)
		return s
	}, secret, words.Entropy(), []byte(words.Mnemonic()))
}

// What a file has beside the key is its owner's until Close.
func TestWhatAFileHasBesideTheKey(t *testing.T) {
	words, err := seed.New(12)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "agent.key")
	require.NoError(t, keyfile.Write(path, keyfile.NewSeeded(words, 2)))
	k, err := Open(Config{Path: path})
	require.NoError(t, err)
	got, err := k.Seed()
	require.NoError(t, err)
	require.Equal(t, words.Mnemonic(), got.Mnemonic())
	account, ok := k.Account()
	require.Equal(t, []any{uint32(2), true}, []any{account, ok})
	secret, err := words.Secret(2)
	require.NoError(t, err)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("text"))
	derived, err := k.Derived("text")
	require.NoError(t, err)
	require.Equal(t, mac.Sum(nil), derived[:])

	require.NoError(t, k.Close())
	require.Equal(t, words.Mnemonic(), got.Mnemonic(), "the owner's copy is the owner's to wipe")
	_, err = k.Seed()
	require.ErrorIs(t, err, signer.ErrClosed)
	_, err = k.Derived("text")
	require.ErrorIs(t, err, signer.ErrClosed)

	key, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	require.NoError(t, keyfile.Write(path+"1", keyfile.NewAgent(key)))
	k, err = Open(Config{Path: path + "1"})
	require.NoError(t, err)
	_, err = k.Seed()
	require.ErrorIs(t, err, keyfile.ErrNoSeed)
	_, ok = k.Account()
	require.False(t, ok)
}

func TestNoKey(t *testing.T) {
	_, err := Open(Config{Path: filepath.Join(t.TempDir(), "none"), Passphrase: ask})
	require.ErrorContains(t, err, "none")
}
