package main

import (
	"crypto/ed25519"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
)

// secrets is what operator.key seals, ready for use.
type secrets struct {
	operator op.SecretKey       // signs facts and vetoes
	logKey   ed25519.PrivateKey // signs checkpoints
	holds    [32]byte           // preimages of holds are derived from it
}

func secretsFrom(k keyfile.Operator) (s secrets, err error) {
	if s.operator, err = k.Key(); err != nil {
		return s, err
	}
	logSeed, holds, err := k.Seeds()
	if err != nil {
		return s, err
	}
	s.logKey, s.holds = ed25519.NewKeyFromSeed(logSeed[:]), holds
	return s, nil
}

func openSecrets(path, passphraseFile string) (secrets, error) {
	passphrase, err := keyfile.Passphrase(passphraseFile, false)
	if err != nil {
		return secrets{}, err
	}
	defer clear(passphrase)
	var k keyfile.Operator
	if err := keyfile.Open(path, passphrase, &k); err != nil {
		return secrets{}, err
	}
	return secretsFrom(k)
}
