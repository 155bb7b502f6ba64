package audit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/stake"
)

// Theft is the proof that an operator took a hold and keeps the sats: the preimage
// of a hold invoice leaves the operator's node only when the hold is settled, and
// the log does not say that it was. No rule need have forfeited it: also sats that
// were, and are said to be cancelled, lapsed or released, are neither with the agent
// nor where the rule sends them. An operator whose log was lost, who settled by
// mistake, or whose settlement came to light late, states that the hold was settled,
// and the log says where the sats went.
type Theft struct {
	Economy     string       `json:"economy"`
	Operator    op.PublicKey `json:"operator"`
	Hold        view.Hold    `json:"hold,omitzero"`
	Unknown     *UnknownHold `json:"unknown,omitempty"` // instead of Hold, where the log does not offer it
	PaymentHash op.Hash      `json:"payment_hash"`
	OfferedSeq  uint64       `json:"offered_seq,omitempty"`   // entry with the invoice
	Forfeited   uint64       `json:"forfeited_seq,omitempty"` // entry that declared it forfeited; 0: none

	// Entries is the size of the log that was replayed, Checkpoint the one
	// it was held against, or nil.
	Entries    uint64      `json:"entries"`
	Checkpoint *HeadReport `json:"checkpoint"`

	// Conclusive says that no later entry can state that the hold was settled.
	// While it has not ended one still can, and the preimage could
	// have come out by that: take an export that reaches the present.
	Conclusive bool `json:"conclusive"`

	Statement string   `json:"statement"`
	RestsOn   []string `json:"rests_on"`
}

// VerifyTheft replays an export and checks that the preimage is of a hold that
// the log does not record as settled. It fails with ErrNoTheft if the log knows no
// such hold, says that it was settled, or waits for its settlement, and as Replay
// does if the log is refused.
func VerifyTheft(ctx context.Context, r io.Reader, preimage op.Hash, o ReplayOptions) (Theft, error) {
	p := newReplayer(o)
	w := holdWatch{hash: sha256.Sum256(preimage[:])}
	p.see = w.see
	if err := p.run(ctx, r); err != nil {
		return Theft{}, err
	}
	report, err := p.finish()
	if err != nil {
		return Theft{}, err
	}
	if w.offered == 0 {
		return Theft{}, reject(ErrNoTheft, "preimage", "hashes to %s, which is the payment hash of no hold in this log of %d entries; with its invoice it may be one that the log does not offer",
			w.hash, report.Entries)
	}
	return w.theft(p, report)
}

// theft judges the hold that the log offers with the hash.
func (w *holdWatch) theft(p *replayer, report ReplayReport) (Theft, error) {
	hold, _ := p.state.Hold(w.hold)
	switch hold.State {
	case stake.Forfeiting.String(), stake.Forfeited.String(), stake.Taken.String():
		if w.forfeited != 0 {
			return Theft{}, reject(ErrNoTheft, "preimage", "hold %s was declared forfeited by entry %d (%s): settling it was the rule",
				hold.ID, w.forfeited, hold.Reason)
		}
		return Theft{}, reject(ErrNoTheft, "preimage", "hold %s was settled though no rule forfeited it, and the log says so: %s", hold.ID, owedBack(p, hold))
	}
	t := Theft{Economy: report.Economy, Operator: report.Operator, Hold: hold, PaymentHash: w.hash, OfferedSeq: w.offered, Forfeited: w.forfeited,
		Entries: report.Entries, Checkpoint: report.Head, RestsOn: report.RestsOn}
	t.conclude()
	return t, nil
}

// owedBack says where the sats of a hold went that was taken.
func owedBack(r *replayer, hold view.Hold) string {
	if payout, ok := r.state.ReturnOf(hold.ID); ok {
		for _, d := range r.decisions {
			if d.Decision == op.DecidedPaid && d.Payout == payout.ID {
				return fmt.Sprintf("payout %s over %d sat to %s is paid, says the operator by entry %d, with an invoice the agent never named",
					payout.ID, payout.AmountSat, payout.Agent, d.Seq)
			}
		}
		return fmt.Sprintf("payout %s over %d sat to %s is %s", payout.ID, payout.AmountSat, payout.Agent, payout.State)
	}
	return "they are in a pool"
}

// conclude says what the proof is worth.
func (t *Theft) conclude() {
	h := t.Hold
	t.Statement = fmt.Sprintf("The operator let out the preimage of hold %s over %d sat, ", h.ID, h.AmountSat)
	switch t.Conclusive = h.State == stake.Released.String() || h.State == stake.Lapsed.String(); {
	case !t.Conclusive && t.Forfeited != 0:
		t.Statement += fmt.Sprintf("which entry %d declared forfeited and is %s since (%s): %d entries of the log do not say that it was settled. "+
			"Hold this against an export that reaches the present.", t.Forfeited, h.State, h.Reason, t.Entries)
	case !t.Conclusive:
		t.Statement += fmt.Sprintf("which %d entries of the log do not declare forfeited. "+
			"The hold is %s: hold this against an export that reaches the present.", t.Entries, h.State)
	case t.Forfeited != 0:
		t.Statement += fmt.Sprintf("which entry %d declared forfeited and the log then records as %s (%s): "+
			"its sats went neither back to the agent nor where the rule sends them.", t.Forfeited, h.State, h.Reason)
	default:
		t.Statement += fmt.Sprintf("which the log records as %s and never declared forfeited.", h.State)
	}
	t.RestsOn = append(t.RestsOn, "That the preimage came from the operator: it alone draws it, and it leaves the operator's node only by settling.")
}

// holdWatch follows the holds with one payment hash.
type holdWatch struct {
	hash      op.Hash
	hold      op.ID
	offered   uint64 // entry that offered it; 0: none, since entry 0 is the genesis
	forfeited uint64 // entry that declared it forfeited; 0: none
}

func (w *holdWatch) see(e *op.Entry, effects []ledger.Effect) error {
	for _, f := range effects {
		if w.offered != 0 && f.Kind == ledger.EffectSettleHold && f.Hold == w.hold {
			w.forfeited = e.Seq
		}
	}
	if e.Event.Kind != op.KindHoldOffered {
		return nil
	}
	c := contentOf[op.HoldOffered](e)
	if c.PaymentHash == w.hash {
		w.hold, w.offered, w.forfeited = c.Hold, e.Seq, 0
	}
	return nil
}
