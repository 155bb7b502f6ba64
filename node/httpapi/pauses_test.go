package httpapi

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// guarded is the demo constitution with two guardians who must both agree.
func guarded(t *testing.T) string {
	keys := nodetest.Key(t, 11).Public().String() + ", " + nodetest.Key(t, 12).Public().String()
	text := strings.Replace(string(yamlfile.Demo), "guardians:\n  keys: []\n", "guardians:\n  keys: ["+keys+"]\n  threshold: 2\n", 1)
	require.Contains(t, text, keys)
	return text
}

type signature struct {
	Guardian, Reason string
	Seq              uint64
}

type pausePages struct {
	Items []struct {
		Track   string
		UntilMs int64 `json:"until_ms"`
		Tracks  []string
		Signed  []signature
		Needed  int
		Seq     uint64
	}
	Next string
}

// A pause is a motion until enough guardians have signed it, and on the list of
// pauses from then on; both lists are read page by page.
func TestPausesAndTheirMotions(t *testing.T) {
	w := newWorldOf(t, guarded(t)+pollTrack, nil)
	first, second := nodetest.Key(t, 11), nodetest.Key(t, 12)
	until := w.Clock.NowMs() + time.Hour.Milliseconds()
	sign := func(by op.SecretKey, tracks ...string) {
		w.submit(by, op.KindPause, op.Pause{Tracks: tracks, UntilMs: until, Reason: "a look at the votes"})
	}
	read := func(path string) (p pausePages) { w.get(path).into(t, &p); return p }
	sign(first, "price")
	sign(second, "signal")
	sign(second, "poll")

	require.Empty(t, read("/v1/pauses").Items)
	motions := read("/v1/pauses/motions?limit=2")
	require.Len(t, motions.Items, 2)
	require.Equal(t, []string{"price"}, motions.Items[0].Tracks)
	require.Equal(t, 2, motions.Items[0].Needed)
	require.Equal(t, []signature{{first.Public().String(), "a look at the votes", 1}}, motions.Items[0].Signed)
	sign(second, "price") // gone before the second page: nothing is skipped
	motions = read("/v1/pauses/motions?limit=2&cursor=" + motions.Next)
	require.Len(t, motions.Items, 1)
	require.Equal(t, []string{"poll"}, motions.Items[0].Tracks)
	require.Empty(t, motions.Next)

	sign(first, "signal")
	page := read("/v1/pauses?limit=1")
	require.Equal(t, "price", page.Items[0].Track)
	require.Equal(t, until, page.Items[0].UntilMs)
	require.Equal(t, uint64(4), page.Items[0].Seq)
	page = read("/v1/pauses?limit=1&cursor=" + page.Next)
	require.Equal(t, "signal", page.Items[0].Track)
	require.Empty(t, page.Next)
	require.Len(t, read("/v1/pauses/motions?at=3").Items, 3, "before the second signature")
}
