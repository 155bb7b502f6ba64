package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
)

// One page of the explanation of an agent with 10,000 consumers, each of whom
// bought from ten others, too.
func BenchmarkSources(b *testing.B) {
	const consumers = 10_000
	s := New()
	book, err := reputation.NewBook(reputation.DefaultParams())
	require.NoError(b, err)
	list := make([]earned, 0, consumers)
	keys := make([][32]byte, consumers+11)
	for i := range keys {
		keys[i] = [32]byte{byte(i >> 8), byte(i)}
	}
	for c := range uint32(consumers) {
		for p := range uint32(11) {
			require.NoError(b, book.Add(reputation.Receipt{Consumer: c + 11, Provider: p, Sats: 1000, Rating: 5, TimeMs: 1}))
		}
		list = append(list, earned{consumer: c + 11, seq: uint64(c)})
	}
	require.NoError(b, book.Epoch(reputation.Snapshot{Params: reputation.DefaultParams(), Keys: keys, Seeds: []uint32{11}, Workers: 2}))
	key := op.PublicKey{1}
	s.scores.book, s.agents.keys, s.agents.at[key] = book, keys, 0
	s.agents.list = []agent{{key: key, earned: list}}
	s.scores.epochs = []epochRecord{{seq: consumers}}
	for b.Loop() {
		v, err := s.Evidence(key)
		require.NoError(b, err)
		page, _, more := v.Sources(5_000, 100)
		require.Len(b, page, 100)
		require.True(b, more)
	}
}
