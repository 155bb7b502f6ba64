// Package keystore signs with the key of a key file (node/keyfile): sealed under a passphrase, one
// key or one account of a seed (NIP-06). The secret lies in memory from Open until Close.
package keystore

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/seed"
	"github.com/econd/econd/node/signer"
)

// Config names a key. Path is required.
type Config struct {
	Path    string
	Account *uint32 // of the file's seed; nil: the one that the file names

	// Passphrase is asked for the passphrase, once, if the file is sealed. What it returns is wiped.
	Passphrase func() ([]byte, error)
}

// Keystore is a key file that was opened. It is a signer.Signer, and gives its owner what a file has
// beside the key. Make it with Open.
type Keystore struct {
	*signer.Memory
	path    string
	payload keyfile.Agent
}

// Open reads the key. Errors are those of keyfile.OpenSigner.
func Open(cfg Config) (*Keystore, error) {
	payload, err := keyfile.OpenAgent(cfg.Path, cfg.Passphrase)
	if err != nil {
		return nil, err
	}
	if cfg.Account != nil && payload.Seed != "" {
		payload.Account = *cfg.Account
	}
	key, err := payload.Signer(cfg.Account)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Path, err)
	}
	return &Keystore{signer.NewMemory(key), cfg.Path, payload}, nil
}

// Account is which account of the file's seed signs; ok is false where the file holds one key alone.
func (k *Keystore) Account() (account uint32, ok bool) {
	return k.payload.Account, k.payload.Seed != ""
}

// Seed is the seed of the file, to be written down by its owner, who wipes it. keyfile.ErrNoSeed where the
// file holds one key alone.
func (k *Keystore) Seed() (seed.Seed, error) { return k.payload.OpenSeed() }

// Derived is the HMAC-SHA256 of a text under the secret key: what econctl salted commitments with
// before it drew salts.
func (k *Keystore) Derived(text string) ([32]byte, error) {
	key, err := k.payload.Key()
	if err != nil {
		return [32]byte{}, fmt.Errorf("open %s: %w", k.path, err)
	}
	defer key.Wipe()
	secret := key.Bytes()
	defer clear(secret)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return [32]byte(mac.Sum(nil)), nil
}
