package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/terminal"
	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/offer/offertest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
	"github.com/econd/econd/node/wallet/lndwallet"
)

const economy = "test-0011223344556677"

var disputeIDs = []string{strings.Repeat("d", 64), strings.Repeat("e", 64)}

// lightning is the agent's LND and the payee in one: real invoices, payments
// that are only remembered.
type lightning struct {
	mu        sync.Mutex
	key       *btcec.PrivateKey
	preimages map[l402.Hash]l402.Preimage
	status    map[l402.Hash]wallet.PaymentState
	invoices  map[l402.Hash]string // that were paid
	started   int
	failHolds bool
	onHold    func(l402.Hash)
}

func (n *lightning) AddInvoice(_ context.Context, msat int64, memo string, _ time.Duration) (string, l402.Hash, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var preimage l402.Preimage
	_, _ = rand.Read(preimage[:])
	hash := preimage.Hash()
	n.preimages[hash] = preimage
	text, err := bolt11.Encode(bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: msat, TimestampS: time.Now().Unix(), PaymentHash: hash,
		Description: memo}, n.key)
	return text, hash, err
}

func (n *lightning) Pay(_ context.Context, r wallet.PayRequest) (wallet.Payment, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.status[r.Hash], n.invoices[r.Hash] = wallet.Succeeded, r.Invoice
	return wallet.Payment{State: wallet.Succeeded, Invoice: r.Invoice, Preimage: n.preimages[r.Hash], FeeMsat: 3}, nil
}

func (n *lightning) Start(_ context.Context, r wallet.PayRequest) (wallet.Payment, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.started++
	if n.failHolds {
		n.status[r.Hash] = wallet.Failed
		return wallet.Payment{State: wallet.Failed, Reason: "no route"}, nil
	}
	n.status[r.Hash] = wallet.InFlight
	n.onHold(r.Hash)
	return wallet.Payment{State: wallet.InFlight}, nil
}

func (n *lightning) Track(_ context.Context, hash l402.Hash, _ bool) (wallet.Payment, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.status[hash] == wallet.Unknown {
		return wallet.Payment{State: wallet.NotFound}, nil
	}
	return wallet.Payment{State: n.status[hash], Invoice: n.invoices[hash], Preimage: n.preimages[hash]}, nil
}

func (n *lightning) Identity(context.Context) (lndwallet.Identity, error) {
	return lndwallet.Identity{Key: [33]byte(n.key.PubKey().SerializeCompressed()), Alias: "me", Network: "regtest"}, nil
}

func (n *lightning) SignMessage(_ context.Context, text string) (string, error) {
	return "signature over " + text, nil
}

func (n *lightning) Close() error { return nil }

// econd implements the part of econd's HTTP contract that econctl uses.
type econd struct {
	*httptest.Server
	t    *testing.T
	node *lightning
	gate *l402.Gate
	book *offertest.Log    // its log, as far as proofs go
	at   map[string]uint64 // where it offers a hold
	lie  func(hold op.ID, hash op.Hash, invoice string) (shown string)

	mu       sync.Mutex
	price    map[string]int64 // by resource
	counted  bool             // tokens are good as often as they were bought for
	events   []*op.Event
	holds    map[string]map[string]any
	refuse   map[string]any // problem for the next operations
	lose     int            // answers to operations to lose
	busy     int            // answers 503
	signed   [][]string     // Authorization values of requests about webhooks
	loseSign int            // answers to these to lose
	cut      bool           // break the next export off
	dispute  map[string]any // the only one
	height   uint32         // locked holds are renewed if it is not 0
	ago      int64          // added to the times of statements, ms
	requests []string

	agent     string           // the only one listed, instead of one that has no curve point
	proposals []map[string]any // listed, instead of two
	endless   bool             // the list never ends

	resumed    []string                        // Last-Event-ID of streams
	shift      int                             // streams begin so much further on than they were asked to
	tamper     func(i int, line []byte) []byte // what is sent of an entry; nil leaves it out
	cutStreams int                             // streams that end after their first event
	onCut      func()                          // what happens then
}

func newEcond(t *testing.T) *econd {
	book := offertest.New(t, economy, "operator", true)
	s := &econd{t: t, book: book, at: map[string]uint64{}, price: map[string]int64{}, holds: map[string]map[string]any{},
		node: &lightning{key: book.Node(), preimages: map[l402.Hash]l402.Preimage{}, status: map[l402.Hash]wallet.PaymentState{}, invoices: map[l402.Hash]string{}}}
	s.node.onHold = s.locked
	var err error
	cfg := l402.DefaultConfig()
	cfg.Store, cfg.Invoicer, cfg.Rand = l402test.NewMemory(), s.node, rand.Reader
	cfg.Balances = l402test.NewBalances()
	s.gate, err = l402.NewGate(cfg)
	require.NoError(t, err)
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *econd) locked(hash l402.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.holds {
		if h["payment_hash"] == hash.String() {
			h["state"] = "locked"
			s.renewed(h)
		}
	}
}

// resourceOf is what a request costs the price of.
func resourceOf(r *http.Request) string {
	switch path := r.URL.Path; {
	case path == "/v1/operations":
		return "operations"
	case strings.HasSuffix(path, "/proof") && !strings.HasPrefix(path, "/v1/stakes/"):
		return "proofs"
	case path == "/v1/events":
		return "events"
	case strings.HasPrefix(path, "/v1/proposals"), strings.HasPrefix(path, "/v1/agents/"):
		return "queries"
	}
	return ""
}

func (s *econd) admit(w http.ResponseWriter, r *http.Request) bool {
	resource := resourceOf(r)
	if s.price[resource] == 0 {
		return true
	}
	need := l402.Need{Service: "econd", Capability: resource}
	grant, err := s.gate.Check(r.Context(), time.Now(), r.Header.Values("Authorization"), need)
	if err == nil && s.counted {
		_, err = s.gate.Take(time.Now(), &grant, 1)
		w.Header().Set(l402.UsesLeftHeader, strconv.FormatInt(grant.Left, 10))
	}
	if err == nil {
		return true
	}
	uses, err := strconv.ParseInt(cmp.Or(r.Header.Get(l402.UsesHeader), "1"), 10, 64)
	if err != nil {
		s.t.Error(err)
	}
	c, err := s.gate.Challenge(r.Context(), time.Now(), l402.Ask{Need: need, Uses: uses, PriceMsat: uses * 1000 * s.price[resource]})
	if err != nil {
		s.t.Error(err)
	}
	w.Header().Set("WWW-Authenticate", c.Header())
	w.WriteHeader(http.StatusPaymentRequired)
	return false
}

func (s *econd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.String())
	if s.busy > 0 {
		s.busy--
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if !s.admit(w, r) {
		return
	}
	path := r.URL.Path
	switch {
	case strings.HasSuffix(path, "/notifications"):
		w.Header().Set("Content-Type", "text/event-stream")
		after := cmp.Or(r.Header.Get("Last-Event-ID"), "1-2-3")
		if s.shift != 0 {
			after = "1-2-3"
		}
		fmt.Fprintf(w, "retry: 2000\nid: %s\nevent: hello\ndata: {\"after\":%[1]q}\n\n: beat\n\n", after)
		for i := 1; i <= 2; i++ {
			fmt.Fprintf(w, "id: 1-2-%d\nevent: vote-needed\ndata: {\"id\":\"ntc_%d\",\"kind\":\"vote-needed\",\"subject\":\"p1\",\"text\":\"Vote.\",\"until_ms\":1800000000000}\n\n", 3+i, i)
		}
	case strings.Contains(path, "/webhook") && !strings.HasPrefix(path, "/v1/admin/"):
		s.signed = append(s.signed, r.Header.Values("Authorization"))
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Nostr ") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if s.loseSign > 0 {
			s.loseSign--
			panic(http.ErrAbortHandler)
		}
		switch {
		case strings.HasSuffix(path, "/secret"):
			reply(w, map[string]any{"origin": "https://agent.example", "secret": "whsec_YWdlbnQ="})
		case r.Method == http.MethodDelete:
			w.WriteHeader(http.StatusNoContent)
		default:
			reply(w, map[string]any{"url": "https://agent.example/x", "state": "disabled", "reason": "answered 410", "delivered": 3})
		}
	case path == "/v1/info":
		reply(w, map[string]any{"economy": economy, "network": "regtest", "operator": strings.Repeat("0", 64), "version": "v",
			"size": len(s.events), "now_ms": 1000, "log": map[string]string{"origin": "econd/" + economy, "verifier_key": s.book.VerifierKey()},
			"clock": map[string]any{"time_ms": 5, "height": 7}, "prices": []map[string]any{{"resource": "operations", "sat": s.price["operations"]}}})
	case path == "/v1/operations":
		s.operation(w, r)
	case path == "/v1/stakes":
		s.stakes(w)
	case strings.HasPrefix(path, "/v1/stakes/") && strings.HasSuffix(path, "/proof"):
		reply(w, s.book.Proof(s.at[strings.Split(path, "/")[3]]))
	case strings.HasPrefix(path, "/v1/stakes/"):
		if h := s.holds[strings.TrimPrefix(path, "/v1/stakes/")]; h != nil {
			reply(w, h)
			return
		}
		refuse(w, 404, map[string]any{"title": "Not found", "rule": "stake"})
	case path == "/v1/log":
		s.log(w, r)
	case path == "/v1/events":
		s.stream(w, r)
	case strings.HasPrefix(path, "/v1/admin/"):
		s.admin(w, r)
	case path == "/v1/checkpoints/consistency":
		s.consistency(w, r.URL.Query())
	case path == "/v1/agents":
		agent := map[string]any{"pubkey": cmp.Or(s.agent, proposalID), "name": "a\x1b[2Jda", "stake_sat": 5000, "score": "127974287011360015"}
		reply(w, map[string]any{"items": []any{agent}})
	case path == "/v1/constitution":
		reply(w, map[string]any{"version": 1, "tracks": []any{map[string]any{"name": "price"}, map[string]any{"name": "poll"}},
			"disputes": map[string]any{"fields": []any{"general", "models"}}})
	case path == "/v1/constitution/versions":
		reply(w, map[string]any{"items": []any{map[string]any{"version": 1, "seq": 0, "time_ms": 1000, "hash": proposalID},
			map[string]any{"version": 2, "seq": 7, "time_ms": 2000, "hash": proposalID, "proposal": proposalID}}})
	case path == "/v1/constitution/versions/2", strings.HasPrefix(path, "/v1/grants/"):
		reply(w, map[string]any{"version": 1})
	case strings.HasPrefix(path, "/v1/registry/"):
		reply(w, map[string]any{"version": "1"})
	case path == "/v1/registry":
		reply(w, map[string]any{"items": []any{map[string]any{"kind": "model", "name": "sum", "version": "2", "sha256": proposalID, "status": "allowed", "url": "https://x\x1b[2J"}}})
	case path == "/v1/jurors":
		reply(w, map[string]any{"items": []any{map[string]any{"pubkey": proposalID, "fields": []any{"models", "to\x1bols"}, "state": "ready", "bond_sat": 3000, "score": "7"}}})
	case path == "/v1/disputes", strings.HasSuffix(path, "/disputes"):
		reply(w, map[string]any{"items": []any{
			map[string]any{"id": disputeIDs[0], "proposal": proposalID, "ground": "fraud", "state": "open", "step": "draw", "draw_height": 502, "rounds": []any{map[string]any{}}},
			map[string]any{"id": disputeIDs[1], "proposal": proposalID, "ground": "harm", "state": "open", "step": "appeal", "step_until_ms": 1000, "appeal_sat": 4000, "rounds": []any{map[string]any{}}}}})
	case strings.HasPrefix(path, "/v1/disputes/"):
		reply(w, s.dispute)
	case path == "/v1/grants":
		reply(w, map[string]any{"items": []any{map[string]any{"id": "7-0", "agent": proposalID, "pool": "reserve", "sat": 900, "free_sat": 5, "drawn_sat": 3, "end_ms": 1000},
			map[string]any{"id": "8-0", "agent": proposalID, "pool": "reserve", "sat": 900, "revoked_ms": 1000}}})
	case strings.HasPrefix(path, "/v1/budgets/"):
		reply(w, map[string]any{"items": []any{map[string]any{"pool": "reserve", "sat": 5, "period_s": 60, "until_ms": 1000, "in_force": true},
			map[string]any{"pool": "founders", "sat": 5, "period_s": 60, "until_ms": 1000}}})
	case path == "/v1/anchors":
		reply(w, map[string]any{"items": []any{map[string]any{"checkpoint_size": 9, "txid": proposalID, "state": "final", "height": 500},
			map[string]any{"checkpoint_size": 12, "txid": proposalID, "state": "pending"}}})
	case path == "/v1/recoveries":
		reply(w, map[string]any{"items": []any{map[string]any{"seq": 7, "time_ms": 1000, "decision": "restored", "note": "a\nb", "size": 9},
			map[string]any{"seq": 8, "time_ms": 1000, "decision": "restored"},
			map[string]any{"seq": 9, "time_ms": 1000, "decision": "new-line", "note": "c", "after": proposalID}}})
	case path == "/v1/pauses":
		reply(w, map[string]any{"items": []any{map[string]any{"track": "price", "since_ms": 1000, "until_ms": 3601000, "reason": "a\nb", "seq": 4}}})
	case path == "/v1/pauses/motions":
		signed := []any{map[string]any{"guardian": proposalID, "reason": "look\x1b", "seq": 4}}
		reply(w, map[string]any{"items": []any{map[string]any{"tracks": []string{"price", "signal"}, "until_ms": 3601000, "signed": signed, "needed": 2},
			map[string]any{"tracks": []string{"price"}, "until_ms": 0, "signed": signed, "needed": 2}}})
	case strings.HasSuffix(path, "/proof"), path == "/v1/checkpoints/latest":
		_, _ = io.WriteString(w, proofOf(path))
	case path == "/v1/proposals" && s.proposals != nil:
		answer := map[string]any{"items": s.proposals[:min(len(s.proposals), 100)]}
		if s.endless {
			answer["next"] = r.URL.Query().Get("cursor") + "x"
		}
		reply(w, answer)
	case path == "/v1/proposals":
		item := map[string]any{"id": strings.Repeat("1", 64), "title": "a\x1b[2J title", "state": "active", "track": "price"}
		if r.URL.Query().Get("cursor") == "" {
			reply(w, map[string]any{"items": []any{item}, "next": "more"})
			return
		}
		reply(w, map[string]any{"items": []any{item}})
	case strings.HasSuffix(path, "/ballots"):
		reply(w, map[string]any{"items": []any{map[string]any{"voter": proposalID, "choice": "for", "weight": "1", "seq": 4}}})
	case strings.HasSuffix(path, "/explain"):
		reply(w, map[string]any{"proposal": proposalID, "state": "vetoed", "at_ms": 5, "sentences": []string{"The vote ended.", "It is vetoed: \x1b[2Jbad\nline"}})
	case strings.Contains(path, "/reputation"):
		s.reputation(w, r)
	case strings.HasSuffix(path, "/participation"), strings.HasSuffix(path, "/delegate-report"):
		participation(w, r)
	case strings.HasSuffix(path, "/delegations"):
		agent := strings.Split(path, "/")[3]
		given := map[string]any{"from": agent, "track": "", "to": proposalID, "share_ppm": 250000, "since_ms": 1, "expires_ms": 3601000, "seq": 4}
		got := map[string]any{"from": proposalID, "track": "price", "to": agent, "share_ppm": 1000000, "since_ms": 1, "seq": 5}
		if r.URL.Query().Get("cursor") == "" {
			reply(w, map[string]any{"items": []any{given}, "statements": []any{}, "next": "more"})
			return
		}
		reply(w, map[string]any{"items": []any{got}, "statements": []any{map[string]any{"agent": agent, "track": "price", "text": "low\nprices", "seq": 6}}})
	case strings.HasPrefix(path, "/v1/proposals/"):
		reply(w, map[string]any{"id": path[14:], "state": "active"})
	default:
		refuse(w, 404, map[string]any{"title": "Not found"})
	}
}

// consistency is the proof between two sizes of the book, and none for others.
func (s *econd) consistency(w http.ResponseWriter, q url.Values) {
	old, _ := strconv.ParseUint(q.Get("old"), 10, 64)
	size, _ := strconv.ParseUint(q.Get("size"), 10, 64)
	v := view.Consistency{Old: int64(old), Size: int64(size), Hashes: []op.Hash{}}
	if size <= s.book.Size() {
		v.Hashes = s.book.Consistency(old, size)
	}
	reply(w, v)
}

func reply(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func refuse(w http.ResponseWriter, status int, p map[string]any) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	reply(w, p)
}

func (s *econd) operation(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e, err := op.Decode(body)
	if err == nil {
		err = e.Verify()
	}
	if err != nil || e.Economy() != economy {
		refuse(w, 400, map[string]any{"title": "Malformed", "detail": fmt.Sprint(err)})
		return
	}
	if s.refuse != nil {
		refuse(w, 422, s.refuse)
		return
	}
	seq, replay := s.record(e)
	if s.lose > 0 {
		s.lose--
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			conn.Close()
		}
		return
	}
	reply(w, map[string]any{"id": e.ID, "seq": seq, "time_ms": 1, "height": 2, "block": strings.Repeat("0", 64), "replay": replay})
}

func (s *econd) record(e *op.Event) (seq int, replay bool) {
	for i, have := range s.events {
		if have.ID == e.ID {
			return i, true
		}
	}
	s.events = append(s.events, e)
	var want struct {
		AmountSat int64  `json:"amount_sat"`
		Track     string `json:"track"`
	}
	_ = json.Unmarshal([]byte(e.Content), &want)
	purpose := "stake"
	if e.Kind == op.KindPropose && want.Track == "price" {
		want.AmountSat, purpose = 5000, "collateral"
	}
	if k := e.Kind; k == op.KindDispute || k == op.KindAppeal || k == op.KindJuror {
		want.AmountSat, purpose = 2000, "bond"
	}
	renews := s.renews(e)
	if old := s.holds[renews]; old != nil {
		want.AmountSat, purpose = old["amount_sat"].(int64), old["purpose"].(string)
	}
	if want.AmountSat > 0 {
		invoice, hash, err := s.node.AddInvoice(context.Background(), 1000*want.AmountSat, op.HoldMemo(purpose, e.ID), 0)
		if err != nil {
			s.t.Error(err)
		}
		s.at[e.ID.String()] = s.book.Offer(e.ID, op.Hash(hash), invoice)
		if s.lie != nil {
			invoice = s.lie(e.ID, op.Hash(hash), invoice)
		}
		s.holds[e.ID.String()] = map[string]any{"id": e.ID, "purpose": purpose, "amount_sat": want.AmountSat,
			"state": "offered", "invoice": invoice, "payment_hash": hash.String()}
		if renews != "" {
			s.holds[e.ID.String()]["renews"] = renews
		}
	}
	return len(s.events) - 1, false
}

func (s *econd) line(i int) []byte {
	return (&op.Entry{Seq: uint64(i), Stamp: op.Stamp{TimeMs: int64(i)}, Event: s.events[i]}).Marshal()
}

func (s *econd) sent(i int) []byte {
	if s.tamper != nil {
		return s.tamper(i, s.line(i))
	}
	return s.line(i)
}

func (s *econd) log(w http.ResponseWriter, r *http.Request) {
	from, _ := strconv.Atoi(r.URL.Query().Get("from"))
	for i := from; i < len(s.events); i++ {
		line := s.sent(i)
		if line == nil {
			continue
		}
		if s.cut && i == from+1 {
			s.cut = false
			_, _ = w.Write(line[:20])
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(append(line, '\n'))
	}
}

// stream ends after two entries each time, so that a reader has to come back.
func (s *econd) stream(w http.ResponseWriter, r *http.Request) {
	after := len(s.events) - 1
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		after, _ = strconv.Atoi(last)
	}
	s.resumed = append(s.resumed, r.Header.Get("Last-Event-ID"))
	if len(s.resumed) > 1 {
		after += s.shift
	}
	fmt.Fprintf(w, "retry: 2000\nid: %d\nevent: hello\ndata: {\"after\":%[1]d}\n\n: beat\n\n", after)
	if s.cutStreams > 0 {
		s.cutStreams--
		s.onCut() // while nobody listens
		return
	}
	for i := after + 1; i < min(len(s.events), after+3); i++ {
		if line := s.sent(i); line != nil {
			fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", i, s.events[i].Kind, line)
		}
	}
}

// admin checks NIP-98 as econd does.
func (s *econd) admin(w http.ResponseWriter, r *http.Request) {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Nostr ")
	raw, err := base64.StdEncoding.DecodeString(text)
	var e struct {
		ID        string     `json:"id"`
		PubKey    string     `json:"pubkey"`
		CreatedAt int64      `json:"created_at"`
		Kind      int        `json:"kind"`
		Tags      [][]string `json:"tags"`
		Content   string     `json:"content"`
		Sig       string     `json:"sig"`
	}
	want := [][]string{{"u", s.URL + r.URL.RequestURI()}, {"method", r.Method}}
	if !ok || err != nil || json.Unmarshal(raw, &e) != nil || e.Kind != 27235 || len(e.Tags) != 4 || fmt.Sprint(e.Tags[:2]) != fmt.Sprint(want) ||
		e.Tags[2][0] != "nonce" || e.Tags[3][0] != "order" ||
		time.Since(time.Unix(e.CreatedAt, 0)).Abs() > time.Minute {

		refuse(w, 401, map[string]any{"title": "Not authenticated", "detail": string(raw)})
		return
	}
	if r.URL.Path == "/v1/admin/backup" {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write([]byte("backup"))
		return
	}
	if r.URL.Path == "/v1/admin/webhook-secret" {
		reply(w, map[string]any{"origin": r.URL.Query().Get("origin"), "secret": "whsec_c2VjcmV0"})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// agent is a person with econctl, a key and a folder.
type agent struct {
	tty     terminal.Terminal // nil: nobody types
	t       *testing.T
	s       *econd
	dir     string
	lnd     bool
	yes     bool     // answers to questions
	bare    bool     // without flags that name the key and so on
	openers []opener // nil: as they are
	key     op.SecretKey
}

func newAgent(t *testing.T, s *econd) *agent {
	g := &agent{t: t, s: s, dir: t.TempDir(), lnd: true}
	var err error
	g.key, err = keyfile.NewSecretKey()
	require.NoError(t, err)
	require.NoError(t, keyfile.Write(filepath.Join(g.dir, "agent.key"), keyfile.NewAgent(g.key)))
	return g
}

type outcome struct {
	code     int
	out, err string
}

func (g *agent) run(line ...string) outcome {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), 30*time.Second)
	defer cancel()
	return g.runIn(ctx, line...)
}

// runIn runs a command until ctx ends.
func (g *agent) runIn(ctx context.Context, line ...string) outcome {
	g.t.Helper()
	var out, errs bytes.Buffer
	return outcome{run(ctx, g.app(&out, &errs), append(g.base(), line...)), out.String(), errs.String()}
}

// app is a run of the agent's.
func (g *agent) app(out, errs io.Writer) *app {
	a := newApp(strings.NewReader("from stdin"), out, errs)
	a.ask = func(string) bool { return g.yes }
	a.tty = func() terminal.Terminal { return g.tty }
	a.dial = func(lndConfig) (lightningNode, error) {
		if !g.lnd {
			return nil, errMissingLND
		}
		return g.s.node, nil
	}
	if g.openers != nil {
		a.openers = g.openers
	}
	return a
}

// base are the flags of every run.
func (g *agent) base() []string {
	if g.bare {
		return nil
	}
	return []string{"--econd", g.s.URL, "--key", filepath.Join(g.dir, "agent.key"), "--tokens", filepath.Join(g.dir, "tokens"), "--retry-for", "5s"}
}

// json runs a command with --json, which must succeed, and returns its object.
func (g *agent) json(line ...string) map[string]any {
	g.t.Helper()
	o := g.run(append([]string{"--json"}, line...)...)
	require.Equal(g.t, exitOK, o.code, o.err)
	require.Empty(g.t, o.err, "a program reads one stream")
	var v map[string]any
	require.NoError(g.t, json.Unmarshal([]byte(o.out), &v), o.out)
	return v
}

func (s *econd) last() *op.Event { return s.events[len(s.events)-1] }

func bindStatement(g *agent) string { return op.BindStatement(economy, g.key.Public()) }

// proofOf is what this econd gives as a proof: of the right form, and of nothing.
func proofOf(path string) string {
	checkpoint := "econd.example/log\n1\n" + base64.StdEncoding.EncodeToString(make([]byte, 32)) +
		"\n\n— econd.example/log " + base64.StdEncoding.EncodeToString(make([]byte, 68)) + "\n"
	switch {
	case strings.Contains(path, "/ballots/"):
		return `{"version":1,"of":"` + path + `"}`
	case strings.HasPrefix(path, "/v1/operations/"):
		return string(anchor.AppendInclusion(nil, 0, nil, []byte(checkpoint)))
	}
	return checkpoint
}
