package reputation

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// testKeys gives each slot a key that looks random, so that key order is not
// slot order.
func testKeys(n int) [][32]byte {
	keys := make([][32]byte, n)
	for i := range keys {
		keys[i] = sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	}
	return keys
}

func at(day int64) int64 { return day * dayMs }

// drawParams keeps to the short tables, for the reference's sake.
func drawParams(t *rapid.T) Params {
	return Params{
		HalfLifePositiveDays: rapid.SampledFrom([]int64{0, 7, 14}).Draw(t, "half-life+"),
		HalfLifeNegativeDays: rapid.SampledFrom([]int64{0, 7, 30}).Draw(t, "half-life-"),
		NegativeWeight:       rapid.Int64Range(0, 5).Draw(t, "weight"),
		Tau:                  rapid.SampledFrom([]uint64{0, 1, 1 << 47, 1 << 57, FlowOne}).Draw(t, "tau"),
		MinReceiptSats:       1,
		FullDayConsumers:     rapid.SampledFrom([]int64{0, 1, 2, 5}).Draw(t, "full day"),
	}
}

func drawReceipts(t *rapid.T, n, days int) []Receipt {
	one := rapid.Custom(func(t *rapid.T) Receipt {
		consumer := rapid.Uint32Range(0, uint32(n-1)).Draw(t, "consumer")
		provider := (consumer + rapid.Uint32Range(1, uint32(n-1)).Draw(t, "provider")) % uint32(n)
		return Receipt{
			Consumer: consumer,
			Provider: provider,
			Sats:     rapid.OneOf(rapid.Uint64Range(1, 30), rapid.Uint64Range(1, MaxSats)).Draw(t, "sats"),
			Rating:   rapid.Int8Range(-10, 10).Draw(t, "rating"),
			TimeMs:   rapid.Int64Range(0, at(int64(days))-1).Draw(t, "time"),
			Discount: rapid.SampledFrom([]uint16{0, 0, 1, 2048, 4095, 4096}).Draw(t, "discount"),
		}
	})
	return rapid.SliceOfNDistinct(one, 0, 40, func(r Receipt) cellKey {
		k := newCell(r).key()
		k.complaint = false // one of each day, so that any order will do
		return k
	}).Draw(t, "receipts")
}

func results(b *Book) []Result {
	out := make([]Result, b.Agents())
	for i := range out {
		out[i] = b.Result(uint32(i))
	}
	return out
}

func newTestBook(t require.TestingT, p Params, receipts []Receipt) *Book {
	b, err := NewBook(p)
	require.NoError(t, err)
	for _, r := range receipts {
		require.NoError(t, b.Add(r))
	}
	return b
}

// One row that no 64-bit sum holds is the only place where the engine may
// differ from the reference: there the sums are cut. So amounts in this test
// stay below it.
func TestEngineMatchesReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "agents")
		in := refInput{params: drawParams(t), day: 90, keys: testKeys(n), receipts: drawReceipts(t, n, 91)}
		for i := range in.receipts {
			in.receipts[i].Sats %= 1 << 42
			in.receipts[i].Sats++
		}
		in.stakes = rapid.SliceOfN(rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(1, MaxSats)), 0, n).Draw(t, "stakes")
		b := newTestBook(t, in.params, in.receipts)
		require.NoError(t, b.Epoch(Snapshot{Params: in.params, Day: in.day, Keys: in.keys, Stakes: in.stakes}))
		require.Equal(t, refResults(in), results(b))
	})
}

func TestOrderAndWorkersAreImmaterial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "agents")
		p, keys := drawParams(t), testKeys(n)
		receipts := drawReceipts(t, n, 60)
		shuffled := rapid.Permutation(receipts).Draw(t, "shuffled")
		snapshot := Snapshot{Params: p, Day: 60, Keys: keys, Seeds: []uint32{0, 1, 1}}
		one, two := newTestBook(t, p, receipts), newTestBook(t, p, shuffled)
		require.Equal(t, encode(t, one), encode(t, two))
		require.NoError(t, one.Epoch(snapshot))
		snapshot.Workers = rapid.IntRange(2, 9).Draw(t, "workers")
		require.NoError(t, two.Epoch(snapshot))
		require.Equal(t, encode(t, one), encode(t, two))
		require.Equal(t, results(one), results(two))
	})
}

// An epoch starts from the canonical pre-trust, so those before leave no trace
// but for the receipts they dropped, which count nothing any more.
func TestEpochsBetweenLeaveNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 10).Draw(t, "agents")
		p, keys := drawParams(t), testKeys(n)
		receipts := drawReceipts(t, n, 120)
		last := Snapshot{Params: p, Day: 120, Keys: keys, Stakes: []uint64{5, 7}}
		once := newTestBook(t, p, receipts)
		require.NoError(t, once.Epoch(last))

		often, err := NewBook(p)
		require.NoError(t, err)
		for day := int64(0); day < 120; day++ {
			for _, r := range receipts {
				if Day(r.TimeMs) == day {
					require.NoError(t, often.Add(r))
				}
			}
			if day%20 == 19 {
				require.NoError(t, often.Epoch(Snapshot{Params: p, Day: day, Keys: keys, Seeds: []uint32{1}}))
			}
		}
		require.NoError(t, often.Epoch(last))
		require.Equal(t, encode(t, once), encode(t, often))
		require.Equal(t, results(once), results(often))
	})
}

func encode(t require.TestingT, b *Book) []byte {
	out, err := b.MarshalBinary()
	require.NoError(t, err)
	return out
}

// market is a fixed pseudo-random economy, the same on every platform.
func market(agents, receipts int, days int64) []Receipt {
	state := uint64(1)
	next := func(n uint64) uint64 { // SplitMix64
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return (z ^ z>>31) % n
	}
	out := make([]Receipt, 0, receipts)
	for range receipts {
		c := next(uint64(agents))
		p := (c + 1 + next(uint64(agents-1))) % uint64(agents)
		out = append(out, Receipt{
			Consumer: uint32(c),
			Provider: uint32(p),
			Sats:     1 + next(100_000),
			Rating:   int8(next(21)) - 10,
			TimeMs:   int64(next(uint64(days))) * dayMs,
		})
	}
	return out
}

// The golden hash covers every bit of every result, at 1, 2 and 8 threads and
// with the receipts in two orders. It changes only with the
// formulas, and then every score ever recorded changes meaning.
func TestGoldenMarket(t *testing.T) {
	const golden = "877760baf07a3bce3e043ba5efa5e6478a396709f7375aa988abf56dbf4d3b69"
	const agents = 2_000
	keys := testKeys(agents)
	stakes := make([]uint64, agents)
	for i := range stakes {
		stakes[i] = uint64(i%7) * 1_000
	}
	forth := market(agents, 20_000, 400)
	back := slices.Clone(forth)
	slices.Reverse(back)
	for i, workers := range []int{1, 2, 8, 1, 2, 8} {
		l, err := NewLoader(DefaultParams())
		require.NoError(t, err)
		for _, r := range [][]Receipt{forth, back}[i/3] {
			require.NoError(t, l.Put(r))
		}
		b := l.Book()
		require.NoError(t, b.Epoch(Snapshot{Params: DefaultParams(), Day: 400, Keys: keys, Stakes: stakes, Workers: workers}))
		hash := sha256.New()
		for _, r := range results(b) {
			for _, v := range []uint64{r.Flow, r.Positive, r.Negative, r.Quality, r.Score} {
				hash.Write(binary.BigEndian.AppendUint64(nil, v))
			}
		}
		require.Equal(t, golden, hex.EncodeToString(hash.Sum(nil)), "workers: %d, order: %d", workers, i/3)
	}
}
