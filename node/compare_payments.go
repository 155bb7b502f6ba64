package node

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// payments compares LND's payments with the payouts.
func (k *comparer) payments(list []PaymentRecord) {
	byHash := map[op.Hash]view.Payout{}
	for i := range k.s.Payouts() {
		p := k.s.PayoutAt(i)
		if p.Preimage != (op.Hash{}) {
			byHash[sha256.Sum256(p.Preimage[:])] = p
		}
		if p.Node != (op.NodeKey{}) {
			byHash[k.n.keysendHash(p)] = p
		}
	}
	for i := range k.s.Spends() {
		p := k.s.SpendAt(i)
		if p.PaymentHash != (op.Hash{}) {
			byHash[p.PaymentHash] = owedBy(p)
		}
	}
	for _, e := range k.s.PendingEffects() {
		if p, ok := k.s.Payout(e.Payout); ok && e.PaymentHash != (op.Hash{}) {
			byHash[e.PaymentHash] = p
		}
	}
	for _, r := range list {
		p, known := byHash[r.PaymentHash]
		payout, _ := strings.CutPrefix(r.Label, k.n.labelOf(""))
		if payout == r.Label {
			payout = "" // none, or of another economy
		}
		if !known && payout != "" {
			p, known = k.owed(payout)
		}
		k.payment(r, payout, p, known)
	}
}

// owed finds what a payment is marked with: a payout, or a spend of a wallet.
func (k *comparer) owed(id string) (view.Payout, bool) {
	if s, ok := k.s.Spend(id); ok {
		return owedBy(s), true
	}
	return k.s.Payout(id)
}

// subjectOf names what is owed: ids of spends begin with what they are.
func subjectOf(id string) string {
	if strings.HasPrefix(id, "spend-") {
		return id
	}
	return "payout " + id
}

// owedBy is a spend as a payout, which LND pays alike.
func owedBy(s view.Payment) view.Payout {
	p := view.Payout{ID: s.ID, State: s.State, AmountSat: s.PaidMsat / 1000, Preimage: s.Preimage, FeeMsat: s.FeeMsat, Node: s.Node}
	switch s.State {
	case "settled":
		p.State = "paid"
	case "reserved", "submitted":
		p.State = "sending"
	}
	return p
}

// keysendHash is the payment hash of a payout that goes out by keysend.
func (n *Node) keysendHash(p view.Payout) op.Hash {
	preimage := KeysendPreimage(n.cfg.HoldSecret, n.economy, ledger.Effect{Payout: p.ID, Node: p.Node, AmountSat: p.AmountSat})
	return sha256.Sum256(preimage[:])
}

// payment compares one payment that has succeeded, or is under way, with its
// payout.
func (k *comparer) payment(r PaymentRecord, payout string, p view.Payout, known bool) {
	decided := k.s.Decided(r.PaymentHash)
	ours := (known || payout != "" || decided == op.DecidedPaid) && decided != op.DecidedNoted
	switch {
	case r.Status == PaymentSucceeded && ours:
		k.c.Out += r.AmountMsat
		k.c.Fees += r.FeeMsat
	case r.Status == PaymentSucceeded:
		k.c.OwnSpent += r.AmountMsat + r.FeeMsat
	}
	if decided == op.DecidedNoted && known && p.State == "paid" && p.Preimage != (op.Hash{}) && sha256.Sum256(p.Preimage[:]) == r.PaymentHash {
		k.c.Coming.Out -= 1000 * p.AmountSat
		k.c.Coming.Fees -= p.FeeMsat
	}
	if decided != "" {
		return
	}
	d := Difference{Subject: subjectOf(p.ID), PaymentHash: r.PaymentHash, LND: "paid", Log: p.State, Msat: r.AmountMsat + r.FeeMsat, payment: r}
	if r.Status == PaymentInFlight {
		d.LND = "under way"
	}
	paid := []string{"paid: record it", "noted: it was none of the economy's"}
	same := p.Preimage != (op.Hash{}) && sha256.Sum256(p.Preimage[:]) == r.PaymentHash
	switch {
	case known && p.State == "paid" && same:
		if r.Status == PaymentSucceeded && r.FeeMsat != p.FeeMsat {
			d.Log, d.Msat = fmt.Sprintf("paid with %d msat of fees", p.FeeMsat), r.FeeMsat-p.FeeMsat
			d.Decisions = []string{"noted: why the log says another fee than LND"}
			k.add(d)
		}
		return
	case known && p.State == "paid":
		d.LND, d.Decisions = d.LND+" a second time", paid[1:]
	case known && p.State == "sending" && k.pendingWith(p.ID, r.PaymentHash):
		d.Rule = "it is entered as " + map[bool]string{true: "paid", false: "paid once it is over"}[r.Status == PaymentSucceeded]
		if r.Status == PaymentSucceeded {
			k.c.Coming.Out += r.AmountMsat
			k.c.Coming.Fees += r.FeeMsat
		}
	case known:
		d.Decisions = paid
	case payout != "":
		d.Subject, d.Log, d.Decisions = subjectOf(payout), "not in the log", paid
	case k.restored && k.mayBePayout(r):
		d.Subject, d.Log = "payment "+r.PaymentHash.String(), "a payout over the same amount is open"
		d.Decisions = []string{"paid PAYOUT: it was that payout", paid[1]}
	default:
		return
	}
	k.add(d)
}

// pendingWith tells whether the payment of that hash is what an effect asks for.
func (k *comparer) pendingWith(payout string, hash op.Hash) bool {
	for _, e := range k.s.PendingEffects() {
		if e.Payout == payout {
			return k.n.paymentOf(e).PaymentHash == hash
		}
		if s, ok := k.s.Spend(payout); ok && e.Spend == payout {
			return s.State == "submitted" && s.PaymentHash == hash
		}
	}
	return false
}

// mayBePayout tells whether a payment that is not marked, because its invoice takes
// no records, may be that of a payout whose claim the log has lost.
func (k *comparer) mayBePayout(r PaymentRecord) bool {
	if r.CreatedMs < k.s.Clock().TimeMs {
		return false
	}
	for i := range k.s.Payouts() {
		if p := k.s.PayoutAt(i); p.State != "paid" && 1000*p.AmountSat == r.AmountMsat {
			return true
		}
	}
	return false
}
