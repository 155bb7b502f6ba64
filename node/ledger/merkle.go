package ledger

import (
	"crypto/sha256"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/op"
)

// MerkleRoot is the RFC 6962 section 2.1 tree head over leaves: SHA-256 of the
// empty string for none.
func MerkleRoot(leaves [][]byte) op.Hash {
	level := make([]tlog.Hash, len(leaves))
	for i, l := range leaves {
		level[i] = tlog.RecordHash(l)
	}
	return op.Hash(rootOf(level))
}

func rootOf(h []tlog.Hash) tlog.Hash {
	switch len(h) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return h[0]
	}
	k := split(len(h))
	return tlog.NodeHash(rootOf(h[:k]), rootOf(h[k:]))
}

// split is the largest power of two smaller than n, for n > 1.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// MerkleProof is the RFC 6962 section 2.1.1 audit path of leaf i, from the
// leaf's sibling up.
func MerkleProof(leaves [][]byte, i int) []op.Hash {
	level := make([]tlog.Hash, len(leaves))
	for j, l := range leaves {
		level[j] = tlog.RecordHash(l)
	}
	var path []op.Hash
	for n := len(level); n > 1; n = len(level) {
		k := split(n)
		if i < k {
			path = append(path, op.Hash(rootOf(level[k:])))
			level = level[:k]
		} else {
			path = append(path, op.Hash(rootOf(level[:k])))
			level, i = level[k:], i-k
		}
	}
	for a, b := 0, len(path)-1; a < b; a, b = a+1, b-1 {
		path[a], path[b] = path[b], path[a]
	}
	return path
}
