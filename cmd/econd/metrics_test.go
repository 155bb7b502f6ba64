package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/breaker"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// docs/metrics.md lists the metrics of the programs' sources, and no others.
func TestMetricsAreDocumented(t *testing.T) {
	name := regexp.MustCompile(`"(econd_[a-z0-9_]+)"`)
	var there []string
	for _, dir := range []string{"../../node", "../../cmd"} {
		require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if !strings.Contains(string(text), "prometheus") {
				return err
			}
			for _, found := range name.FindAllStringSubmatch(string(text), -1) {
				there = append(there, found[1])
			}
			return err
		}))
	}
	page, err := os.ReadFile("../../docs/metrics.md")
	require.NoError(t, err)
	var told []string
	for _, found := range regexp.MustCompile("(?m)^\\| `(econd_[a-z0-9_]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		told = append(told, found[1])
	}
	slices.Sort(there)
	slices.Sort(told)
	require.NotEmpty(t, there)
	require.Equal(t, slices.Compact(there), told)
	for _, part := range node.Parts {
		require.Contains(t, string(page), "`"+part+"`")
	}
}

type fixedVitals node.Vitals

func (v fixedVitals) Vitals() node.Vitals { return node.Vitals(v) }

func TestVitals(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	v := vitals{now: func() time.Time { return now }, problems: func() []string { return []string{"lnd: is away", "odd"} },
		node: fixedVitals{Height: 700, BlockAt: now.Add(-90 * time.Second), LogAhead: 90 * time.Minute, Waiting: 3, Holds: []ledger.HoldCount{{State: "locked", Count: 2}}, Contradicted: []ledger.ContradictionCount{{In: "end", Count: 1}, {In: "lock"}},
			Anchors: []node.AnchorCount{{State: view.AnchorFinal, Count: 1, Entries: 12}}, AnchoredAt: now.Add(-time.Hour)}}
	require.NoError(t, testutil.CollectAndCompare(v, strings.NewReader(`
# HELP econd_anchor_age_seconds Time since the newest anchor was published; absent before the first.
# TYPE econd_anchor_age_seconds gauge
econd_anchor_age_seconds 3600
# HELP econd_chain_block_age_seconds Time since LND told of a block; absent before the first.
# TYPE econd_chain_block_age_seconds gauge
econd_chain_block_age_seconds 90
# HELP econd_holds Holds that have not ended, by state.
# TYPE econd_holds gauge
econd_holds{state="locked"} 2
# HELP econd_holds_contradicted Holds of which the agent's word contradicts the operator's, ended ones included, by what it is about.
# TYPE econd_holds_contradicted gauge
econd_holds_contradicted{in="end"} 1
econd_holds_contradicted{in="lock"} 0
# HELP econd_lnd_up 1 if LND answered the last call, 0 if not.
# TYPE econd_lnd_up gauge
econd_lnd_up 0
# HELP econd_log_ahead_seconds How far the last stamp of the log is ahead of this machine's clock; 0 in normal work.
# TYPE econd_log_ahead_seconds gauge
econd_log_ahead_seconds 5400
# HELP econd_queue_requests Requests that wait for the writer.
# TYPE econd_queue_requests gauge
econd_queue_requests 3
`), "econd_anchor_age_seconds", "econd_chain_block_age_seconds", "econd_holds", "econd_holds_contradicted", "econd_lnd_up", "econd_log_ahead_seconds", "econd_queue_requests"))
	require.NoError(t, testutil.CollectAndCompare(v, strings.NewReader(`
# HELP econd_anchor_entries Entries that the newest anchor in a state covers; econd_log_entries less these are not anchored.
# TYPE econd_anchor_entries gauge
econd_anchor_entries{state="final"} 12
# HELP econd_ready 1 if nothing keeps this part from its work, 0 if /readyz names a problem of it.
# TYPE econd_ready gauge
econd_ready{part="anchoring"} 1
econd_ready{part="chain"} 1
econd_ready{part="checkpoint"} 1
econd_ready{part="clock"} 1
econd_ready{part="files"} 1
econd_ready{part="holds"} 1
econd_ready{part="l402"} 1
econd_ready{part="lnd"} 0
econd_ready{part="other"} 0
econd_ready{part="payments"} 1
econd_ready{part="recovery"} 1
econd_ready{part="webhooks"} 1
econd_ready{part="witnesses"} 1
econd_ready{part="writer"} 1
`), "econd_ready", "econd_anchor_entries"))
	v.node = fixedVitals{LightningUp: true}
	require.Zero(t, testutil.CollectAndCount(v, "econd_chain_block_age_seconds", "econd_anchor_age_seconds"), "ages of nothing")
	require.NoError(t, prometheus.NewPedanticRegistry().Register(v))
}

type fixedWallets node.WalletVitals

func (v fixedWallets) WalletVitals() node.WalletVitals { return node.WalletVitals(v) }

func TestWalletMetrics(t *testing.T) {
	v := walletVitals{fixedWallets{UsedMost: 0.85, NearlyUsed: 1, Wallets: []node.WalletCount{{State: "funded", Count: 2}},
		Spends:       ledger.SpendFigures{HeldMsat: 22_000, Counts: []ledger.SpendCount{{Type: "l402", State: "settled", Count: 3}}, Paid: []ledger.PaidSum{{Type: "l402", Msat: 20_000, FeeMsat: 7}}},
		SubmittedFor: time.Minute, Breakers: []node.BreakerCount{{Scope: "wallet", Cause: "denials", Count: 1}}, Refused: []node.RuleCount{{Rule: "cap", Count: 4}}}}
	require.NoError(t, testutil.CollectAndCompare(v, strings.NewReader(`
# HELP econd_breakers_open Breakers that hold new spends back, by scope and cause.
# TYPE econd_breakers_open gauge
econd_breakers_open{cause="denials",scope="wallet"} 1
# HELP econd_spend_fees_msat_total What settled spends paid to routes.
# TYPE econd_spend_fees_msat_total counter
econd_spend_fees_msat_total{type="l402"} 7
# HELP econd_spend_oldest_seconds How long the oldest spend has been reserved, or submitted; 0: none is.
# TYPE econd_spend_oldest_seconds gauge
econd_spend_oldest_seconds{state="reserved"} 0
econd_spend_oldest_seconds{state="submitted"} 60
# HELP econd_spends_refused_total Spends that the log refused since the start, by rule.
# TYPE econd_spends_refused_total counter
econd_spends_refused_total{rule="cap"} 4
# HELP econd_wallet_budget_used_ratio_max Largest share of its budget that one wallet has spent or set aside in its running period.
# TYPE econd_wallet_budget_used_ratio_max gauge
econd_wallet_budget_used_ratio_max 0.85
`), "econd_breakers_open", "econd_spend_fees_msat_total", "econd_spend_oldest_seconds", "econd_spends_refused_total", "econd_wallet_budget_used_ratio_max"))
	require.NoError(t, prometheus.NewPedanticRegistry().Register(v))
	page, err := os.ReadFile("../../docs/metrics.md")
	require.NoError(t, err)
	for _, cause := range append(breaker.Causes(), breaker.MeansCauses()...) {
		require.Contains(t, string(page), "`"+string(cause)+"`")
	}
}
