package httpapi

import "github.com/prometheus/client_golang/prometheus"

// outsideMetrics say what executed proposals wait for: a payment that stays is
// the operator's to look at.
func outsideMetrics(n Node) []prometheus.Collector {
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	return []prometheus.Collector{
		gauge("econd_payments_pending", "Payments of executed proposals that have not ended.",
			func() int { return n.Outside().PaymentsPending }),
		gauge("econd_webhooks_pending", "Webhooks of executed proposals that have not ended.",
			func() int { return n.Outside().WebhooksPending }),
	}
}
