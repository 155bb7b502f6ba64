package reputation

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// without is what a receipt is after it was withdrawn.
func without(r Receipt) Receipt {
	r.Discount = uint16(PartOne)
	return r
}

// What is withdrawn leaves a book as if it had never counted: at once where it
// was added since the epoch, at every later epoch whenever it was.
func TestWithdrawnReceiptsNeverCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "agents")
		p, keys := drawParams(t), testKeys(n)
		receipts := drawReceipts(t, n, 60)
		gone := rapid.SliceOfN(rapid.Bool(), len(receipts), len(receipts)).Draw(t, "withdrawn")
		first := rapid.Int64Range(0, 60).Draw(t, "day of the epoch between")
		between := Snapshot{Params: p, Day: first, Keys: keys, Stakes: []uint64{2, 9}}
		last := Snapshot{Params: p, Day: rapid.Int64Range(60, 160).Draw(t, "last day"), Keys: keys, Stakes: []uint64{5, 7}}

		b := newTestBook(t, p, nil)
		want := newTestBook(t, p, nil) // the same, told at the entry that the receipt counts for nothing
		var late []Receipt
		for i, r := range receipts {
			if Day(r.TimeMs) > first {
				late = append(late, r)
				continue
			}
			require.NoError(t, b.Add(r))
			if gone[i] {
				r = without(r)
			}
			require.NoError(t, want.Add(r))
		}
		require.NoError(t, b.Epoch(between))
		for _, r := range late {
			require.NoError(t, b.Add(r))
		}
		for i, r := range receipts {
			if !gone[i] {
				continue
			}
			before, had := b.Result(r.Provider), b.HasRated(r.Consumer, r.Provider, Day(r.TimeMs))
			if b.Withdraw(r.Consumer, r.Provider, Day(r.TimeMs), r.Rating < 0) {
				require.True(t, had, "only what is there is withdrawn")
			} else {
				require.Equal(t, before, b.Result(r.Provider))
			}
			require.False(t, b.Withdraw(r.Consumer, r.Provider, Day(r.TimeMs), r.Rating < 0), "once")
			require.Equal(t, had, b.HasRated(r.Consumer, r.Provider, Day(r.TimeMs)), "it bars a second rating of its day")
		}
		var again Book
		require.NoError(t, again.UnmarshalBinary(encode(t, b)))
		require.Equal(t, results(b), results(&again))
		require.Equal(t, encode(t, b), encode(t, &again))
		require.NoError(t, again.Epoch(last))
		require.NoError(t, b.Clone().Epoch(last))
		require.NoError(t, b.Epoch(last))
		require.Equal(t, encode(t, b), encode(t, &again))

		require.NoError(t, want.Epoch(between))
		for _, r := range late {
			for i := range receipts {
				if gone[i] && newCell(receipts[i]).key() == newCell(r).key() {
					r = without(r)
				}
			}
			require.NoError(t, want.Add(r))
		}
		require.NoError(t, want.Epoch(last))
		require.Equal(t, results(want), results(b))
	})
}

// Additions and withdrawals commute: any order gives the same bytes.
func TestWithdrawalsCommute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "agents")
		p, keys := drawParams(t), testKeys(n)
		sealed, late := drawReceipts(t, n, 50), drawReceipts(t, n, 50)
		for i := range late {
			late[i].TimeMs += at(51)
		}
		type step struct {
			add bool
			r   Receipt
		}
		gone := rapid.SliceOfN(rapid.Bool(), len(sealed)+len(late), len(sealed)+len(late)).Draw(t, "withdrawn")
		var steps []step
		for i, r := range append(append([]Receipt{}, sealed...), late...) {
			if i >= len(sealed) {
				steps = append(steps, step{true, r})
			}
			if gone[i] {
				steps = append(steps, step{false, r})
			}
		}
		run := func(steps []step) *Book {
			b := newTestBook(t, p, sealed)
			require.NoError(t, b.Epoch(Snapshot{Params: p, Day: 50, Keys: keys, Stakes: []uint64{3, 4}}))
			// A withdrawal before its addition is taken as the ledger takes it: the
			// receipt comes in with its whole discount.
			early := map[cellKey]bool{}
			for _, s := range steps {
				switch k := newCell(s.r).key(); {
				case !s.add && s.r.TimeMs >= at(51) && !b.HasRated(s.r.Consumer, s.r.Provider, Day(s.r.TimeMs)):
					early[k] = true
				case !s.add:
					b.Withdraw(s.r.Consumer, s.r.Provider, Day(s.r.TimeMs), s.r.Rating < 0)
				case early[k]:
					require.NoError(t, b.Add(without(s.r)))
				default:
					require.NoError(t, b.Add(s.r))
				}
			}
			return b
		}
		one, two := run(steps), run(rapid.Permutation(steps).Draw(t, "shuffled"))
		require.Equal(t, encode(t, one), encode(t, two))
		require.Equal(t, results(one), results(two))
		for v := range uint32(n) {
			x := one.Explain(v, keys)
			var positive, negative uint64
			for _, s := range x.Sources {
				positive, negative = positive+s.Positive, negative+s.Negative
			}
			require.Equal(t, []uint64{x.Result.Positive, x.Result.Negative}, []uint64{positive, negative}, "an explanation still adds up")
		}
	})
}

// A discounted receipt counts in part, rounded down, on both sides of nothing.
func TestDiscount(t *testing.T) {
	epoch := Snapshot{Params: DefaultParams(), Day: 5, Keys: testKeys(3), Stakes: []uint64{10, 0, 0}}
	rate := func(rating int8, discount uint16) Result {
		b := newTestBook(t, DefaultParams(), nil)
		require.NoError(t, b.Epoch(epoch))
		require.NoError(t, b.Add(Receipt{Consumer: 0, Provider: 1, Sats: 1, Rating: rating, TimeMs: at(5), Discount: discount}))
		live := b.Result(1)
		require.NoError(t, b.Epoch(epoch))
		require.Equal(t, live.Negative, b.Result(1).Negative)
		return live
	}
	whole := trust(FlowOne, 1<<47)
	require.Equal(t, whole, rate(1, 0).Positive)
	require.Equal(t, whole/2, rate(1, 2048).Positive)
	require.Equal(t, whole/4096, rate(1, 4095).Positive)
	require.Zero(t, rate(1, 4096).Positive)
	require.Equal(t, 2*EvidenceOne/8, rate(-1, 4096-512).Negative)
	require.Zero(t, rate(-1, 4096).Negative)
	b := newTestBook(t, DefaultParams(), nil)
	require.ErrorIs(t, b.Add(Receipt{Consumer: 0, Provider: 1, Sats: 1, Rating: 1, Discount: 4097}), ErrReceipt)
	require.False(t, b.Withdraw(0, 1, 0, false), "nothing is there")
	require.False(t, b.Withdraw(0, 1, -1, false))
	require.False(t, b.Withdraw(0, 1, 1<<40, false))
}

// A complaint takes the place of what its consumer said of the provider that day,
// whether an epoch came between or not: from then on the book counts as if that had
// never counted. Neither praise nor a second complaint takes its place.
func TestComplaintReplacesPraiseOfItsDay(t *testing.T) {
	for _, between := range []bool{false, true} {
		keys := testKeys(3)
		epoch := Snapshot{Params: DefaultParams(), Day: 5, Keys: keys, Stakes: []uint64{10, 0, 0}}
		praise := Receipt{Consumer: 0, Provider: 1, Sats: 7, Rating: 9, TimeMs: at(5)}
		blame := Receipt{Consumer: 0, Provider: 1, Sats: 100, Rating: -2, TimeMs: at(5) + 1, Discount: 2048}
		b, want := newTestBook(t, DefaultParams(), nil), newTestBook(t, DefaultParams(), nil)
		require.NoError(t, b.Epoch(epoch))
		require.NoError(t, want.Epoch(epoch))
		require.NoError(t, b.Add(praise))
		if between {
			require.NoError(t, b.Epoch(epoch))
			require.NoError(t, want.Epoch(epoch))
		}
		require.NoError(t, b.Add(blame))
		require.NoError(t, want.Add(blame))
		require.Equal(t, want.Result(1).Negative, b.Result(1).Negative)
		require.Zero(t, b.Result(1).Positive)
		require.False(t, b.Withdraw(0, 1, 5, false), "the praise is gone already")

		praise.TimeMs, blame.TimeMs = at(6)-2, at(6)-1
		require.ErrorIs(t, b.Add(praise), ErrAlreadyRated)
		require.ErrorIs(t, b.Add(blame), ErrAlreadyRated)
		var again Book
		require.NoError(t, again.UnmarshalBinary(encode(t, b)))
		require.Equal(t, encode(t, b), encode(t, &again))
		require.Equal(t, results(b), results(&again))
		x := b.Explain(1, keys)
		require.Len(t, x.Sources, 1)
		require.Equal(t, []uint64{x.Result.Positive, x.Result.Negative}, []uint64{x.Sources[0].Positive, x.Sources[0].Negative})
		for _, day := range []int64{5, 6} {
			epoch.Day = day
			require.NoError(t, b.Epoch(epoch))
			require.NoError(t, want.Epoch(epoch))
			require.Equal(t, results(want), results(b))
			require.Len(t, b.Explain(1, keys).Sources, 1)
		}
		require.True(t, b.Withdraw(0, 1, 5, true), "and can be taken back itself")
		require.Zero(t, b.Result(1).Negative)
	}
}
