package spelling

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"titel", "title", 1}, {"jsn", "json", 1}, {"kitten", "sitting", 3}, {"same", "same", 0}, {"abc", "ca", 3}} {
		require.Equal(t, c.want, distance(c.a, c.b), c)
		require.Equal(t, c.want, distance(c.b, c.a), c)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"share_ppm", "name", strings.Repeat("x", longest+1)}
	for name, want := range map[string]string{"share_pmm": "share_ppm", "sharppm": "share_ppm", "shppm": "", "nam": "name", "": "", "xy": "",
		strings.Repeat("x", longest+1): "", strings.Repeat("x", longest): ""} {
		require.Equal(t, want, Nearest(name, known), name)
	}
}
