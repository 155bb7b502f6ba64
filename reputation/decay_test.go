package reputation

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every entry of every table against 200-bit floating point.
func TestDecayTables(t *testing.T) {
	for _, h := range HalfLives() {
		d := newDecay(h)
		require.Equal(t, DecayOne, d.at(0))
		if h == 0 {
			require.Equal(t, DecayOne, d.at(1_000_000), "no decay")
			continue
		}
		for k := int64(0); k <= 10*h+2; k++ {
			require.Equal(t, refDecay(k, h).Uint64(), d.at(int32(k)), "half-life %d, day %d", h, k)
		}
		require.Equal(t, uint64(1<<15), d.at(int32(h)))
		require.Equal(t, uint64(64), d.at(int32(10*h)), "the last day that counts")
		require.Zero(t, d.at(int32(10*h+1)), "past ten half-lives")
		for k := int32(0); int64(k) < 10*h; k++ {
			require.GreaterOrEqual(t, d.at(k), d.at(k+1), "praise never grows with age")
		}
	}
}
