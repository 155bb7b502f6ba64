package mcp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// WalletsIn chooses wallets.
type WalletsIn struct {
	Agent string `json:"agent,omitempty" is:"max=64" jsonschema:"public key of their owner, 64 hex digits; your own if left out"`
	PageIn
}

// WalletOut is one wallet, what is in it now and what its budget allows.
type WalletOut struct {
	ID      string     `json:"id"`
	Name    *Text      `json:"name,omitempty"`
	Owner   string     `json:"owner"`
	Parent  string     `json:"parent,omitempty" jsonschema:"wallet that it is a part of, whose budget holds, too"`
	Spender string     `json:"spender,omitempty" jsonschema:"another key that may spend from it"`
	Open    bool       `json:"open"`
	Breaker bool       `json:"breaker_open,omitempty" jsonschema:"a breaker stops new payments until it is reset"`
	Budget  *BudgetOut `json:"budget,omitempty" jsonschema:"absent: nothing is spent from it"`
}

// BudgetOut is what may be spent from a wallet and what was.
type BudgetOut struct {
	AvailableMsat int64    `json:"available_msat" jsonschema:"the balance: what may be spent now"`
	SpentMsat     int64    `json:"spent_msat" jsonschema:"in the running period"`
	ReservedMsat  int64    `json:"reserved_msat" jsonschema:"in the running period, for payments under way"`
	CapMsat       int64    `json:"cap_msat" jsonschema:"most for one payment, its routing fee included"`
	RefillMsat    int64    `json:"refill_msat" jsonschema:"that each period adds"`
	PeriodS       int64    `json:"period_s"`
	PeriodEnds    string   `json:"period_ends"`
	Until         string   `json:"until" jsonschema:"last instant of the budget"`
	Pool          string   `json:"pool"`
	Recipients    []string `json:"recipients" jsonschema:"who may be paid; none: nobody"`
	RecipientsAll int      `json:"recipients_all" jsonschema:"how many there are"`
	Purposes      []string `json:"purposes,omitempty" jsonschema:"what for; absent: anything"`
	ApprovalsOver int64    `json:"approvals_above_msat,omitempty" jsonschema:"above this a payment needs approvals"`
	Version       int64    `json:"version"`
	By            string   `json:"by" jsonschema:"who set it"`
}

// WalletsOut are wallets.
type WalletsOut struct {
	Marks
	Items []WalletOut `json:"items"`
	Next  string      `json:"next,omitempty"`
}

func keyText(k op.PublicKey) string {
	if k == (op.PublicKey{}) {
		return ""
	}
	return k.String()
}

func (s *Server) wallets(ctx context.Context, in WalletsIn) (func(*pen) WalletsOut, error) {
	key, err := s.who("agent", in.Agent)
	if err != nil {
		return nil, err
	}
	v, err := s.cfg.Econd.Wallets(client.WalletsFilter{Owner: key}).Page(ctx, in.Cursor, min(in.limit(), 5))
	if err != nil {
		return nil, err
	}
	rows := page(v, walletOut)
	return func(p *pen) (out WalletsOut) {
		out.Items, out.Next = rows(p)
		return out
	}, nil
}

func walletOut(p *pen, w view.Wallet) WalletOut {
	out := WalletOut{ID: word(w.ID), Name: p.short(w.Name), Owner: w.Owner.String(), Parent: word(w.Parent), Spender: keyText(w.Spender), Open: w.Open, Breaker: w.Breaker}
	if b := w.Budget; b != nil {
		out.Budget = &BudgetOut{AvailableMsat: b.Figures.AvailableMsat, SpentMsat: b.Figures.SpentMsat, ReservedMsat: b.Figures.ReservedMsat, CapMsat: b.Terms.CapMsat,
			RefillMsat: b.Terms.RefillMsat, PeriodS: b.Terms.PeriodS, PeriodEnds: instant(b.Figures.PeriodEndMs), Until: instant(b.Terms.UntilMs), Pool: word(b.Terms.Pool),
			Recipients: words(b.Terms.Recipients, 5), RecipientsAll: len(b.Terms.Recipients), Purposes: words(b.Terms.Purposes, 5), Version: b.Version, By: word(b.By)}
		if b.Terms.Approvals != nil {
			out.Budget.ApprovalsOver = b.Terms.Approvals.AboveMsat
		}
	}
	return out
}

// StatementIn chooses payments of a wallet.
type StatementIn struct {
	Wallet string `json:"wallet" is:"min=1,max=64" jsonschema:"id of the wallet; the tool wallets lists them"`
	State  string `json:"state,omitempty" is:"max=32" jsonschema:"only those in this state, such as settled"`
	PageIn
}

// SpendOut is one payment from a wallet.
type SpendOut struct {
	ID           string `json:"id"`
	Type         string `json:"type"`
	State        string `json:"state"`
	At           string `json:"at,omitempty" jsonschema:"when it came into this state"`
	Purpose      *Text  `json:"purpose,omitempty"`
	Payee        *Text  `json:"payee,omitempty" jsonschema:"node, origin or address"`
	AmountMsat   int64  `json:"amount_msat" jsonschema:"asked for, at most"`
	FeeLimitMsat int64  `json:"fee_limit_msat"`
	PaidMsat     int64  `json:"paid_msat,omitempty"`
	FeeMsat      int64  `json:"fee_msat,omitempty"`
	BeforeMsat   int64  `json:"before_msat" jsonschema:"balance before its last step"`
	AfterMsat    int64  `json:"after_msat" jsonschema:"balance after it"`
	Reason       *Text  `json:"reason,omitempty"`
}

// StatementOfWallet are the payments of a wallet.
type StatementOfWallet struct {
	Marks
	Items []SpendOut `json:"items"`
	Next  string     `json:"next,omitempty"`
}

func (s *Server) statement(ctx context.Context, in StatementIn) (func(*pen) StatementOfWallet, error) {
	v, err := s.cfg.Econd.Payments(client.PaymentsFilter{Wallet: in.Wallet, State: in.State}).Page(ctx, in.Cursor, in.limit())
	if err != nil {
		return nil, err
	}
	rows := page(v, spendOut)
	return func(p *pen) (out StatementOfWallet) {
		out.Items, out.Next = rows(p)
		return out
	}, nil
}

func spendOut(p *pen, v view.Payment) SpendOut {
	out := SpendOut{ID: word(v.ID), Type: word(v.Type), State: word(v.State), Purpose: p.short(v.Purpose), AmountMsat: v.AmountMsat, FeeLimitMsat: v.FeeLimitMsat,
		PaidMsat: v.PaidMsat, FeeMsat: v.FeeMsat, Reason: p.short(v.Reason)}
	switch {
	case v.Origin != "":
		out.Payee = p.short(v.Origin)
	case v.Address != "":
		out.Payee = p.short(v.Address)
	case v.Node != (op.NodeKey{}):
		out.Payee = p.short(v.Node.String())
	}
	if n := len(v.Steps); n > 0 {
		last := v.Steps[n-1]
		out.At, out.BeforeMsat, out.AfterMsat = instant(last.TimeMs), last.BeforeMsat, last.AfterMsat
	}
	return out
}

// spendWait is how long the end of a payment from a wallet is waited for.
const spendWait = 25 * time.Second

// PayIn is a payment from a wallet.
type PayIn struct {
	Wallet    string `json:"wallet" is:"min=1,max=64" jsonschema:"id of the wallet that pays; the tool wallets lists yours"`
	Purpose   string `json:"purpose" is:"min=1,max=64" jsonschema:"what for: a-z, 0-9, - and _"`
	Invoice   string `json:"invoice,omitempty" is:"max=4096" jsonschema:"BOLT11 invoice to pay"`
	Node      string `json:"node,omitempty" is:"max=66" jsonschema:"in place of invoice: Lightning node to pay though it asked for nothing, 66 hex digits"`
	Address   string `json:"address,omitempty" is:"max=256" jsonschema:"in place of invoice: lightning address to pay, name@host"`
	AmountSat int64  `json:"amount_sat,omitempty" is:"min=0" jsonschema:"sats to pay; of an invoice what it asks for if left out"`
	MaxSats   int64  `json:"max_sats,omitempty" is:"min=0" jsonschema:"most sats to pay, without the routing fee; max_sats of the tool economy if left out"`
	Once
}

// PayOut is a payment from a wallet.
type PayOut struct {
	Marks
	Payment     *SpendOut `json:"payment,omitempty"`
	ID          string    `json:"id" jsonschema:"of the payment"`
	Repeated    bool      `json:"repeated,omitempty" jsonschema:"it stood already; nothing was paid twice"`
	PaymentHash string    `json:"payment_hash,omitempty" jsonschema:"to rate it by, of an invoice that is settled"`
	Rules       []string  `json:"rules,omitempty" jsonschema:"of a dry run: what the rules would say, with their numbers"`
	Next        string    `json:"next,omitempty"`
}

func (s *Server) pay(ctx context.Context, in PayIn) (func(*pen) PayOut, error) {
	r := view.SpendRequest{AmountMsat: 1000 * in.AmountSat, Purpose: in.Purpose, Key: in.Key}
	switch {
	case in.Invoice != "" && in.Node == "" && in.Address == "":
		r.Type, r.Texts.Invoice = op.SpendInvoice, strings.ToLower(in.Invoice)
	case in.Node != "" && in.Invoice == "" && in.Address == "":
		r.Type = op.SpendKeysend
		if err := r.Node.UnmarshalText([]byte(in.Node)); err != nil {
			return nil, badInput("node", "must be a Lightning node's key, 66 lower-case hex digits")
		}
	case in.Address != "" && in.Invoice == "" && in.Node == "":
		r.Type, r.Address = op.SpendAddress, strings.ToLower(in.Address)
	default:
		return nil, badInput("invoice", "give one of invoice, node and address")
	}
	if in.AmountSat > wallet.MaxSat || r.Type != op.SpendInvoice && in.AmountSat <= 0 {
		return nil, badInput("amount_sat", "must be a number of sats above 0")
	}
	most, err := s.maxSat(in.MaxSats)
	if err != nil {
		return nil, err
	}
	check, err := s.cfg.Econd.CheckSpend(ctx, in.Wallet, r)
	if err != nil {
		return nil, err
	}
	if in.DryRun {
		says := s.rulesOf(check, most)
		return func(*pen) PayOut {
			return PayOut{ID: word(check.ID), Rules: says, Next: "To pay, call again without dry_run."}
		}, nil
	}
	v, err := s.spend(ctx, check, r, most)
	if err != nil {
		return nil, err
	}
	out := PayOut{ID: word(v.Payment.ID), Repeated: v.Replay, Next: nextOf(v.Payment)}
	if v.Payment.State == "settled" && in.Invoice != "" {
		out.PaymentHash = v.Payment.PaymentHash.String()
		s.remember(payment{out.PaymentHash, r.Texts.Invoice, v.Payment.Preimage})
	}
	return func(p *pen) PayOut {
		shown := spendOut(p, v.Payment)
		out.Payment = &shown
		return out
	}, nil
}

// nextOf says what a payment waits for.
func nextOf(p view.Payment) string {
	switch p.State {
	case "asked":
		return "It waits for approvals by people. Repeat the same call later to see whether it is paid."
	case "reserved", "submitted":
		return "It is under way and goes on by itself. Repeat the same call to see its end; it is not paid twice."
	case "failed":
		return "Nothing was paid. The reason says whether another try makes sense."
	}
	return ""
}

// rulesOf says what a check says, with its numbers.
func (s *Server) rulesOf(c view.SpendCheck, most int64) (says []string) {
	cost := c.Content.AmountMsat + c.Content.FeeLimitMsat
	switch {
	case c.Payment != nil && c.Payment.State != "failed":
		says = append(says, "it stands already, "+word(c.Payment.State)+": the same request is the same payment")
	case !c.Allowed && c.Refused != nil:
		says = append(says, "refused by "+word(c.Refused.Rule))
	case c.Approvals:
		says = append(says, "it would wait for approvals")
	default:
		says = append(says, fmt.Sprintf("it would be paid: %d msat and at most %d msat for the route", c.Content.AmountMsat, c.Content.FeeLimitMsat))
	}
	if c.Content.AmountMsat > 1000*most {
		says = append(says, fmt.Sprintf("refused: it is above max_sats, %d", most))
	}
	if l := s.cfg.Purse.now(most); ceilSat(cost) > l.SessionSats-l.SpentSats {
		says = append(says, fmt.Sprintf("refused: it may come to %d sat, and this run has %d left", ceilSat(cost), l.SessionSats-l.SpentSats))
	}
	if c.Trace != nil {
		for _, step := range c.Trace.Rules[:min(len(c.Trace.Rules), 12)] {
			shown, _ := escape(step.Sentence(), shortText)
			mark := "passes "
			if !step.Passed {
				mark = "refused by "
			}
			says = append(says, mark+word(step.Rule)+": "+shown)
		}
	}
	return says
}

// spend signs what a check said and has it paid within the limits of the run.
func (s *Server) spend(ctx context.Context, c view.SpendCheck, r view.SpendRequest, most int64) (view.SpendResult, error) {
	stands := c.Payment != nil && c.Payment.State != "failed"
	if !c.Allowed && !stands {
		return view.SpendResult{}, &client.SpendRefusedError{Check: c}
	}
	sat, fee := ceilSat(c.Content.AmountMsat), ceilSat(c.Content.FeeLimitMsat)
	if sat > most {
		return view.SpendResult{}, &wallet.PriceError{Price: wallet.Price{Sat: sat, FeeLimitSat: fee}, MaxSats: most}
	}
	if err := s.cfg.Purse.maySign(); err != nil && !stands {
		return view.SpendResult{}, err
	}
	done, counted := s.spends[c.ID]
	if !counted && !stands {
		var err error
		if done, err = s.cfg.Purse.Spend(c.Content.AmountMsat + c.Content.FeeLimitMsat); err != nil {
			return view.SpendResult{}, err
		}
		s.spends[c.ID] = done
		if err := s.cfg.Purse.sign(); err != nil {
			return view.SpendResult{}, err
		}
	}
	v, err := s.cfg.Econd.PaySpend(ctx, c.Content, r.Texts, spendWait)
	if err != nil || done == nil {
		return v, err
	}
	switch v.Payment.State {
	case "settled":
		done(v.Payment.PaidMsat + v.Payment.FeeMsat)
	case "failed":
		done(0)
		delete(s.spends, c.ID)
	}
	return v, nil
}

// fetchByWallet calls a service that a wallet of the economy pays for.
func (s *Server) fetchByWallet(ctx context.Context, in CallIn, r Request, most int64) (func(*pen) CallOut, error) {
	if in.Purpose == "" {
		return nil, badInput("purpose", "is needed with wallet: what is it for?")
	}
	asked := view.SpendRequest{Type: op.SpendURL, Purpose: in.Purpose, Key: in.Key, Texts: op.SpendTexts{URL: r.URL, Method: r.Method, Body: r.Body}}
	if r.ContentType != "" {
		asked.Texts.Header = map[string]string{"Content-Type": r.ContentType}
	}
	check, err := s.cfg.Econd.CheckSpend(ctx, in.Wallet, asked)
	if err != nil {
		return nil, err
	}
	if in.DryRun {
		out := CallOut{PriceSat: ceilSat(check.Content.AmountMsat), FeeLimitSat: ceilSat(check.Content.FeeLimitMsat), Rules: s.rulesOf(check, most),
			Next: "To call and pay, call again without dry_run."}
		return func(*pen) CallOut { return out }, nil
	}
	v, err := s.spend(ctx, check, asked, most)
	if err != nil {
		return nil, err
	}
	if v.Failure != "" {
		return nil, &notServedError{v}
	}
	did := Response{}
	if a := v.Response; a != nil {
		did = Response{Status: a.Status, ContentType: a.Header["Content-Type"], Location: a.Header["Location"], Body: a.Body[:min(len(a.Body), MaxBody)], More: a.Cut || len(a.Body) > MaxBody}
	}
	write := answered(did, in.BodyFrom, v.Replay)
	return func(p *pen) CallOut {
		out := write(p)
		shown := spendOut(p, v.Payment)
		out.WalletPayment, out.Next = &shown, nextOf(v.Payment)
		if v.Payment.State == "settled" && !v.Replay {
			out.PaidSat, out.FeeMsat = ceilSat(v.Payment.PaidMsat), v.Payment.FeeMsat
		}
		return out
	}, nil
}

// notServedError is a call that a wallet paid for and that has no answer yet.
type notServedError struct{ result view.SpendResult }

func (e *notServedError) Error() string { return e.result.Failure }
