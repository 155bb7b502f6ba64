package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// receiver takes webhooks as the service of a third party would: 503 at first,
// then it checks the signature and takes what it has not taken yet.
type receiver struct {
	mu     sync.Mutex
	secret string
	calls  int
	taken  map[string]string // body by webhook-id
	faults []error
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	if r.calls++; r.calls == 1 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	hook, err2 := standard.NewWebhook(r.secret)
	if err == nil && err2 == nil {
		err = hook.Verify(body, req.Header)
	}
	if err != nil || err2 != nil {
		r.faults = append(r.faults, fmt.Errorf("%v %v", err, err2))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.taken[req.Header.Get("webhook-id")] = string(body)
	w.WriteHeader(http.StatusNoContent)
}

func (s *story) results(ctx context.Context, id op.ID) ([]view.ActionResult, error) {
	p, err := s.api.Proposal(id).Get(ctx)
	return p.Results, err
}

func (s *story) untilResult(ctx context.Context, id op.ID, action int, want string) (r view.ActionResult, err error) {
	err = until(ctx, fmt.Sprintf("action %d is %s", action, want), func() (bool, error) {
		list, err := s.results(ctx, id)
		if err != nil || len(list) <= action {
			return false, err
		}
		r = list[action]
		if r.State != want && r.State != "pending" {
			return false, fmt.Errorf("it is %+v", r)
		}
		return r.State == want, nil
	})
	return r, err
}

// settled counts the payments over an amount that a node received.
func settled(ctx context.Context, a *agent, sat int64) (n int, err error) {
	list, err := lnrpc.NewLightningClient(a.lnd.Conn()).ListInvoices(ctx, &lnrpc.ListInvoiceRequest{NumMaxInvoices: 1000})
	if err != nil {
		return 0, err
	}
	for _, inv := range list.Invoices {
		if inv.State == lnrpc.Invoice_SETTLED && inv.AmtPaidSat == sat {
			n += len(inv.Htlcs)
		}
	}
	return n, nil
}

// A decision pays by keysend and by invoice and calls a webhook. econd is killed
// with SIGKILL after LND has paid and before econd knows, both times; each
// payee is paid once, the pool's books agree with LND's, and the log replays.
func TestPaymentsAcrossKills(t *testing.T) {
	ctx, e := start(t, 8*time.Minute)
	s := &story{economy: e}
	hook := &receiver{taken: map[string]string{}}
	server := httptest.NewServer(hook)
	t.Cleanup(server.Close)
	for _, step := range []func(context.Context) error{s.register, s.stake, s.fill,
		func(ctx context.Context) error { return s.secretOf(ctx, hook, server.URL) },
		func(ctx context.Context) error {
			return s.payAcrossKills(ctx, server.URL+"/upgrade?token=of-the-receiver")
		},
		func(ctx context.Context) error { return s.onceEach(ctx, hook) }} {
		if err := step(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	keysendSat = 1234
	claimSat   = 2345
)

func (s *story) fill(ctx context.Context) error {
	var d done
	if err := s.ctl(ctx, s.consumer, &d, "pool", "deposit", "performance", "9000", "--pay"); err != nil {
		return err
	}
	return until(ctx, "the pool is funded", func() (bool, error) {
		sat, err := s.performance(ctx)
		return sat == 9000, err
	})
}

func (s *story) performance(ctx context.Context) (int64, error) {
	info, err := s.api.Info().Get(ctx)
	for _, p := range info.Pools {
		if p.Name == "performance" {
			return p.Sat, err
		}
	}
	return 0, fmt.Errorf("no pool performance: %v", err)
}

func (s *story) secretOf(ctx context.Context, r *receiver, url string) error {
	var said view.WebhookSecret
	if err := s.ctl(ctx, s.ops, &said, "admin", "webhook-secret", url+"/upgrade"); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = said.Secret
	return holds(said.Origin == url, "the origin is %s, the URL's is %s", said.Origin, url)
}

// payAcrossKills has the decision made, and econd killed at each payment.
func (s *story) payAcrossKills(ctx context.Context, url string) error {
	args := []string{"propose", "--track", "treasury", "--title", "Pay twice and say so", "--pay", "--max-sats", "12000"}
	for _, action := range []map[string]any{
		{"type": "pay", "pool": "performance", "to": s.provider.pubkey, "sat": keysendSat, "node": s.provider.lnd.IdentityPubkey},
		{"type": "pay", "pool": "performance", "to": s.consumer.pubkey, "sat": claimSat},
		{"type": "webhook", "url": url, "data": map[string]string{"model": "v2"}},
	} {
		text, err := json.Marshal(action)
		if err != nil {
			return err
		}
		args = append(args, "--action", string(text))
	}
	if err := s.ctl(ctx, s.provider, &s.first, args...); err != nil {
		return err
	}
	answered := s.tap.Withhold(methodSend)
	if err := s.pass(ctx, s.first.ID, s.provider, s.consumer); err != nil {
		return err
	}
	if err := s.killAt(ctx, answered, "paid-by-keysend"); err != nil {
		return err
	}
	if _, err := s.untilResult(ctx, s.first.ID, 0, "done"); err != nil {
		return err
	}
	if err := s.sameHead(ctx, "paid-by-keysend"); err != nil {
		return err
	}
	if err := s.claimThatFails(ctx); err != nil {
		return err
	}
	return s.claimAcrossKill(ctx)
}

// claimThatFails names an invoice that the payee's node takes back: LND's reason
// is recorded once it is believed, and the payout can be claimed again.
func (s *story) claimThatFails(ctx context.Context) error {
	list, err := s.results(ctx, s.first.ID)
	if err != nil {
		return err
	}
	invoice, err := s.consumer.lnd.NewInvoice(ctx, claimSat, "taken back")
	if err != nil {
		return err
	}
	_, err = invoicesrpc.NewInvoicesClient(s.consumer.lnd.Conn()).CancelInvoice(ctx, &invoicesrpc.CancelInvoiceMsg{PaymentHash: invoice.RHash})
	if err != nil {
		return err
	}
	began := time.Now()
	if err := s.ctl(ctx, s.consumer, new(done), "payout", "claim", list[1].Ref, invoice.PaymentRequest); err != nil {
		return err
	}
	var p view.Payout
	err = until(ctx, "the payout can be claimed again", func() (bool, error) {
		var err error
		p, err = s.api.Payout(list[1].Ref).Get(ctx)
		return p.State == "claimable", err
	})
	if err != nil {
		return err
	}
	s.out.ok("an invoice that was taken back failed after %v: %s", time.Since(began).Round(time.Second), p.Reason)
	return holds(p.Claims == 1 && p.Reason == "FAILURE_REASON_INCORRECT_PAYMENT_DETAILS" && time.Since(began) > 19*time.Second, "the payout is %+v", p)
}

func (s *story) claimAcrossKill(ctx context.Context) error {
	list, err := s.results(ctx, s.first.ID)
	if err != nil {
		return err
	}
	invoice, err := s.consumer.lnd.NewInvoice(ctx, claimSat, "what was decided")
	if err != nil {
		return err
	}
	answered := s.tap.Withhold(methodSend)
	if err := s.ctl(ctx, s.consumer, new(done), "payout", "claim", list[1].Ref, invoice.PaymentRequest); err != nil {
		return err
	}
	if err := s.killAt(ctx, answered, "paid-by-invoice"); err != nil {
		return err
	}
	if _, err := s.untilResult(ctx, s.first.ID, 1, "done"); err != nil {
		return err
	}
	return s.sameHead(ctx, "paid-by-invoice")
}

// onceEach holds LND's books against econd's, and the webhook's against both.
func (s *story) onceEach(ctx context.Context, r *receiver) error {
	for _, p := range []struct {
		to  *agent
		sat int64
	}{{s.provider, keysendSat}, {s.consumer, claimSat}} {
		n, err := settled(ctx, p.to, p.sat)
		if err != nil {
			return err
		}
		if err := holds(n == 1, "%s's LND received %d sat %d times", p.to.name, p.sat, n); err != nil {
			return err
		}
	}
	sat, err := s.performance(ctx)
	if err != nil {
		return err
	}
	if err := holds(sat == 9000-keysendSat-claimSat, "the pool holds %d sat; both payees are direct peers, so no fee was due", sat); err != nil {
		return err
	}
	if _, err := s.untilResult(ctx, s.first.ID, 2, "done"); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := holds(len(r.taken) == 1 && len(r.faults) == 0, "the receiver took %d documents, faults %v", len(r.taken), r.faults); err != nil {
		return err
	}
	for _, body := range r.taken {
		s.out.ok("the receiver took %s", firstLine(body))
		if err := holds(strings.Contains(body, s.first.ID.String()) && strings.Contains(body, `"model":"v2"`), "it is %s", body); err != nil {
			return err
		}
	}
	return nil
}
