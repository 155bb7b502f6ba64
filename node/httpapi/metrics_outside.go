package httpapi

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/econd/econd/node"
)

// brokenMetric counts rules that broke off, a fault of econd: any is one to look at.
func brokenMetric(n Node) []prometheus.Collector {
	var list []prometheus.Collector
	for at, count := range map[string]func(node.Broken) uint64{
		"check":     func(b node.Broken) uint64 { return b.Checks },
		"operation": func(b node.Broken) uint64 { return b.Operations },
		"fact":      func(b node.Broken) uint64 { return b.Facts },
		"effect":    func(b node.Broken) uint64 { return b.Effects },
	} {
		list = append(list, prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "econd_broken_rules_total",
			Help: "Rules that broke off, by where; a fault of econd, see docs/operating.md.", ConstLabels: prometheus.Labels{"at": at}},
			func() float64 { return float64(count(n.Broken())) }))
	}
	return list
}

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
