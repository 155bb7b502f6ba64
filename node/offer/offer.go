package offer

import (
	"bytes"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/view"
)

// Known is what a payer knows of a log before it pays.
type Known struct {
	Log     note.Verifier // key of the log; its name is the log's origin
	Genesis op.ID         // event of entry 0 that was seen before; zero: none
	Node    op.NodeKey    // node of an earlier invoice, where the genesis names none; zero: none
	Head    Head          // newest one seen; zero: none
}

// Head is a head of a log that was seen. A size of 0 is none.
type Head struct {
	Size uint64
	Root [32]byte
}

// Asked is what the payer would pay for.
type Asked struct {
	Hold      op.ID
	AmountSat int64 // exactly
	Invoice   string
	NowUnix   int64 // the payer's clock
	MaxCltv   int64 // most blocks that the invoice may ask to be locked for
}

// Offer is the invoice of a hold that the log offers. Only Check makes one that is not zero.
type Offer struct {
	hold    op.ID
	invoice string
	read    bolt11.Invoice
	bound   bool
	fact    promise.Kept
}

// Hold is whose invoice it is.
func (o Offer) Hold() op.ID { return o.hold }

// Invoice is the BOLT 11 text to pay.
func (o Offer) Invoice() string { return o.invoice }

// PaymentHash is that of the invoice.
func (o Offer) PaymentHash() op.Hash { return o.read.PaymentHash }

// AmountSat is what it is over.
func (o Offer) AmountSat() int64 { return o.read.AmountMsat / 1000 }

// Payee is the node that signed it.
func (o Offer) Payee() op.NodeKey { return o.read.Payee }

// Bound says that the genesis, or an invoice paid before, names this payee. Otherwise the
// operator's node is whatever signed the first invoice: by version 1 of the rules no entry
// names it.
func (o Offer) Bound() bool { return o.bound }

// Fact is the operator's hold-offered with its proof, as promises are kept: whoever has it
// shows that the log offered this invoice, whatever is said later (econaudit answers).
func (o Offer) Fact() promise.Kept { return o.fact }

// Proved is the proof of an offer, opened: both entries stand under one signed head.
type Proved struct {
	head    anchor.SignedCheckpoint
	genesis *op.Entry
	fact    *op.Entry
	kept    promise.Kept
}

// Open checks the proof by the key of the log alone. ErrProof unless both entries are
// under one head that it signed.
func Open(p view.HoldProof, log note.Verifier) (*Proved, error) {
	genesis, head, err := open("genesis", p.Genesis, log)
	if err != nil {
		return nil, err
	}
	fact, same, err := open("offered", p.Offered, log)
	if err != nil {
		return nil, err
	}
	if head.Checkpoint != same.Checkpoint {
		return nil, fmt.Errorf("offered: %w: its head has %d entries, that of the genesis %d", ErrProof, same.Size, head.Size)
	}
	at := op.Hash(fact.Stamp.BlockHash)
	return &Proved{head: head, genesis: genesis, fact: fact, kept: promise.Kept{Event: fact.Event.Marshal(), Seq: fact.Seq,
		TimeMs: fact.Stamp.TimeMs, Height: fact.Stamp.Height, Block: &at, Promise: p.Offered.TlogProof}}, nil
}

func open(part string, p view.ProvenEntry, log note.Verifier) (*op.Entry, anchor.SignedCheckpoint, error) {
	var none anchor.SignedCheckpoint
	e, err := op.DecodeEntry(p.Entry)
	if err == nil && !bytes.Equal(e.Marshal(), p.Entry) {
		err = fmt.Errorf("is not written in its one form")
	}
	if err == nil {
		err = e.Event.Verify()
	}
	if err != nil {
		return nil, none, fmt.Errorf("%s.entry: %w: %w", part, ErrProof, err)
	}
	opened, err := promise.Open([]byte(p.TlogProof), e.Event, e.Seq, e.Stamp, log)
	if err != nil {
		return nil, none, fmt.Errorf("%s.tlog_proof: %w: %w", part, ErrProof, err)
	}
	return e, opened.Checkpoint, nil
}

// Fact is the operator's hold-offered with its proof, as promises are kept.
func (p *Proved) Fact() promise.Kept { return p.kept }

// Head is the head of the proof.
func (p *Proved) Head() Head { return Head{uint64(p.head.Size), p.head.Root} }

// Note is the signed note of that head.
func (p *Proved) Note() []byte { return p.head.Note }

// Genesis is the event of entry 0.
func (p *Proved) Genesis() op.ID { return p.genesis.Event.ID }

// Goes demands that the later of two heads goes on from the earlier one; path is the
// consistency proof between their sizes (RFC 6962 section 2.1.2), empty where they are
// equal or one is none. ErrHistory otherwise.
func Goes(a, b Head, path []op.Hash) error {
	if a.Size > b.Size {
		a, b = b, a
	}
	if a.Size == 0 || a == b {
		return nil
	}
	if a.Size == b.Size {
		return fmt.Errorf("%w: two heads of %d entries differ", ErrHistory, a.Size)
	}
	proof := make(tlog.TreeProof, len(path))
	for i, h := range path {
		proof[i] = tlog.Hash(h)
	}
	if err := tlog.CheckTree(proof, int64(b.Size), b.Root, int64(a.Size), a.Root); err != nil {
		return fmt.Errorf("%w: that of %d entries is not shown to be the beginning of that of %d: %w", ErrHistory, a.Size, b.Size, err)
	}
	return nil
}

// Check says what may be paid for the hold, if the proof holds against what is known; path
// is the consistency proof between the known head and the proof's, see Goes.
func (p *Proved) Check(k Known, path []op.Hash, a Asked) (Offer, error) {
	node, err := p.founded(k)
	if err != nil {
		return Offer{}, err
	}
	if err := Goes(k.Head, p.Head(), path); err != nil {
		return Offer{}, err
	}
	o := Offer{hold: a.Hold, bound: node != (op.NodeKey{}), fact: p.kept}
	if o.invoice, o.read, err = p.offered(a); err != nil {
		return Offer{}, err
	}
	if o.bound && o.Payee() != node {
		return Offer{}, fmt.Errorf("%w: %x signed it, the node of this economy is %s", ErrPayee, o.read.Payee, node)
	}
	return o, nil
}

// founded checks the genesis and returns the node that must sign, zero where none is known.
func (p *Proved) founded(k Known) (node op.NodeKey, err error) {
	e := p.genesis.Event
	wrong := func(format string, args ...any) (op.NodeKey, error) {
		return op.NodeKey{}, fmt.Errorf("genesis.entry: %w: "+format, append([]any{ErrProof}, args...)...)
	}
	if p.genesis.Seq != 0 || e.Kind != op.KindGenesis {
		return wrong("is entry %d, a %s", p.genesis.Seq, e.Kind)
	}
	if k.Genesis != (op.ID{}) && e.ID != k.Genesis {
		return node, fmt.Errorf("genesis.entry: %w: is event %s, it was %s", ErrHistory, e.ID, k.Genesis)
	}
	content, err := e.Decoded()
	if err != nil {
		return wrong("%w", err)
	}
	g := content.(*op.Genesis)
	if origin := "econd/" + g.Economy; g.Economy != e.Economy() || origin != k.Log.Name() {
		return wrong("founds %q under the name %q, the key is that of %s", g.Economy, e.Economy(), k.Log.Name())
	}
	if g.NodeKey != (op.NodeKey{}) {
		return g.NodeKey, nil
	}
	return k.Node, nil
}

// offered holds the fact against what the payer would pay for.
func (p *Proved) offered(a Asked) (text string, inv bolt11.Invoice, err error) {
	e := p.fact.Event
	if e.Kind != op.KindHoldOffered || e.PubKey != p.genesis.Event.PubKey || e.Economy() != p.genesis.Event.Economy() {
		return "", inv, fmt.Errorf("offered.entry: %w: is a %s of %q by %s, must be one hold-offered by the operator %s", ErrProof, e.Kind, e.Economy(), e.PubKey, p.genesis.Event.PubKey)
	}
	content, err := e.Decoded()
	if err != nil {
		return "", inv, fmt.Errorf("offered.entry: %w: %w", ErrProof, err)
	}
	c := content.(*op.HoldOffered)
	if inv, err = bolt11.Decode(c.Invoice); err != nil {
		return "", inv, fmt.Errorf("%w: %w", ErrInvoice, err)
	}
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrInvoice}, args...)...)
	}
	_, names, named := op.HoldOf(inv.Description)
	switch {
	case c.Hold != a.Hold:
		err = wrong("entry %d offers hold %s, not %s", p.fact.Seq, c.Hold, a.Hold)
	case c.Invoice != a.Invoice:
		err = wrong("econd shows another one than entry %d of its log", p.fact.Seq)
	case inv.PaymentHash != c.PaymentHash:
		err = wrong("it is for payment hash %x, entry %d says %s", inv.PaymentHash, p.fact.Seq, c.PaymentHash)
	case inv.AmountMsat%1000 != 0 || inv.AmountMsat/1000 != a.AmountSat:
		err = wrong("it is over %d msat, the hold over %d sat", inv.AmountMsat, a.AmountSat)
	case !named || names != a.Hold:
		err = wrong("its description %q does not name hold %s: who pays it could not show what for", clip(inv.Description), a.Hold)
	case inv.ExpiresS() <= a.NowUnix:
		err = wrong("it expired %d s ago", a.NowUnix-inv.ExpiresS())
	case inv.MinFinalCltv > a.MaxCltv:
		err = wrong("it locks for %d blocks, at most %d are taken", inv.MinFinalCltv, a.MaxCltv)
	}
	return c.Invoice, inv, err
}

// clip shortens foreign text.
func clip(s string) string { return s[:min(len(s), 100)] }
