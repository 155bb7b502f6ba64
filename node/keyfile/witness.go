package keyfile

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// Witness is the payload of a witness's key file.
type Witness struct {
	Version int    `json:"version"`      // 1
	Seed    string `json:"witness_seed"` // ed25519 seed, 64 hex digits: cosigns checkpoints
}

// String hides the secret.
func (Witness) String() string { return "witness key" }

// GoString hides the secret.
func (w Witness) GoString() string { return w.String() }

// NewWitness draws the key of a witness.
func NewWitness() (Witness, error) {
	var seed [ed25519.SeedSize]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return Witness{}, fmt.Errorf("draw a key: %w", err)
	}
	defer clear(seed[:])
	return Witness{Version: version, Seed: hex.EncodeToString(seed[:])}, nil
}

// Key returns the signing key. ErrMalformed if there is none.
func (w Witness) Key() (ed25519.PrivateKey, error) {
	if w.Version != version {
		return nil, fmt.Errorf("%w: version %d, this program reads version %d", ErrMalformed, w.Version, version)
	}
	seed, err := hex.DecodeString(w.Seed)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%w: witness_seed must be 64 hex digits", ErrMalformed)
	}
	defer clear(seed)
	return ed25519.NewKeyFromSeed(seed), nil
}
