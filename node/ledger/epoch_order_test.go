package ledger

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// The scores of an epoch do not depend on the order in which its receipts were
// entered: the root that the operator states, and so every score, is the same.
func TestReceiptOrderWithinAnEpochIsImmaterial(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f"}
	type rating struct {
		by, of string
		sats   int64
		size   string
	}
	var all []rating
	for i, by := range names {
		for k := range 3 {
			of := names[(i+k+1)%len(names)]
			size := "6"
			if (i+k)%4 == 0 {
				size = "-2"
			}
			all = append(all, rating{by, of, int64(100 + 37*i + k), size})
		}
	}
	root := func(list []rating) op.Epoch {
		sc := newScenario(t)
		sc.set("epoch_s", "100")
		sc.command(append([]string{"agent"}, names...))
		for i, n := range names {
			sc.command([]string{n, "stake", "s" + n, []string{"20000", "31000", "47000"}[i%3]})
			sc.command([]string{"lock", "s" + n})
			sc.command([]string{n, "bind"})
		}
		for _, r := range list {
			sc.command([]string{r.by, "rate", r.of, op.EncodeContent(r.sats), r.size, r.by + r.of})
		}
		sc.at.TimeMs += 100_001
		f := sc.s.Due(sc.at)
		require.NotNil(t, f)
		return f.Content.(op.Epoch)
	}
	want := root(all)
	require.NotZero(t, want.ScoresRoot)
	back := slices.Clone(all)
	slices.Reverse(back)
	require.Equal(t, want, root(back))
	for turn := 5; turn < len(all); turn += 5 {
		require.Equal(t, want, root(append(slices.Clone(all[turn:]), all[:turn]...)))
	}
	other := slices.Clone(all)
	other[3].size = "-9"
	require.NotEqual(t, want.ScoresRoot, root(other).ScoresRoot, "a receipt does make a difference")
}
