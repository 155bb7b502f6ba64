package node

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
)

// However many ask for the first proof of a vote at once, its tree is built once.
func TestTreesAreBuiltOnce(t *testing.T) {
	var cache trees
	var wg sync.WaitGroup
	got := make([]*merkle.Tree, 16)
	for i := range got {
		wg.Go(func() { got[i] = cache.of(op.ID{1}, ledger.CountedBallots{}) })
	}
	wg.Wait()
	for _, x := range got {
		require.Same(t, got[0], x)
	}
	require.Equal(t, 1, cache.built)
	cache.of(op.ID{2}, ledger.CountedBallots{})
	require.Equal(t, 2, cache.built)
}

// Trees kept have no more bytes than the bound; the one not used for the longest
// time goes first, and one over the bound is kept alone.
func TestTreesAreBounded(t *testing.T) {
	var cache trees
	a := cache.entry(op.ID{1}, treeBytes/2)
	b := cache.entry(op.ID{2}, treeBytes/2)
	require.Equal(t, treeBytes, cache.bytes)
	require.Same(t, a, cache.entry(op.ID{1}, treeBytes/2))
	cache.entry(op.ID{3}, 1)
	require.Equal(t, treeBytes/2+1, cache.bytes)
	require.Same(t, a, cache.entry(op.ID{1}, treeBytes/2))
	require.NotSame(t, b, cache.entry(op.ID{2}, treeBytes/2))
	cache.entry(op.ID{4}, 2*treeBytes)
	require.Equal(t, 2*treeBytes, cache.bytes)
	require.Len(t, cache.at, 1)
	require.Equal(t, 1, cache.order.Len())
}
