package httpapi

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/answers"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// The same request again, as a client sends it after a cut answer, gets the same
// answer and changes nothing, whatever was set since.
func TestTheSameRequestGetsTheSameAnswer(t *testing.T) {
	w, sign := noticesWorld(t)
	bob := nodetest.Key(t, 12)
	path := "/v1/agents/" + bob.Public().String() + "/webhook"
	first, second := `{"url":"https://one.example"}`, `{"url":"https://two.example"}`
	auth := sign(bob, "PUT", path, first)
	a := w.do("PUT", path, []byte(first), auth...)
	require.Equal(t, 200, a.status, "%s", a.body)
	require.Equal(t, 200, w.do("PUT", path, []byte(second), sign(bob, "PUT", path, second)...).status)
	again := w.do("PUT", path, []byte(first), auth...)
	require.Equal(t, a.body, again.body)
	require.Equal(t, "no-store", again.header.Get("Cache-Control"))
	var v view.Webhook
	see := sign(bob, "GET", path, "")
	for range 3 { // what changes nothing may be asked with one event
		w.get(path, see...).into(t, &v)
		require.Equal(t, "https://two.example", v.URL)
	}
}

// Requests of one second are told apart by any tag, as the nonce of econctl.
func TestANonceTellsRequestsOfOneSecondApart(t *testing.T) {
	w, work, _ := adminWorld(t)
	path := "/v1/admin/anchor"
	for _, nonce := range []string{"a", "b"} {
		e := authAt(t, nodetest.Key(t, 1), w.Clock.NowMs()/1000, []string{"u", adminBase + path}, []string{"method", "post"}, []string{"nonce", nonce})
		require.Equal(t, 204, w.do("POST", path, nil, "Authorization", "Nostr "+authText(e)).status)
	}
	require.Equal(t, 2, work.anchors)
}

// What could not be done is tried again with the same event, and remembered only
// once it was done.
func TestWhatFailedIsTriedAnew(t *testing.T) {
	w, work, sign := adminWorld(t)
	path := "/v1/admin/anchor"
	auth := sign("POST", path)
	work.fail = node.ErrLightningAway
	for range 2 {
		require.Equal(t, 503, w.do("POST", path, nil, auth...).status)
	}
	work.fail = nil
	for range 2 {
		require.Equal(t, 204, w.do("POST", path, nil, auth...).status)
	}
	require.Equal(t, 3, work.anchors)
}

// slowWork anchors when it is let to.
type slowWork struct {
	operatorWork
	began, let chan struct{}
	ended      chan error
}

func (s *slowWork) AnchorNow(ctx context.Context) error {
	close(s.began)
	<-s.let
	s.anchors++
	s.ended <- ctx.Err()
	return nil
}

// The same request waits for the first, whose caller may have gone: what it began
// runs to its end.
func TestTheSameRequestWaitsForTheFirst(t *testing.T) {
	work := &slowWork{began: make(chan struct{}), let: make(chan struct{}), ended: make(chan error, 1)}
	w := newWorld(t, func(_ *world, c *Config) { c.Admin, c.BaseURLs, c.Answers = work, []string{adminBase}, openAnswers(t) })
	path := "/v1/admin/anchor"
	e := authAt(t, nodetest.Key(t, 1), w.Clock.NowMs()/1000, []string{"u", adminBase + path}, []string{"method", "POST"})
	ctx, leave := context.WithCancel(t.Context())
	send := func(ctx context.Context) (int, error) {
		req, err := http.NewRequestWithContext(ctx, "POST", w.url+path, nil)
		if err != nil {
			return 0, err
		}
		req.Header.Set("Authorization", "Nostr "+authText(e))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
	var all sync.WaitGroup
	left := make(chan error, 1)
	all.Go(func() {
		_, err := send(ctx)
		left <- err
	})
	<-work.began
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	statuses := make([]int, 3)
	for i := range statuses {
		all.Go(func() { statuses[i], _ = send(t.Context()) })
	}
	close(work.let)
	require.NoError(t, <-work.ended, "it was not cut off")
	all.Wait()
	require.Equal(t, []int{204, 204, 204}, statuses)
	require.Equal(t, 1, work.anchors)
}

// A restart forgets nothing.
func TestWhatWasDoneIsRememberedOverARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.db")
	kept, err := answers.Open(path)
	require.NoError(t, err)
	work := &operatorWork{}
	var cfg Config
	w := newWorld(t, func(_ *world, c *Config) {
		c.Admin, c.BaseURLs, c.Answers = work, []string{adminBase}, kept
		cfg = *c
	})
	anchor := "/v1/admin/anchor"
	e := authAt(t, nodetest.Key(t, 1), w.Clock.NowMs()/1000, []string{"u", adminBase + anchor}, []string{"method", "POST"})
	require.Equal(t, 204, w.do("POST", anchor, nil, "Authorization", "Nostr "+authText(e)).status)
	require.NoError(t, kept.Close())
	a := w.do("POST", anchor, nil, "Authorization", "Nostr "+authText(authAt(t, nodetest.Key(t, 1), w.Clock.NowMs()/1000, []string{"u", adminBase + anchor}, []string{"method", "POST"}, []string{"nonce", "2"})))
	require.Equal(t, 503, a.status, "what cannot be remembered is not begun")
	require.Equal(t, "answers-file", a.problem(t).Rule)
	require.Equal(t, 1, work.anchors)
	require.Error(t, kept.Problem())

	kept, err = answers.Open(path)
	require.NoError(t, err)
	defer kept.Close()
	cfg.Answers, cfg.Metrics = kept, prometheus.NewRegistry()
	w.serve(cfg)
	require.Equal(t, 204, w.do("POST", anchor, nil, "Authorization", "Nostr "+authText(e)).status)
	require.Equal(t, 1, work.anchors)
	require.NoError(t, kept.Problem())
}

// failing fails its next writes of answers and of drops.
type failing struct {
	Answers
	puts, drops int // that are let through before one fails; below 0: all
}

var errDisk = errors.New("no space left on device")

func (f *failing) Put(key, id [32]byte, now, until int64, answer []byte) error {
	err := f.Answers.Put(key, id, now, until, answer)
	if f.puts--; f.puts == -1 {
		return errDisk // it may be written or not
	}
	return err
}

func (f *failing) Drop(id [32]byte, now, until int64) error {
	if f.drops--; f.drops == -1 {
		return errDisk
	}
	return f.Answers.Drop(id, now, until)
}

// What was done is done once for each event, whichever write fails; what could not
// be claimed is not done, and done once when the file takes it.
func TestOnceWhicheverWriteFails(t *testing.T) {
	for puts, want := range [][]int{{503, 204, 204}, {204, 204, 204}, {204, 204, 204}} {
		kept := &failing{Answers: openAnswers(t), puts: puts, drops: -2}
		work := &operatorWork{}
		w := newWorld(t, func(_ *world, c *Config) { c.Admin, c.BaseURLs, c.Answers = work, []string{adminBase}, kept })
		e := authAt(t, nodetest.Key(t, 1), w.Clock.NowMs()/1000, []string{"u", adminBase + "/v1/admin/anchor"}, []string{"method", "POST"})
		for _, status := range want {
			require.Equal(t, status, w.do("POST", "/v1/admin/anchor", nil, "Authorization", "Nostr "+authText(e)).status, "write %d fails", puts)
		}
		require.Equal(t, 1, work.anchors, "write %d fails", puts)
	}
}

// What was begun before a crash is not repeated; its sender is told to look.
func TestWhatWasBegunBeforeACrashIsNotRepeated(t *testing.T) {
	kept := openAnswers(t)
	work := &operatorWork{}
	var cfg Config
	w := newWorld(t, func(_ *world, c *Config) {
		c.Admin, c.BaseURLs, c.Answers = work, []string{adminBase}, kept
		cfg = *c
	})
	e := authAt(t, nodetest.Key(t, 1), w.Clock.NowMs()/1000, []string{"u", adminBase + "/v1/admin/anchor"}, []string{"method", "POST"})
	require.NoError(t, w.api.claim(e))
	cfg.Metrics = prometheus.NewRegistry()
	w.serve(cfg)
	a := w.do("POST", "/v1/admin/anchor", nil, "Authorization", "Nostr "+authText(e))
	require.Equal(t, 409, a.status)
	require.Equal(t, "outcome-unknown", a.problem(t).Rule)
	require.Zero(t, work.anchors)
	next := authAt(t, nodetest.Key(t, 1), w.Clock.NowMs()/1000, []string{"u", adminBase + "/v1/admin/anchor"}, []string{"method", "POST"}, []string{"nonce", "2"})
	work.fail = node.ErrLightningAway
	require.Equal(t, 503, w.do("POST", "/v1/admin/anchor", nil, "Authorization", "Nostr "+authText(next)).status)
	work.fail = nil
	require.Equal(t, 204, w.do("POST", "/v1/admin/anchor", nil, "Authorization", "Nostr "+authText(next)).status, "what was refused is claimed no more")
}

// One key's flood of signed requests is refused to that key alone. What nobody
// registered, or was refused, takes no place at all.
func TestNobodyLocksOthersOutOfSignedRequests(t *testing.T) {
	w, sign := noticesWorld(t)
	path := func(by op.SecretKey) string { return "/v1/agents/" + by.Public().String() + "/webhook" }
	put := func(by op.SecretKey) answer {
		body := `{"url":"https://example.com"}`
		return w.do("PUT", path(by), []byte(body), sign(by, "PUT", path(by), body)...)
	}
	stranger, poor, alice, bob := nodetest.Key(t, 77), nodetest.Key(t, 78), nodetest.Key(t, 11), nodetest.Key(t, 12)
	require.Equal(t, "agent", put(stranger).problem(t).Rule)
	w.submit(poor, op.KindRegister, op.Register{Name: "poor"})
	memory, now := w.api.once.agents, w.Clock.NowMs()/1000
	flood := func(by op.SecretKey) (n int) {
		for ; memory.Use(by.Public(), op.ID{byte(n), byte(n >> 8), 1}, now, now+60) == nil; n++ {
		}
		return n
	}
	for range 5 {
		require.Equal(t, "webhook-stake", put(poor).problem(t).Rule)
	}
	require.Equal(t, agentsOnce/9+1, flood(bob), "nothing else has a place")
	require.Equal(t, "nip98-busy", put(bob).problem(t).Rule)
	require.Equal(t, 503, put(bob).status)
	require.Equal(t, 200, put(alice).status)
	operator := nodetest.Key(t, 1)
	require.Same(t, w.api.once.operator, w.api.once.memory(operator.Public(), w.Node.Operator()), "apart")
}
