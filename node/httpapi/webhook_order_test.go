package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/view"
)

// A request about a webhook that was held up on its way neither replaces what its key
// signed after it nor brings back what its key removed after it.
func TestAHeldUpRequestDoesNotOverrideANewerOne(t *testing.T) {
	w, sign := noticesWorld(t)
	bob, alice := nodetest.Key(t, 12), nodetest.Key(t, 11)
	path := "/v1/agents/" + bob.Public().String() + "/webhook"
	old, next := `{"url":"https://old.example/"}`, `{"url":"https://new.example/"}`
	older := func(a answer) {
		t.Helper()
		require.Equal(t, 409, a.status, "%s", a.body)
		p := a.problem(t)
		require.Equal(t, "webhook-order", p.Rule)
		require.Equal(t, "Authorization.created_at", p.Field)
	}
	var v view.Webhook

	heldPut, heldDelete := sign(bob, "PUT", path, old), sign(bob, "DELETE", path, "")
	w.Clock.Add(20 * time.Second)
	newer := sign(bob, "PUT", path, next)
	require.Equal(t, 200, w.do("PUT", path, []byte(next), newer...).status)
	w.Clock.Add(20 * time.Second)
	older(w.do("PUT", path, []byte(old), heldPut...))
	older(w.do("DELETE", path, nil, heldDelete...))
	w.get(path, sign(bob, "GET", path, "")...).into(t, &v)
	require.Equal(t, "https://new.example/", v.URL)
	require.Equal(t, 200, w.do("PUT", path, []byte(next), newer...).status, "the same request again still gets its answer")

	heldPut = sign(bob, "PUT", path, old)
	w.Clock.Add(5 * time.Second)
	require.Equal(t, 204, w.do("DELETE", path, nil, sign(bob, "DELETE", path, "")...).status)
	w.Clock.Add(5 * time.Second)
	older(w.do("PUT", path, []byte(old), heldPut...))
	require.Equal(t, 404, w.get(path, sign(bob, "GET", path, "")...).status, "removed stays removed")

	// A DELETE that found nothing counts too; another key's do not.
	heldPut = sign(bob, "PUT", path, old)
	his := "/v1/agents/" + alice.Public().String() + "/webhook"
	heldOfAlice := sign(alice, "PUT", his, old)
	w.Clock.Add(time.Second)
	require.Equal(t, 404, w.do("DELETE", path, nil, sign(bob, "DELETE", path, "")...).status)
	older(w.do("PUT", path, []byte(old), heldPut...))
	require.Equal(t, 200, w.do("PUT", his, []byte(old), heldOfAlice...).status)
}

// Within one second the order tag decides, and without one the last to arrive counts.
func TestWebhooksOfOneSecond(t *testing.T) {
	w, sign := noticesWorld(t)
	bob := nodetest.Key(t, 12)
	path := "/v1/agents/" + bob.Public().String() + "/webhook"
	put := func(status int, order ...string) {
		t.Helper()
		tags := [][]string{{"u", adminBase + path}, {"method", "DELETE"}}
		for _, n := range order {
			tags = append(tags, []string{"order", n})
		}
		auth := "Nostr " + authText(authAt(t, bob, w.Clock.NowMs()/1000, tags...))
		require.Equal(t, status, w.do("DELETE", path, nil, "Authorization", auth).status)
	}
	body := `{"url":"https://one.example/"}`
	require.Equal(t, 200, w.do("PUT", path, []byte(body), sign(bob, "PUT", path, body)...).status)
	put(204)
	put(404, "7")
	put(409, "6")
	put(409, "0")
	put(404, "7")
}
