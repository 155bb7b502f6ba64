package reputation

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestReceiptRules(t *testing.T) {
	good := Receipt{Consumer: 1, Provider: 2, Sats: 100, Rating: 5, TimeMs: at(10)}
	with := func(change func(*Receipt)) Receipt {
		r := good
		change(&r)
		return r
	}
	p := DefaultParams()
	p.MinReceiptSats = 100
	for _, c := range []struct {
		name    string
		receipt Receipt
		want    error
	}{
		{"as it should be", good, nil},
		{"least price", with(func(r *Receipt) { r.Sats = 99 }), ErrReceipt},
		{"all bitcoin", with(func(r *Receipt) { r.Sats = MaxSats }), nil},
		{"more than all bitcoin", with(func(r *Receipt) { r.Sats = MaxSats + 1 }), ErrReceipt},
		{"oneself", with(func(r *Receipt) { r.Provider = 1 }), ErrSelfRating},
		{"strongest praise", with(func(r *Receipt) { r.Rating = 10 }), nil},
		{"too strong praise", with(func(r *Receipt) { r.Rating = 11 }), ErrReceipt},
		{"strongest complaint", with(func(r *Receipt) { r.Rating = -10 }), nil},
		{"too strong complaint", with(func(r *Receipt) { r.Rating = -11 }), ErrReceipt},
		{"no opinion", with(func(r *Receipt) { r.Rating = 0 }), nil},
		{"before 1970", with(func(r *Receipt) { r.TimeMs = -1 }), ErrReceipt},
		{"last moment", with(func(r *Receipt) { r.TimeMs = maxTimeMs }), nil},
		{"after the last moment", with(func(r *Receipt) { r.TimeMs = maxTimeMs + 1 }), ErrReceipt},
		{"slot out of range", with(func(r *Receipt) { r.Consumer = MaxAgents }), ErrReceipt},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newTestBook(t, p, nil)
			require.ErrorIs(t, b.Check(c.receipt), c.want)
			require.ErrorIs(t, b.Add(c.receipt), c.want)
			if c.want != nil {
				require.Zero(t, b.Receipts(), "a refused receipt leaves nothing behind")
			}
		})
	}
}

// One rating per consumer, provider and UTC day, before and after epochs and in
// whatever order the days come.
func TestOneRatingPerDay(t *testing.T) {
	keys := testKeys(4)
	receipt := func(c, p uint32, ms int64) Receipt {
		return Receipt{Consumer: c, Provider: p, Sats: 1, Rating: 1, TimeMs: ms}
	}
	b := newTestBook(t, DefaultParams(), []Receipt{receipt(2, 1, at(11)-1), receipt(1, 2, at(10)), receipt(0, 1, at(10))})
	require.ErrorIs(t, b.Add(receipt(1, 2, at(11)-1)), ErrAlreadyRated, "the day's last millisecond")
	require.NoError(t, b.Add(receipt(1, 2, at(11))), "the next day's first")
	require.NoError(t, b.Add(receipt(2, 1, at(11))))
	require.NoError(t, b.Epoch(Snapshot{Params: DefaultParams(), Day: 11, Keys: keys}))
	require.ErrorIs(t, b.Add(receipt(1, 2, at(11)+5)), ErrAlreadyRated, "an epoch does not forget its day")
	require.ErrorIs(t, b.Add(receipt(3, 2, at(11)-1)), ErrLate)
	require.NoError(t, b.Add(receipt(3, 2, at(11))))
	require.True(t, b.HasRated(3, 2, 11))
	require.True(t, b.HasRated(1, 2, 10))
	require.False(t, b.HasRated(3, 2, 12))
	require.False(t, b.HasRated(3, 2, -1))
	require.False(t, b.HasRated(3, 2, math.MaxInt64))
}

func TestHasRatedAgreesWithASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newTestBook(t, Params{MinReceiptSats: 1}, nil)
		seen, day := map[cellKey]bool{}, int64(0)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				c := rapid.Uint32Range(0, 3).Draw(t, "consumer")
				r := Receipt{Consumer: c, Provider: (c + rapid.Uint32Range(1, 3).Draw(t, "step")) % 4, Sats: 1, Rating: 1,
					TimeMs: at(day + rapid.Int64Range(0, 2).Draw(t, "ahead"))}
				k := newCell(r).key()
				require.Equal(t, seen[k], b.HasRated(r.Consumer, r.Provider, int64(k.day)))
				require.Equal(t, seen[k], b.Add(r) != nil)
				seen[k] = true
			},
			"epoch": func(t *rapid.T) {
				day += 3
				require.NoError(t, b.Epoch(Snapshot{Params: b.Params(), Day: day, Keys: testKeys(4)}))
			},
			"": func(t *rapid.T) {
				for k := range seen {
					require.True(t, b.HasRated(k.consumer, k.provider, int64(k.day)))
				}
			},
		})
	})
}

// Add moves evidence at once, with the consumer's flow of the last epoch; the
// next epoch counts the same receipt with the flow it then finds.
func TestAddMovesEvidenceAtOnce(t *testing.T) {
	epoch := Snapshot{Params: DefaultParams(), Day: 5, Keys: testKeys(3), Stakes: []uint64{10, 0, 0}}
	b := newTestBook(t, DefaultParams(), nil)
	require.NoError(t, b.Epoch(epoch))
	require.Equal(t, Result{Quality: FlowOne / 2}, b.Result(1), "unknown: quality one half, no vote")
	require.Equal(t, b.Result(1), b.Result(99), "nor does the book know slot 99")

	require.NoError(t, b.Add(Receipt{Consumer: 1, Provider: 2, Sats: 1, Rating: -1, TimeMs: at(5)}))
	require.NoError(t, b.Add(Receipt{Consumer: 0, Provider: 1, Sats: 1, Rating: 1, TimeMs: at(5)}))
	require.NoError(t, b.Add(Receipt{Consumer: 2, Provider: 1, Sats: 1, Rating: 1, TimeMs: at(5)}))
	require.Equal(t, 2*EvidenceOne, b.Result(2).Negative, "a complaint weighs two, whoever makes it")
	require.Equal(t, EvidenceOne*8192/8193, b.Result(1).Positive, "praise from all the mass; none from slot 2")
	require.Zero(t, b.Result(1).Flow, "flow waits for the epoch")

	require.NoError(t, b.Epoch(epoch))
	require.Equal(t, 2*EvidenceOne, b.Result(2).Negative)
	require.NotZero(t, b.Result(1).Flow)
	require.Equal(t, trust(b.Result(0).Flow, 1<<47), b.Result(1).Positive)
}

func TestSnapshotRules(t *testing.T) {
	b := newTestBook(t, DefaultParams(), []Receipt{{Consumer: 0, Provider: 2, Sats: 1, Rating: 1, TimeMs: at(7)}})
	good := Snapshot{Params: DefaultParams(), Day: 7, Keys: testKeys(3), Stakes: []uint64{1, 2, 3}, Seeds: []uint32{2}}
	for _, c := range []struct {
		name   string
		change func(*Snapshot)
		want   error
	}{
		{"a receipt from tomorrow", func(s *Snapshot) { s.Day = 6 }, ErrSnapshot},
		{"a day beyond time", func(s *Snapshot) { s.Day = math.MaxInt64 }, ErrSnapshot},
		{"too few keys", func(s *Snapshot) { s.Keys = s.Keys[:2]; s.Stakes = nil; s.Seeds = nil }, ErrSnapshot},
		{"too many stakes", func(s *Snapshot) { s.Stakes = make([]uint64, 4) }, ErrSnapshot},
		{"stakes beyond 2^64", func(s *Snapshot) { s.Stakes = []uint64{math.MaxUint64, 1} }, ErrSnapshot},
		{"an unknown seed", func(s *Snapshot) { s.Seeds = []uint32{3} }, ErrSnapshot},
		{"a half-life without a table", func(s *Snapshot) { s.Params.HalfLifePositiveDays = 61 }, ErrParams},
		{"the same for complaints", func(s *Snapshot) { s.Params.HalfLifeNegativeDays = -1 }, ErrParams},
		{"a negative weight below zero", func(s *Snapshot) { s.Params.NegativeWeight = -1 }, ErrParams},
		{"a negative weight too large", func(s *Snapshot) { s.Params.NegativeWeight = 1001 }, ErrParams},
		{"tau above the mass", func(s *Snapshot) { s.Params.Tau = FlowOne + 1 }, ErrParams},
		{"free receipts", func(s *Snapshot) { s.Params.MinReceiptSats = 0 }, ErrParams},
		{"as it should be", func(*Snapshot) {}, nil},
		{"yesterday", func(s *Snapshot) { s.Day = 6 }, ErrSnapshot},
	} {
		before := encode(t, b)
		s := good
		c.change(&s)
		require.ErrorIs(t, b.Epoch(s), c.want, c.name)
		if c.want != nil {
			require.Equal(t, before, encode(t, b), "%s: a refused epoch changes nothing", c.name)
		}
	}
}

// Without stake and seeds there is no trust, and praise is worth nothing.
func TestNobodyToTrust(t *testing.T) {
	b := newTestBook(t, DefaultParams(), []Receipt{{Consumer: 0, Provider: 1, Sats: 1, Rating: 1, TimeMs: 0}})
	require.NoError(t, b.Epoch(Snapshot{Params: DefaultParams(), Day: 1, Keys: testKeys(2)}))
	require.Equal(t, Result{Quality: FlowOne / 2}, b.Result(1))
}
