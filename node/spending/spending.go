// Package spending is the desk at which agents spend from their wallets, however their calls
// travel: it fills in what is to be signed, holds the texts against it, keeps them before the
// log knows the spend, and waits for what becomes of it.
//
// What it guarantees: the same request is never paid twice, whether or not its caller got an
// answer; no text reaches the log. What it refuses to know: HTTP servers, LND, files.
package spending

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/outbound"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// Node is what the desk asks of the node; *node.Node is one.
type Node interface {
	View(fn func(s *ledger.State, nowMs int64))
	WaitSize(ctx context.Context, beyond uint64) (uint64, error)
	Size() uint64
	SpendSalt(wallet string) op.Hash
	// SpendHeld refuses a new spend while something is wrong with the node, SpendDenied notes
	// one that a budget refused.
	SpendHeld(ctx context.Context, wallet string, agent op.PublicKey) error
	SpendDenied(ctx context.Context, wallet string, agent op.PublicKey)
}

// Book keeps texts and answers; *spendbook.Book is one.
type Book interface {
	node.SpendBook
	KeepTexts(spend string, commitment op.Hash, t op.SpendTexts) error
	DropTexts(spend string, commitment op.Hash) error
	KeepAnswer(spend string, try int64, a node.Answer) error
	Answer(spend string, try int64) (node.Answer, bool, error)
}

// Desk is where spends are asked for. Safe for concurrent use.
type Desk struct {
	Node   Node
	Book   Book
	Payees node.Payees // nil: no spends by lnurl and l402
	Now    func() time.Time
}

// Bounds of texts, in bytes.
const (
	maxBody    = 256 << 10
	maxText    = 4 << 10
	maxHeaders = 32
)

// Check says what would become of a spend from a wallet that a key would sign, and what it
// has to sign. It asks the URL of an l402 for its price where the request says none, and pays
// nothing. A key that may not spend from the wallet is refused.
func (d *Desk) Check(ctx context.Context, wallet string, by op.PublicKey, r view.SpendRequest) (view.SpendCheck, error) {
	if err := d.maySpend(wallet, by); err != nil {
		return view.SpendCheck{}, err
	}
	if err := checkTexts(r.Texts); err != nil {
		return view.SpendCheck{}, err
	}
	salt := d.Node.SpendSalt(wallet)
	c := op.Spend{Wallet: wallet, Type: r.Type, AmountMsat: r.AmountMsat, Purpose: r.Purpose, Node: r.Node, Address: r.Address,
		Commitment: r.Texts.Commitment(salt), MemoCommitment: r.Texts.MemoCommitment(salt), Key: r.Key, Count: r.Count}
	if err := d.fill(ctx, by, &c, r); err != nil {
		return view.SpendCheck{}, err
	}
	return d.judged(c, by, salt, r.Texts)
}

// judged says what the rules say to a spend.
func (d *Desk) judged(c op.Spend, by op.PublicKey, salt op.Hash, t op.SpendTexts) (view.SpendCheck, error) {
	v := view.SpendCheck{Content: c, Salt: salt}
	var trace budget.Trace
	var refused error
	d.Node.View(func(s *ledger.State, nowMs int64) {
		v.ID, trace, v.Approvals, refused = s.TrySpend(&c, by, nowMs)
		if p, ok := s.Spend(v.ID); ok {
			v.Payment = &p
		}
	})
	if len(trace.Rules) > 0 {
		v.Trace = &trace
	}
	if refused == nil && c.Type == op.SpendInvoice {
		inv, err := d.invoice(t.Invoice)
		if err != nil {
			return v, err
		}
		refused = d.fresh(inv)
	}
	v.Allowed = refused == nil
	var why *refusal.Refusal
	switch {
	case errors.As(refused, &why):
		v.Refused = &view.RuleRefusal{Field: why.Field, Rule: why.Rule, Text: why.Text}
	case refused != nil:
		return v, refused
	}
	return v, nil
}

func (d *Desk) maySpend(wallet string, by op.PublicKey) (err error) {
	d.Node.View(func(s *ledger.State, _ int64) { err = s.MaySpend(wallet, by) })
	return err
}

// fill takes from the texts what the request leaves open.
func (d *Desk) fill(ctx context.Context, by op.PublicKey, c *op.Spend, r view.SpendRequest) error {
	switch c.Type {
	case op.SpendInvoice:
		inv, err := d.invoice(r.Texts.Invoice)
		if err != nil {
			return err
		}
		c.PaymentHash, c.Node = inv.PaymentHash, nodeOf(inv)
		if c.AmountMsat == 0 {
			c.AmountMsat = inv.AmountMsat
		}
	case op.SpendURL:
		origin, err := originOf(r.Texts.URL)
		if err != nil {
			return err
		}
		c.Origin = origin
	}
	d.fees(c, r)
	if c.Type != op.SpendURL || c.AmountMsat != 0 {
		return nil
	}
	if err := d.mayAsk(*c, by); err != nil {
		return err
	}
	if d.Payees == nil {
		return refusal.New(refusal.ErrRule, "type", "payees-off", "this node asks no URLs for their price: give amount_msat, or pay by bolt11")
	}
	b, err := d.Payees.Bill(ctx, view.Payment{Wallet: c.Wallet, Type: c.Type, AmountMsat: maxQuote, Origin: c.Origin, Purpose: c.Purpose}, r.Texts)
	var final *node.FinalError
	if errors.As(err, &final) {
		return refusal.New(refusal.ErrRule, "texts.url", "quote", "%s", final.Reason)
	}
	if err != nil {
		return err
	}
	c.AmountMsat = b.AmountMsat
	d.fees(c, r)
	return nil
}

// mayAsk refuses to ask a URL for its price where the wallet could not pay it a single msat.
func (d *Desk) mayAsk(c op.Spend, by op.PublicKey) (err error) {
	c.AmountMsat, c.FeeLimitMsat, c.Key = 1, 0, ""
	d.Node.View(func(s *ledger.State, nowMs int64) { _, _, _, err = s.TrySpend(&c, by, nowMs) })
	if errors.Is(err, refusal.ErrDuplicate) {
		return nil
	}
	return err
}

// maxQuote is the most that a price may be that is asked for.
const maxQuote = 1_000_000_000

// fees fills in the limit of what the route may cost.
func (d *Desk) fees(c *op.Spend, r view.SpendRequest) {
	if r.FeeLimitMsat != nil {
		c.FeeLimitMsat = *r.FeeLimitMsat
		return
	}
	d.Node.View(func(s *ledger.State, _ int64) {
		c.FeeLimitMsat = 1000 * s.Constitution().Payouts.FeeLimitSat((c.AmountMsat+999)/1000)
	})
}

// invoice reads an invoice that could be paid now.
func (d *Desk) invoice(text string) (*bolt11.Invoice, error) {
	const field = "texts.invoice"
	inv, err := bolt11.Decode(text)
	if err != nil {
		return nil, refusal.New(refusal.ErrInvalid, field, "bolt11", "%v", err)
	}
	var network string
	d.Node.View(func(s *ledger.State, _ int64) { network = s.Network() })
	if want := ledger.InvoicePrefix(network); inv.Prefix != want {
		return nil, refusal.New(refusal.ErrRule, field, "network", "begins with %s, invoices of this economy's network with %s", inv.Prefix, want)
	}
	if inv.AmountMsat == 0 {
		return nil, refusal.New(refusal.ErrRule, field, "amount", "names no amount; ask for one that does")
	}
	return &inv, nil
}

// fresh refuses an invoice that has expired.
func (d *Desk) fresh(inv *bolt11.Invoice) error {
	if end := inv.ExpiresS(); end <= d.Now().Unix() {
		return refusal.New(refusal.ErrRule, "texts.invoice", "expired", "expired at %d", end)
	}
	return nil
}

func nodeOf(inv *bolt11.Invoice) op.NodeKey { return op.NodeKey(inv.Payee) }

// originOf is the origin of a URL that may be called, as budgets write it and payees hold it against
// the spend.
func originOf(text string) (string, error) {
	u, err := outbound.Parse(text)
	if err != nil {
		return "", refusal.New(refusal.ErrInvalid, "texts.url", "url", "%v", err)
	}
	return outbound.Origin(u), nil
}

// checkTexts bounds the texts.
func checkTexts(t op.SpendTexts) error {
	for _, x := range []struct {
		field string
		have  int
		most  int
	}{
		{"texts.invoice", len(t.Invoice), maxText}, {"texts.url", len(t.URL), maxText}, {"texts.method", len(t.Method), 16},
		{"texts.body", len(t.Body), maxBody}, {"texts.memo", len(t.Memo), maxText}, {"texts.header", len(t.Header), maxHeaders},
	} {
		if x.have > x.most {
			return refusal.New(refusal.ErrInvalid, x.field, "length", "has %d, at most %d are allowed", x.have, x.most)
		}
	}
	for k, v := range t.Header {
		if len(k)+len(v) > maxText {
			return refusal.New(refusal.ErrInvalid, "texts.header", "length", "%+q is longer than %d bytes", k, maxText)
		}
	}
	return nil
}

// Submit records an operation, charges for it where that is due, and returns when it is durable.
type Submit func(ctx context.Context, e *op.Event) (view.Receipt, error)

// Pay takes a signed spend with its texts. The texts are on disk before the log knows the
// spend. One that stands already, and has not failed, is not asked for again: its state is the
// answer, and nothing is charged.
func (d *Desk) Pay(ctx context.Context, wallet string, e *op.Event, t op.SpendTexts, wait time.Duration, submit Submit) (view.SpendResult, error) {
	c, err := d.read(wallet, e, t)
	if err != nil {
		return view.SpendResult{}, err
	}
	id := ledger.SpendID(c)
	if p, ok := d.standing(id, c); ok {
		return d.await(ctx, p, true, wait)
	}
	if err := d.fits(c, t); err != nil {
		return view.SpendResult{}, err
	}
	owner := d.owner(wallet)
	if err := d.Node.SpendHeld(ctx, wallet, owner); err != nil {
		return view.SpendResult{}, err
	}
	// What the rules refuse takes no room on the disk.
	allowed := d.allowed(c, e.PubKey)
	if allowed {
		if err := d.Book.KeepTexts(id, c.Commitment, t); err != nil {
			return view.SpendResult{}, err
		}
	}
	receipt, err := submit(ctx, e)
	if err != nil {
		// Another of the same may have come between.
		if p, ok := d.standing(id, c); ok && errors.Is(err, refusal.ErrDuplicate) {
			return d.await(ctx, p, true, wait)
		}
		return view.SpendResult{}, d.refused(ctx, c, owner, allowed, err)
	}
	p, ok := d.standing(id, c)
	if !ok {
		if p, ok = d.spend(id); !ok {
			return view.SpendResult{}, fmt.Errorf("spending: the log has %s and the state has not", id)
		}
	}
	v, err := d.await(ctx, p, false, wait)
	v.Receipt = &receipt
	return v, err
}

// refused forgets what came with a spend that the log did not take, for whatever reason, and
// notes it where a budget refused it.
func (d *Desk) refused(ctx context.Context, c *op.Spend, owner op.PublicKey, allowed bool, err error) error {
	if !allowed {
		d.Node.SpendDenied(ctx, c.Wallet, owner)
		return err
	}
	id := ledger.SpendID(c)
	if p, ok := d.spend(id); ok && p.State != "failed" && p.Commitment == c.Commitment || errors.Is(err, node.ErrUnconfirmed) {
		return err
	}
	return errors.Join(err, d.Book.DropTexts(id, c.Commitment))
}

func (d *Desk) owner(wallet string) (owner op.PublicKey) {
	d.Node.View(func(s *ledger.State, nowMs int64) {
		if w, ok := s.Wallet(wallet, nowMs); ok {
			owner = w.Owner
		}
	})
	return owner
}

func (d *Desk) allowed(c *op.Spend, by op.PublicKey) (ok bool) {
	d.Node.View(func(s *ledger.State, nowMs int64) {
		_, _, _, err := s.TrySpend(c, by, nowMs)
		ok = err == nil
	})
	return ok
}

// read checks a spend and its texts before anything of it is kept.
func (d *Desk) read(wallet string, e *op.Event, t op.SpendTexts) (*op.Spend, error) {
	if e.Kind != op.KindSpend {
		return nil, refusal.New(refusal.ErrInvalid, "event.kind", "spend", "is %s, must be %s", e.Kind, op.KindSpend)
	}
	content, err := e.Decoded()
	if err != nil {
		return nil, err
	}
	c := content.(*op.Spend)
	if c.Wallet != wallet {
		return nil, refusal.New(refusal.ErrInvalid, "event.content.wallet", "same", "is %+q, the path says %+q", c.Wallet, wallet)
	}
	if err := checkTexts(t); err != nil {
		return nil, err
	}
	if err := d.maySpend(wallet, e.PubKey); err != nil {
		return nil, err
	}
	if err := e.Verify(); err != nil {
		return nil, err
	}
	return c, d.committed(c, t)
}

// committed holds the texts against what was signed.
func (d *Desk) committed(c *op.Spend, t op.SpendTexts) error {
	salt := d.Node.SpendSalt(c.Wallet)
	if got := t.Commitment(salt); got != c.Commitment {
		return refusal.New(refusal.ErrRule, "texts", "commitment", "commit to %s, the spend to %s", got, c.Commitment)
	}
	if got := t.MemoCommitment(salt); got != c.MemoCommitment {
		return refusal.New(refusal.ErrRule, "texts.memo", "commitment", "commits to %s, the spend to %s", got, c.MemoCommitment)
	}
	return nil
}

// fits holds what the texts say against the spend.
func (d *Desk) fits(c *op.Spend, t op.SpendTexts) error {
	switch c.Type {
	case op.SpendInvoice:
		inv, err := d.invoice(t.Invoice)
		if err == nil {
			err = d.fresh(inv)
		}
		if err != nil {
			return err
		}
		switch {
		case inv.PaymentHash != c.PaymentHash:
			return refusal.New(refusal.ErrRule, "texts.invoice", "spend-hash", "is of %s, the spend of %s", op.Hash(inv.PaymentHash), c.PaymentHash)
		case inv.AmountMsat != c.AmountMsat:
			return refusal.New(refusal.ErrRule, "texts.invoice", "spend-amount", "is over %d msat, the spend over %d", inv.AmountMsat, c.AmountMsat)
		case nodeOf(inv) != c.Node:
			return refusal.New(refusal.ErrRule, "texts.invoice", "spend-node", "is of node %s, the spend of %s", nodeOf(inv), c.Node)
		}
	case op.SpendURL:
		origin, err := originOf(t.URL)
		if err != nil {
			return err
		}
		if origin != c.Origin {
			return refusal.New(refusal.ErrRule, "texts.url", "spend-origin", "is at %s, the spend is to %s", origin, c.Origin)
		}
	}
	return nil
}

// standing is a spend that asks for the same and has not failed.
func (d *Desk) standing(id string, c *op.Spend) (view.Payment, bool) {
	p, ok := d.spend(id)
	if !ok || p.State == "failed" {
		return p, false
	}
	same := p.Type == c.Type && p.AmountMsat == c.AmountMsat && p.FeeLimitMsat == c.FeeLimitMsat && p.Purpose == c.Purpose && p.Address == c.Address &&
		p.Origin == c.Origin && p.Commitment == c.Commitment && p.Key == c.Key && max(1, p.Count) == max(1, c.Count) &&
		(c.Node == (op.NodeKey{}) || p.Node == c.Node) && (c.PaymentHash == (op.Hash{}) || p.PaymentHash == c.PaymentHash)
	return p, same
}

func (d *Desk) spend(id string) (p view.Payment, ok bool) {
	d.Node.View(func(s *ledger.State, _ int64) { p, ok = s.Spend(id) })
	return p, ok
}
