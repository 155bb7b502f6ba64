package ballotstore_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// A writer killed at any moment loses nothing that it acknowledged, and the
// next one goes on where the file ends. The same file goes through every round.
func TestKilledWriter(t *testing.T) {
	path := tempPath(t)
	acked := uint64(0)
	for range 12 {
		c := startChild(t, "kill", path)
		batches, stop := 0, 1+rand.IntN(25)
		said := c.listen(t, func(told) bool { batches++; return batches >= stop })
		require.Error(t, c.cmd.Wait(), "the child was to be killed")
		require.Empty(t, said.answers)
		require.Greater(t, said.acked, acked)
		acked = requireIntact(t, path, said.acked)
	}
}
