package nostr_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	foreign "github.com/nbd-wtf/go-nostr"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nostr"
	"github.com/econd/econd/node/nostr/relaytest"
	"github.com/econd/econd/node/op"
)

const kind op.Kind = 23194

func newKey(t *testing.T) op.SecretKey {
	t.Helper()
	var raw [32]byte
	_, err := rand.Read(raw[:])
	require.NoError(t, err)
	key, err := op.NewSecretKey(raw[:])
	require.NoError(t, err)
	return key
}

func newEvent(t *testing.T, key op.SecretKey, to op.PublicKey, content string) *op.Event {
	t.Helper()
	e := &op.Event{CreatedAt: time.Now().Unix(), Kind: kind, Tags: [][]string{{"p", to.String()}}, Content: content}
	require.NoError(t, e.Sign(key))
	return e
}

// start runs a pool until the test ends.
func start(t *testing.T, key op.SecretKey, relays ...*relaytest.Relay) *nostr.Pool {
	t.Helper()
	cfg := nostr.Config{Key: key, FirstPause: time.Millisecond, LongestPause: 50 * time.Millisecond}
	for _, r := range relays {
		cfg.Relays = append(cfg.Relays, r.URL())
	}
	p, err := nostr.New(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return p
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// next waits for an event.
func next(t *testing.T, s *nostr.Subscription) *op.Event {
	t.Helper()
	select {
	case e := <-s.Events():
		return e
	case <-within(t).Done():
		t.Fatal("no event came")
		return nil
	}
}

func TestEventsTravel(t *testing.T) {
	relay := relaytest.New(t)
	a, b := newKey(t), newKey(t)
	listener := start(t, b, relay)
	sub := listener.Subscribe(within(t), nostr.Filter{Kinds: []op.Kind{kind}, P: []op.PublicKey{b.Public()}})
	relay.Listening(within(t), 1)
	speaker := start(t, a, relay)
	for i := range 20 {
		e := newEvent(t, a, b.Public(), fmt.Sprintf("<%d> \u0001 \"&\" \u2028 \n", i))
		require.NoError(t, speaker.Publish(within(t), e))
		require.NoError(t, speaker.Publish(within(t), e), "once more is no error")
		require.Equal(t, e, next(t, sub))
	}
	require.Len(t, relay.Published(), 20)
	sub.Close(within(t))
	require.Zero(t, sub.Lost())
}

func TestARelayThatMisbehavesGivesEachTrueEventOnce(t *testing.T) {
	bad, good := relaytest.New(t), relaytest.New(t)
	a, b := newKey(t), newKey(t)
	stranger := newKey(t)
	n := 0
	var kept *op.Event
	bad.Pass(func(e *op.Event) []*op.Event {
		n++
		forged, other := *e, newEvent(t, stranger, b.Public(), "a stranger's")
		forged.Content += " and more" // not what was signed
		rehashed := forged            // nor with an id of its own
		rehashed.ID = rehashed.Hash()
		foreign := newEvent(t, a, stranger.Public(), "for another") // not what was asked for
		switch n {
		case 1: // dropped, and sent after the second: reordered
			kept = e
			return nil
		case 2:
			return []*op.Event{&forged, e, kept, e}
		case 3:
			return []*op.Event{&rehashed, other, foreign, e, e}
		}
		return nil // dropped: the other relay has it
	})
	speaker, listener := start(t, a, bad, good), start(t, b, bad, good)
	sub := listener.Subscribe(within(t), nostr.Filter{Kinds: []op.Kind{kind}, Authors: []op.PublicKey{a.Public()}, P: []op.PublicKey{b.Public()}})
	bad.Listening(within(t), 1)
	good.Listening(within(t), 1)
	var sent, got []string
	for i := range 4 {
		e := newEvent(t, a, b.Public(), fmt.Sprint(i))
		sent = append(sent, e.Content)
		require.NoError(t, speaker.Publish(within(t), e))
	}
	last := newEvent(t, a, b.Public(), "last")
	require.NoError(t, speaker.Publish(within(t), last))
	for e := next(t, sub); e.Content != "last"; e = next(t, sub) {
		require.NoError(t, e.Verify())
		got = append(got, e.Content)
	}
	slices.Sort(got)
	require.Equal(t, sent, got)
	require.Empty(t, sub.Events())
}

func TestAPoolConnectsAgainAndAsksForWhatItMissed(t *testing.T) {
	relay := relaytest.New(t)
	a, b := newKey(t), newKey(t)
	listener := start(t, b, relay)
	sub := listener.Subscribe(within(t), nostr.Filter{Kinds: []op.Kind{kind}, P: []op.PublicKey{b.Public()}, Since: time.Now().Unix()})
	relay.Listening(within(t), 1)
	speaker := start(t, a, relay)
	old := newEvent(t, a, b.Public(), "long ago")
	old.CreatedAt -= 3600
	require.NoError(t, old.Sign(a))
	for round := range 3 {
		relay.Pass(func(*op.Event) []*op.Event { return nil }) // nobody hears of it as it comes
		missed := newEvent(t, a, b.Public(), fmt.Sprint("missed ", round))
		require.NoError(t, speaker.Publish(within(t), missed))
		require.NoError(t, speaker.Publish(within(t), old))
		relay.Pass(nil)
		relay.CloseAll()
		require.Equal(t, missed, next(t, sub))
	}
	require.Empty(t, sub.Events(), "neither what came before, nor what is too old")
}

func TestAPublisherWaitsForARelayThatIsAway(t *testing.T) {
	relay := relaytest.New(t)
	relay.Deaf(true)
	a := newKey(t)
	p := start(t, a, relay)
	done := make(chan error, 1)
	e := newEvent(t, a, a.Public(), "patience")
	go func() { done <- p.Publish(within(t), e) }()
	require.Eventually(t, func() bool { return relay.Dials() > 3 }, time.Minute, time.Millisecond)
	relay.Deaf(false)
	require.NoError(t, <-done)
	relay.Deaf(true)
	relay.CloseAll()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.Publish(ctx, newEvent(t, a, a.Public(), "again")), context.DeadlineExceeded)
}

func TestARelayThatRefuses(t *testing.T) {
	relay, other := relaytest.New(t), relaytest.New(t)
	a := newKey(t)
	relay.Refuse("blocked: \x1b[2J" + strings.Repeat("you ", 100))
	p := start(t, a, relay)
	err := p.Publish(within(t), newEvent(t, a, a.Public(), "x"))
	require.ErrorIs(t, err, nostr.ErrRefused)
	require.NotContains(t, err.Error(), "\x1b")
	require.Less(t, len(err.Error()), 400)
	require.NoError(t, start(t, a, relay, other).Publish(within(t), newEvent(t, a, a.Public(), "y")), "one relay is enough")
}

func TestARelayThatAsksWhoIsThere(t *testing.T) {
	relay := relaytest.New(t)
	relay.RequireAuth()
	a, b := newKey(t), newKey(t)
	listener := start(t, b, relay)
	sub := listener.Subscribe(within(t), nostr.Filter{Kinds: []op.Kind{kind}})
	relay.Listening(within(t), 1)
	e := newEvent(t, a, b.Public(), "hello")
	require.NoError(t, start(t, a, relay).Publish(within(t), e))
	require.Equal(t, e, next(t, sub))
}

func TestARelayThatFloodsIsLeft(t *testing.T) {
	relay := relaytest.New(t)
	a, b := newKey(t), newKey(t)
	listener := start(t, b, relay)
	sub := listener.Subscribe(within(t), nostr.Filter{Kinds: []op.Kind{kind}, P: []op.PublicKey{b.Public()}})
	relay.Listening(within(t), 1)
	for i := range 20 {
		relay.Inject(newEvent(t, a, a.Public(), fmt.Sprint(i))) // for another
	}
	require.Eventually(t, func() bool { return relay.Dials() == 2 }, time.Minute, time.Millisecond)
	relay.Listening(within(t), 1)
	e := newEvent(t, a, b.Public(), "true")
	require.NoError(t, start(t, a, relay).Publish(within(t), e))
	require.Equal(t, e, next(t, sub))
}

func TestAReaderThatFallsBehindLosesEvents(t *testing.T) {
	relay := relaytest.New(t)
	a := newKey(t)
	p := start(t, a, relay)
	sub := p.Subscribe(within(t), nostr.Filter{Kinds: []op.Kind{kind}})
	relay.Listening(within(t), 1)
	for i := range 300 {
		relay.Inject(newEvent(t, a, a.Public(), fmt.Sprint(i)))
	}
	require.Eventually(t, func() bool { return sub.Lost() == 300-256 }, time.Minute, time.Millisecond)
}

// TestForeignEvents has another's client speak with ours, over the relay of the tests.
func TestForeignEvents(t *testing.T) {
	relay := relaytest.New(t)
	key := foreign.GeneratePrivateKey()
	public, err := foreign.GetPublicKey(key)
	require.NoError(t, err)
	them, err := op.ParsePublicKey(public)
	require.NoError(t, err)
	client, err := foreign.RelayConnect(within(t), relay.URL())
	require.NoError(t, err)
	defer client.Close()
	me := newKey(t)
	p := start(t, me, relay)
	sub := p.Subscribe(within(t), nostr.Filter{Kinds: []op.Kind{kind}, Authors: []op.PublicKey{them}})
	relay.Listening(within(t), 1)
	theirs := foreign.Event{PubKey: public, CreatedAt: foreign.Now(), Kind: int(kind),
		Tags: foreign.Tags{{"p", me.Public().String()}}, Content: "<&> \u2028 \"\\\n\u007f 🍕"}
	require.NoError(t, theirs.Sign(key))
	require.NoError(t, client.Publish(within(t), theirs))
	got := next(t, sub)
	require.Equal(t, theirs.ID, got.ID.String())
	require.Equal(t, theirs.Content, got.Content)

	answers, err := client.Subscribe(within(t), foreign.Filters{{Kinds: []int{int(kind)}, Tags: foreign.TagMap{"p": {public}}}})
	require.NoError(t, err)
	mine := newEvent(t, me, them, theirs.Content)
	require.NoError(t, p.Publish(within(t), mine))
	select {
	case e := <-answers.Events:
		ok, err := e.CheckSignature()
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, mine.ID.String(), e.ID)
	case <-within(t).Done():
		t.Fatal("no event came")
	}
}

func TestRelays(t *testing.T) {
	for text, good := range map[string]bool{
		"wss://relay.example": true, "wss://relay.example:444/path?x=y": true, "ws://127.0.0.1:80": true, "ws://localhost": true, "ws://[::1]:7": true,
		"ws://relay.example": false, "https://relay.example": false, "wss://": false, "relay.example": false,
		"wss://user:pass@relay.example": false, "wss://relay.example#x": false, "wss://" + strings.Repeat("a", 300): false, "": false,
	} {
		require.Equal(t, good, nostr.CheckRelay(text) == nil, text)
	}
	key := newKey(t)
	for name, cfg := range map[string]nostr.Config{
		"no relay": {Key: key}, "no key": {Relays: []string{"wss://a"}}, "twice": {Key: key, Relays: []string{"wss://a", "wss://a"}},
		"too many": {Key: key, Relays: slices.Repeat([]string{"wss://a"}, 9)}, "bad": {Key: key, Relays: []string{"ws://a"}},
	} {
		_, err := nostr.New(cfg)
		require.Error(t, err, name)
	}
}

func TestDecodeIsStrict(t *testing.T) {
	key := newKey(t)
	e := newEvent(t, key, key.Public(), "hello")
	good := string(nostr.Encode(e))
	back, err := nostr.Decode([]byte(good))
	require.NoError(t, err)
	require.Equal(t, e, back)
	require.NoError(t, back.Verify())
	for name, text := range map[string]string{
		"no kind":     strings.Replace(good, `"kind":23194,`, "", 1),
		"a kind":      strings.Replace(good, "23194", "65536", 1),
		"a fraction":  strings.Replace(good, "23194", "23194.5", 1),
		"no content":  strings.Replace(good, `"content":"hello",`, "", 1),
		"upper case":  strings.Replace(good, e.ID.String(), strings.ToUpper(e.ID.String()), 1) + " ",
		"a short sig": strings.Replace(good, `"sig":"`, `"sig":"00`, 1),
		"tags":        strings.Replace(good, `[["p"`, `[[1`, 1),
		"no UTF-8":    strings.Replace(good, "hello", "\xff", 1),
		"an array":    "[" + good + "]",
		"two":         good + good,
		"an oversize": strings.Replace(good, "hello", strings.Repeat("a", nostr.MaxMessage), 1),
		"many tags":   strings.Replace(good, `"tags":[`, `"tags":[`+strings.Repeat(`["x"],`, nostr.MaxTags), 1),
	} {
		if _, err := nostr.Decode([]byte(text)); err == nil || !errors.Is(err, nostr.ErrEvent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
