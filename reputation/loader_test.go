package reputation

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func load(t require.TestingT, receipts ...Receipt) *Book {
	l, err := NewLoader(DefaultParams())
	require.NoError(t, err)
	for _, r := range receipts {
		require.NoError(t, l.Put(r))
	}
	return l.Book()
}

func TestLoaderMergesADay(t *testing.T) {
	r := func(rating int8, ms int64) Receipt {
		return Receipt{Consumer: 0, Provider: 1, Sats: 10, Rating: rating, TimeMs: ms}
	}
	only := func(b *Book) Receipt {
		require.Equal(t, 1, b.Receipts())
		return b.tail[0].receipt()
	}
	got := only(load(t, r(5, 20), r(-3, 10), r(0, 19)))
	require.Equal(t, Receipt{Consumer: 0, Provider: 1, Sats: 30, Rating: 5, TimeMs: 20}, got, "the latest rating stands")
	require.Equal(t, int8(-3), only(load(t, r(-3, 20), r(5, 20))).Rating, "of one moment the least favourable")
	full := r(1, 0)
	full.Sats = MaxSats
	require.Equal(t, MaxSats, only(load(t, full, r(1, 0))).Sats)
	require.Equal(t, 2, load(t, r(1, at(1)-1), r(1, at(1))).Receipts(), "midnight divides days")

	l, err := NewLoader(DefaultParams())
	require.NoError(t, err)
	require.ErrorIs(t, l.Put(Receipt{Sats: 1}), ErrSelfRating)
	require.ErrorIs(t, l.Put(Receipt{Provider: 1}), ErrReceipt)
	_, err = NewLoader(Params{})
	require.ErrorIs(t, err, ErrParams)
	_, err = NewBook(Params{})
	require.ErrorIs(t, err, ErrParams)
}

// Where no day repeats, loading is the same as adding one by one.
func TestLoaderIsAddInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		receipts := drawReceipts(t, 10, 30)
		added := newTestBook(t, DefaultParams(), receipts)
		loaded := load(t, rapid.Permutation(receipts).Draw(t, "shuffled")...)
		require.Equal(t, encode(t, added), encode(t, loaded))
		require.Equal(t, results(added), results(loaded))
	})
}

// Consumers far apart, and many receipts of one, come out as one by one.
func TestLoaderJoinsItsShards(t *testing.T) {
	var receipts []Receipt
	for i := range uint32(40_000) {
		consumer := 1 + i%3*(3*loaderSpan+7)
		receipts = append(receipts, Receipt{Consumer: consumer, Provider: 2 + i%5, Sats: 10, Rating: 1, TimeMs: int64(i%400)*dayMs + int64(i)})
	}
	b := load(t, receipts...)
	require.True(t, slices.IsSortedFunc(b.tail, compareCells))
	var sats uint64
	seen := map[cellKey]bool{}
	for _, c := range b.tail {
		require.False(t, seen[c.key()])
		seen[c.key()] = true
		sats += c.sats()
	}
	require.EqualValues(t, 400_000, sats)
	require.Len(t, seen, 3*400, "400 days go to five providers in turn, three consumers each")
}
