package httpapi

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/cursor"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// Three votes of three agents, the last of whom delegates to the first: what
// each of them, the delegate's report and the track's turnout say agree, also
// page by page and as it was before.
func TestParticipationIsShown(t *testing.T) {
	w := newWorld(t, nil)
	keys := []op.SecretKey{nodetest.Key(t, 11), nodetest.Key(t, 12), nodetest.Key(t, 13)}
	for _, k := range keys {
		w.submit(k, op.KindRegister, op.Register{Name: "agent"})
	}
	w.submit(keys[2], op.KindDelegate, op.Delegate{To: keys[0].Public()})
	var seq uint64
	for n := range 3 {
		w.Clock.Add(time.Second)
		id := w.submit(keys[0], op.KindPropose, op.Propose{Track: "poll", Title: "Drink", Actions: []op.Raw{}, Options: []string{"tea", "coffee"}})
		w.Clock.Add(3 * time.Second)
		w.submit(keys[0], op.KindVote, op.Vote{Proposal: id, Choice: "ballot", Ballot: op.Raw("[2]")})
		if n == 2 {
			w.submit(keys[1], op.KindVote, op.Vote{Proposal: id, Choice: "ballot", Ballot: op.Raw("[1]")})
		}
		w.closed(id)
		if n == 1 {
			seq = w.Node.Size() - 1
		}
	}
	agent := func(i int, what string) string { return "/v1/agents/" + keys[i].Public().String() + "/" + what }
	var p anyPage
	w.get(agent(1, "participation")).into(t, &p)
	require.Len(t, p.Items, 1)
	require.Equal(t, []any{"poll", 3.0, 3.0, 1.0, 333333.0, 1.0, 0.0, 1.0}, pick(p.Items[0], "track", "votes", "possible", "cast", "turnout_ppm", "ballots", "agreed", "differed"))
	w.get(agent(2, "participation?track=poll")).into(t, &p)
	require.Equal(t, []any{0.0, 3.0}, pick(p.Items[0], "cast", "delegated"))
	require.Equal(t, []any{map[string]any{"agent": keys[0].Public().String(), "votes": 3.0}}, p.Items[0]["delegates"])
	w.get(agent(2, "participation?track=price")).into(t, &p)
	require.Equal(t, []any{"price", 0.0, 0.0}, pick(p.Items[0], "track", "votes", "delegated"))

	w.get(agent(0, "delegate-report")).into(t, &p)
	require.Equal(t, []any{3.0, 3.0, 3.0, "1", "1", 1000000.0}, pick(p.Items[0], "entrusted", "spoke", "carried", "last_weight", "average_weight", "agreement_ppm"))
	w.asOf(agent(0, "delegate-report"), seq).into(t, &p)
	require.Equal(t, []any{2.0, 2.0}, pick(p.Items[0], "votes", "entrusted"))
	w.get(agent(1, "delegate-report")).into(t, &p)
	require.Empty(t, p.Items)

	path := "/v1/tracks/poll/participation"
	var all, first, second map[string]any
	w.get(path).into(t, &all)
	require.Equal(t, []any{3.0, 3.0}, pick(all, "votes", "passed"))
	items := all["items"].([]any)
	require.Equal(t, []any{"2", "1", 666666.0, 1.0, 1.0, 666666.0}, pick(items[0].(map[string]any), "counted", "delegated", "turnout_ppm", "ballots", "delegators", "heads_ppm"))
	require.Equal(t, []any{777777.0, 777777.0}, pick(all, "turnout_ppm", "heads_ppm"), "of 666666, 666666 and 1000000")
	w.get(path+"?limit=2").into(t, &first)
	require.Equal(t, items[:2], first["items"])
	w.get(path+"?limit=2&cursor="+first["next"].(string)).into(t, &second)
	require.Equal(t, items[2:], second["items"])
	require.NotContains(t, second, "next")
	w.asOf(path, seq).into(t, &first)
	require.Equal(t, items[:2], first["items"])
}

func pick(v map[string]any, names ...string) []any {
	list := make([]any, len(names))
	for i, n := range names {
		list[i] = v[n]
	}
	return list
}

func TestParticipationBadInput(t *testing.T) {
	w := newWorld(t, nil)
	known := nodetest.Key(t, 11)
	w.submit(known, op.KindRegister, op.Register{Name: "agent"})
	stranger := "/v1/agents/" + nodetest.Key(t, 12).Public().String()
	agent := "/v1/agents/" + known.Public().String()
	for _, c := range []struct {
		path   string
		status int
		field  string
	}{
		{stranger + "/participation", http.StatusNotFound, "pubkey"},
		{stranger + "/delegate-report", http.StatusNotFound, "pubkey"},
		{agent + "/participation?track=fees", http.StatusNotFound, "track"},
		{agent + "/participation?track=", http.StatusBadRequest, "track"},
		{agent + "/participation?limit=1", http.StatusBadRequest, "limit"},
		{agent + "/delegate-report?track=poll", http.StatusBadRequest, "track"},
		{"/v1/agents/abc/participation", http.StatusBadRequest, "pubkey"},
		{"/v1/tracks/fees/participation", http.StatusNotFound, "track"},
		{"/v1/tracks/poll/participation?limit=0", http.StatusBadRequest, "limit"},
		{"/v1/tracks/poll/participation?cursor=x", http.StatusBadRequest, "cursor"},
		{"/v1/tracks/poll/participation?cursor=" + cursor.Of("/v1/agents").Index(1), http.StatusBadRequest, "cursor"},
	} {
		a := w.get(c.path)
		require.Equal(t, c.status, a.status, "%s: %s", c.path, a.body)
		require.Equal(t, c.field, a.problem(t).Field, c.path)
	}
}
