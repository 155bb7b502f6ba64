package httpapi

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// One key's flood of signed requests is refused to that key alone; one that nobody
// registered takes no place at all.
func TestNobodyLocksOthersOutOfSignedRequests(t *testing.T) {
	w, sign := noticesWorld(t)
	path := func(by op.SecretKey) string { return "/v1/agents/" + by.Public().String() + "/webhook" }
	get := func(by op.SecretKey) answer { return w.get(path(by), sign(by, "GET", path(by), "")...) }
	stranger, poor, bob := nodetest.Key(t, 77), nodetest.Key(t, 78), nodetest.Key(t, 12)
	a := get(stranger)
	require.Equal(t, []any{404, "agent"}, []any{a.status, a.problem(t).Rule})
	w.submit(poor, op.KindRegister, op.Register{Name: "poor"})

	for by, seen := range map[op.SecretKey]string{poor: "others", bob: "staked"} {
		memory := w.api.used.others
		if seen == "staked" {
			memory = w.api.used.staked
		}
		require.Equal(t, memory, w.api.seenOf(by.Public()))
		a := get(by)
		require.Equal(t, []any{404, "webhook"}, []any{a.status, a.problem(t).Rule}, "%s: heard", seen)
		for i := 0; memory.Use(by.Public(), op.ID{byte(i), byte(i >> 8), 1}, w.Clock.NowMs()/1000, w.Clock.NowMs()/1000+60) == nil; i++ {
		}
		a = get(by)
		require.Equal(t, []any{503, "nip98-busy"}, []any{a.status, a.problem(t).Rule})
		alice := nodetest.Key(t, 11)
		require.Equal(t, 404, get(alice).status, "%s: others are heard", seen)
	}
	require.Nil(t, w.api.seenOf(stranger.Public()))
}

// Who proves a key with stake has a share whatever its address takes.
func TestAKeyWithStakeHasPlacesOfItsOwn(t *testing.T) {
	w, sign := noticesWorld(t)
	w.api.rooms = newRooms(Limits{Exports: 8, Streams: 8, Heavy: 8, Requests: 8, Batches: 8})
	fill(t, w, &w.api.rooms.exports, "127.0.0.1")
	bob, stranger := nodetest.Key(t, 12), nodetest.Key(t, 77)
	require.Equal(t, 503, w.get("/v1/log").status)
	require.Equal(t, 503, w.get("/v1/log", sign(stranger, "GET", "/v1/log", "")...).status)
	require.Equal(t, 200, w.get("/v1/log", sign(bob, "GET", "/v1/log", "")...).status)
}
