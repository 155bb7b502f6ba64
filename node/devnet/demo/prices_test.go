package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/wallet"
)

// said is an answer over HTTP.
type said struct {
	status int
	body   string
	header http.Header
}

// ask sends a request with a token, or without one.
func (e *economy) ask(ctx context.Context, t *testing.T, method, url, media, body, token string) said {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return said{resp.StatusCode, string(text), resp.Header}
}

// settle pays the challenge of an answer, which must be over sat, and returns
// the token.
func (e *economy) settle(ctx context.Context, t *testing.T, a said, sat int64) string {
	t.Helper()
	if a.status != http.StatusPaymentRequired {
		t.Fatalf("not asked for %d sat: %d %s", sat, a.status, a.body)
	}
	demand, err := l402.ParseDemand(a.header.Values("WWW-Authenticate"))
	if err != nil {
		t.Fatalf("%v: %v %s", err, a.header, a.body)
	}
	price, err := wallet.ReadInvoice(demand.Invoice)
	if err != nil || price.Sat != sat {
		t.Fatalf("asked for %d sat, want %d (%v)", price.Sat, sat, err)
	}
	paid, err := e.net.Consumer.Pay(ctx, demand.Invoice)
	if err != nil {
		t.Fatal(err)
	}
	preimage, err := l402.ParsePreimage(paid.PaymentPreimage)
	if err != nil {
		t.Fatal(err)
	}
	return demand.Credential(preimage).Authorization()
}

func (a said) want(t *testing.T, what string, status int, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(a.body, part) {
			t.Fatalf("%s: %d %s, want %q", what, a.status, a.body, part)
		}
	}
	if a.status != status {
		t.Fatalf("%s: %d %s, want %d", what, a.status, a.body, status)
	}
}

// registration is a signed operation of a fresh key.
func (e *economy) registration(t *testing.T, n byte) string {
	t.Helper()
	ev := &op.Event{CreatedAt: time.Now().Unix(), Kind: op.KindRegister, Tags: [][]string{{op.EconomyTag, e.id}},
		Content: op.EncodeContent(op.Register{Name: fmt.Sprintf("agent %d", n)})}
	key, err := op.NewSecretKey(bytes.Repeat([]byte{n}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if err := ev.Sign(key); err != nil {
		t.Fatal(err)
	}
	return string(ev.Marshal())
}

// Behind a real aperture a token is a balance that econd counts, what governance
// prices is charged at once, and nobody gets past aperture's list.
func TestTokensAreBalancesBehindAperture(t *testing.T) {
	ctx, e := start(t, 8*time.Minute)
	t.Run("operations", func(t *testing.T) { e.operationsAreCounted(ctx, t) })
	t.Run("priced reads", func(t *testing.T) { e.readsArePriced(ctx, t) })
	t.Run("keys", func(t *testing.T) { e.keysArePassedOn(ctx, t) })
}

func (e *economy) operationsAreCounted(ctx context.Context, t *testing.T) {
	const media = "application/json"
	front, behind := e.aperture.URL()+"/v1/operations", "http://"+e.httpAddr+"/v1/operations"
	one, two := e.registration(t, 101), e.registration(t, 102)
	token := e.settle(ctx, t, e.ask(ctx, t, "POST", front, media, one, ""), 10)
	e.ask(ctx, t, "POST", front, media, one, token).want(t, "paid", 201)
	e.ask(ctx, t, "POST", front, media, one, token).want(t, "the same again", 200, `"replay":true`)
	used := e.ask(ctx, t, "POST", front, media, two, token)
	used.want(t, "another with the same token", 402)
	token = e.settle(ctx, t, used, 10) // aperture's challenge, passed on
	e.econd.Kill()
	if err := e.startEcond(ctx); err != nil {
		t.Fatal(err)
	}
	e.ask(ctx, t, "POST", front, media, two, token).want(t, "paid before the kill", 201)
	e.econd.Kill()
	if err := e.startEcond(ctx); err != nil {
		t.Fatal(err)
	}
	e.ask(ctx, t, "POST", front, media, e.registration(t, 103), token).want(t, "used up before the kill", 402)

	var batch bytes.Buffer
	for n := range byte(3) {
		fmt.Fprintln(&batch, e.registration(t, 110+n))
	}
	token = e.settle(ctx, t, e.ask(ctx, t, "POST", front, "application/x-ndjson", batch.String(), ""), 30)
	batch.WriteString(e.registration(t, 113))
	e.ask(ctx, t, "POST", front, "application/x-ndjson", batch.String(), token).
		want(t, "three paid of four", 200, `{"line":3,"status":201`, `{"line":4,"status":402`)

	// Whoever comes in behind aperture pays the same.
	e.ask(ctx, t, "POST", behind, media, e.registration(t, 104), "").want(t, "without a token", 402)
	stranger, err := e.net.Operator.NewInvoice(ctx, 1000, "coffee")
	if err != nil {
		t.Fatal(err)
	}
	paid, err := e.net.Consumer.Pay(ctx, stranger.PaymentRequest)
	if err != nil {
		t.Fatal(err)
	}
	coffee := token[:len(token)-64] + paid.PaymentPreimage
	e.ask(ctx, t, "POST", behind, media, e.registration(t, 104), coffee).want(t, "a token of another payment", 401)
}

func (e *economy) readsArePriced(ctx context.Context, t *testing.T) {
	s := &story{economy: e}
	for _, step := range []func(context.Context) error{s.register, s.stake} {
		if err := step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	list := e.aperture.URL() + "/v1/proposals"
	e.ask(ctx, t, "GET", list, "", "", "").want(t, "free at present", 200)
	var d done
	if err := e.ctl(ctx, e.provider, &d, "propose", "--track", "price", "--title", "Reads at 5 sat", "--pay", "--max-sats", "6000",
		"--action", `{"type":"set-price","resource":"queries","sat":5,"expect_sat":0}`); err != nil {
		t.Fatal(err)
	}
	if err := e.pass(ctx, d.ID, e.provider, e.consumer); err != nil {
		t.Fatal(err)
	}
	var asked said
	if err := until(ctx, "reads have a price", func() (bool, error) {
		asked = e.ask(ctx, t, "GET", list, "", "", "")
		// An answer without a challenge is econd's own: aperture asked for the price just before it rose.
		return len(asked.header.Values("WWW-Authenticate")) > 0, nil
	}); err != nil {
		t.Fatal(err)
	}
	token := e.settle(ctx, t, asked, 5)
	e.ask(ctx, t, "GET", list, "", "", token).want(t, "paid", 200, d.ID.String())
	e.ask(ctx, t, "GET", list, "", "", token).want(t, "once", 402)
	e.ask(ctx, t, "GET", e.aperture.URL()+"/v1/info", "", "", "").want(t, "always free", 200)
	past := e.ask(ctx, t, "GET", e.aperture.URL()+"/v1/info?at=1", "", "", "")
	e.ask(ctx, t, "GET", e.aperture.URL()+"/v1/info?at=1", "", "", e.settle(ctx, t, past, 5)).want(t, "the past, paid", 200)
	e.ask(ctx, t, "GET", "http://"+e.httpAddr+"/v1/proposals", "", "", "").want(t, "past aperture", 402)
	e.ask(ctx, t, "GET", "http://"+e.httpAddr+"/readyz", "", "", "").want(t, "a list that lets unpaid requests through", 503, "econd aperture")
}
