package reputation

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What the sources gave by the last epoch is the result of that epoch, and
// stays so while receipts are added.
func TestSourcesAddUpToTheLastEpoch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "agents")
		p, keys := drawParams(t), testKeys(n)
		b := newTestBook(t, p, drawReceipts(t, n, 50))
		require.NoError(t, b.Epoch(Snapshot{Params: p, Day: 50, Keys: keys, Seeds: []uint32{0}}))
		before, last := results(b), b.LastEpoch()
		for _, r := range drawReceipts(t, n, 50) {
			r.TimeMs += at(51)
			require.NoError(t, b.Add(r))
		}
		for v := range uint32(n) {
			var given, positive, negative uint64
			for c := range uint32(n) {
				s, ok := last.Source(c, v, keys)
				require.Equal(t, ok, len(s.Receipts) > 0)
				given += s.FlowGiven
				positive += s.Positive
				negative += s.Negative
			}
			r := before[v]
			require.Equal(t, []uint64{r.Positive, r.Negative}, []uint64{positive, negative})
			require.LessOrEqual(t, given, r.Flow)
			if v != 0 {
				require.Equal(t, r.Flow, given, "all flow of who is no seed comes from consumers")
			}
			require.Equal(t, r, ResultOf(r.Flow, r.Positive, r.Negative))
		}
	})
}

// One goroutine may read the last epoch while another adds receipts, of new
// agents, too, and withdraws others. The race detector is the judge.
func TestLastEpochIsReadBesideAdd(t *testing.T) {
	l, err := NewLoader(DefaultParams())
	require.NoError(t, err)
	for _, r := range market(50, 500, 1) {
		require.NoError(t, l.Put(r))
	}
	b := l.Book()
	keys := testKeys(50)
	require.NoError(t, b.Epoch(Snapshot{Params: DefaultParams(), Day: 1, Keys: keys, Seeds: []uint32{3}}))
	last := b.LastEpoch()
	var read []Source
	var wg sync.WaitGroup
	wg.Go(func() {
		for c := range uint32(50) {
			if s, ok := last.Source(c, 7, keys); ok {
				read = append(read, s)
			}
		}
	})
	for c := range uint32(200) {
		b.Withdraw(c%50, 7, 0, false)
		require.NoError(t, b.Add(Receipt{Consumer: c + 8, Provider: 7, Sats: 10, Rating: 1, TimeMs: at(1)}))
	}
	wg.Wait()
	require.NotEmpty(t, read)
	x := b.Clone()
	x.tail, x.withdrawn, x.isWithdrawn = nil, nil, nil
	require.Equal(t, read, x.Explain(7, keys).Sources)
}
