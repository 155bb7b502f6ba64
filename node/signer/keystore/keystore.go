// Package keystore signs with the key of a key file (node/keyfile): sealed under a passphrase, one
// key or one account of a seed (NIP-06). The secret lies in memory from Open until Close.
package keystore

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
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

	mu      sync.Mutex
	key     op.SecretKey // the Memory's, which wipes it
	seed    seed.Seed    // empty where the file holds one key alone
	seeded  bool
	account uint32
	closed  bool
}

// Open reads the key. Errors are those of keyfile.OpenSigner.
func Open(cfg Config) (*Keystore, error) {
	payload, err := keyfile.OpenAgent(cfg.Path, cfg.Passphrase)
	if err != nil {
		return nil, err
	}
	key, err := payload.Signer(cfg.Account)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Path, err)
	}
	k := &Keystore{Memory: signer.NewMemory(key), key: key, account: payload.Account}
	if cfg.Account != nil {
		k.account = *cfg.Account
	}
	if payload.Seed != "" {
		k.seeded = true
		if k.seed, err = payload.OpenSeed(); err != nil {
			return nil, fmt.Errorf("open %s: %w", cfg.Path, err)
		}
	}
	return k, nil
}

// Account is which account of the file's seed signs; ok is false where the file holds one key alone.
func (k *Keystore) Account() (account uint32, ok bool) { return k.account, k.seeded }

// Seed is the seed of the file, to be written down by its owner, who wipes it. keyfile.ErrNoSeed where the
// file holds one key alone, signer.ErrClosed after Close.
func (k *Keystore) Seed() (seed.Seed, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case !k.seeded:
		return seed.Seed{}, keyfile.ErrNoSeed
	case k.closed:
		return seed.Seed{}, signer.ErrClosed
	}
	entropy := k.seed.Entropy()
	defer clear(entropy)
	return seed.FromEntropy(entropy)
}

// Derived is the HMAC-SHA256 of a text under the secret key: what econctl salted commitments with
// before it drew salts. signer.ErrClosed after Close.
func (k *Keystore) Derived(text string) ([32]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return [32]byte{}, signer.ErrClosed
	}
	secret := k.key.Bytes()
	defer clear(secret)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return [32]byte(mac.Sum(nil)), nil
}

// Close implements signer.Signer: key and seed are wiped.
func (k *Keystore) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	k.seed.Wipe()
	return k.Memory.Close()
}
