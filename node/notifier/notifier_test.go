package notifier_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/subscriptions"
)

// world is an economy whose notifier can be stopped and started again.
type world struct {
	*nodetest.World
	t           *testing.T
	alice, bob  op.SecretKey
	path        string
	sender      *sender
	store       *subscriptions.Store
	notifier    *notifier.Notifier
	log         *strings.Builder
	logMu       sync.Mutex
	schedule    notifier.Schedule
	breaks      atomic.Int32 // looks at the state that panic
	stopRunning func()
}

// breaking is a node at which a look may break off.
type breaking struct {
	*node.Node
	breaks *atomic.Int32
}

func (b breaking) View(fn func(s *ledger.State, nowMs int64)) {
	b.Node.View(func(s *ledger.State, nowMs int64) {
		if b.breaks.Add(-1) >= 0 {
			panic("planted")
		}
		fn(s, nowMs)
	})
}

// What breaks off while notices are derived ends nothing: it is logged and tried again.
func TestNoticesThatBreakOff(t *testing.T) {
	w := newWorld(t)
	w.set(w.bob, "https://bob.example/hook")
	w.breaks.Store(2)
	w.eventually("it broke off twice", func() bool { return w.breaks.Load() < 0 })
	w.ask("Shall we?")
	w.eventually("it is delivered", func() bool { return w.hook(w.bob).Delivered == 1 })
	w.logMu.Lock()
	defer w.logMu.Unlock()
	require.Equal(t, 2, strings.Count(w.log.String(), "notices broke off"))
}

func newWorld(t *testing.T) *world {
	t.Helper()
	raw, err := yamlfile.Parse(bytes.ReplaceAll(yamlfile.Demo, []byte("max_open_per_agent: 2"), []byte("max_open_per_agent: 9")))
	require.NoError(t, err)
	w := &world{World: nodetest.New(t, raw), t: t, alice: nodetest.Key(t, 11), bob: nodetest.Key(t, 12), sender: &sender{},
		path: filepath.Join(t.TempDir(), "subscriptions.db"), log: new(strings.Builder),
		schedule: notifier.Schedule{First: time.Millisecond, Longest: 5 * time.Millisecond, GiveUp: time.Hour}}
	w.submit(w.alice, op.KindRegister, op.Register{Name: "alice"})
	w.submit(w.bob, op.KindRegister, op.Register{Name: "bob"})
	w.Lock(w.submit(w.alice, op.KindLockStake, op.LockStake{AmountSat: 20_000}))
	w.Lock(w.submit(w.bob, op.KindLockStake, op.LockStake{AmountSat: 20_000}))
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

func (w *world) submit(by op.SecretKey, kind op.Kind, content any) op.ID {
	w.t.Helper()
	e := w.Event(by, kind, content)
	_, err := w.Node.Submit(context.Background(), e)
	require.NoError(w.t, err)
	return e.ID
}

// ask makes a proposal; its notice goes to everybody with weight but alice.
func (w *world) ask(title string) op.ID {
	w.t.Helper()
	id := w.submit(w.alice, op.KindPropose, op.Propose{Track: "signal", Title: title, Actions: []op.Raw{}})
	w.Clock.Add(time.Second)
	return id
}

func (w *world) Write(b []byte) (int, error) {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	return w.log.Write(b)
}

func (w *world) start() {
	w.t.Helper()
	var err error
	w.store, err = subscriptions.Open(subscriptions.Config{Path: w.path, Most: 3})
	require.NoError(w.t, err)
	w.notifier, err = notifier.New(notifier.Config{Feed: notifier.NewFeed(breaking{w.Node, &w.breaks}, 5*time.Millisecond, time.Millisecond), Store: w.store,
		Sender: w.sender, Schedule: w.schedule, Now: w.Clock.Now, SaveEvery: 20 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.notifier.Run(ctx) }()
	w.stopRunning = func() {
		cancel()
		require.NoError(w.t, <-done)
		require.NoError(w.t, w.store.Close())
	}
}

func (w *world) stop() {
	if w.stopRunning != nil {
		w.stopRunning()
		w.stopRunning = nil
	}
}

func (w *world) set(by op.SecretKey, url string, kinds ...notify.Kind) {
	w.t.Helper()
	_, err := w.notifier.Set(by.Public(), notifier.Signed{}, notifier.Target{URL: url, Kinds: kinds})
	require.NoError(w.t, err)
}

func (w *world) hook(by op.SecretKey) notifier.Webhook {
	w.t.Helper()
	h, err := w.notifier.Get(by.Public())
	require.NoError(w.t, err)
	return h
}

func (w *world) eventually(what string, cond func() bool) {
	w.t.Helper()
	require.Eventually(w.t, cond, time.Minute, time.Millisecond, what)
}

// sender plays the way to receivers. A URL with "slow" in it never answers.
type sender struct {
	mu     sync.Mutex
	seen   []attempt
	answer func(url string) node.Delivery
}

type attempt struct {
	agent         op.PublicKey
	id, url, body string
	taken         bool
}

func (s *sender) Check(url string) error {
	if strings.Contains(url, "10.0.0.1") {
		return errors.New("10.0.0.1 is not an address of the internet")
	}
	return nil
}

func (s *sender) Secret(agent op.PublicKey, _ string) (string, string, error) {
	return "https://example.com", "whsec_" + agent.String(), nil
}

func (s *sender) Deliver(ctx context.Context, agent op.PublicKey, id, url string, body []byte) node.Delivery {
	if strings.Contains(url, "slow") {
		<-ctx.Done()
		return node.Delivery{Reason: "no answer"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := node.Delivery{Outcome: node.DeliveryDone, Status: 204}
	if s.answer != nil {
		d = s.answer(url)
	}
	s.seen = append(s.seen, attempt{agent, id, url, string(body), d.Outcome == node.DeliveryDone})
	return d
}

func (s *sender) answers(f func(string) node.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

func down(string) node.Delivery {
	return node.Delivery{Outcome: node.DeliveryUnsure, Status: 503, Reason: "answered 503"}
}

// taken lists the subjects of the notices that were taken, in order.
func (s *sender) taken(t *testing.T) (subjects []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.seen {
		var d struct {
			Data struct{ ID, Agent, Subject string }
		}
		require.NoError(t, json.Unmarshal([]byte(a.body), &d))
		require.Equal(t, d.Data.ID, a.id)
		require.Equal(t, a.agent.String(), d.Data.Agent)
		if a.taken {
			subjects = append(subjects, d.Data.Subject)
		}
	}
	return subjects
}

func (s *sender) attempts() int { s.mu.Lock(); defer s.mu.Unlock(); return len(s.seen) }

// Notices go to the agent's URL in order, each once, and the place is kept.
func TestWebhookIsServed(t *testing.T) {
	w := newWorld(t)
	w.ask("before it was set")
	w.set(w.bob, "https://example.com/bob", notify.NewProposal)
	p, q := w.ask("one"), w.ask("two")
	w.eventually("both are taken", func() bool { return w.hook(w.bob).Delivered == 2 })
	require.Equal(t, []string{p.String(), q.String()}, w.sender.taken(t))
	h := w.hook(w.bob)
	require.Equal(t, notifier.Webhook{Agent: w.bob.Public(), Target: h.Target, SetMs: h.SetMs, Cursor: h.Cursor, Delivered: 2, DeliveredMs: h.DeliveredMs}, h)
}

// A receiver that is down gets everything when it is up again, across a restart,
// under the ids of the first attempts.
func TestReceiverDownThenUp(t *testing.T) {
	w := newWorld(t)
	w.sender.answers(down)
	w.set(w.bob, "https://example.com/bob", notify.NewProposal)
	p, q := w.ask("one"), w.ask("two")
	w.eventually("attempts", func() bool { return w.hook(w.bob).Tries > 2 })
	h := w.hook(w.bob)
	require.Equal(t, "answered 503", h.Reason)
	require.Equal(t, 503, h.Status)
	require.NotZero(t, h.FailingMs)
	require.False(t, h.Disabled)
	w.stop()
	r := w.ask("three, while the notifier was down")
	w.start()
	tries := w.sender.attempts()
	w.eventually("attempts after the restart", func() bool { return w.sender.attempts() > tries })
	w.sender.answers(nil)
	w.eventually("all are taken", func() bool { return w.hook(w.bob).Delivered == 3 })
	require.Equal(t, []string{p.String(), q.String(), r.String()}, w.sender.taken(t))
	require.Equal(t, w.sender.seen[0].id, w.sender.seen[tries].id)
	require.Zero(t, w.hook(w.bob).FailingMs)
	require.NotContains(t, w.log.String(), "example.com", "no URL in the log")
}

// Killed after the receiver took it and before that was durable, a notice goes
// out again under its id.
func TestCrashBetweenDeliveryAndReceipt(t *testing.T) {
	w := newWorld(t)
	w.set(w.bob, "https://example.com/bob", notify.NewProposal)
	before := w.hook(w.bob)
	p := w.ask("one")
	w.eventually("it is taken", func() bool { return w.hook(w.bob).Delivered == 1 })
	w.stop()
	store, err := subscriptions.Open(subscriptions.Config{Path: w.path, Most: 3})
	require.NoError(t, err)
	require.NoError(t, store.Put(before, notifier.Signed{})) // as if the receipt had not been written
	require.NoError(t, store.Close())
	w.start()
	w.eventually("it is taken again", func() bool { return w.hook(w.bob).Delivered == 1 })
	require.Equal(t, []string{p.String(), p.String()}, w.sender.taken(t))
	require.Equal(t, w.sender.seen[0], w.sender.seen[1])
}

// Who refuses is left alone, over restarts, until the webhook is set anew; it
// then goes on where it was.
func TestReceiverThatRefuses(t *testing.T) {
	w := newWorld(t)
	w.sender.answers(func(string) node.Delivery {
		return node.Delivery{Outcome: node.DeliveryRefused, Status: 410, Reason: "answered 410"}
	})
	w.set(w.bob, "https://example.com/bob", notify.NewProposal)
	p := w.ask("one")
	w.eventually("it is disabled", func() bool { return w.hook(w.bob).Disabled })
	require.Equal(t, "answered 410", w.hook(w.bob).Reason)
	w.stop()
	w.start()
	q := w.ask("two")
	time.Sleep(50 * time.Millisecond)
	require.Equal(t, 1, w.sender.attempts())
	w.sender.answers(nil)
	w.set(w.bob, "https://example.com/bob", notify.NewProposal)
	w.eventually("both are taken", func() bool { return w.hook(w.bob).Delivered == 2 })
	require.Equal(t, []string{p.String(), q.String()}, w.sender.taken(t))
	require.Empty(t, w.hook(w.bob).Reason)
}

// Who takes nothing until the schedule ends is disabled then, and not before.
func TestReceiverThatStaysDown(t *testing.T) {
	w := newWorld(t)
	w.sender.answers(down)
	w.set(w.bob, "https://example.com/bob", notify.NewProposal)
	w.ask("one")
	w.eventually("an attempt", func() bool { return w.hook(w.bob).FailingMs != 0 })
	// The first failure may have come before ask let its second pass, or after.
	ends := w.hook(w.bob).FailingMs + w.schedule.GiveUp.Milliseconds()
	w.Clock.Add(time.Duration(ends-1-w.Clock.NowMs()) * time.Millisecond)
	tries := w.sender.attempts()
	w.eventually("attempts", func() bool { return w.sender.attempts() > tries+2 })
	require.False(t, w.hook(w.bob).Disabled)
	w.Clock.Add(time.Millisecond)
	w.eventually("it is disabled", func() bool { return w.hook(w.bob).Disabled })
}

// A receiver that never answers holds up neither others nor the end.
func TestSlowReceiverHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	carol := nodetest.Key(t, 13)
	w.submit(carol, op.KindRegister, op.Register{Name: "carol"})
	w.Lock(w.submit(carol, op.KindLockStake, op.LockStake{AmountSat: 20_000}))
	_, err := w.notifier.Set(carol.Public(), notifier.Signed{}, notifier.Target{URL: "https://slow.example", Tracks: []string{"signal"}})
	require.NoError(t, err)
	w.set(w.bob, "https://example.com/bob", notify.NewProposal)
	for range 3 {
		w.ask("one")
	}
	w.eventually("bob is served", func() bool { return w.hook(w.bob).Delivered == 3 })
	require.Zero(t, w.hook(carol).Delivered)
	w.stop()
}

// Refusals: a private address, too many webhooks, strangers, what there is not.
func TestWebhookRefusals(t *testing.T) {
	w := newWorld(t)
	set := func(by op.SecretKey, target notifier.Target) error {
		_, err := w.notifier.Set(by.Public(), notifier.Signed{}, target)
		return err
	}
	require.ErrorIs(t, set(w.bob, notifier.Target{URL: "https://10.0.0.1/x"}), notifier.ErrURL)
	require.ErrorIs(t, set(w.bob, notifier.Target{URL: "https://a.example/" + strings.Repeat("x", notifier.MaxURL)}), notifier.ErrURL)
	require.ErrorIs(t, set(nodetest.Key(t, 40), notifier.Target{URL: "https://a.example"}), notifier.ErrStranger)
	var bad *notify.InterestError
	require.ErrorAs(t, set(w.bob, notifier.Target{URL: "https://a.example", Kinds: []notify.Kind{"news"}}), &bad)
	_, err := w.notifier.Get(w.bob.Public())
	require.ErrorIs(t, err, notifier.ErrNone)
	require.ErrorIs(t, w.notifier.Remove(w.bob.Public(), notifier.Signed{}), notifier.ErrNone)
	_, _, err = w.notifier.Secret(w.bob.Public())
	require.ErrorIs(t, err, notifier.ErrNone)

	target := notifier.Target{URL: "https://a.example"}
	for i := range byte(4) {
		k := nodetest.Key(t, 20+i)
		w.submit(k, op.KindRegister, op.Register{Name: "agent"})
		require.ErrorIs(t, set(k, target), notifier.ErrStake, "a key that cost nothing takes no place")
		w.Lock(w.submit(k, op.KindLockStake, op.LockStake{AmountSat: 10_001 - int64(i)}))
		if i < 3 {
			require.NoError(t, set(k, target))
			continue
		}
		require.ErrorIs(t, set(k, target), notifier.ErrFull)
	}
	require.NoError(t, set(w.bob, target), "20,000 sats are more than each of theirs")
	_, err = w.notifier.Get(nodetest.Key(t, 22).Public())
	require.ErrorIs(t, err, notifier.ErrNone, "who had the least at risk made room")
	require.NoError(t, set(nodetest.Key(t, 20), target), "to replace one's own takes no place")
	require.NoError(t, w.notifier.Remove(nodetest.Key(t, 20).Public(), notifier.Signed{}))
	require.NoError(t, set(nodetest.Key(t, 23), target))
	_, secret, err := w.notifier.Secret(w.bob.Public())
	require.NoError(t, err)
	require.Equal(t, "whsec_"+w.bob.Public().String(), secret)
}

// A removed webhook gets nothing more; one set afterwards begins anew.
func TestRemovedWebhookIsSilent(t *testing.T) {
	w := newWorld(t)
	w.set(w.bob, "https://example.com/bob", notify.NewProposal)
	require.NoError(t, w.notifier.Remove(w.bob.Public(), notifier.Signed{}))
	w.ask("one")
	w.set(w.bob, "https://example.com/bob", notify.NewProposal)
	q := w.ask("two")
	w.eventually("the second is taken", func() bool { return w.hook(w.bob).Delivered == 1 })
	require.Equal(t, []string{q.String()}, w.sender.taken(t))
}

// A feed refuses a place that the log has not reached, and ends with its
// context, with the place up to which there is nothing.
func TestFeed(t *testing.T) {
	w := newWorld(t)
	f := notifier.NewFeed(w.Node, 5*time.Millisecond, time.Millisecond)
	who := notify.Interest{Agent: w.bob.Public()}
	at, err := f.Begin(who, nil)
	require.NoError(t, err)
	ahead := at
	ahead.Seq++
	_, err = f.Begin(who, &ahead)
	require.ErrorIs(t, err, notifier.ErrAhead)
	_, err = f.Begin(notify.Interest{Agent: nodetest.Key(t, 40).Public()}, nil)
	require.ErrorIs(t, err, notifier.ErrStranger)

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	w.Clock.Add(time.Second)
	list, next, err := f.Next(ctx, who, at)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Empty(t, list)
	require.Equal(t, at.TimeMs+1000, next.TimeMs)

	p := w.ask("one")
	list, _, err = f.Next(context.Background(), who, next)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, p.String(), list[0].Notice.Subject)
	require.Equal(t, w.Clock.NowMs()-1000, list[0].Notice.TimeMs)
}
