package cursor_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/cursor"
)

func TestTextsAreBoundToTheirList(t *testing.T) {
	lists := []cursor.List{cursor.Of(), cursor.Of("a"), cursor.Of("a", ""), cursor.Of("", "a"), cursor.Of("ab"), cursor.Of("a", "b"), {}}
	for i, own := range lists {
		text := own.Index(7)
		for j, other := range lists {
			at, ok := other.Start(text)
			require.Equal(t, i == j, ok, "%d %d", i, j)
			if ok {
				require.Equal(t, 7, at)
			}
			_, ok = other.Place(text, 9)
			require.False(t, ok)
		}
	}
}

func TestStartIsBounded(t *testing.T) {
	l := cursor.Of("a")
	for _, n := range []int{0, 1, 1 << 62} {
		at, ok := l.Start(l.Index(n))
		require.True(t, ok)
		require.Equal(t, n, at)
	}
	at, ok := l.Start(l.Index(math.MaxInt))
	require.True(t, ok)
	require.Equal(t, 1<<62, at)
}

// FuzzPlace: a text that is read is the only one of its place.
func FuzzPlace(f *testing.F) {
	l := cursor.Of("a")
	f.Add(l.Index(3))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if place, ok := l.Place(text, 8); ok {
			require.Equal(t, text, l.Text(place))
		}
	})
}
