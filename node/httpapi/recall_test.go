package httpapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// While the store does not answer, who asks for what ended waits, and nobody else.
func TestReadsOfTheLogDelayNobody(t *testing.T) {
	store := &nodetest.HeldStore{}
	w := newWorld(t, func(w *world, c *Config) {
		require.NoError(t, w.Stop())
		store.Store = w.Store
		w.StartOn(store)
		c.Node = w.Node
	})
	alice, bob := nodetest.Key(t, 11), nodetest.Key(t, 12)
	reason := strings.Repeat("why ", 100)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	id := w.submit(alice, op.KindPropose, op.Propose{Track: "poll", Title: "t", Text: "a text", Actions: []op.Raw{}, Options: []string{"one", "two"}})
	w.submit(alice, op.KindCancel, op.Cancel{Proposal: id, Reason: reason})
	paths := []string{"/v1/proposals", "/v1/proposals/" + id.String(), "/v1/proposals/" + id.String() + "/explain", "/v1/proposals?at=3"}
	held := store.HoldReads()
	answers := make([]chan answer, len(paths))
	for i, path := range paths {
		answers[i] = make(chan answer, 1)
		go func() { answers[i] <- w.get(path) }()
	}
	<-held.Begun
	w.submit(bob, op.KindRegister, op.Register{Name: "bob"})
	var agents, active anyPage
	w.get("/v1/agents").into(t, &agents)
	require.Len(t, agents.Items, 2)
	w.get("/v1/proposals?state=active").into(t, &active)
	require.Empty(t, active.Items)
	close(held.Release)
	for i, path := range paths {
		got := <-answers[i]
		require.Equal(t, 200, got.status, path)
		require.Contains(t, string(got.body), reason, path)
		if !strings.HasSuffix(path, "explain") {
			require.Contains(t, string(got.body), `"text":"a text"`, path)
			require.Contains(t, string(got.body), `"options":["one","two"]`, path)
		}
	}
}

// A page of ended proposals has about as many bytes as one of open ones, and the
// cursor goes on where it ends.
func TestPagesOfWhatEndedAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	long := strings.Repeat("x", 15<<10)
	for range 75 {
		w.Clock.Add(180e9)
		id := w.submit(alice, op.KindPropose, op.Propose{Track: "poll", Title: "t", Text: long, Actions: []op.Raw{}, Options: []string{"one", "two"}})
		w.submit(alice, op.KindCancel, op.Cancel{Proposal: id, Reason: "r"})
	}
	var first, second anyPage
	got := w.get("/v1/proposals?limit=1000")
	got.into(t, &first)
	require.Less(t, len(got.body), 1<<20+64<<10)
	require.Greater(t, len(got.body), 1<<20-64<<10)
	require.NotEmpty(t, first.Next)
	w.get("/v1/proposals?limit=1000&cursor="+first.Next).into(t, &second)
	require.Empty(t, second.Next)
	require.Len(t, append(first.Items, second.Items...), 75)
	for _, p := range append(first.Items, second.Items...) {
		require.Equal(t, long, p["text"])
	}
}
