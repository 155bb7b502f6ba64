package bunker

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/nostr"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
)

// Kind is the kind of requests and answers (NIP-46).
const Kind op.Kind = 24133

// Limits and default waits.
const (
	DefaultTimeout = 30 * time.Second
	DefaultConsent = 5 * time.Minute

	maxWaiting = 256 // requests under way
	maxText    = 512 // bytes of a bunker's text that are shown
)

// Options say how a bunker is spoken with. The zero value will do.
type Options struct {
	// AuthURL is given what the bunker wants a person to open before it goes on, as text to show:
	// it comes from the bunker, and nothing of it is fetched here. nil: such a request fails.
	AuthURL func(text string)

	Timeout time.Duration // for one request; 0: DefaultTimeout
	Consent time.Duration // for a request after an AuthURL; 0: DefaultConsent
	Log     *slog.Logger  // nil: silent
}

// Signer is a signer.Signer whose key lies in a bunker.
type Signer struct {
	state  State
	client op.SecretKey
	talk   nostr.Conversation
	pool   *nostr.Pool
	opt    Options

	stop   context.CancelFunc
	done   chan struct{} // closed when nothing runs any more
	ending <-chan struct{}

	use sync.RWMutex // held for reading while client or talk is used

	mu      sync.Mutex
	waiting map[string]chan answer
	closed  bool
}

var _ signer.Signer = (*Signer)(nil)

// Connect draws a key for this program and makes it known to the bunker of a URI, with the
// URI's secret, which is good once. The state that it returns is for Seal.
func Connect(ctx context.Context, uri string, opt Options) (State, error) {
	t, err := Parse(uri)
	if err != nil {
		return State{}, err
	}
	key, err := keyfile.NewSecretKey()
	if err != nil {
		return State{}, err
	}
	raw := key.Bytes()
	defer clear(raw)
	state := State{Version: stateVersion, Client: hex.EncodeToString(raw), Bunker: t.Bunker, Relays: t.Relays}
	s, err := Open(state, opt)
	if err != nil {
		return State{}, err
	}
	defer s.Close()
	result, err := s.request(ctx, "connect", t.Bunker.String(), t.Secret)
	if err != nil {
		return State{}, fmt.Errorf("connect: %w", err)
	}
	if result != "ack" && subtle.ConstantTimeCompare([]byte(result), []byte(t.Secret)) != 1 {
		return State{}, fmt.Errorf("connect: %w: neither ack nor the secret", signer.ErrRefused)
	}
	result, err = s.request(ctx, "get_public_key")
	if err != nil {
		return State{}, fmt.Errorf("get_public_key: %w", err)
	}
	if state.User, err = op.ParsePublicKey(result); err != nil {
		return State{}, fmt.Errorf("get_public_key: %w", err)
	}
	return state, nil
}

// Open begins to speak with the bunker. It waits for nobody: a bunker that is away shows
// when something is to be signed.
func Open(state State, opt Options) (*Signer, error) {
	key, err := state.key()
	if err != nil {
		return nil, err
	}
	talk, err := nostr.NewConversation(key, state.Bunker)
	if err != nil {
		return nil, err
	}
	pool, err := nostr.New(nostr.Config{Relays: state.Relays, Key: key, Log: opt.Log, FirstPause: 200 * time.Millisecond})
	if err != nil {
		return nil, err
	}
	if opt.Timeout <= 0 {
		opt.Timeout = DefaultTimeout
	}
	if opt.Consent <= 0 {
		opt.Consent = DefaultConsent
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Signer{state: state, client: key, talk: talk, pool: pool, opt: opt, stop: stop, ending: ctx.Done(),
		done: make(chan struct{}), waiting: map[string]chan answer{}}
	sub := pool.Subscribe(ctx, nostr.Filter{Kinds: []op.Kind{Kind}, Authors: []op.PublicKey{state.Bunker},
		P: []op.PublicKey{key.Public()}, Since: time.Now().Add(-time.Minute).Unix()})
	var group sync.WaitGroup
	group.Go(func() { _ = pool.Run(ctx) })
	group.Go(func() { s.listen(ctx, sub) })
	go func() {
		group.Wait()
		close(s.done)
	}()
	return s, nil
}

// Public implements signer.Signer.
func (s *Signer) Public() op.PublicKey { return s.state.User }

// Ping asks the bunker whether it is there.
func (s *Signer) Ping(ctx context.Context) error {
	result, err := s.request(ctx, "ping")
	if err == nil && result != "pong" {
		err = fmt.Errorf("%w: it answers a ping with something else", signer.ErrRefused)
	}
	return err
}

// template is what a bunker is asked to sign: it fills in key, id and signature.
type template struct {
	Kind      int64      `json:"kind"`
	Content   string     `json:"content"`
	Tags      [][]string `json:"tags"`
	CreatedAt int64      `json:"created_at"`
}

// Sign implements signer.Signer.
func (s *Signer) Sign(ctx context.Context, e *op.Event) error {
	if s.isClosed() {
		return signer.ErrClosed
	}
	return signer.Complete(ctx, s.state.User, e, func(ctx context.Context, e *op.Event) (sig [64]byte, err error) {
		t := template{Kind: int64(e.Kind), Content: e.Content, Tags: e.Tags, CreatedAt: e.CreatedAt}
		if t.Tags == nil {
			t.Tags = [][]string{}
		}
		raw, err := json.Marshal(t)
		if err != nil {
			return sig, err
		}
		result, err := s.request(ctx, "sign_event", string(raw))
		if err != nil {
			return sig, err
		}
		signed, err := nostr.Decode([]byte(result))
		switch {
		case err != nil:
			return sig, fmt.Errorf("%w: not an event", signer.ErrSignature)
		case signed.ID != e.ID:
			return sig, fmt.Errorf("%w: it signed another event", signer.ErrSignature)
		}
		return signed.Sig, nil
	})
}

func (s *Signer) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close implements signer.Signer.
func (s *Signer) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	s.stop()
	<-s.done
	if first {
		s.use.Lock()
		defer s.use.Unlock()
		s.client.Wipe()
		s.talk = nostr.Conversation{}
	}
	return nil
}

// String hides the secret.
func (s *Signer) String() string { return "bunker signer of " + s.state.User.String() }

// GoString hides the secret.
func (s *Signer) GoString() string { return s.String() }

// Format hides the secret under every verb.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the secret from JSON.
func (s *Signer) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// shown makes a text of the bunker fit to be shown: one short line.
func shown(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "..."
	}
	return fmt.Sprintf("%+q", text)
}

// newID draws the id of a request.
func newID() (string, error) {
	var raw [16]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	return hex.EncodeToString(raw[:]), nil
}

var errBusy = errors.New("too many requests are under way")
