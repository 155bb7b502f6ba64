package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/subscriptions"
	"github.com/econd/econd/node/view"
)

// takesAll is the way to receivers that take everything.
type takesAll struct{}

func (takesAll) Check(url string) error {
	if strings.Contains(url, "10.0.0.1") {
		return fmt.Errorf("10.0.0.1 is not an address of the internet")
	}
	return nil
}
func (takesAll) Secret(agent op.PublicKey, _ string) (string, string, error) {
	return "https://example.com", "whsec_" + agent.String()[:8], nil
}
func (takesAll) Deliver(context.Context, op.PublicKey, string, string, []byte) node.Delivery {
	return node.Delivery{Outcome: node.DeliveryDone, Status: 204}
}

// noticesWorld is a world that serves notifications; alice and bob are agents
// with a stake. sign authorises a request.
func noticesWorld(t *testing.T) (w *world, sign func(by op.SecretKey, method, path, body string) []string) {
	t.Helper()
	w = newWorld(t, func(w *world, c *Config) {
		feed := notifier.NewFeed(w.Node, 5*time.Millisecond, time.Millisecond)
		store, err := subscriptions.Open(subscriptions.Config{Path: filepath.Join(t.TempDir(), "s.db"), Most: 2})
		require.NoError(t, err)
		t.Cleanup(func() { store.Close() })
		hooks, err := notifier.New(notifier.Config{Feed: feed, Store: store, Sender: takesAll{}, Schedule: notifier.DefaultSchedule,
			Now: w.Clock.Now, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		c.Feed, c.Webhooks, c.BaseURLs, c.Answers = feed, hooks, []string{adminBase}, openAnswers(t)
	})
	for _, b := range []byte{11, 12} {
		w.submit(nodetest.Key(t, b), op.KindRegister, op.Register{Name: "agent"})
		w.stake(nodetest.Key(t, b), 20_000)
	}
	w.Clock.Add(time.Second)
	n := 0
	return w, func(by op.SecretKey, method, path, body string) []string {
		n++
		tags := [][]string{{"u", adminBase + path}, {"method", method}, {"n", strings.Repeat("x", n)}}
		if body != "" {
			sum := sha256.Sum256([]byte(body))
			tags = append(tags, []string{"payload", hex.EncodeToString(sum[:])})
		}
		return []string{"Authorization", "Nostr " + authText(authAt(t, by, w.Clock.NowMs()/1000, tags...))}
	}
}

func (w *world) ask(t *testing.T, title string) op.ID {
	t.Helper()
	id := w.submit(nodetest.Key(t, 11), op.KindPropose, op.Propose{Track: "signal", Title: title, Actions: []op.Raw{}})
	w.Clock.Add(time.Second)
	return id
}

// A stream of notices resumes after the last one seen, over the URL's own place,
// without loss or repeat.
func TestNotificationsResume(t *testing.T) {
	w, _ := noticesWorld(t)
	path := "/v1/agents/" + nodetest.Key(t, 12).Public().String() + "/notifications"
	p, q := w.ask(t, "one"), w.ask(t, "two")
	s := w.streamOf(t, path+"?after=0-0-0&kinds=new-proposal")
	subject := func(data string) string {
		var n struct{ Subject, Kind, ID string }
		require.NoError(t, json.Unmarshal([]byte(data), &n))
		require.Regexp(t, "^ntc_[0-9a-f]{32}$", n.ID)
		w.spec.valid(t, "/components/schemas/Notice", []byte(data))
		return n.Subject
	}
	id, event, data, _ := s.next()
	require.Equal(t, "new-proposal", event)
	require.Equal(t, p.String(), subject(data))
	s.cancel()

	s = w.streamOf(t, path+"?after=0-0-0&kinds=new-proposal", "Last-Event-ID", id)
	_, _, data, _ = s.next()
	require.Equal(t, q.String(), subject(data))
	carol := nodetest.Key(t, 13)
	w.submit(carol, op.KindRegister, op.Register{Name: "carol"})
	w.stake(carol, 20_000)
	r := w.submit(carol, op.KindPropose, op.Propose{Track: "signal", Title: "three", Actions: []op.Raw{}})
	_, _, data, _ = s.next()
	require.Equal(t, r.String(), subject(data))
}

// The place with which a stream begins is its client's even before any event.
func TestNotificationsTellThePlaceFirst(t *testing.T) {
	w, _ := noticesWorld(t)
	path := "/v1/agents/" + nodetest.Key(t, 12).Public().String() + "/notifications"
	s := w.streamOf(t, path)
	id, event, data, _ := s.any()
	require.Equal(t, []string{"hello", `{"after":"` + id + `"}`}, []string{event, data})
	s.cancel()
	p := w.ask(t, "while away")
	s = w.streamOf(t, path, "Last-Event-ID", id)
	_, _, data, _ = s.next()
	require.Contains(t, data, p.String())
}

func TestNotificationsRefuse(t *testing.T) {
	w, _ := noticesWorld(t)
	path := "/v1/agents/" + nodetest.Key(t, 12).Public().String() + "/notifications"
	for query, rule := range map[string]string{"?after=7": "place", "?after=999-0-0": "range", "?kinds=news": "interest", "?tracks=a,a": "interest", "?limit=1": "unknown-parameter"} {
		a := w.get(path + query)
		require.Equal(t, 400, a.status, query)
		require.Equal(t, rule, a.problem(t).Rule, query)
	}
	require.Equal(t, 404, w.get("/v1/agents/"+nodetest.Key(t, 40).Public().String()+"/notifications").status)
	bare := newWorld(t, nil)
	require.Equal(t, 404, bare.get(path).status)
	require.Equal(t, 404, bare.get("/v1/agents/"+nodetest.Key(t, 12).Public().String()+"/webhook").status)
}

// An agent sets, sees and ends its own webhook; nobody else does, and no URL is
// logged.
func TestWebhookIsTheAgents(t *testing.T) {
	w, sign := noticesWorld(t)
	bob := nodetest.Key(t, 12)
	path := "/v1/agents/" + bob.Public().String() + "/webhook"
	body := `{"url":"https://example.com/hidden","kinds":["vote-needed"],"tracks":["price"]}`
	put := func(by op.SecretKey, body string) answer {
		return w.do(http.MethodPut, path, []byte(body), sign(by, "PUT", path, body)...)
	}
	require.Equal(t, 404, w.get(path, sign(bob, "GET", path, "")...).status)
	var v view.Webhook
	put(bob, body).into(t, &v)
	require.Equal(t, "active", v.State)
	w.get(path, sign(bob, "GET", path, "")...).into(t, &v)
	require.Equal(t, "https://example.com/hidden", v.URL)
	require.Equal(t, []string{"price"}, v.Tracks)
	var secret view.WebhookSecret
	a := w.get(path+"/secret", sign(bob, "GET", path+"/secret", "")...)
	a.into(t, &secret)
	require.Equal(t, "whsec_"+bob.Public().String()[:8], secret.Secret)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))

	mallory := nodetest.Key(t, 11)
	require.Equal(t, 401, w.get(path).status)
	for _, method := range []string{"GET", "DELETE"} {
		a := w.do(method, path, nil, sign(mallory, method, path, "")...)
		require.Equal(t, 403, a.status)
		require.Equal(t, "own-webhook", a.problem(t).Rule)
	}
	require.Equal(t, 403, put(mallory, body).status)
	require.Equal(t, 403, w.get(path+"/secret", sign(nodetest.Key(t, 1), "GET", path+"/secret", "")...).status, "nor the operator")
	require.Equal(t, "nip98-payload", w.do("PUT", path, []byte(body), sign(bob, "PUT", path, `{"url":"https://a.example"}`)...).problem(t).Rule)
	for text, rule := range map[string]string{`{"url":"https://10.0.0.1/"}`: "webhook-url", `{"url":"https://a.example","kinds":["news"]}`: "interest", `{"url":1}`: "malformed"} {
		a := put(bob, text)
		require.Equal(t, 400, a.status, text)
		require.Equal(t, rule, a.problem(t).Rule, text)
	}
	once := sign(bob, "DELETE", path, "")
	require.Equal(t, 204, w.do("DELETE", path, nil, once...).status)
	require.Equal(t, 204, w.do("DELETE", path, nil, once...).status, "the same request, the same answer")
	require.Equal(t, "webhook", w.do("DELETE", path, nil, sign(bob, "DELETE", path, "")...).problem(t).Rule)
	require.NotContains(t, w.logged(), "hidden")
}
