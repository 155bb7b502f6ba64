package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/offer/offertest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// rotated answers as an econd whose log went over to other keys.
type rotated struct {
	*offertest.Log
	handovers []uint64

	named   string                  // as the log's key instead of the newest; "": that
	seq     uint64                  // of an offer
	line    func(seq uint64) []byte // instead of the log's
	history *offertest.Log          // that consistency is shown of instead
	asked   map[string]int          // by path
	proof   func(seq uint64) []byte // instead of that under the newest key
}

func newRotated(t *testing.T) *rotated {
	l := offertest.New(t, offertest.Economy, "operator", true)
	l.Add(l.Operator(), op.KindEpoch, op.Epoch{})
	return &rotated{Log: l, asked: map[string]int{}}
}

func (s *rotated) handOver(name string) {
	s.handovers = append(s.handovers, s.HandOver(name, s.Signer()))
	s.Add(s.Operator(), op.KindEpoch, op.Epoch{})
}

// Do implements client.Payer.
func (s *rotated) Do(r *http.Request) (*http.Response, wallet.Paid, error) {
	s.asked[r.URL.Path]++
	number := func(name string) uint64 { n, _ := strconv.ParseUint(r.URL.Query().Get(name), 10, 64); return n }
	media, status, text := "application/json", 200, []byte(nil)
	answer := func(v any) { text, _ = json.Marshal(v) }
	switch path := r.URL.Path; {
	case path == "/v1/info":
		key := s.VerifierKey()
		if s.named != "" {
			key = s.named
		}
		answer(map[string]any{"economy": offertest.Economy, "log": map[string]any{"verifier_key": key, "handovers": s.handovers}})
	case path == "/v1/log":
		media = "application/x-ndjson"
		line := s.Line
		if s.line != nil {
			line = s.line
		}
		text = append(bytes.Clone(line(number("from"))), '\n')
	case path == "/v1/checkpoints/consistency":
		l := s.Log
		if s.history != nil {
			l = s.history
		}
		answer(view.Consistency{Hashes: l.Consistency(number("old"), number("size"))})
	case strings.HasPrefix(path, "/v1/stakes/"):
		answer(s.Proof(s.seq))
	case strings.HasSuffix(path, "/proof"):
		media, text = "text/plain; charset=utf-8", s.proofOf(strings.Split(path, "/")[3])
	default:
		status = 404
	}
	resp := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {media}}, Body: io.NopCloser(bytes.NewReader(text)), Request: r}
	return resp, wallet.Paid{}, nil
}

// proofOf is the proof of an event in the log.
func (s *rotated) proofOf(id string) []byte {
	for seq := range s.Size() {
		if e, err := op.DecodeEntry(s.Line(seq)); err == nil && e.Event.ID.String() == id {
			if s.proof != nil {
				return s.proof(seq)
			}
			return []byte(s.Proven(seq, s.Size()).TlogProof)
		}
	}
	return nil
}

func (s *rotated) client(t *testing.T, known client.Logs, key string) *client.Client {
	c, err := client.New(client.Config{URL: "http://econd.test", Payer: s, Logs: known, LogKey: key, RetryFor: -1})
	require.NoError(t, err)
	return c
}

// A Client that knows an old key follows the log by itself, over one handover and over more, and knows the new key from then on.
func TestALogIsFollowedToItsKey(t *testing.T) {
	s, known := newRotated(t), &logs{}
	first := s.VerifierKey()
	_, err := s.client(t, known, "").Economy(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, known.log.LogKey)
	running := s.client(t, nil, "")
	_, err = running.Economy(t.Context())
	require.NoError(t, err)

	s.handOver("second")
	second := s.VerifierKey()
	_, err = s.client(t, known, "").Economy(t.Context())
	require.NoError(t, err)
	require.Equal(t, second, known.log.LogKey)
	require.NotEmpty(t, known.log.Head)
	asked := s.asked["/v1/log"]
	_, err = s.client(t, known, "").Economy(t.Context())
	require.NoError(t, err)
	require.Equal(t, asked, s.asked["/v1/log"], "known by now")

	s.handOver("third")
	for _, pin := range []string{first, second, s.VerifierKey()} {
		_, err = s.client(t, nil, pin).Economy(t.Context())
		require.NoError(t, err, pin)
	}
	hold, hash := op.ID{5}, op.Hash{6}
	invoice := s.Invoice(s.Node(), hold, hash, 5000, 1)
	s.seq = s.Offer(hold, hash, invoice)
	o, err := running.Offer(t.Context(), offer.Asked{Hold: hold, AmountSat: 5000, Invoice: invoice, NowUnix: 2, MaxCltv: 2016})
	require.NoError(t, err, "a Client that ran on")
	require.Equal(t, invoice, o.Invoice())
}

// What is no handover by the key that is known is refused, and nothing of it is kept.
func TestAnotherKeyIsNotFollowed(t *testing.T) {
	for name, c := range map[string]struct {
		lie  func(s *rotated)
		want error
		says string
	}{
		"named alone":               {func(s *rotated) { s.handovers = nil }, nil, "shows no entry by which"},
		"a key that nobody entered": {func(s *rotated) { s.named = offertest.New(t, offertest.Economy, "thief", true).VerifierKey() }, nil, "entry 2: not signed by the log"},
		"of another economy":        {func(s *rotated) { s.named = offertest.New(t, "elsewhere", "operator", true).VerifierKey() }, nil, "not the one of"},
		"too many":                  {func(s *rotated) { s.handovers = make([]uint64, logkey.MaxHandovers+1) }, nil, "names 17 handovers"},
		"another entry":             {func(s *rotated) { s.handovers = []uint64{0} }, nil, "no handover at its place"},
		"an entry of another place": {func(s *rotated) { s.line = func(uint64) []byte { return s.Line(1) } }, nil, "gives entry 1 for it"},
		"a changed entry": {func(s *rotated) {
			s.line = func(seq uint64) []byte {
				return bytes.Replace(s.Line(seq), []byte(`"created_at":1,`), []byte(`"created_at":2,`), 1)
			}
		}, nil, "entry 2"},
		"without its proof": {func(s *rotated) { s.proof = func(uint64) []byte { return []byte(s.Proven(1, s.Size()).TlogProof) } }, nil, "entry 2"},
		"no path to its end": {func(s *rotated) {
			s.history = offertest.New(t, offertest.Economy, "operator", true)
			s.history.Add(s.Operator(), op.KindEpoch, op.Epoch{})
			s.history.Add(s.Operator(), op.KindEpoch, op.Epoch{})
			s.history.Add(s.Operator(), op.KindEpoch, op.Epoch{})
		}, offer.ErrHistory, ""},
	} {
		s, known := newRotated(t), &logs{}
		_, err := s.client(t, known, "").Economy(t.Context())
		require.NoError(t, err)
		before := known.log
		s.handOver("second")
		c.lie(s)
		_, err = s.client(t, known, "").Economy(t.Context())
		var wrong *client.LogKeyError
		require.ErrorAs(t, err, &wrong, name)
		require.ErrorContains(t, err, c.says, name)
		if c.want != nil {
			require.ErrorIs(t, err, c.want, name)
		}
		require.Equal(t, before, known.log, name)
	}
}

// Where the old key did not sign, or the log is another than was seen, the key is not followed.
func TestWhoDidNotHandOver(t *testing.T) {
	s, known := newRotated(t), &logs{}
	_, err := s.client(t, known, "").Economy(t.Context())
	require.NoError(t, err)
	thief := offertest.New(t, offertest.Economy, "thief", true)
	s.handovers = append(s.handovers, s.HandOver("second", thief.Signer()))
	_, err = s.client(t, known, "").Economy(t.Context())
	var wrong *client.LogKeyError
	require.True(t, errors.As(err, &wrong))
	require.ErrorContains(t, err, "shows no entry by which", "passed over, as one from before the known key")

	s, fork := newRotated(t), newRotated(t)
	fork.Add(fork.Operator(), op.KindEpoch, op.Epoch{})
	s.Add(s.Operator(), op.KindRegister, op.Register{Name: "x"})
	for at, l := range map[string]*rotated{"after the last head of the old key": s, "of another history": fork} {
		known = &logs{log: client.KnownLog{Economy: offertest.Economy, LogKey: s.VerifierKey(), Head: string(l.Note(l.Size()))}}
		h := newRotated(t)
		if l == fork {
			h.Add(h.Operator(), op.KindRegister, op.Register{Name: "x"})
			h.Add(h.Operator(), op.KindRegister, op.Register{Name: "x"})
		}
		h.handOver("second")
		_, err = h.client(t, known, "").Economy(t.Context())
		require.ErrorIs(t, err, offer.ErrHistory, at)
	}
}
