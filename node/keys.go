package node

import (
	"sync"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"github.com/econd/econd/node/op"
)

// keyCache keeps parsed public keys of recent signers: lifting an x coordinate
// costs a square root, about 4 % of a verification. It is bounded; when full it
// starts anew.
type keyCache struct {
	mu   sync.RWMutex
	keys map[op.PublicKey]*btcec.PublicKey
}

const keyCacheSize = 1 << 16

// get returns the parsed key, or nil if it is not on the curve: then the
// signature check says so.
func (c *keyCache) get(k op.PublicKey) *btcec.PublicKey {
	c.mu.RLock()
	key := c.keys[k]
	c.mu.RUnlock()
	if key != nil {
		return key
	}
	key, err := schnorr.ParsePubKey(k[:])
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) >= keyCacheSize {
		c.keys = make(map[op.PublicKey]*btcec.PublicKey)
	}
	c.keys[k] = key
	return key
}
