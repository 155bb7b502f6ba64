package httpapi

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nodetest"
)

// Who proves a key with stake has a share whatever its address takes, also where the
// request has a body.
func TestAKeyWithStakeHasPlacesOfItsOwn(t *testing.T) {
	w, sign := noticesWorld(t)
	w.api.rooms = newRooms(Limits{Exports: 8, Streams: 8, Heavy: 8, Requests: 8, Batches: 8, Pages: 8})
	fill(t, w, &w.api.rooms.exports, "127.0.0.1")
	bob, stranger := nodetest.Key(t, 12), nodetest.Key(t, 77)
	require.Equal(t, 503, w.get("/v1/log").status)
	require.Equal(t, 503, w.get("/v1/log", sign(stranger, "GET", "/v1/log", "")...).status)
	require.Equal(t, 200, w.get("/v1/log", sign(bob, "GET", "/v1/log", "")...).status)

	fill(t, w, &w.api.rooms.requests, "127.0.0.1")
	path, body := "/v1/agents/"+bob.Public().String()+"/webhook", `{"url":"https://example.com"}`
	require.Equal(t, 503, w.do("PUT", path, []byte(body), sign(stranger, "PUT", path, body)...).status)
	require.Equal(t, 200, w.do("PUT", path, []byte(body), sign(bob, "PUT", path, body)...).status)
}
