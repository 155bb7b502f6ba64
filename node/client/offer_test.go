package client_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/offer/offertest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// logs keeps what is known of one log.
type logs struct {
	mu   sync.Mutex
	log  client.KnownLog
	kept int
}

func (l *logs) Known(string, string) (client.KnownLog, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log, nil
}

func (l *logs) Keep(_ string, log client.KnownLog) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log = log
	l.kept++
	return nil
}

// offered asks for a stake and waits until the log offers its invoice.
func (w *world) offered(c *client.Client, sat int64) view.Hold {
	e := w.submit(c, op.KindLockStake, op.LockStake{AmountSat: sat})
	w.Until("it is offered", func(s *ledger.State, _ int64) bool { h, _ := s.Hold(e.ID); return h.State == "offered" })
	h, err := c.Stake(e.ID).Get(w.T.Context())
	require.NoError(w.T, err)
	return h
}

// asked is what its agent would pay for, in the second in which the invoice was made.
func asked(t *testing.T, h view.Hold) offer.Asked {
	inv, err := bolt11.Decode(h.Invoice)
	require.NoError(t, err)
	return offer.Asked{Hold: h.ID, AmountSat: h.AmountSat, Invoice: h.Invoice, MaxCltv: 2016, NowUnix: inv.TimestampS}
}

// What a real econd offers is proved; its log's key, genesis, node and newest head are
// known from then on, to the next Client, too.
func TestOffersOfARealEcond(t *testing.T) {
	w := newWorld(t)
	key, known := nodetest.Key(t, 9), &logs{}
	met := 0
	open := func() *client.Client {
		c, err := client.New(client.Config{URL: w.url, Signer: client.Key(key), Now: w.Clock.Now, Logs: known, Met: func(_ client.KnownLog, err error) { require.NoError(t, err); met++ }})
		require.NoError(t, err)
		return c
	}
	c := open()
	w.submit(c, op.KindRegister, op.Register{Name: "Ada"})
	require.Equal(t, []any{1, nodetest.Economy, op.NodeKey{}}, []any{met, known.log.Economy, known.log.NodeKey})
	h := w.offered(c, 5000)
	o, err := c.Offer(t.Context(), asked(t, h))
	require.NoError(t, err)
	require.Equal(t, []any{h.Invoice, *h.PaymentHash, h.AmountSat}, []any{o.Invoice(), o.PaymentHash(), o.AmountSat()})
	first := known.log
	require.NotEmpty(t, first.Head)
	w.submit(c, op.KindReleaseStake, op.ReleaseStake{Stake: h.ID})

	c = open()
	o, err = c.Offer(t.Context(), asked(t, w.offered(c, 6000)))
	require.NoError(t, err)
	require.True(t, o.Bound())
	require.Equal(t, 1, met, "the second time nothing is taken on trust")
	require.NotEqual(t, first.Head, known.log.Head)
	first.Head = known.log.Head
	require.Equal(t, first, known.log)
	require.Contains(t, strings.Join(w.requests, "\n"), "GET /v1/checkpoints/consistency")

	_, err = c.Offer(t.Context(), offer.Asked{Hold: op.ID{1}})
	require.ErrorIs(t, err, client.ErrOffer)
	require.True(t, client.IsStatus(err, http.StatusNotFound))
}

// liar answers as an econd whose log is l, and shows heads of another one once fork is set.
type liar struct {
	l, fork *offertest.Log
	seq     uint64
	key     string // named as the log's
}

func (s *liar) Do(r *http.Request) (*http.Response, wallet.Paid, error) {
	l := s.l
	if s.fork != nil {
		l = s.fork
	}
	var v any
	switch {
	case r.URL.Path == "/v1/info":
		v = map[string]any{"economy": offertest.Economy, "log": map[string]any{"verifier_key": s.key}}
	case strings.HasSuffix(r.URL.Path, "/proof"):
		v = l.Proof(s.seq)
	default:
		v = view.Consistency{Hashes: l.Consistency(2, 3)}
	}
	text, _ := json.Marshal(v)
	resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(text)), Request: r}
	return resp, wallet.Paid{}, nil
}

// An econd that shows another log, another node or another history gets nothing, and
// what it signed is kept.
func TestALyingEcondIsNotPaid(t *testing.T) {
	hold, hash := op.ID{5}, op.Hash{6}
	honest := offertest.New(t, offertest.Economy, "operator", true)
	invoice := honest.Invoice(honest.Node(), hold, hash, 5000, 1)
	s := &liar{l: honest, seq: honest.Offer(hold, hash, invoice), key: honest.VerifierKey()}
	known := &logs{}
	want := offer.Asked{Hold: hold, AmountSat: 5000, Invoice: invoice, NowUnix: 2, MaxCltv: 2016}
	ask := func(want offer.Asked) error {
		c, err := client.New(client.Config{URL: "http://econd.test", Payer: s, Logs: known, RetryFor: -1})
		require.NoError(t, err)
		_, err = c.Offer(t.Context(), want)
		return err
	}
	require.NoError(t, ask(want))
	kept := known.log

	other := want
	other.Invoice = honest.Invoice(offertest.NodeKey("stranger"), hold, hash, 5000, 1)
	require.ErrorIs(t, ask(other), offer.ErrInvoice)

	impostor := offertest.New(t, offertest.Economy, "stranger", true)
	s.fork = impostor
	other.Invoice = impostor.Invoice(impostor.Node(), hold, hash, 5000, 1)
	impostor.Offer(hold, hash, other.Invoice)
	require.ErrorIs(t, ask(other), offer.ErrProof, "it names the key of the log and has it not")
	s.key = impostor.VerifierKey()
	var key *client.LogKeyError
	require.ErrorAs(t, ask(other), &key, "its own key is not the one that is known")
	s.key = honest.VerifierKey()

	s.fork = offertest.New(t, offertest.Economy, "operator", true) // the operator itself, with another history
	s.fork.Add(honest.Operator(), op.KindEpoch, op.Epoch{})
	s.seq = s.fork.Offer(hold, hash, invoice)
	err := ask(want)
	require.ErrorIs(t, err, offer.ErrHistory)
	var wrong *client.OfferError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, []string{kept.Head, string(s.fork.Note(3))}, []string{wrong.Seen, wrong.Shown})
	require.Contains(t, wrong.Fact.Promise, "index 2\n")
	require.Equal(t, kept, known.log, "nothing of it is learnt")

	s.fork, s.seq = honest, honest.Offer(hold, hash, honest.Invoice(offertest.NodeKey("stranger"), hold, hash, 5000, 1))
	other.Invoice = honest.Invoice(offertest.NodeKey("stranger"), hold, hash, 5000, 1)
	err = ask(other)
	require.ErrorIs(t, err, offer.ErrPayee)
	require.ErrorAs(t, err, &wrong)
	require.Contains(t, string(wrong.Fact.Event), other.Invoice, "the operator signed it")
}

// A key of small order signs for everybody, so none is taken, given or named.
func TestKeysOfSmallOrderAreRefused(t *testing.T) {
	const name = "econd/" + offertest.Economy
	key := append([]byte{1, 1}, make([]byte, 31)...) // Ed25519, the neutral point
	hash := sha256.Sum256(append([]byte(name+"\n"), key...))
	weak := fmt.Sprintf("%s+%x+%s", name, hash[:4], base64.StdEncoding.EncodeToString(key))
	_, err := note.NewVerifier(weak)
	require.NoError(t, err)
	_, err = client.New(client.Config{URL: "http://econd.test", LogKey: weak})
	require.ErrorIs(t, err, client.ErrConfig)
	require.ErrorContains(t, err, "small order")

	s := &liar{l: offertest.New(t, offertest.Economy, "operator", true), key: weak}
	c, err := client.New(client.Config{URL: "http://econd.test", Payer: s, RetryFor: -1})
	require.NoError(t, err)
	_, err = c.Offer(t.Context(), offer.Asked{Hold: op.ID{5}})
	require.ErrorIs(t, err, client.ErrOffer)
	require.ErrorContains(t, err, "names no key")
}
