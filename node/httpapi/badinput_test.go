package httpapi

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/cursor"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// badEvent is an event that must be refused, and how.
type badEvent struct {
	name   string
	body   []byte
	status int
	field  string
}

// badEvents are made in a world where agent 11 is registered.
func badEvents(w *world) []badEvent {
	alice := nodetest.Key(w.T, 11)
	good := w.Event(alice, op.KindLockStake, op.LockStake{AmountSat: 5000})
	text := string(good.Marshal())
	swap := func(from, to string) []byte { return []byte(strings.Replace(text, from, to, 1)) }
	signed := func(change func(e *op.Event)) []byte {
		e := *good
		change(&e)
		require.NoError(w.T, e.Sign(alice))
		return e.Marshal()
	}
	now := w.Clock.NowMs() / 1000
	none := op.ID{1}
	return []badEvent{
		{"not JSON", []byte("hello"), 400, "event"},
		{"array", []byte("[]"), 400, "event"},
		{"two events", []byte(text + text), 400, "event"},
		{"unknown member", swap(`"kind"`, `"extra":1,"kind"`), 400, "extra"},
		{"duplicate member", swap(`"kind":3903`, `"kind":3903,"kind":3903`), 400, "kind"},
		{"fraction", swap(`"created_at":`, `"created_at":0.5,"x":`), 400, "created_at"},
		{"upper-case hex", swap(good.ID.String(), strings.ToUpper(good.ID.String())), 400, "id"},
		{"two economies", signed(func(e *op.Event) { e.Tags = [][]string{{"economy", nodetest.Economy}, {"economy", nodetest.Economy}} }), 400, "tags"},
		{"oversize", append([]byte(text), bytes.Repeat([]byte{' '}, op.MaxEventBytes)...), 413, "event"},
		{"oversize tag", signed(func(e *op.Event) { e.Tags = append(e.Tags, []string{"alt", strings.Repeat("x", 257)}) }), 413, "tags[2]"},
		{"wrong id", swap(good.ID.String(), strings.Repeat("ab", 32)), 422, "id"},
		{"wrong signature", swap(`"sig":"`+text[strings.Index(text, `"sig":"`)+7:][:8], `"sig":"deadbeef`), 422, "sig"},
		{"another economy", signed(func(e *op.Event) { e.Tags = [][]string{{"economy", "elsewhere.0001"}} }), 422, "tags"},
		{"unknown kind", signed(func(e *op.Event) { e.Kind = 3940 }), 422, "kind"},
		{"stale", signed(func(e *op.Event) { e.CreatedAt = now - 3601 }), 422, "created_at"},
		{"from the future", signed(func(e *op.Event) { e.CreatedAt = now + 121 }), 422, "created_at"},
		{"content member unknown", signed(func(e *op.Event) { e.Content = `{"amount_sat":5000,"x":1}` }), 400, "content.x"},
		{"content a float", signed(func(e *op.Event) { e.Content = `{"amount_sat":5000.5}` }), 400, "content.amount_sat"},
		{"content out of range", signed(func(e *op.Event) { e.Content = `{"amount_sat":1}` }), 422, "content.amount_sat"},
		{"fact by an agent", signed(func(e *op.Event) { e.Kind = op.KindHoldLocked }), 403, "kind"},
		{"signer not registered", w.Event(nodetest.Key(w.T, 77), op.KindLockStake, op.LockStake{AmountSat: 5000}).Marshal(), 403, "pubkey"},
		{"vote on nothing", w.Event(alice, op.KindVote, op.Vote{Proposal: none, Choice: "for"}).Marshal(), 404, "content.proposal"},
		{"registered twice", w.Event(alice, op.KindRegister, op.Register{Name: "again"}).Marshal(), 409, "pubkey"},
	}
}

func TestBadEventsAreRefusedAndLeaveNoTrace(t *testing.T) {
	w := newWorld(t, nil)
	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	size := w.Node.Size()
	for _, c := range badEvents(w) {
		a := w.do(http.MethodPost, "/v1/operations", c.body, "Content-Type", "application/json")
		require.Equal(t, c.status, a.status, "%s: %s", c.name, a.body)
		p := a.problem(t)
		require.Equal(t, c.field, p.Field, "%s: %s", c.name, a.body)
		require.Equal(t, "urn:econd:error:"+p.Rule, p.Type)
		require.Contains(t, p.Instance, a.header.Get("X-Request-Id"))
	}
	require.Equal(t, size, w.Node.Size())
}

// Every other endpoint: what is wrong with the request is named.
func TestBadRequestsNameTheirFault(t *testing.T) {
	w := newWorld(t, nil)
	id, key := strings.Repeat("ab", 32), nodetest.Key(t, 99).Public().String()
	size := w.Node.Size()
	for _, c := range []struct {
		method, path string
		header       []string
		status       int
		field        string
	}{
		{"GET", "/v1/nothing", nil, 404, "path"},
		{"GET", "/v1/info/", nil, 404, "path"},
		{"DELETE", "/v1/info", nil, 405, "method"},
		{"BREW", "/v1/operations", nil, 405, "method"},
		{"GET", "/v1/operations", nil, 405, "method"},
		{"POST", "/v1/operations", nil, 415, "Content-Type"},
		{"POST", "/v1/operations", []string{"Content-Type", "text/plain"}, 415, "Content-Type"},
		{"POST", "/v1/operations", []string{"Content-Type", "application/json", "Content-Encoding", "gzip"}, 415, "Content-Encoding"},
		{"POST", "/v1/operations?dry=1", []string{"Content-Type", "application/json"}, 400, "dry"},
		{"GET", "/v1/info?x=1", nil, 400, "x"},
		{"GET", "/v1/info?%zz", nil, 400, "query"},
		{"GET", "/v1/constitution?x=1", nil, 400, "x"},
		{"GET", "/v1/operations/12", nil, 400, "id"},
		{"GET", "/v1/operations/" + strings.ToUpper(id), nil, 400, "id"},
		{"GET", "/v1/operations/" + id, nil, 404, "id"},
		{"GET", "/v1/operations/" + id + "?x=1", nil, 400, "x"},
		{"GET", "/v1/operations/zz/proof", nil, 400, "id"},
		{"GET", "/v1/operations/" + id + "/proof", nil, 404, "id"},
		{"GET", "/v1/agents?limit=0", nil, 400, "limit"},
		{"GET", "/v1/agents?limit=1001", nil, 400, "limit"},
		{"GET", "/v1/agents?limit=01", nil, 400, "limit"},
		{"GET", "/v1/agents?limit=1&limit=2", nil, 400, "limit"},
		{"GET", "/v1/agents?cursor=!", nil, 400, "cursor"},
		{"GET", "/v1/agents?cursor=", nil, 400, "cursor"},
		{"GET", "/v1/agents/12", nil, 400, "pubkey"},
		{"GET", "/v1/agents/" + strings.Repeat("00", 32), nil, 400, "pubkey"},
		{"GET", "/v1/agents/" + key, nil, 404, "pubkey"},
		{"GET", "/v1/agents/" + key + "/delegations", nil, 404, "pubkey"},
		{"GET", "/v1/agents/12/delegations", nil, 400, "pubkey"},
		{"GET", "/v1/agents/" + key + "/delegations?limit=0", nil, 400, "limit"},
		{"GET", "/v1/agents/" + key + "/delegations?cursor=" + cursor.Of("/v1/agents").Index(1), nil, 400, "cursor"},
		{"GET", "/v1/proposals?state=dreaming", nil, 400, "state"},
		{"GET", "/v1/proposals?track=" + strings.Repeat("x", 41), nil, 400, "track"},
		{"GET", "/v1/proposals?order=up", nil, 400, "order"},
		{"GET", "/v1/proposals/12", nil, 400, "id"},
		{"GET", "/v1/proposals/" + id, nil, 404, "id"},
		{"GET", "/v1/proposals/" + id + "/explain", nil, 404, "id"},
		{"GET", "/v1/proposals/12/explain", nil, 400, "id"},
		{"GET", "/v1/proposals/" + id + "/explain?x=1", nil, 400, "x"},
		{"GET", "/v1/proposals/" + id + "/ballots", nil, 404, "id"},
		{"GET", "/v1/proposals/" + id + "/ballots?limit=-1", nil, 400, "limit"},
		{"GET", "/v1/proposals/" + id + "/ballots?cursor=AQ", nil, 400, "cursor"},
		{"GET", "/v1/proposals/" + id + "/ballots/12/proof", nil, 400, "voter"},
		{"GET", "/v1/proposals/" + id + "/ballots/" + key + "/proof", nil, 404, "proposal"},
		{"GET", "/v1/stakes/12", nil, 400, "id"},
		{"GET", "/v1/stakes/" + id, nil, 404, "id"},
		{"GET", "/v1/checkpoints/latest?size=1", nil, 400, "size"},
		{"GET", "/v1/checkpoints/consistency", nil, 400, "old"},
		{"GET", "/v1/checkpoints/consistency?old=0", nil, 400, "size"},
		{"GET", "/v1/checkpoints/consistency?old=2&size=1", nil, 400, "old"},
		{"GET", "/v1/checkpoints/consistency?old=0&size=99", nil, 400, "size"},
		{"GET", "/v1/anchors?limit=x", nil, 400, "limit"},
		{"GET", "/v1/log?from=-1", nil, 400, "from"},
		{"GET", "/v1/log?limit=0", nil, 400, "limit"},
		{"GET", "/v1/log?to=5", nil, 400, "to"},
		{"GET", "/v1/events?after=x", nil, 400, "after"},
		{"GET", "/v1/events?after=-2", nil, 400, "after"},
		{"GET", "/v1/events?after=1000", nil, 400, "after"},
		{"GET", "/v1/events", []string{"Last-Event-ID", "seven"}, 400, "Last-Event-ID"},
		{"POST", "/v1/admin/anchor", nil, 404, "path"},
		{"GET", "/v1/admin/backup", nil, 404, "path"},
	} {
		a := w.do(c.method, c.path, nil, c.header...)
		require.Equal(t, c.status, a.status, "%s %s: %s", c.method, c.path, a.body)
		require.Equal(t, c.field, a.problem(t).Field, "%s %s: %s", c.method, c.path, a.body)
		if c.status == http.StatusMethodNotAllowed {
			require.NotEmpty(t, a.header.Get("Allow"))
		}
	}
	require.Equal(t, size, w.Node.Size())
}

func TestSameEventSameReceiptCountedOnce(t *testing.T) {
	w := newWorld(t, nil)
	e := w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	first := w.post(e)
	require.Equal(t, http.StatusCreated, first.status)
	require.Equal(t, "/v1/operations/"+e.ID.String(), first.header.Get("Location"))
	size := w.Node.Size()
	w.Clock.Add(time.Second)
	again := w.post(e)
	require.Equal(t, http.StatusOK, again.status)
	require.Equal(t, strings.Replace(string(first.body), `,"promise"`, `,"replay":true,"promise"`, 1), string(again.body))
	require.Equal(t, size, w.Node.Size())
}

func TestLightningAwayIs503WithRetryAfterAndTheRestGoesOn(t *testing.T) {
	w := newWorld(t, nil)
	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	w.Lightning.Leave(true)
	a := w.post(w.Event(nodetest.Key(t, 11), op.KindLockStake, op.LockStake{AmountSat: 5000}))
	require.Equal(t, 503, a.status)
	require.Equal(t, "5", a.header.Get("Retry-After"))
	require.Equal(t, "lightning-away", a.problem(t).Rule)
	w.submit(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"})
}

// A handler that panics is answered with 500, and the reason stays here.
func TestPanicIs500WithoutLeak(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Home = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the secret is hunter2") })
	})
	a := w.get("/")
	require.Equal(t, 500, a.status)
	require.NotContains(t, string(a.body), "hunter2")
	require.Equal(t, "internal", a.problem(t).Rule)
}

// No credential reaches the log.
func TestLogHidesCredentials(t *testing.T) {
	w := newWorld(t, nil)
	w.get("/v1/info", "Authorization", "L402 bWFjYXJvb24=:"+strings.Repeat("5e", 32))
	w.get("/v1/info?preimage=" + strings.Repeat("5e", 32))
	require.NotContains(t, w.logged(), "5e5e5e5e")
	require.NotContains(t, w.logged(), "bWFjYXJvb24")
	require.Contains(t, w.logged(), "route=/v1/info")
}
