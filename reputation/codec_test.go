package reputation

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestBookSurvivesEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 10).Draw(t, "agents")
		p, keys := drawParams(t), testKeys(n)
		b := newTestBook(t, p, drawReceipts(t, n, 50))
		require.NoError(t, b.Epoch(Snapshot{Params: p, Day: 50, Keys: keys, Stakes: []uint64{3, 1}}))
		for i, r := range drawReceipts(t, n, 50) {
			r.TimeMs += at(51)
			require.NoError(t, b.Add(r), i)
		}
		var again Book
		require.NoError(t, again.UnmarshalBinary(encode(t, b)))
		require.Equal(t, encode(t, b), encode(t, &again))
		require.Equal(t, results(b), results(&again))
		next := Snapshot{Params: p, Day: 110, Keys: keys, Stakes: []uint64{1, 1}}
		clone := b.Clone()
		require.NoError(t, b.Epoch(next))
		require.NoError(t, again.Epoch(next))
		require.Equal(t, results(b), results(&again))
		require.NotEqual(t, encode(t, b), encode(t, clone), "a clone stays where it was")
		require.NoError(t, clone.Epoch(next))
		require.Equal(t, results(b), results(clone))
	})
}

func FuzzUnmarshalBook(f *testing.F) {
	b := newTestBook(f, DefaultParams(), []Receipt{{Consumer: 0, Provider: 1, Sats: 9, Rating: 3, TimeMs: at(3)}})
	f.Add(encode(f, b))
	require.NoError(f, b.Epoch(Snapshot{Params: DefaultParams(), Day: 3, Keys: testKeys(2), Seeds: []uint32{0}}))
	require.NoError(f, b.Add(Receipt{Consumer: 1, Provider: 0, Sats: 9, Rating: -3, TimeMs: at(4)}))
	full := encode(f, b)
	f.Add(full)
	f.Add(full[:len(bookMagic)+40])
	f.Fuzz(func(t *testing.T, data []byte) {
		var b Book
		if err := b.UnmarshalBinary(data); err != nil {
			require.ErrorIs(t, err, ErrEncoding)
			return
		}
		require.Equal(t, data, encode(t, &b), "one encoding per book")
	})
}

func TestParamsInJSON(t *testing.T) {
	out, err := json.Marshal(DefaultParams())
	require.NoError(t, err)
	require.JSONEq(t, `{"half_life_positive_days":60,"half_life_negative_days":365,"negative_weight":2,"tau":140737488355328,"min_receipt_sats":1}`, string(out))
}
