package sim

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/econd/econd/node/sim/plot"
)

// quantity is a measure or a parameter as a chart shows it.
type quantity struct {
	name   string
	unit   string  // empty: a count
	factor float64 // from the recorded number to the unit
}

func (q quantity) label() string {
	if q.unit == "" {
		return q.name
	}
	return q.name + " (" + q.unit + ")"
}

// spell writes a value with its unit; texts stay as they are.
func (q quantity) spell(v any) string {
	n, ok := v.(json.Number)
	if !ok {
		return text(v)
	}
	x := float(string(n)) * q.factor
	switch q.unit {
	case "":
		return lastPart(q.name) + " " + plot.Number(x)
	case "%":
		return plot.Number(x) + " %"
	}
	return plot.Number(x) + " " + q.unit
}

// entry writes a value for a column that the quantity heads.
func (q quantity) entry(v any) string {
	if _, ok := v.(json.Number); ok && q.unit == "" {
		return text(v)
	}
	return q.spell(v)
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// of lists a figure of the rows that have it, in the unit.
func (q quantity) of(f field[Row], rows []*Row) []float64 {
	values := f.values(rows)
	for i := range values {
		values[i] *= q.factor
	}
	return values
}

// titles name the metrics where their columns' names are too short for people.
var titles = map[string]string{
	successMetric:       "attacks that succeed",
	"attack_weight_ppm": "attackers' share of the eligible weight",
	"attack_score_ppm":  "attackers' share of all reputation",
	"attack_locked_sat": "locked by the attackers",
	"attack_spent_sat":  "lost by the attackers for good",
	"target_opened":     "attacked proposals put to the vote",
	"target_decided":    "attacked proposals whose vote was counted",
	"proposals_opened":  "proposals put to the vote",
	"proposals_decided": "proposals whose vote was counted",
	"good_passed":       "good proposals that passed",
	"good_opened":       "good proposals put to the vote",
	"bad_passed":        "bad proposals that passed",
	"bad_opened":        "bad proposals put to the vote",
	"wrong_outcomes":    "wrong outcomes (bad passed or good defeated)",
	"turnout_ppm":       "turnout, by weight",
	"gini_ppm":          "Gini coefficient of weight",
	"nakamoto":          "agents with more than half of the weight",
	"forfeited_sat":     "forfeited to the pools",
	"executed":          "proposals executed",
	"vetoed":            "proposals vetoed",
	"good_vetoed":       "good proposals vetoed",
	"delegated_ppm":     "weight counted through delegates, of the eligible weight",
	"captured_ppm":      "delegating agents whose delegate is an attacker",
}

// metricQuantity is how a column of runs is shown.
func metricQuantity(column string) quantity {
	q := unitOf(column)
	if column == successMetric {
		q.unit, q.factor = "% of runs", 100
	}
	if column == "gini_ppm" {
		q.unit, q.factor = "0 to 1", 1e-6
	}
	if title, ok := titles[column]; ok {
		q.name = title
	}
	return q
}

// quantityOf is how a swept parameter is shown.
func quantityOf(s *Scenario, parameter int) quantity {
	p := s.Sweep.Parameters[parameter]
	path := p.Path
	for _, prefix := range []string{"constitution.", "tracks.", "populations."} {
		path = strings.TrimPrefix(path, prefix)
	}
	q := unitOf(path)
	if q.unit == "s" {
		q.unit, q.factor = "h", 1.0/3600
		if greatest(p) > 2*86_400 {
			q.unit, q.factor = "days", 1.0/86_400
		}
	}
	return q
}

// greatest is the greatest value of a numeric parameter.
func greatest(p Parameter) float64 {
	most := float64(p.Max)
	for i, v := range p.Values {
		if x := float(text(v)); i == 0 || x > most {
			most = x
		}
	}
	if math.IsNaN(most) {
		return 0
	}
	return most
}

// unitOf reads the unit from the end of a name.
func unitOf(name string) quantity {
	for _, u := range []struct {
		suffix, unit string
		factor       float64
	}{{"_ppm", "%", 1e-4}, {"_sat", "sat", 1}, {"_s", "s", 1}} {
		if short, ok := strings.CutSuffix(name, u.suffix); ok {
			return quantity{strings.ReplaceAll(short, "_", " "), u.unit, u.factor}
		}
	}
	return quantity{strings.ReplaceAll(name, "_", " "), "", 1}
}
