package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// play tells the story; every step is checked.
func (e *economy) play(ctx context.Context) error {
	s := &story{economy: e}
	for i, chapter := range []struct {
		title string
		tell  func(context.Context) error
	}{
		{"Two agents register and bind their Lightning nodes", s.register},
		{"Both lock stake with hold invoices", s.stake},
		{"A paid service, a receipt, a reputation", s.receipts},
		{"A proposal changes the price of an econd endpoint", s.changePrice},
		{"A proposal is vetoed; collateral is forfeited, the rest returns", s.veto},
		{"A checkpoint is committed to Bitcoin", s.anchor},
		{"Proofs are checked offline, and every change is caught", s.audit},
		{"econd is killed between effect and result", s.crash},
		{"An agent spends within a budget that a decision gave it", s.wallets},
	} {
		e.out.chapter(i+2, chapter.title)
		if err := chapter.tell(ctx); err != nil {
			e.net.Keep()
			return fmt.Errorf("chapter %d, %s: %w\nlogs are kept in %s", i+2, chapter.title, err, e.net.Dir)
		}
	}
	e.out.line("")
	e.out.line(fmt.Sprintf("All of it held: %d checks in %v.", e.out.checks, time.Since(e.out.began).Round(time.Second)))
	if e.keep {
		e.out.line("bundle.json, export.log, checkpoint.txt and every daemon's log are in " + e.net.Dir)
	} else {
		e.out.line("Look around in the same economy with: make devnet. Keep a demo's files with: go run ./node/devnet/demo -keep")
	}
	return nil
}

// story is what one chapter leaves for the next.
type story struct {
	*economy
	stakes   map[*agent]view.Hold
	first    done // the proposal that was executed
	second   done // the one that was vetoed
	payment  payment
	anchored view.Anchor
}

type payment struct {
	Invoice, Preimage string
}

// holds is a check of the demo.
func holds(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("does not hold: %s", fmt.Sprintf(format, args...))
}

func (s *story) register(ctx context.Context) error {
	for _, a := range []*agent{s.provider, s.consumer} {
		var d done
		if err := s.ctl(ctx, a, &d, "register", "--name", a.name); err != nil {
			return err
		}
		s.out.ok("%s registered as %s..., entry %d, paying %d sat to aperture by L402", a.name, a.pubkey.String()[:16], d.Receipt.Seq, d.PaidSat)
		if err := s.ctl(ctx, a, &d, "bind"); err != nil {
			return err
		}
		bound, err := s.api.Agent(a.pubkey).Get(ctx)
		if err != nil {
			return err
		}
		if err := holds(len(bound.Nodes) == 1 && bound.Nodes[0].String() == a.lnd.IdentityPubkey, "bound nodes are %v", bound.Nodes); err != nil {
			return err
		}
		s.out.ok("%s's node %s... bound by its signed statement", a.name, a.lnd.IdentityPubkey[:16])
	}
	return nil
}

func (s *story) stake(ctx context.Context) error {
	s.stakes = map[*agent]view.Hold{}
	for a, sat := range map[*agent]int64{s.provider: 20_000, s.consumer: 30_000} {
		var d done
		if err := s.ctl(ctx, a, &d, "stake", "lock", strconv.FormatInt(sat, 10), "--pay"); err != nil {
			return err
		}
		if err := holds(d.Hold != nil && d.Hold.State == "locked", "the stake is %+v", d.Hold); err != nil {
			return err
		}
		if err := s.paymentIs(ctx, a, *d.Hold.PaymentHash, lnrpc.Payment_IN_FLIGHT); err != nil {
			return err
		}
		s.stakes[a] = *d.Hold
		s.out.ok("%s locked %d sat: ACCEPTED at econd's LND, in flight at %s's, entry %d asked for it", a.name, sat, a.name, d.Receipt.Seq)
	}
	return nil
}

// paymentIs waits until an agent's own LND shows a payment in a state.
func (s *story) paymentIs(ctx context.Context, a *agent, hash op.Hash, want lnrpc.Payment_PaymentStatus) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	stream, err := routerrpc.NewRouterClient(a.lnd.Conn()).TrackPaymentV2(ctx, &routerrpc.TrackPaymentRequest{PaymentHash: hash[:]})
	if err != nil {
		return err
	}
	for {
		p, err := stream.Recv()
		if err != nil {
			return fmt.Errorf("%s's LND never showed payment %s as %s: %w", a.name, hash, want, err)
		}
		if p.Status == want {
			return nil
		}
	}
}

func (s *story) score(ctx context.Context, a *agent) (op.Weight, error) {
	standing, err := s.api.Agent(a.pubkey).Get(ctx)
	return standing.Score, err
}

func (s *story) receipts(ctx context.Context) error {
	if score, err := s.score(ctx, s.provider); err != nil || score != 0 {
		return errors.Join(err, holds(score == 0, "the provider starts with a score of %d", score))
	}
	url := s.weather.URL() + "/v1/weather/lisbon"
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if err := holds(answer.StatusCode == http.StatusPaymentRequired, "%s answers %s without payment", url, answer.Status); err != nil {
		return err
	}
	first, err := s.buy(ctx, url, "aperture-payment.json")
	if err != nil {
		return err
	}
	if err := s.memo(ctx, first, func(memo string) bool { return !strings.Contains(memo, "agent=") }); err != nil {
		return err
	}
	if s.payment, err = s.buy(ctx, s.till.URL()+"/v1/weather/lisbon", "payment.json"); err != nil {
		return err
	}
	named := "agent=" + s.consumer.pubkey.String()
	if err := s.memo(ctx, s.payment, func(memo string) bool { return strings.HasSuffix(memo, " "+named) }); err != nil {
		return err
	}
	s.out.ok("the second invoice, by the provider's own gate, names its customer: only the consumer can praise for it")
	return s.rate(ctx, filepath.Join(s.net.Dir, "payment.json"))
}

// buy calls a paid service as the consumer and keeps its payment.
func (s *story) buy(ctx context.Context, url, name string) (payment, error) {
	var call struct {
		Status   int
		Body     string
		PaidSat  int64 `json:"paid_sat"`
		Invoice  string
		Preimage string
	}
	if err := s.ctl(ctx, s.consumer, &call, "call", url, "--save-payment", filepath.Join(s.net.Dir, name)); err != nil {
		return payment{}, err
	}
	if err := holds(call.Status == 200 && call.PaidSat > 0, "the call answered %d, %d sat paid", call.Status, call.PaidSat); err != nil {
		return payment{}, err
	}
	s.out.ok("402, then %d sat over Lightning, then: %s", call.PaidSat, strings.TrimSpace(call.Body))
	return payment{call.Invoice, call.Preimage}, nil
}

// memo checks what the provider's node wrote into an invoice.
func (s *story) memo(ctx context.Context, p payment, good func(string) bool) error {
	preimage, err := hex.DecodeString(p.Preimage)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(preimage)
	inv, err := s.net.Provider.LookupInvoice(ctx, hash[:])
	if err != nil {
		return err
	}
	return holds(good(inv.Memo), "the invoice says %q", inv.Memo)
}

// rate posts the receipt, and then everything that is refused.
func (s *story) rate(ctx context.Context, file string) error {
	var d done
	if err := s.ctl(ctx, s.consumer, &d, "receipt", "--provider", s.provider.pubkey.String(), "--rating", "8", "--payment", file); err != nil {
		return err
	}
	s.out.ok("receipt recorded as entry %d through aperture, acknowledged by invoice and preimage", d.Receipt.Seq)
	if err := s.sameReceipt(ctx, d); err != nil {
		return err
	}
	var score op.Weight
	err := until(ctx, "the provider's score has risen", func() (ok bool, err error) {
		score, err = s.score(ctx, s.provider)
		return score > 0, err
	})
	if err != nil {
		return err
	}
	s.out.ok("at the next epoch the provider's score rose from 0 to %.4f of all trust", float64(score)/float64(1<<60))
	return s.refusedReceipts(ctx)
}

// sameReceipt sends the very same event again.
func (s *story) sameReceipt(ctx context.Context, first done) error {
	recorded, err := s.api.Operation(first.ID).Get(ctx)
	if err != nil {
		return err
	}
	entry, err := op.DecodeEntry(recorded.Entry)
	if err != nil {
		return err
	}
	file := filepath.Join(s.net.Dir, "receipt-event.json")
	if err := os.WriteFile(file, entry.Event.Marshal(), 0o600); err != nil {
		return err
	}
	var call struct {
		Status int
		Body   string
	}
	if err := s.ctl(ctx, s.consumer, &call, "call", s.aperture.URL()+"/v1/operations", "--method", "POST",
		"--header", "Content-Type: application/json", "--data", "@"+file); err != nil {
		return err
	}
	var again view.Receipt
	if err := json.Unmarshal([]byte(call.Body), &again); err != nil {
		return fmt.Errorf("%w: %s", err, call.Body)
	}
	agent, err := s.api.Agent(s.provider.pubkey).Get(ctx)
	if err != nil {
		return err
	}
	s.out.ok("the same receipt again: same entry %d, counted %d time", again.Seq, agent.Receipts)
	return holds(again.Seq == first.Receipt.Seq && again.Replay && agent.Receipts == 1, "again: %+v, counted %d", again, agent.Receipts)
}

func (s *story) refusedReceipts(ctx context.Context) error {
	foreign, err := s.foreignPayment(ctx)
	if err != nil {
		return err
	}
	for _, c := range []struct{ what, invoice, preimage, rule string }{
		{"a wrong preimage", s.payment.Invoice, strings.Repeat("00", 32), "preimage"},
		{"a foreign invoice", foreign.Invoice, foreign.Preimage, "payee-binding"},
		{"a reused payment hash", s.payment.Invoice, s.payment.Preimage, "one-receipt-per-payment"},
	} {
		said, err := s.refused(ctx, "econctl", s.ctlArgs(s.consumer, []string{"receipt", "--provider", s.provider.pubkey.String(),
			"--rating", "9", "--invoice", c.invoice, "--preimage", c.preimage})...)
		if err != nil {
			return err
		}
		if err := holds(strings.Contains(said, c.rule), "%s is refused by %q, want rule %s", c.what, said, c.rule); err != nil {
			return err
		}
		s.out.ok("%s is refused: %s", c.what, firstLine(said))
	}
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > 150 {
		line = line[:150] + "..."
	}
	return line
}

// foreignPayment pays an invoice of a node that is bound to nobody.
func (s *story) foreignPayment(ctx context.Context) (payment, error) {
	invoice, err := s.net.Operator.NewInvoice(ctx, 120, "foreign")
	if err != nil {
		return payment{}, err
	}
	paid, err := s.net.Consumer.Pay(ctx, invoice.PaymentRequest)
	if err != nil {
		return payment{}, err
	}
	return payment{invoice.PaymentRequest, paid.PaymentPreimage}, nil
}

// askPrice reads the price of an operation from aperture's 402.
func (s *story) askPrice(ctx context.Context) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.aperture.URL()+"/v1/operations", strings.NewReader("{}"))
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusPaymentRequired {
		return 0, fmt.Errorf("aperture answers %s without a token", resp.Status)
	}
	demand, err := l402.ParseDemand(resp.Header.Values("WWW-Authenticate"))
	if err != nil {
		return 0, err
	}
	price, err := wallet.ReadInvoice(demand.Invoice)
	return price.AmountMsat / 1000, err
}

func (s *story) changePrice(ctx context.Context) error {
	before, err := s.askPrice(ctx)
	if err != nil {
		return err
	}
	s.out.step("aperture's 402 for POST /v1/operations asks %d sat", before)
	if s.first, err = s.pricing(ctx, s.provider, "Operations at 25 sat", before, 25); err != nil {
		return err
	}
	s.out.ok("provider proposes 25 sat; its collateral of %d sat is locked", s.first.Hold.AmountSat)
	if _, err := s.untilState(ctx, s.first.ID, "active"); err != nil {
		return err
	}
	for _, v := range []struct {
		by     *agent
		choice string
	}{{s.provider, "for"}, {s.consumer, "against"}, {s.consumer, "for"}} {
		var d done
		if err := s.ctl(ctx, v.by, &d, "vote", s.first.ID.String(), v.choice); err != nil {
			return err
		}
		s.out.step("%s votes %s (entry %d)", v.by.name, v.choice, d.Receipt.Seq)
	}
	p, err := s.untilState(ctx, s.first.ID, "queued")
	if err != nil {
		return err
	}
	if err := holds(p.Against == 0 && p.Ballots == 2, "the replaced vote still counts: %+v", p); err != nil {
		return err
	}
	s.out.ok("passed with %d : %d, %d ballots, the replaced one not among them; in its timelock", p.For, p.Against, p.Ballots)
	if _, err := s.untilState(ctx, s.first.ID, "executed"); err != nil {
		return err
	}
	after, err := s.askPrice(ctx)
	if err != nil {
		return err
	}
	s.out.ok("executed; the next 402 from aperture asks %d sat", after)
	return holds(before == 10 && after == 25, "the price went from %d to %d", before, after)
}

func (s *story) veto(ctx context.Context) error {
	var err error
	if s.second, err = s.pricing(ctx, s.consumer, "Operations at 1000 sat", 25, 1000); err != nil {
		return err
	}
	if err := s.pass(ctx, s.second.ID, s.provider, s.consumer); err != nil {
		return err
	}
	s.out.step("a second proposal, 1000 sat, has passed and is in its timelock")
	if err := s.ctl(ctx, s.ops, new(done), "admin", "veto", s.second.ID.String(), "--reason", "nobody could afford to govern"); err != nil {
		return err
	}
	if err := s.untilHold(ctx, s.second.ID, "forfeited"); err != nil {
		return err
	}
	if err := s.paymentIs(ctx, s.consumer, *s.second.Hold.PaymentHash, lnrpc.Payment_SUCCEEDED); err != nil {
		return err
	}
	s.out.ok("vetoed by the operator; collateral forfeited: the consumer's LND shows the payment SUCCEEDED")
	if err := s.untilHold(ctx, s.first.ID, "released"); err != nil {
		return err
	}
	if err := s.paymentIs(ctx, s.provider, *s.first.Hold.PaymentHash, lnrpc.Payment_FAILED); err != nil {
		return err
	}
	s.out.ok("the first proposal's collateral is released: cancelled at the provider's LND, sats back")
	for _, a := range []*agent{s.provider, s.consumer} {
		h := s.stakes[a]
		if err := s.ctl(ctx, a, new(done), "stake", "release", h.ID.String()); err != nil {
			return err
		}
		if err := s.untilHold(ctx, h.ID, "released"); err != nil {
			return err
		}
		if err := s.paymentIs(ctx, a, *h.PaymentHash, lnrpc.Payment_FAILED); err != nil {
			return err
		}
		s.out.ok("%s's stake of %d sat is released: cancelled at its LND, sats back", a.name, h.AmountSat)
	}
	return nil
}
