package bunker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/econd/econd/node/nostr"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
)

// call and answer are the payloads of NIP-46.
type call struct {
	ID     string   `json:"id"`
	Method string   `json:"method"`
	Params []string `json:"params"`
}

type answer struct {
	ID     string `json:"id"`
	Result string `json:"result"`
	Error  string `json:"error"`
}

// needsConsent is the result of an answer that only asks for a person's consent; its error is
// what to open.
const needsConsent = "auth_url"

// request asks the bunker and waits for its answer.
func (s *Signer) request(ctx context.Context, method string, params ...string) (string, error) {
	if params == nil {
		params = []string{}
	}
	id, err := newID()
	if err != nil {
		return "", err
	}
	answers, err := s.expect(id)
	if err != nil {
		return "", err
	}
	defer s.forget(id)
	e, err := s.envelope(call{id, method, params})
	if err != nil {
		return "", err
	}
	asking, cancel := context.WithCancel(ctx)
	published := make(chan error, 1)
	go func() { published <- s.pool.Publish(asking, e) }()
	sent := false
	defer func() {
		cancel()
		if !sent {
			<-published
		}
	}()
	enough := time.NewTimer(s.opt.Timeout)
	defer enough.Stop()
	for consent := false; ; {
		select {
		case a := <-answers:
			if a.Result != needsConsent {
				return a.result()
			}
			if consent {
				continue // said already
			}
			if err := s.consent(a.Error); err != nil {
				return "", err
			}
			consent = true
			enough.Reset(s.opt.Consent)
		case err := <-published:
			sent = true
			if err != nil && errors.Is(err, nostr.ErrRefused) {
				return "", fmt.Errorf("%w: %w", signer.ErrAway, err)
			}
			published = nil
		case <-enough.C:
			return "", fmt.Errorf("%w: no answer in time", signer.ErrAway)
		case <-ctx.Done():
			return "", ctx.Err()
		case <-s.ending:
			return "", signer.ErrClosed
		}
	}
}

func (a answer) result() (string, error) {
	if a.Error != "" {
		return "", fmt.Errorf("%w: the bunker says %s", signer.ErrRefused, shown(a.Error))
	}
	return a.Result, nil
}

// consent hands on what a person is to open.
func (s *Signer) consent(text string) error {
	switch {
	case len(text) > 2048 || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }):
		return fmt.Errorf("%w: what it wants opened is no URL", signer.ErrRefused)
	case !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://"):
		return fmt.Errorf("%w: what it wants opened is no URL of http", signer.ErrRefused)
	case s.opt.AuthURL == nil:
		return fmt.Errorf("%w: it wants a person's consent, and nobody is here", signer.ErrRefused)
	}
	s.opt.AuthURL(text)
	return nil
}

func (s *Signer) expect(id string) (<-chan answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, signer.ErrClosed
	case len(s.waiting) >= maxWaiting:
		return nil, fmt.Errorf("%w: %w", signer.ErrAway, errBusy)
	}
	answers := make(chan answer, 4)
	s.waiting[id] = answers
	return answers, nil
}

func (s *Signer) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, id)
}

// envelope encrypts and signs a request with this program's own key.
func (s *Signer) envelope(c call) (*op.Event, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	s.use.RLock()
	defer s.use.RUnlock()
	if s.isClosed() {
		return nil, signer.ErrClosed
	}
	payload, err := s.talk.Encrypt(string(plain))
	if err != nil {
		return nil, fmt.Errorf("%w: the request is too long to be encrypted", signer.ErrRefused)
	}
	e := &op.Event{CreatedAt: time.Now().Unix(), Kind: Kind, Tags: [][]string{{"p", s.state.Bunker.String()}}, Content: payload}
	return e, e.Sign(s.client)
}

// listen hands each answer to who waits for it. What comes is the bunker's: the subscription
// checks author and signature. What cannot be read is passed over.
func (s *Signer) listen(ctx context.Context, sub *nostr.Subscription) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-sub.Events():
			s.use.RLock()
			plain, err := s.talk.Decrypt(e.Content)
			s.use.RUnlock()
			if err != nil {
				continue
			}
			var a answer
			if json.Unmarshal([]byte(plain), &a) != nil {
				continue
			}
			s.mu.Lock()
			waiting := s.waiting[a.ID]
			s.mu.Unlock()
			select {
			case waiting <- a:
			default: // nobody waits, or answers enough wait already
			}
		}
	}
}
