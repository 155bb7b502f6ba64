package main

import (
	"crypto/ed25519"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
)

// secrets is what operator.key seals, ready for use.
type secrets struct {
	operator op.SecretKey         // signs facts and vetoes
	logKeys  []ed25519.PrivateKey // sign checkpoints: that of the genesis, and those after it
	holds    [32]byte             // preimages of holds are derived from it
}

// logSigners are the keys of a log, in order, and their texts.
func (s secrets) logSigners(origin string) (signers []note.Signer, texts []string, err error) {
	for _, key := range s.logKeys {
		signer, err := anchor.NewSigner(origin, key)
		if err != nil {
			return nil, nil, err
		}
		text, err := anchor.VerifierKey(origin, key.Public().(ed25519.PublicKey))
		if err != nil {
			return nil, nil, err
		}
		signers, texts = append(signers, signer), append(texts, text)
	}
	return signers, texts, nil
}

func secretsFrom(k keyfile.Operator) (s secrets, err error) {
	if s.operator, err = k.Key(); err != nil {
		return s, err
	}
	logSeeds, holds, err := k.Seeds()
	if err != nil {
		return s, err
	}
	for _, seed := range logSeeds {
		s.logKeys = append(s.logKeys, ed25519.NewKeyFromSeed(seed[:]))
	}
	s.holds = holds
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
