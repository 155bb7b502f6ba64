package op

import (
	"sync"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// Verifier checks events as Event.Verify does and remembers the parsed keys of
// recent signers: they are few beside their events, and lifting an x coordinate
// costs a square root, about 4 % of a verification. It is bounded; when full it
// starts anew. The zero value is ready; it may be used concurrently.
type Verifier struct {
	mu   sync.RWMutex
	keys map[PublicKey]*btcec.PublicKey
}

const verifierKeys = 1 << 16

// Verify checks the event's id and BIP-340 signature.
func (v *Verifier) Verify(e *Event) error { return e.verify(v.key(e.PubKey)) }

// key returns the parsed key, or nil if it is not on the curve: then the
// signature check says so.
func (v *Verifier) key(k PublicKey) *btcec.PublicKey {
	v.mu.RLock()
	key := v.keys[k]
	v.mu.RUnlock()
	if key != nil {
		return key
	}
	key, err := schnorr.ParsePubKey(k[:])
	if err != nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys == nil || len(v.keys) >= verifierKeys {
		v.keys = make(map[PublicKey]*btcec.PublicKey)
	}
	v.keys[k] = key
	return key
}
