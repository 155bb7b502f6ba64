package node

import (
	"strconv"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// Outside counts the payments and webhooks that no fact has answered yet.
func (n *Node) Outside() view.Outside {
	o := view.Outside{Payments: n.cfg.Payments != nil, Webhooks: n.cfg.Webhooks != nil, Recovery: n.Recovery()}
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, e := range n.state.PendingEffects() {
		switch e.Kind {
		case ledger.EffectPay, ledger.EffectKeysend:
			o.PaymentsPending++
		case ledger.EffectWebhook:
			o.WebhooksPending++
		}
	}
	return o
}

// unable lists what waits for a start with more rights.
func (n *Node) unable() []string {
	var problems []string
	o := n.Outside()
	if !o.Payments && o.PaymentsPending > 0 {
		problems = append(problems, "payments: off, and "+strconv.Itoa(o.PaymentsPending)+" wait; set lnd.pay_macaroon and start again")
	}
	if !o.Webhooks && o.WebhooksPending > 0 {
		problems = append(problems, "webhooks: off, and "+strconv.Itoa(o.WebhooksPending)+" wait; set webhooks.enabled and start again")
	}
	return problems
}
