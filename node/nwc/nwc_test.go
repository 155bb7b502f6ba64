package nwc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	foreign "github.com/nbd-wtf/go-nostr"
	"github.com/nbd-wtf/go-nostr/nip44"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/nostr"
	"github.com/econd/econd/node/nostr/relaytest"
	"github.com/econd/econd/node/op"
)

// model is a wallet in memory: it pays each key once, as econd does.
type model struct {
	mu       sync.Mutex
	msat     int64
	payments map[string]Transaction // by key
	sent     int                    // that left
	gate     chan struct{}          // payments wait for it where it is set
}

func (m *model) Info(context.Context) (Info, error) {
	return Info{Alias: "model", Network: "regtest"}, nil
}

func (m *model) Balance(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.msat, nil
}

func (m *model) Budget(context.Context) (Budget, error) {
	return Budget{UsedMsat: 1, TotalMsat: 2, Period: "daily"}, nil
}

func (m *model) PayInvoice(ctx context.Context, p PayInvoice) (Paid, error) {
	return m.pay(ctx, p.Key, Transaction{Type: Outgoing, State: Settled, Invoice: p.Invoice, PaymentHash: p.PaymentHash, AmountMsat: p.AmountMsat})
}

func (m *model) PayKeysend(ctx context.Context, p PayKeysend) (Paid, error) {
	return m.pay(ctx, p.Key, Transaction{Type: Outgoing, State: Settled, PaymentHash: strings.Repeat("22", 32), AmountMsat: p.AmountMsat})
}

func (m *model) pay(ctx context.Context, key string, t Transaction) (Paid, error) {
	m.mu.Lock()
	gate := m.gate
	_, known := m.payments[key]
	if !known {
		if t.AmountMsat > m.msat {
			defer m.mu.Unlock()
			return Paid{}, Errorf(QuotaExceeded, "%d msat are left", m.msat)
		}
		m.msat -= t.AmountMsat
		m.sent++
		t.FeesMsat, t.CreatedAt, t.SettledAt, t.Preimage = 7, time.Now().Unix(), time.Now().Unix(), strings.Repeat("11", 32)
		m.payments[key] = t
	}
	paid := m.payments[key]
	m.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return Paid{}, ctx.Err()
		}
	}
	return Paid{Preimage: paid.Preimage, FeesMsat: paid.FeesMsat, PaymentHash: paid.PaymentHash, CreatedAt: paid.CreatedAt, SettledAt: paid.SettledAt}, nil
}

func (m *model) Payments(_ context.Context, from, until int64) (list []Transaction, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.payments {
		if from <= t.CreatedAt && t.CreatedAt <= until {
			list = append(list, t)
		}
	}
	return list, nil
}

func (m *model) spent() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sent
}

// node is a receiver and holder in memory.
type node struct {
	mu   sync.Mutex
	made map[string]Transaction
	paid chan Transaction
}

func (n *node) MakeInvoice(_ context.Context, i NewInvoice) (Transaction, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	hash := i.PaymentHash
	if hash == "" {
		hash = fmt.Sprintf("%064x", len(n.made)+1)
	}
	t := Transaction{Type: Incoming, State: Pending, PaymentHash: hash, AmountMsat: i.AmountMsat, Description: i.Description, CreatedAt: time.Now().Unix()}
	n.made[hash] = t
	return t, nil
}

func (n *node) LookupInvoice(_ context.Context, hash string) (Transaction, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if t, ok := n.made[hash]; ok {
		return t, nil
	}
	return Transaction{}, ErrNotFound
}

func (n *node) Invoices(context.Context, int64, int64) (list []Transaction, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.made {
		list = append(list, t)
	}
	return list, nil
}

func (n *node) Received(ctx context.Context, paid func(Transaction)) error {
	for {
		select {
		case t := <-n.paid:
			paid(t)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (n *node) MakeHoldInvoice(ctx context.Context, i NewInvoice) (Transaction, error) {
	return n.MakeInvoice(ctx, i)
}

func (n *node) change(hash, state string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	t, ok := n.made[hash]
	if !ok {
		return ErrNotFound
	}
	t.State = state
	n.made[hash] = t
	return nil
}

func (n *node) SettleHoldInvoice(_ context.Context, preimage string) error {
	raw, err := hex.DecodeString(preimage)
	if err != nil {
		return err
	}
	return n.change(fmt.Sprintf("%x", sha256.Sum256(raw)), Settled)
}

func (n *node) CancelHoldInvoice(_ context.Context, hash string) error { return n.change(hash, Failed) }

// world is a service over relays, with its wallet.
type world struct {
	t      *testing.T
	dir    string
	relays []*relaytest.Relay
	wallet *model
	node   *node // nil: it receives nothing
	master Master
	store  *Store
	stop   func()
	now    func() time.Time // nil: the machine's
}

func newWorld(t *testing.T, relays int) *world {
	w := &world{t: t, dir: t.TempDir(), wallet: &model{msat: 1_000_000, payments: map[string]Transaction{}}}
	for range relays {
		w.relays = append(w.relays, relaytest.New(t))
	}
	var err error
	w.master, err = NewMaster()
	require.NoError(t, err)
	w.store = NewStore(filepath.Join(w.dir, "nwc"))
	return w
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// start runs the service until stop is called or the test ends.
func (w *world) start() {
	w.t.Helper()
	s, err := New(Config{Store: w.store, Master: w.master, Journal: filepath.Join(w.dir, "nwc.db"), FirstPause: time.Millisecond, LookEvery: 10 * time.Millisecond, Now: w.now,
		Open: func(name string) (Wallet, Receiver, Holder, error) {
			require.Equal(w.t, "wallet-1", name)
			if w.node == nil {
				return w.wallet, nil, nil, nil
			}
			return w.wallet, w.node, w.node, nil
		}})
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var once sync.Once
	w.stop = func() {
		once.Do(func() {
			cancel()
			require.NoError(w.t, <-done)
			require.NoError(w.t, s.Close())
		})
	}
	w.t.Cleanup(w.stop)
}

// connect makes a connection and gives its URI to another's client.
func (w *world) connect(name string) *client {
	w.t.Helper()
	var urls []string
	for _, r := range w.relays {
		urls = append(urls, r.URL())
	}
	c, uri, err := w.store.Connect(w.master, name, "wallet-1", urls, time.Now().Unix())
	require.NoError(w.t, err)
	return newClient(w.t, c, uri)
}

// client is a wallet program of others: go-nostr's events, relays and NIP-44.
type client struct {
	t       *testing.T
	secret  string
	public  string
	service string
	talk    [32]byte
	relays  []*foreign.Relay
	answers chan *foreign.Event
	notices chan *foreign.Event
	early   map[string]*foreign.Event // answers to requests that are waited for later
}

func newClient(t *testing.T, conn Connection, uri string) *client {
	u, err := url.Parse(uri)
	require.NoError(t, err)
	require.Equal(t, "nostr+walletconnect", u.Scheme)
	c := &client{t: t, secret: u.Query().Get("secret"), service: u.Host, answers: make(chan *foreign.Event, 100), notices: make(chan *foreign.Event, 100), early: map[string]*foreign.Event{}}
	c.public, err = foreign.GetPublicKey(c.secret)
	require.NoError(t, err)
	require.Equal(t, conn.Client.String(), c.public)
	c.talk, err = nip44.GenerateConversationKey(c.service, c.secret)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	for _, where := range u.Query()["relay"] {
		relay, err := foreign.RelayConnect(ctx, where)
		require.NoError(t, err)
		sub, err := relay.Subscribe(ctx, foreign.Filters{{Authors: []string{c.service}, Tags: foreign.TagMap{"p": {c.public}}}})
		require.NoError(t, err)
		c.relays = append(c.relays, relay)
		go func() {
			for e := range sub.Events {
				switch e.Kind {
				case foreign.KindNWCWalletResponse:
					c.answers <- e
				case int(KindNotification):
					c.notices <- e
				}
			}
		}()
	}
	return c
}

// request makes an event that asks for something.
func (c *client) request(method string, params any, tags ...foreign.Tag) foreign.Event {
	c.t.Helper()
	raw, err := json.Marshal(map[string]any{"method": method, "params": params})
	require.NoError(c.t, err)
	payload, err := nip44.Encrypt(string(raw), c.talk)
	require.NoError(c.t, err)
	e := foreign.Event{PubKey: c.public, CreatedAt: foreign.Now(), Kind: foreign.KindNWCWalletRequest, Content: payload,
		Tags: append(foreign.Tags{{"p", c.service}, {"encryption", "nip44_v2"}}, tags...)}
	require.NoError(c.t, e.Sign(c.secret))
	return e
}

func (c *client) publish(e foreign.Event) {
	c.t.Helper()
	for _, r := range c.relays {
		require.NoError(c.t, r.Publish(within(c.t), e))
	}
}

type answered struct {
	Type   string                     `json:"result_type"`
	Error  *Error                     `json:"error"`
	Result map[string]json.RawMessage `json:"result"`
	Notice string                     `json:"notification_type"`
	What   *Transaction               `json:"notification"`
}

// next waits for an answer to a request, or for a notification where id is "".
func (c *client) next(id string) answered {
	c.t.Helper()
	from := c.answers
	if id == "" {
		from = c.notices
	}
	e := c.early[id]
	for e == nil {
		select {
		case e = <-from:
			if tag := e.Tags.Find("e"); id != "" && (tag == nil || tag[1] != id) {
				require.NotNil(c.t, tag)
				c.early[tag[1]], e = e, nil
			}
		case <-within(c.t).Done():
			c.t.Fatal("no answer came")
		}
	}
	ok, err := e.CheckSignature()
	require.NoError(c.t, err)
	require.True(c.t, ok)
	plain, err := nip44.Decrypt(e.Content, c.talk)
	require.NoError(c.t, err)
	var a answered
	require.NoError(c.t, json.Unmarshal([]byte(plain), &a))
	return a
}

func (c *client) ask(method string, params any) answered {
	c.t.Helper()
	e := c.request(method, params)
	c.publish(e)
	a := c.next(e.ID)
	require.Equal(c.t, method, a.Type)
	return a
}

func (c *client) refused(code Code, method string, params any) {
	c.t.Helper()
	a := c.ask(method, params)
	require.NotNil(c.t, a.Error, "%s %v", method, params)
	require.Equal(c.t, code, a.Error.Code, a.Error.Message)
	require.Nil(c.t, a.Result)
	require.NotEmpty(c.t, a.Error.Message)
}

func invoice(t *testing.T, msat int64, leftS int64) string {
	t.Helper()
	key, err := btcec.NewPrivateKey()
	require.NoError(t, err)
	text, err := bolt11.Encode(bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: msat, TimestampS: time.Now().Unix() - 3600 + leftS, PaymentHash: [32]byte{1, 2},
		PaymentSecret: [32]byte{3}, Description: "a cup of coffee", ExpiryS: 3600, MinFinalCltv: 18, Features: bolt11.FeatureBits(8, 14)}, key)
	require.NoError(t, err)
	return text
}

func TestAForeignClientPays(t *testing.T) {
	w := newWorld(t, 1)
	c := w.connect("phone")
	w.start()
	info := w.relays[0].Await(within(t), func(e *op.Event) bool { return e.Kind == KindInfo })
	require.Equal(t, "get_info get_balance get_budget pay_invoice pay_keysend lookup_invoice list_transactions notifications", info.Content)
	require.Equal(t, [][]string{{"encryption", "nip44_v2"}, {"notifications", "payment_sent"}}, info.Tags)

	a := c.ask("pay_invoice", map[string]any{"invoice": invoice(t, 21_000, 3600)})
	require.Nil(t, a.Error)
	require.JSONEq(t, `"`+strings.Repeat("11", 32)+`"`, string(a.Result["preimage"]))
	require.JSONEq(t, "7", string(a.Result["fees_paid"]))
	notice := c.next("")
	require.Equal(t, "payment_sent", notice.Notice)
	require.Equal(t, int64(21_000), notice.What.AmountMsat)
	require.Nil(t, c.ask("pay_keysend", map[string]any{"amount": 1000, "pubkey": "02" + strings.Repeat("ab", 32)}).Error)
	require.JSONEq(t, "978000", string(c.ask("get_balance", nil).Result["balance"]))
	require.JSONEq(t, "2", string(c.ask("get_budget", map[string]any{}).Result["total_budget"]))
	require.JSONEq(t, `"regtest"`, string(c.ask("get_info", nil).Result["network"]))
	var list []Transaction
	require.NoError(t, json.Unmarshal(c.ask("list_transactions", map[string]any{"limit": 10, "type": "outgoing"}).Result["transactions"], &list))
	require.Len(t, list, 2)
	require.JSONEq(t, `"settled"`, string(c.ask("lookup_invoice", map[string]any{"invoice": list[0].Invoice, "payment_hash": list[0].PaymentHash}).Result["state"]))
	require.Equal(t, 2, w.wallet.spent())

	c.refused(QuotaExceeded, "pay_invoice", map[string]any{"invoice": invoice(t, 978_001, 3600)})
	c.refused(NotImplemented, "make_invoice", map[string]any{"amount": 1})
	c.refused(NotImplemented, "make_hold_invoice", map[string]any{"amount": 1})
	c.refused(NotImplemented, "multi_pay_invoice", map[string]any{"invoices": []string{}})
	c.refused(NotImplemented, "pay_keysend", map[string]any{"amount": 1, "pubkey": "02" + strings.Repeat("ab", 32), "preimage": "00"})
	c.refused(NotFound, "lookup_invoice", map[string]any{"payment_hash": strings.Repeat("9", 64)})
	for name, params := range map[string]any{
		"no invoice": map[string]any{"invoice": "lnbc1"}, "another amount": map[string]any{"invoice": invoice(t, 1000, 3600), "amount": 1001},
		"no amount": map[string]any{"invoice": invoice(t, 0, 3600)}, "zero": map[string]any{"invoice": invoice(t, 0, 3600), "amount": 0},
		"a fraction": map[string]any{"invoice": invoice(t, 0, 3600), "amount": 1.5}, "negative": map[string]any{"invoice": invoice(t, 0, 3600), "amount": -1},
		"no object": "x",
	} {
		t.Log(name)
		c.refused(Other, "pay_invoice", params)
	}
	c.refused(PaymentFailed, "pay_invoice", map[string]any{"invoice": invoice(t, 1000, 0)})
	require.Equal(t, 2, w.wallet.spent())
}

func TestARequestIsPaidOnce(t *testing.T) {
	w := newWorld(t, 3)
	c := w.connect("phone")
	for i, r := range w.relays {
		var held []*op.Event
		r.Pass(func(e *op.Event) []*op.Event {
			if e.Kind != KindRequest {
				return []*op.Event{e}
			}
			forged := *e
			forged.Content = forged.Content[:100] + "A" + forged.Content[101:]
			switch i {
			case 0: // twice, and a forged one before
				return []*op.Event{&forged, e, e}
			case 1: // reordered: each comes after the next one
				held = append(held, e)
				if len(held)%2 == 1 {
					return nil
				}
				return []*op.Event{e, held[len(held)-2], e}
			}
			return nil // dropped
		})
	}
	w.start()
	for _, r := range w.relays {
		r.Listening(within(t), 2)
	}
	var ids []string
	for range 6 {
		e := c.request("pay_invoice", map[string]any{"invoice": invoice(t, 1000, 3600)})
		ids = append(ids, e.ID)
		c.publish(e)
		c.publish(e)
	}
	for _, id := range ids {
		require.Nil(t, c.next(id).Error)
	}
	require.Equal(t, 6, w.wallet.spent())
	w.stop() // and again: the relays hand all requests over once more
	for range 2 {
		w.start()
		for _, r := range w.relays {
			r.Listening(within(t), 2)
		}
		require.Nil(t, c.ask("get_balance", nil).Error)
		w.stop()
	}
	require.Equal(t, 6, w.wallet.spent())
	answers := map[string]int{}
	for _, e := range w.relays[0].Published() {
		if to, ok := nostr.Tag(e, "e"); ok && e.Kind == KindResponse {
			answers[to]++
		}
	}
	for _, id := range ids {
		require.Equal(t, 1, answers[id], "one answer for each request")
	}
}

func TestAPaymentGoesOnAfterARestart(t *testing.T) {
	w := newWorld(t, 1)
	c := w.connect("phone")
	w.wallet.gate = make(chan struct{})
	w.start()
	w.relays[0].Listening(within(t), 2)
	e := c.request("pay_invoice", map[string]any{"invoice": invoice(t, 1000, 3600)})
	c.publish(e)
	require.Eventually(t, func() bool { return w.wallet.spent() == 1 }, time.Minute, time.Millisecond)
	w.stop() // the payment has left, and nobody knows what became of it
	w.start()
	close(w.wallet.gate)
	require.Nil(t, c.next(e.ID).Error)
	require.Equal(t, 1, w.wallet.spent())
	w.stop()

	// An answer that no relay took is published after the restart, the very same.
	w.relays[0].Refuse("error: full")
	w.start()
	w.relays[0].Refuse("")
	lost := c.request("pay_invoice", map[string]any{"invoice": invoice(t, 1000, 3600)})
	c.publish(lost)
	require.Nil(t, c.next(lost.ID).Error)
	require.Equal(t, 2, w.wallet.spent())
}

func TestRevocationBitesAtOnce(t *testing.T) {
	w := newWorld(t, 1)
	c, other := w.connect("phone"), w.connect("laptop")
	w.start()
	require.Nil(t, c.ask("get_balance", nil).Error)
	require.NoError(t, w.store.Revoke("phone"))
	require.ErrorIs(t, w.store.Revoke("phone"), fs.ErrNotExist)
	for range 3 {
		c.publish(c.request("pay_invoice", map[string]any{"invoice": invoice(t, 1000, 3600)}))
	}
	require.Nil(t, other.ask("get_balance", nil).Error)
	require.Zero(t, w.wallet.spent())
	again := w.connect("phone") // the same name is another connection
	c.publish(c.request("pay_invoice", map[string]any{"invoice": invoice(t, 1000, 3600)}))
	require.Nil(t, again.ask("get_balance", nil).Error)
	require.Zero(t, w.wallet.spent())
}

func TestARevokedClientIsToldSo(t *testing.T) {
	w := newWorld(t, 1)
	c := w.connect("phone")
	w.start()
	require.Nil(t, c.ask("get_balance", nil).Error)
	// The service has not looked at its folder since: what counts is the file.
	path := filepath.Join(w.dir, "nwc", "phone.json")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(raw), c.secret)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(raw), `"wallet-1"`, `1`, 1)), 0o600))
	c.refused(Unauthorized, "get_balance", nil)
}

func TestWhatIsNoRequestIsPassedOver(t *testing.T) {
	w := newWorld(t, 1)
	c := w.connect("phone")
	w.start()
	w.relays[0].Listening(within(t), 2)
	pay := map[string]any{"invoice": invoice(t, 1000, 3600)}
	past := c.request("pay_invoice", pay, foreign.Tag{"expiration", fmt.Sprint(time.Now().Unix() - 1)})
	c.publish(past)
	c.publish(c.request("pay_invoice", pay, foreign.Tag{"expiration", "soon"}))
	old, late := c.request("pay_invoice", pay), c.request("pay_invoice", pay)
	old.CreatedAt -= maxAge + 60
	late.CreatedAt += maxLateStamp + 600
	for _, e := range []foreign.Event{old, late} {
		require.NoError(t, e.Sign(c.secret))
		c.publish(e)
	}
	stranger := newClient(t, Connection{Client: mustPublic(t, c.public)}, "nostr+walletconnect://"+c.service+"?secret="+c.secret)
	stranger.secret = foreign.GeneratePrivateKey()
	stranger.public, _ = foreign.GetPublicKey(stranger.secret)
	stranger.relays = c.relays
	stranger.publish(stranger.request("pay_invoice", pay))
	require.Nil(t, c.ask("get_balance", nil).Error)
	require.Zero(t, w.wallet.spent())

	future := c.request("get_balance", nil, foreign.Tag{"expiration", fmt.Sprint(time.Now().Unix() + 3600)})
	future.CreatedAt -= maxAge + 60
	require.NoError(t, future.Sign(c.secret))
	c.publish(future)
	require.Nil(t, c.next(future.ID).Error, "one with an expiration is good until then")
}

func mustPublic(t *testing.T, text string) op.PublicKey {
	t.Helper()
	key, err := op.ParsePublicKey(text)
	require.NoError(t, err)
	return key
}

func TestAnotherEncryption(t *testing.T) {
	w := newWorld(t, 1)
	c := w.connect("phone")
	w.start()
	w.relays[0].Listening(within(t), 2)
	for _, e := range []foreign.Event{
		{Content: "AAAA?iv=BBBB", Tags: foreign.Tags{{"p", c.service}}},
		{Content: "AAAA?iv=BBBB", Tags: foreign.Tags{{"p", c.service}, {"encryption", "nip04"}}},
		{Content: "#future", Tags: foreign.Tags{{"p", c.service}}},
	} {
		e.CreatedAt, e.Kind, e.PubKey = foreign.Now(), foreign.KindNWCWalletRequest, c.public
		require.NoError(t, e.Sign(c.secret))
		c.publish(e)
		a := c.next(e.ID)
		require.Equal(t, UnsupportedEncryption, a.Error.Code)
	}
	e := c.request("get_balance", nil)
	e.Tags = foreign.Tags{{"p", c.service}} // NIP-44, and does not say so
	require.NoError(t, e.Sign(c.secret))
	c.publish(e)
	require.Nil(t, c.next(e.ID).Error)
	e.Content = strings.Repeat("A", 200)
	require.NoError(t, e.Sign(c.secret))
	c.publish(e)
	require.NotNil(t, c.next(e.ID).Error)
}

func TestAClientThatAsksTooMuch(t *testing.T) {
	w := newWorld(t, 1)
	began := time.Now()
	w.now = func() time.Time { return began } // no token comes back
	c := w.connect("phone")
	w.start()
	w.relays[0].Listening(within(t), 2)
	for i := range burst + 3 {
		a := c.ask("get_balance", nil)
		require.Equal(t, i >= burst, a.Error != nil, "request %d", i)
		if a.Error != nil {
			require.Equal(t, RateLimited, a.Error.Code)
		}
	}
}

func TestInvoicesAndHolds(t *testing.T) {
	w := newWorld(t, 1)
	w.node = &node{made: map[string]Transaction{}, paid: make(chan Transaction)}
	c := w.connect("phone")
	w.start()
	a := c.ask("make_invoice", map[string]any{"amount": 5000, "description": "tea"})
	require.Nil(t, a.Error)
	require.JSONEq(t, `"incoming"`, string(a.Result["type"]))
	var hash string
	require.NoError(t, json.Unmarshal(a.Result["payment_hash"], &hash))
	require.JSONEq(t, `"pending"`, string(c.ask("lookup_invoice", map[string]any{"payment_hash": hash}).Result["state"]))
	w.node.paid <- Transaction{Type: Incoming, State: Settled, PaymentHash: hash, AmountMsat: 5000}
	notice := c.next("")
	require.Equal(t, "payment_received", notice.Notice)
	require.Equal(t, hash, notice.What.PaymentHash)

	preimage := [32]byte{9}
	held := fmt.Sprintf("%x", sha256.Sum256(preimage[:]))
	require.Nil(t, c.ask("make_hold_invoice", map[string]any{"amount": 5000, "payment_hash": held}).Error)
	require.Nil(t, c.ask("settle_hold_invoice", map[string]any{"preimage": hex.EncodeToString(preimage[:])}).Error)
	require.JSONEq(t, `"settled"`, string(c.ask("lookup_invoice", map[string]any{"payment_hash": held}).Result["state"]))
	require.Nil(t, c.ask("cancel_hold_invoice", map[string]any{"payment_hash": held}).Error)
	c.refused(NotFound, "cancel_hold_invoice", map[string]any{"payment_hash": strings.Repeat("8", 64)})
	c.refused(NotFound, "settle_hold_invoice", map[string]any{"preimage": strings.Repeat("8", 64)})
	c.refused(Other, "make_hold_invoice", map[string]any{"amount": 5000})
	c.refused(Other, "make_invoice", map[string]any{"amount": 0})
	c.refused(Other, "list_transactions", map[string]any{"limit": -1})
	var list []Transaction
	require.NoError(t, json.Unmarshal(c.ask("list_transactions", map[string]any{"unpaid": true}).Result["transactions"], &list))
	require.Len(t, list, 2)
}

func TestConnections(t *testing.T) {
	w := newWorld(t, 1)
	relays := []string{"wss://relay.example"}
	connect := func(name string, relays []string) error {
		_, _, err := w.store.Connect(w.master, name, "wallet-1", relays, 1)
		return err
	}
	require.NoError(t, connect("phone", relays))
	require.ErrorContains(t, connect("phone", relays), "revoke it first")
	for _, bad := range []string{"", "../x", "A", "a b", strings.Repeat("a", 41)} {
		require.ErrorContains(t, connect(bad, relays), "name")
		require.Error(t, w.store.Revoke(bad))
	}
	require.Error(t, connect("x", nil))
	require.Error(t, connect("x", []string{"http://x"}))
	list, err := w.store.List()
	require.NoError(t, err)
	require.Len(t, list, 1)
	other, err := NewMaster()
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v %d %x", other, other, []any{other}, other, other), other.Secret)
	key, err := w.master.key(list[0].ID)
	require.NoError(t, err)
	require.Equal(t, list[0].Service, key.Public())
	for i := len(list); i < MaxConnections; i++ {
		require.NoError(t, connect(fmt.Sprint("c", i), relays))
	}
	require.ErrorContains(t, connect("more", relays), "at most 64")
	_, err = New(Config{Store: w.store, Master: Master{Version: 1, Secret: "x"}, Journal: "x", Open: func(string) (Wallet, Receiver, Holder, error) { return nil, nil, nil, errors.New("x") }})
	require.Error(t, err)
}
