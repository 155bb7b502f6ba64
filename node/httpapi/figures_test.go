package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/econd/econd/node/cursor"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// What a proposal with a bet, terms and a rule behind it looks like, and a metric
// and a rule, is what the document says.
func TestFiguresFitTheirSchemas(t *testing.T) {
	w := newWorld(t, nil)
	firing := view.Firing{Rule: "errors", Values: []op.ReportedValue{{Metric: "error-rate", Value: -3}}}
	for schema, v := range map[string]any{
		"Metric": view.Metric{Name: "error-rate", Unit: "ppm", Reporters: []op.PublicKey{{}}, Least: 1, WithinS: 3600,
			Last: &view.Figure{Value: -1, Reports: 1}, Waiting: []view.WaitingReport{{Value: 3}}},
		"Rule": view.Rule{Name: "errors", When: "true", Clear: "false", Actions: []op.Raw{}, Fired: []view.Firing{firing}, Trouble: "x"},
		"Proposal": view.Proposal{Track: "signal", Title: "t", State: "rewarded", Actions: []op.Raw{}, Rule: &firing,
			Template: "scope-change", Terms: op.Raw(`{"agent":"0000000000000000000000000000000000000000000000000000000000000000","add":["read"],"remove":[]}`), Evaluation: &view.Evaluation{Pool: "reserve", Least: 1, PeriodS: 1, RewardSat: 7,
				Metrics:   []op.EvaluatedMetric{{Name: "speed", Unit: "ms", Baseline: 1, Direction: "up"}},
				Reporters: []op.PublicKey{{}}, BeganMs: 1, UntilMs: 2, AsideSat: 3, Verdict: "met", Payout: "reward-" + strings.Repeat("ab", 20),
				Reports: []view.Report{{Metric: "speed", Value: 2}},
				Results: []op.EvaluatedResult{{Name: "speed", Reports: 1, Median: 2, Verdict: "met"}}}},
	} {
		w.spec.valid(t, "/components/schemas/"+schema, []byte(op.EncodeContent(v)))
	}
}

func TestFiguresAreServed(t *testing.T) {
	w := newWorld(t, nil)
	var p anyPage
	for _, path := range []string{"/v1/figures", "/v1/rules"} {
		if w.get(path).into(t, &p); len(p.Items) != 0 {
			t.Errorf("%s: %v", path, p.Items)
		}
	}
	for path, status := range map[string]int{"/v1/figures/load": http.StatusNotFound, "/v1/rules/errors": http.StatusNotFound,
		"/v1/rules?limit=1": http.StatusBadRequest, "/v1/figures/load?cursor=" + cursor.Of("/v1/agents").Index(1): http.StatusBadRequest} {
		if got := w.get(path).problem(t); got.Status != status {
			t.Errorf("%s: %d, want %d", path, got.Status, status)
		}
	}
}
