package audit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// clocksApart is how far the clock of a Lightning node and the stamps of a log may be apart.
const clocksApart = 2 * time.Hour

// UnknownHold is the invoice of a hold that the log does not offer.
type UnknownHold struct {
	Invoice   string     `json:"invoice"`
	Node      op.NodeKey `json:"node"` // that signed it, and that the log names
	Hold      op.ID      `json:"hold"` // that its description names
	Purpose   string     `json:"purpose"`
	Agent     string     `json:"agent"` // who signed the operation of that id, hex
	AmountSat int64      `json:"amount_sat"`
	UntilMs   int64      `json:"until_ms"` // the log has to reach beyond, unix ms: nobody could pay it later
}

// VerifyTheftOf is VerifyTheft where the agent has the invoice, too, and the log may not
// know it: the operator's node signed it as that of a hold of this economy, its preimage is
// out, and no entry offers it. event is the agent's operation that asked for the hold, as
// NIP-01 writes it; nil where the log has it.
//
// That an invoice is a hold's shows by what its signature covers: the description names an
// operation of this economy, and it locks for as long, and can be paid for as long, as the
// holds that this log asks its node for. An invoice that lacks any of this is no hold's:
// what the node sells otherwise, by L402 or over a counter, is no theft.
func VerifyTheftOf(ctx context.Context, r io.Reader, preimage op.Hash, invoice string, event []byte, o ReplayOptions) (Theft, error) {
	p := newReplayer(o)
	w := holdWatch{hash: sha256.Sum256(preimage[:])}
	terms := holdTerms{}
	p.see = func(e *op.Entry, effects []ledger.Effect) error {
		terms.see(effects)
		return w.see(e, effects)
	}
	if err := p.run(ctx, r); err != nil {
		return Theft{}, err
	}
	report, err := p.finish()
	if err != nil {
		return Theft{}, err
	}
	if w.offered != 0 {
		return w.theft(p, report)
	}
	inv, err := bolt11.Decode(invoice)
	if err != nil {
		return Theft{}, reject(ErrNoTheft, "invoice", "%w", err)
	}
	if inv.PaymentHash != w.hash {
		return Theft{}, reject(ErrNoTheft, "invoice", "is for payment hash %x, the preimage hashes to %s", inv.PaymentHash, w.hash)
	}
	u := UnknownHold{Invoice: invoice, Node: inv.Payee, AmountSat: inv.AmountMsat / 1000}
	if err := u.ofNode(p.state, inv); err != nil {
		return Theft{}, err
	}
	if err := u.ofHold(p, inv, event, terms); err != nil {
		return Theft{}, err
	}
	t := Theft{Economy: report.Economy, Operator: report.Operator, Unknown: &u, PaymentHash: w.hash, Entries: report.Entries,
		Checkpoint: report.Head, RestsOn: report.RestsOn}
	u.UntilMs = 1000*inv.ExpiresS() + clocksApart.Milliseconds()
	t.concludeUnknown(p, inv)
	return t, nil
}

// ofNode demands that the operator's node signed, for the network of the log.
func (u *UnknownHold) ofNode(s *ledger.State, inv bolt11.Invoice) error {
	switch key := s.NodeKey(); {
	case key == (op.NodeKey{}):
		return reject(ErrNoTheft, "invoice", "is signed by node %s; whose node that is no entry says (rules version 1)", u.Node)
	case key != u.Node:
		return reject(ErrNoTheft, "invoice", "is signed by node %s, the node of this economy is %s", u.Node, key)
	case inv.Prefix != ledger.InvoicePrefix(s.Network()):
		return reject(ErrNoTheft, "invoice", "is one of %s, this economy is on %s", inv.Prefix, s.Network())
	}
	return nil
}

// ofHold demands that it is the invoice of a hold that an agent of this economy asked for.
func (u *UnknownHold) ofHold(p *replayer, inv bolt11.Invoice, event []byte, terms holdTerms) (err error) {
	var ok bool
	if u.Purpose, u.Hold, ok = op.HoldOf(inv.Description); !ok {
		return reject(ErrNoTheft, "invoice", "its description %+q names no hold: what the node sells otherwise is no theft", inv.Description[:min(len(inv.Description), 100)])
	}
	if by := p.state.Decided(inv.PaymentHash); by != "" {
		return reject(ErrNoTheft, "invoice", "the log does say what became of it: its operator decided that it is %s", by)
	}
	if !terms[holdTerm{inv.MinFinalCltv, inv.ExpiryS}] {
		return reject(ErrNoTheft, "invoice", "locks for %d blocks and can be paid for %d s; no hold that this log asks for does: an invoice of the node that is no hold's", inv.MinFinalCltv, inv.ExpiryS)
	}
	if h, known := p.state.Hold(u.Hold); known {
		u.Agent = h.Agent.String()
		return nil
	}
	if event == nil {
		return reject(ErrNoTheft, "invoice", "names hold %s, which this log does not know: needs the operation of that id, which its agent signed", u.Hold)
	}
	e, err := op.Decode(event)
	if err == nil {
		err = e.Verify()
	}
	switch {
	case err != nil:
		return reject(ErrNoTheft, "event", "%w", err)
	case e.ID != u.Hold:
		return reject(ErrNoTheft, "event", "is %s, the invoice names %s", e.ID, u.Hold)
	case e.Economy() != p.id.economy:
		return reject(ErrNoTheft, "event", "is of economy %q, the log of %q", e.Economy(), p.id.economy)
	case !asksForHold[e.Kind]:
		return reject(ErrNoTheft, "event", "is a %s, which asks for no hold", e.Kind)
	}
	u.Agent = e.PubKey.String()
	return nil
}

// asksForHold are the operations that a hold may be asked for by.
var asksForHold = map[op.Kind]bool{op.KindLockStake: true, op.KindPropose: true, op.KindDeposit: true, op.KindDispute: true,
	op.KindAppeal: true, op.KindJuror: true, op.KindRenew: true}

// holdTerm is for how many blocks a hold locks at least, and for how many seconds its
// invoice can be paid.
type holdTerm struct{ cltvBlocks, expiryS int64 }

// holdTerms are those that the log asked its node for.
type holdTerms map[holdTerm]bool

func (t holdTerms) see(effects []ledger.Effect) {
	for _, f := range effects {
		if f.Kind == ledger.EffectOpenHold {
			t[holdTerm{int64(f.CltvBlocks), f.ExpiryS}] = true
		}
	}
}

// concludeUnknown says what the proof is worth. Whoever accuses gives the export, so one
// without a signed head, or that ends too early, convicts nobody.
func (t *Theft) concludeUnknown(p *replayer, inv bolt11.Invoice) {
	u := t.Unknown
	t.Statement = fmt.Sprintf("The operator's node %s signed an invoice over %d sat for hold %s (%s) of agent %s, and its preimage is out: %d entries of the log offer no such invoice. ",
		u.Node, u.AmountSat, u.Hold, u.Purpose, u.Agent, t.Entries)
	last := p.state.Clock().TimeMs
	lost := slices.IndexFunc(p.decisions, func(d Decision) bool { return d.Decision == op.DecidedRestored })
	switch {
	case lost >= 0:
		t.Statement += fmt.Sprintf("Entry %d says that an end of the log was lost, which may have offered it: whoever has a head or an answer of then holds it against this log.", p.decisions[lost].Seq)
	case t.Checkpoint == nil:
		t.Statement += "Anybody can leave entries out of an export: hold this against one with a head that the log's key signed (--checkpoint)."
	case last <= u.UntilMs:
		t.Statement += fmt.Sprintf("The log ends at %s, and the invoice could be paid until %s: hold this against an export that reaches beyond %s.",
			clock(last), clock(1000*inv.ExpiresS()), clock(u.UntilMs))
	default:
		t.Conclusive = true
		t.Statement += "They reach beyond the last moment at which it could be paid."
	}
	t.RestsOn = append(t.RestsOn, "That the preimage came from the operator: it alone draws it, and it leaves the operator's node only by settling.",
		"That the operator lets no stranger choose description, lock time and lifetime of an invoice of this node: who sells other things from it must not.")
}
