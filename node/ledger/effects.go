package ledger

import (
	"encoding/json"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// EffectKind says what has to be done outside.
type EffectKind string

// Effects. Each is carried out at least once and answered by one fact.
const (
	EffectOpenHold   EffectKind = "open-hold"   // answered by hold-offered or hold-cancelled
	EffectSettleHold EffectKind = "settle-hold" // answered by hold-settled or hold-cancelled
	EffectCancelHold EffectKind = "cancel-hold" // answered by hold-cancelled
	EffectPay        EffectKind = "pay"         // answered by payment-sent or payment-failed
	EffectKeysend    EffectKind = "keysend"     // answered by payment-sent or payment-failed
	EffectWebhook    EffectKind = "webhook"     // answered by webhook-delivered or webhook-failed
	EffectSpend      EffectKind = "spend"       // answered by spend-settled or spend-failed, after spend-submitted
)

// Effect is something to do outside, as data. It is stored in the same
// transaction as the entry that made it and is pending until a fact with its
// id answers it. Nothing outside may depend on that id, which a log that was
// restored and went on gives to another effect: what LND and receivers see comes
// from Hold, Payout or Webhook.
type Effect struct {
	ID         string     `json:"id"` // "<seq>/<index>"
	Kind       EffectKind `json:"kind"`
	Hold       op.ID      `json:"hold,omitzero"`
	AmountSat  int64      `json:"amount_sat,omitempty"`
	CltvBlocks uint32     `json:"cltv_blocks,omitempty"`
	ExpiryS    int64      `json:"expiry_s,omitempty"` // of the unpaid invoice
	Memo       string     `json:"memo,omitempty"`

	// Of payments: AmountSat goes to the payee of Invoice, or to Node.
	Payout      string     `json:"payout,omitempty"`
	Invoice     string     `json:"invoice,omitempty"`
	PaymentHash op.Hash    `json:"payment_hash,omitzero"` // of Invoice
	Node        op.NodeKey `json:"node,omitzero"`
	FeeLimitSat int64      `json:"fee_limit_sat,omitempty"`

	// Of spends: what it pays says the spend, see State.SpendAt.
	Spend string `json:"spend,omitempty"`

	// Of webhooks: the id, the receiver and the JSON object that it gets.
	Webhook string `json:"webhook,omitempty"`
	URL     string `json:"url,omitempty"`
	Body    op.Raw `json:"body,omitempty"`
}

// Marshal returns the effect's stored form.
func (e Effect) Marshal() []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic("ledger: effect does not encode: " + err.Error())
	}
	return b
}

// emit makes an effect of the entry being applied and returns its id.
func (s *State) emit(e Effect) string { return s.effects.emit(s.next, e) }

// answer removes an effect from the pending ones. The caller has checked that
// it is there.
func (s *effects) answer(id string) {
	s.pending[s.pendingAt[id]].ID = ""
	delete(s.pendingAt, id)
	s.answered = append(s.answered, id)
	if len(s.pending) > 64 && len(s.pending) > 2*len(s.pendingAt) {
		s.compactPending()
	}
}

func (s *effects) compactPending() {
	kept := s.pending[:0]
	for _, e := range s.pending {
		if e.ID != "" {
			s.pendingAt[e.ID] = len(kept)
			kept = append(kept, e)
		}
	}
	s.pending = kept
}

// PendingEffects lists the effects that no fact has answered yet, oldest
// first.
func (s *State) PendingEffects() []Effect {
	var list []Effect
	for _, e := range s.effects.pending {
		if e.ID != "" {
			list = append(list, e)
		}
	}
	return list
}

// Pending tells whether no fact has answered the effect of that id yet.
func (s *State) Pending(id string) bool {
	_, ok := s.effects.pendingAt[id]
	return ok
}

// pendingEffect returns the pending effect of that id if it is of one of the
// kinds and concerns the hold.
func (s *effects) pendingEffect(id string, hold op.ID, kinds ...EffectKind) error {
	at, ok := s.pendingAt[id]
	if !ok {
		return refusal.New(refusal.ErrFact, "effect", "effect-answered-once", "no pending effect %+q", id)
	}
	e := s.pending[at]
	for _, k := range kinds {
		if e.Kind == k && e.Hold == hold {
			return nil
		}
	}
	return refusal.New(refusal.ErrFact, "effect", "effect-answered-once", "effect %s is %s of hold %s", id, e.Kind, e.Hold)
}
