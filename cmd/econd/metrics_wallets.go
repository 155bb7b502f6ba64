package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/econd/econd/node"
)

// walletVitals collects what a node's wallets, spends and breakers are at. No label names a wallet.
type walletVitals struct {
	node interface{ WalletVitals() node.WalletVitals }
}

var (
	walletCount   = desc("econd_wallets", "Wallets by what they can do.", "state")
	walletBudget  = desc("econd_wallet_budget_msat", "Of the budgets of wallets that are no parts, in their running periods.", "share")
	walletUsed    = desc("econd_wallet_budget_used_ratio_max", "Largest share of its budget that one wallet has spent or set aside in its running period.")
	walletNear    = desc("econd_wallets_nearly_used", "Wallets that have spent or set aside more than 80 % of their budgets.")
	spendCount    = desc("econd_spends", "Spends by type and by how far they are.", "type", "state")
	spendPaid     = desc("econd_spend_paid_msat_total", "What settled spends paid to payees.", "type")
	spendFees     = desc("econd_spend_fees_msat_total", "What settled spends paid to routes.", "type")
	spendHeld     = desc("econd_spend_held_msat", "Set aside for spends that are under way, fee limits included.")
	spendOldest   = desc("econd_spend_oldest_seconds", "How long the oldest spend has been reserved, or submitted; 0: none is.", "state")
	spendRefused  = desc("econd_spends_refused_total", "Spends that the log refused since the start, by rule.", "rule")
	breakersOpen  = desc("econd_breakers_open", "Breakers that hold new spends back, by scope and cause.", "scope", "cause")
	walletMetrics = []*prometheus.Desc{walletCount, walletBudget, walletUsed, walletNear, spendCount, spendPaid, spendFees, spendHeld, spendOldest, spendRefused, breakersOpen}
)

// Describe implements prometheus.Collector.
func (walletVitals) Describe(ch chan<- *prometheus.Desc) {
	for _, x := range walletMetrics {
		ch <- x
	}
}

// Collect implements prometheus.Collector.
func (w walletVitals) Collect(ch chan<- prometheus.Metric) {
	v := w.node.WalletVitals()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	for _, c := range v.Wallets {
		gauge(walletCount, float64(c.Count), c.State)
	}
	gauge(walletBudget, v.UsedMsat, "used")
	gauge(walletBudget, v.LeftMsat, "left")
	gauge(walletUsed, v.UsedMost)
	gauge(walletNear, float64(v.NearlyUsed))
	for _, c := range v.Spends.Counts {
		gauge(spendCount, float64(c.Count), c.Type, c.State)
	}
	for _, p := range v.Spends.Paid {
		counter(spendPaid, float64(p.Msat), p.Type)
		counter(spendFees, float64(p.FeeMsat), p.Type)
	}
	gauge(spendHeld, float64(v.Spends.HeldMsat))
	gauge(spendOldest, v.ReservedFor.Seconds(), "reserved")
	gauge(spendOldest, v.SubmittedFor.Seconds(), "submitted")
	for _, r := range v.Refused {
		counter(spendRefused, float64(r.Count), r.Rule)
	}
	for _, b := range v.Breakers {
		gauge(breakersOpen, float64(b.Count), string(b.Scope), string(b.Cause))
	}
}
