package ledger

import (
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/econd/econd/node/op"
)

// checkPath verifies an audit path with a second implementation.
func checkPath(path []op.Hash, root op.Hash, size, index int, leaf []byte) error {
	hashes := make([][]byte, len(path))
	for i := range path {
		hashes[i] = path[i][:]
	}
	return proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(size), rfc6962.DefaultHasher.HashLeaf(leaf), hashes, root[:])
}
