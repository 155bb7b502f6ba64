package ledger

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/econd/econd/node/op"
)

// Words about payouts; payouts are numbered from 1 in order of entry.
//
//	NAME claim N SATS PAYMENT [issued DURATION]   with an invoice of NAME's node,
//	                               issued so long ago, or ahead if negative;
//	                               PAYMENT hold:X has the payment hash of X's hold
//	NAME deposit X POOL SATS
//	sent N PAYMENT FEE-MSAT | unsent N REASON...     facts
//	called N STATUS | uncalled N REASON...           of the N-th webhook
//	payout N = STATE SATS to NAME
//	fee-limit N = SATS             most that the route of payout N may cost
//	result P = STATE [REASON...]   of the first action of proposal P
func init() {
	verbs["claim"] = func(sc *scenario, who string, f []string) error {
		preimage := sha256.Sum256([]byte(f[2]))
		hash := op.Hash(sha256.Sum256(preimage[:]))
		if x, ok := strings.CutPrefix(f[2], "hold:"); ok {
			h, _ := sc.s.Hold(sc.labels[x])
			hash = *h.PaymentHash
		}
		return sc.enter(who, op.KindClaim, op.Claim{Payout: sc.payout(f[0]),
			Invoice: sc.invoiceAt(nodeOf(who), hash, sc.number(f[1]), sc.issued(sc.options(f[3:])), "x")})
	}
	verbs["deposit"] = func(sc *scenario, who string, f []string) error {
		return sc.request(who, f[0], op.KindDeposit, op.Deposit{Pool: f[1], AmountSat: sc.number(f[2])})
	}
	facts["sent"] = func(sc *scenario, f []string) error {
		id := sc.payout(f[0])
		return sc.enter("operator", op.KindPaymentSent, op.PaymentSent{Effect: sc.effectOf(id), Payout: id,
			Preimage: sha256.Sum256([]byte(f[1])), FeeMsat: sc.number(f[2])})
	}
	facts["unsent"] = func(sc *scenario, f []string) error {
		id := sc.payout(f[0])
		return sc.enter("operator", op.KindPaymentFailed, op.PaymentFailed{Effect: sc.effectOf(id), Payout: id, Reason: f[1]})
	}
	facts["called"] = func(sc *scenario, f []string) error {
		return sc.enter("operator", op.KindWebhookDelivered, op.WebhookDelivered{Effect: sc.s.webhooks.list[sc.number(f[0])-1].effect, Status: sc.number(f[1])})
	}
	facts["uncalled"] = func(sc *scenario, f []string) error {
		return sc.enter("operator", op.KindWebhookFailed, op.WebhookFailed{Effect: sc.s.webhooks.list[sc.number(f[0])-1].effect, Reason: f[1]})
	}
	looks["payout"] = func(sc *scenario, f []string) string {
		v, ok := sc.s.Payout(sc.payout(f[0]))
		if !ok {
			return "none"
		}
		return fmt.Sprintf("= %s %d to %s", v.State, v.AmountSat, sc.who(v.Agent))
	}
	looks["fee-limit"] = func(sc *scenario, f []string) string {
		v, _ := sc.s.Payout(sc.payout(f[0]))
		return fmt.Sprint("= ", v.FeeSat)
	}
	looks["result"] = func(sc *scenario, f []string) string {
		p, _ := sc.s.Proposal(sc.labels[f[0]], sc.at.TimeMs)
		got := "= " + p.Results[0].State
		if p.Results[0].Reason != "" {
			got += " " + p.Results[0].Reason
		}
		return got
	}
}

func (sc *scenario) payout(n string) string {
	i := sc.number(n)
	if i < 1 || int(i) > sc.s.Payouts() {
		return "none"
	}
	return sc.s.PayoutAt(int(i) - 1).ID
}

func (sc *scenario) effectOf(payout string) string {
	for _, e := range sc.s.PendingEffects() {
		if e.Payout == payout {
			return e.ID
		}
	}
	return ""
}

// who gives an agent's name.
func (sc *scenario) who(key op.PublicKey) string {
	v, _ := sc.s.Agent(key)
	return v.Name
}

// payoutName is the number of the payout that an effect is about, or "".
func (sc *scenario) payoutName(e Effect) string {
	if at, ok := sc.s.treasury.payoutAt[e.Payout]; ok {
		return fmt.Sprint(at + 1)
	}
	return ""
}
