package merkle

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/econd/econd/node/op"
)

// The audit path of every leaf leads to the root by a second implementation, for
// every size, and the tree has at most one hash a level beyond two for each leaf.
func TestPathsLeadToTheRoot(t *testing.T) {
	for n := 1; n < 70; n++ {
		leaves := make([][]byte, n)
		for i := range leaves {
			leaves[i] = []byte{byte(i)}
		}
		tree := Of(leaves)
		root, hashes := tree.Root(), 0
		for _, level := range tree.levels {
			hashes += len(level)
		}
		require.LessOrEqual(t, hashes, 2*n+7)
		for i, leaf := range leaves {
			var path [][]byte
			for _, h := range tree.Path(i) {
				path = append(path, h[:])
			}
			require.NoError(t, proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(i), uint64(n), rfc6962.DefaultHasher.HashLeaf(leaf), path, root[:]),
				"leaf %d of %d", i, n)
		}
	}
	require.Equal(t, op.Hash(sha256.Sum256(nil)), Of(nil).Root())
}
