package nwc

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/op"
)

// maxListed bounds one answer of list_transactions: a payload of NIP-44 has 65535 bytes.
const maxListed = 20

// method is what a client may ask for.
type method struct {
	name string
	does func(b *backend, ctx context.Context, id op.ID, params json.RawMessage) (any, error)

	// has tells whether a wallet can do it.
	has func(*backend) bool
}

func always(*backend) bool     { return true }
func receives(b *backend) bool { return b.receiver != nil }
func holds(b *backend) bool    { return b.holder != nil }

// methods are all, in the order in which they are announced.
func methods() []method {
	return []method{
		{"get_info", (*backend).info, always},
		{"get_balance", (*backend).balance, always},
		{"get_budget", (*backend).budget, always},
		{"pay_invoice", (*backend).payInvoice, always},
		{"pay_keysend", (*backend).payKeysend, always},
		{"make_invoice", (*backend).makeInvoice, receives},
		{"lookup_invoice", (*backend).lookupInvoice, always},
		{"list_transactions", (*backend).listTransactions, always},
		{"make_hold_invoice", (*backend).makeHoldInvoice, holds},
		{"settle_hold_invoice", (*backend).settleHoldInvoice, holds},
		{"cancel_hold_invoice", (*backend).cancelHoldInvoice, holds},
	}
}

// backend is the wallet of a connection.
type backend struct {
	wallet   Wallet
	receiver Receiver // nil: none
	holder   Holder   // nil: none
	now      func() time.Time
	paid     func(Transaction) // is told of each payment that is settled
}

func (b *backend) names() (list []string) {
	for _, m := range methods() {
		if m.has(b) {
			list = append(list, m.name)
		}
	}
	return list
}

func (b *backend) notifications() []string {
	if b.receiver != nil {
		return []string{"payment_received", "payment_sent"}
	}
	return []string{"payment_sent"}
}

// do answers a request.
func (b *backend) do(ctx context.Context, id op.ID, name string, params json.RawMessage) (any, error) {
	for _, m := range methods() {
		if m.name == name && m.has(b) {
			return m.does(b, ctx, id, params)
		}
	}
	return nil, Errorf(NotImplemented, "this wallet does not have that method")
}

// read reads the parameters; members that NIP-47 may add are passed over.
func read(params json.RawMessage, to any) error {
	if len(bytes.TrimSpace(params)) == 0 || string(params) == "null" {
		return nil
	}
	if json.Unmarshal(params, to) != nil {
		return Errorf(Other, "the parameters are not those of NIP-47: amounts are whole msat, hashes text")
	}
	return nil
}

func (b *backend) info(ctx context.Context, _ op.ID, _ json.RawMessage) (any, error) {
	info, err := b.wallet.Info(ctx)
	if err != nil {
		return nil, err
	}
	return struct {
		Info
		Methods       []string `json:"methods"`
		Notifications []string `json:"notifications"`
	}{info, b.names(), b.notifications()}, nil
}

func (b *backend) balance(ctx context.Context, _ op.ID, _ json.RawMessage) (any, error) {
	msat, err := b.wallet.Balance(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]int64{"balance": msat}, nil
}

func (b *backend) budget(ctx context.Context, _ op.ID, _ json.RawMessage) (any, error) {
	budget, err := b.wallet.Budget(ctx)
	if err != nil {
		return nil, err
	}
	if budget == (Budget{}) {
		return struct{}{}, nil
	}
	return budget, nil
}

func (b *backend) payInvoice(ctx context.Context, id op.ID, params json.RawMessage) (any, error) {
	var p struct {
		Invoice string `json:"invoice"`
		Amount  *int64 `json:"amount"`
	}
	if err := read(params, &p); err != nil {
		return nil, err
	}
	inv, err := bolt11.Decode(p.Invoice)
	if err != nil {
		return nil, Errorf(Other, "invoice: %v", err)
	}
	amount := inv.AmountMsat
	switch {
	case p.Amount != nil && (*p.Amount < 1 || *p.Amount > bolt11.MaxMsat):
		return nil, Errorf(Other, "amount: must be from 1 to %d msat", int64(bolt11.MaxMsat))
	case p.Amount != nil && amount != 0 && *p.Amount != amount:
		return nil, Errorf(Other, "amount: is %d msat, the invoice asks for %d", *p.Amount, amount)
	case p.Amount == nil && amount == 0:
		return nil, Errorf(Other, "amount: the invoice has none, so the request must")
	case inv.ExpiresS() <= b.now().Unix():
		return nil, Errorf(PaymentFailed, "the invoice is expired")
	case p.Amount != nil:
		amount = *p.Amount
	}
	hash := hex.EncodeToString(inv.PaymentHash[:])
	paid, err := b.wallet.PayInvoice(ctx, PayInvoice{Key: id.String(), Invoice: p.Invoice, PaymentHash: hash, Payee: inv.Payee,
		AmountMsat: amount, Description: inv.Description})
	if err != nil {
		return nil, err
	}
	b.paid(Transaction{Type: Outgoing, State: Settled, Invoice: p.Invoice, Description: inv.Description, Preimage: paid.Preimage, PaymentHash: hash,
		AmountMsat: amount, FeesMsat: paid.FeesMsat, CreatedAt: paid.CreatedAt, SettledAt: paid.SettledAt})
	return paid, nil
}

func (b *backend) payKeysend(ctx context.Context, id op.ID, params json.RawMessage) (any, error) {
	var p struct {
		Amount   int64             `json:"amount"`
		PubKey   string            `json:"pubkey"`
		Preimage string            `json:"preimage"`
		Records  []json.RawMessage `json:"tlv_records"`
	}
	if err := read(params, &p); err != nil {
		return nil, err
	}
	node, err := hex.DecodeString(p.PubKey)
	switch {
	case p.Amount < 1 || p.Amount > bolt11.MaxMsat:
		return nil, Errorf(Other, "amount: must be from 1 to %d msat", int64(bolt11.MaxMsat))
	case err != nil || len(node) != 33:
		return nil, Errorf(Other, "pubkey: must be 66 hex digits")
	case p.Preimage != "" || len(p.Records) > 0:
		return nil, Errorf(NotImplemented, "keysend with a preimage of the client's, or with records: econd derives the one and sends none of the other")
	}
	paid, err := b.wallet.PayKeysend(ctx, PayKeysend{Key: id.String(), Node: [33]byte(node), AmountMsat: p.Amount})
	if err != nil {
		return nil, err
	}
	b.paid(Transaction{Type: Outgoing, State: Settled, Preimage: paid.Preimage, PaymentHash: paid.PaymentHash,
		AmountMsat: p.Amount, FeesMsat: paid.FeesMsat, CreatedAt: paid.CreatedAt, SettledAt: paid.SettledAt})
	return paid, nil
}

func readInvoice(params json.RawMessage) (i NewInvoice, err error) {
	if err := read(params, &i); err != nil {
		return i, err
	}
	switch {
	case i.AmountMsat < 1 || i.AmountMsat > bolt11.MaxMsat:
		err = Errorf(Other, "amount: must be from 1 to %d msat", int64(bolt11.MaxMsat))
	case len(i.Description) > 639:
		err = Errorf(Other, "description: longer than 639 bytes")
	case i.DescriptionHash != "" && !isHash(i.DescriptionHash):
		err = Errorf(Other, "description_hash: must be 64 hex digits")
	case i.ExpiryS < 0 || i.ExpiryS > 365*24*3600:
		err = Errorf(Other, "expiry: must be from 0 s to a year")
	}
	return i, err
}

func isHash(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == 32
}

func (b *backend) makeInvoice(ctx context.Context, _ op.ID, params json.RawMessage) (any, error) {
	i, err := readInvoice(params)
	if err != nil {
		return nil, err
	}
	i.PaymentHash = ""
	return b.receiver.MakeInvoice(ctx, i)
}

func (b *backend) makeHoldInvoice(ctx context.Context, _ op.ID, params json.RawMessage) (any, error) {
	i, err := readInvoice(params)
	if err == nil && !isHash(i.PaymentHash) {
		err = Errorf(Other, "payment_hash: must be 64 hex digits")
	}
	if err != nil {
		return nil, err
	}
	return b.holder.MakeHoldInvoice(ctx, i)
}

func (b *backend) settleHoldInvoice(ctx context.Context, _ op.ID, params json.RawMessage) (any, error) {
	var p struct {
		Preimage string `json:"preimage"`
	}
	err := read(params, &p)
	if err == nil && !isHash(p.Preimage) {
		err = Errorf(Other, "preimage: must be 64 hex digits")
	}
	if err != nil {
		return nil, err
	}
	return struct{}{}, notFound(b.holder.SettleHoldInvoice(ctx, p.Preimage))
}

func (b *backend) cancelHoldInvoice(ctx context.Context, _ op.ID, params json.RawMessage) (any, error) {
	var p struct {
		Hash string `json:"payment_hash"`
	}
	err := read(params, &p)
	if err == nil && !isHash(p.Hash) {
		err = Errorf(Other, "payment_hash: must be 64 hex digits")
	}
	if err != nil {
		return nil, err
	}
	return struct{}{}, notFound(b.holder.CancelHoldInvoice(ctx, p.Hash))
}

func notFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return Errorf(NotFound, "there is no such invoice")
	}
	return err
}

func (b *backend) lookupInvoice(ctx context.Context, _ op.ID, params json.RawMessage) (any, error) {
	var p struct {
		Hash    string `json:"payment_hash"`
		Invoice string `json:"invoice"`
	}
	if err := read(params, &p); err != nil {
		return nil, err
	}
	if p.Hash == "" {
		inv, err := bolt11.Decode(p.Invoice)
		if err != nil {
			return nil, Errorf(Other, "invoice: %v", err)
		}
		p.Hash = hex.EncodeToString(inv.PaymentHash[:])
	}
	if !isHash(p.Hash) {
		return nil, Errorf(Other, "payment_hash: must be 64 hex digits")
	}
	if b.receiver != nil {
		t, err := b.receiver.LookupInvoice(ctx, p.Hash)
		if !errors.Is(err, ErrNotFound) {
			return t, err
		}
	}
	paid, err := b.wallet.Payments(ctx, 0, b.now().Unix())
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(paid, func(t Transaction) bool { return t.PaymentHash == p.Hash })
	if i < 0 {
		return nil, notFound(ErrNotFound)
	}
	return paid[i], nil
}

func (b *backend) listTransactions(ctx context.Context, _ op.ID, params json.RawMessage) (any, error) {
	var p struct {
		From   int64  `json:"from"`
		Until  int64  `json:"until"`
		Limit  int    `json:"limit"`
		Offset int    `json:"offset"`
		Unpaid bool   `json:"unpaid"`
		Type   string `json:"type"`
	}
	if err := read(params, &p); err != nil {
		return nil, err
	}
	if p.Limit < 0 || p.Offset < 0 || p.From < 0 || p.Until < 0 || p.Type != "" && p.Type != Incoming && p.Type != Outgoing {
		return nil, Errorf(Other, "from, until, limit and offset must not be negative, type %s, %s or absent", Incoming, Outgoing)
	}
	until := cmp.Or(p.Until, b.now().Unix())
	var all []Transaction
	if p.Type != Incoming {
		list, err := b.wallet.Payments(ctx, p.From, until)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	if p.Type != Outgoing && b.receiver != nil {
		list, err := b.receiver.Invoices(ctx, p.From, until)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	if !p.Unpaid {
		all = slices.DeleteFunc(all, func(t Transaction) bool { return t.State != Settled })
	}
	slices.SortStableFunc(all, func(x, y Transaction) int { return cmp.Compare(y.CreatedAt, x.CreatedAt) })
	total := len(all)
	all = all[min(p.Offset, total):]
	all = all[:min(len(all), cmp.Or(min(p.Limit, maxListed), maxListed))]
	for i := range all { // an invoice that is long leaves no room for others, and is known by its hash
		if len(all[i].Invoice) > 1500 {
			all[i].Invoice = ""
		}
	}
	return map[string]any{"transactions": append([]Transaction{}, all...), "total_count": total}, nil
}
