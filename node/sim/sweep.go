package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Limits of one sweep. Each cell is kept as a file, each run as a row.
const (
	maxCells = 100_000
	maxRuns  = 1_000_000
)

// Setting is one swept parameter and its value in a cell.
type Setting struct {
	Path  string `json:"path"`
	Value any    `json:"value"` // json.Number, string or bool
}

// Cell is one combination of the swept parameters.
type Cell struct {
	Index    int       `json:"index"`
	Settings []Setting `json:"settings"`
	// Stream is the cell's part of every random stream: the hash of its
	// settings, without those marked as rules. It does not depend on which
	// other cells there are.
	Stream uint64 `json:"-"`
}

// Label names a cell's settings for people.
func (c Cell) Label() string {
	parts := make([]string, len(c.Settings))
	for i, x := range c.Settings {
		parts[i] = x.Path + "=" + text(x.Value)
	}
	return strings.Join(parts, " ")
}

// Cells lists the cells of the scenario's sweep, one without settings if it has
// no sweep, and checks that each is a valid scenario.
func (s *Scenario) Cells() ([]Cell, error) {
	rows := [][]any{nil}
	if s.Sweep != nil {
		var err error
		if rows, err = s.Sweep.rows(uint64(s.Seed)); err != nil {
			return nil, err
		}
	}
	if runs := int64(len(rows)) * s.Replicates.Max; runs > maxRuns {
		return nil, invalid("replicates", "%d cells with %d replicates are %d runs, at most %d are allowed", len(rows), s.Replicates.Max, runs, maxRuns)
	} else if n := runs * s.moments(); n > maxMoments {
		return nil, invalid("series_every", "is %d, which makes %d lines of series in %d runs, at most %d are allowed; 0 makes none", s.SeriesEvery, n, runs, maxMoments)
	}
	tree, err := treeOf(s)
	if err != nil {
		return nil, err
	}
	cells := make([]Cell, len(rows))
	for i, values := range rows {
		cells[i] = s.cell(i, values)
		if _, err := at(tree, cells[i]); err != nil {
			return nil, fmt.Errorf("cell %d (%s): %w", i, cells[i].Label(), err)
		}
	}
	return cells, nil
}

func (s *Scenario) cell(index int, values []any) Cell {
	c := Cell{Index: index, Settings: make([]Setting, len(values))}
	var own []Setting
	for i, v := range values {
		c.Settings[i] = Setting{s.Sweep.Parameters[i].Path, v}
		if !s.Sweep.Parameters[i].Rule {
			own = append(own, c.Settings[i])
		}
	}
	raw, err := json.Marshal(own)
	if err != nil {
		panic("sim: settings do not encode: " + err.Error())
	}
	h := sha256.Sum256(raw)
	c.Stream = binary.BigEndian.Uint64(h[:8])
	return c
}

// At returns the scenario of one cell: the settings in place, the sweep gone.
func (s *Scenario) At(c Cell) (*Scenario, error) {
	tree, err := treeOf(s)
	if err != nil {
		return nil, err
	}
	return at(tree, c)
}

func at(tree any, c Cell) (*Scenario, error) {
	var err error
	for _, x := range c.Settings {
		if tree, err = set(tree, x.Path, x.Value); err != nil {
			return nil, err
		}
	}
	tree = merge(tree, map[string]any{"sweep": nil})
	return reloadTree(tree)
}

// rows lists the values of every cell, in the order of the parameters.
func (w *Sweep) rows(seed uint64) ([][]any, error) {
	for i, p := range w.Parameters {
		for _, q := range w.Parameters[:i] {
			if p.Path == q.Path {
				return nil, invalid(fmt.Sprintf("sweep.parameters[%d].path", i), "%q appears twice", p.Path)
			}
		}
		for _, fixed := range []string{"version", "name", "seed", "replicates", "sweep"} {
			if p.Path == fixed || strings.HasPrefix(p.Path, fixed+".") {
				return nil, invalid(fmt.Sprintf("sweep.parameters[%d].path", i), "%s cannot be swept", fixed)
			}
		}
	}
	switch w.Method {
	case "grid":
		return w.grid()
	case "list":
		return w.list()
	}
	return w.sample(seed)
}

func (w *Sweep) grid() ([][]any, error) {
	rows := [][]any{nil}
	for i, p := range w.Parameters {
		if len(p.Values) == 0 {
			return nil, invalid(fmt.Sprintf("sweep.parameters[%d].values", i), "needs at least one value")
		}
		if n := len(rows) * len(p.Values); n > maxCells {
			return nil, invalid("sweep", "makes %d cells and more, at most %d are allowed", n, maxCells)
		}
		var next [][]any
		for _, row := range rows {
			for _, v := range p.Values {
				next = append(next, append(row[:len(row):len(row)], v))
			}
		}
		rows = next
	}
	return rows, nil
}

func (w *Sweep) list() ([][]any, error) {
	n := len(w.Parameters[0].Values)
	rows := make([][]any, n)
	for i, p := range w.Parameters {
		if len(p.Values) != n || n == 0 {
			return nil, invalid(fmt.Sprintf("sweep.parameters[%d].values", i), "has %d values; in a list every parameter needs as many, and at least one", len(p.Values))
		}
		for j, v := range p.Values {
			rows[j] = append(rows[j], v)
		}
	}
	return rows, nil
}

// sample draws the cells of a Latin hypercube or of a Sobol sequence.
func (w *Sweep) sample(seed uint64) ([][]any, error) {
	if w.Samples < 1 || w.Samples > maxCells {
		return nil, invalid("sweep.samples", "is %d, must be between 1 and %d", w.Samples, maxCells)
	}
	for i, p := range w.Parameters {
		if key := fmt.Sprintf("sweep.parameters[%d]", i); len(p.Values) == 0 && p.Max <= p.Min {
			return nil, invalid(key+".max", "is %d, must be more than min, %d, or values must be given", p.Max, p.Min)
		} else if p.Scale == "log" && p.Min < 1 {
			return nil, invalid(key+".min", "is %d, must be at least 1 on a log scale", p.Min)
		}
	}
	points := latinHypercube
	if w.Method == "sobol" {
		if len(w.Parameters) > sobolDims {
			return nil, invalid("sweep.parameters", "has %d entries, sobol takes at most %d; use latin-hypercube", len(w.Parameters), sobolDims)
		}
		points = sobol
	}
	rows := make([][]any, w.Samples)
	for i, u := range points(int(w.Samples), len(w.Parameters), seed) {
		for j, p := range w.Parameters {
			rows[i] = append(rows[i], p.value(u[j]))
		}
	}
	return rows, nil
}

// value maps u in [0, 1) to a value: each of the values, or each whole number
// from min to max, has an even share (on a log scale: in the logarithm).
func (p Parameter) value(u float64) any {
	if n := len(p.Values); n > 0 {
		return p.Values[min(int(u*float64(n)), n-1)]
	}
	low, high := float64(p.Min), float64(p.Max)+1
	x := low + u*(high-low)
	if p.Scale == "log" {
		x = low * math.Exp(u*math.Log(high/low))
	}
	n := max(p.Min, min(int64(math.Floor(x)), p.Max))
	return json.Number(fmt.Sprint(n))
}
