package keystore

import (
	"bytes"
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

func TestNoKey(t *testing.T) {
	_, err := Open(Config{Path: filepath.Join(t.TempDir(), "none"), Passphrase: ask})
	require.ErrorContains(t, err, "none")
}
