package sim

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// finished is a cell and its rows.
type finished struct {
	cell Cell
	rows []*Row
}

// lines calls put with every run of the finished cells, spelled by the layout.
func (s *Scenario) lines(l *layout, done []finished, put func([]string) error) error {
	for _, f := range done {
		sc, err := s.At(f.cell)
		if err != nil {
			return err
		}
		values, _, err := parameters(sc)
		if err != nil {
			return err
		}
		for _, r := range f.rows {
			if err := put(l.line(r, values)); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeRunsCSV writes one line for each run.
func (s *Scenario) writeRunsCSV(w io.Writer, l *layout, done []finished) error {
	out := csv.NewWriter(w)
	if err := out.Write(l.heading()); err != nil {
		return err
	}
	if err := s.lines(l, done, out.Write); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// writeRunsParquet writes the same table as Parquet: numbers as 64-bit integers,
// null where a run has no such figure, and texts as strings.
func (s *Scenario) writeRunsParquet(w io.Writer, l *layout, done []finished) error {
	return writeParquet(w, "runs", l.heading(), l.kinds(), func(put func([]string) error) error { return s.lines(l, done, put) })
}

// writeParquet writes the lines of a table in their order.
func writeParquet(w io.Writer, name string, heading []string, kinds []columnKind, lines func(put func([]string) error) error) error {
	group := parquet.Group{}
	for i, name := range heading {
		switch kinds[i] {
		case whole:
			group[name] = parquet.Int(64)
		case wholeOrNo:
			group[name] = parquet.Optional(parquet.Int(64))
		default:
			group[name] = parquet.String()
		}
	}
	schema := parquet.NewSchema(name, group)
	column := make([]int, len(heading))
	for i, path := range schema.Columns() { // in order of their names
		column[slices.Index(heading, path[0])] = i
	}
	out := parquet.NewGenericWriter[any](w, schema)
	err := lines(func(line []string) error {
		row := make(parquet.Row, len(line))
		for i, v := range line {
			value, defined, err := parquetValue(kinds[i], v)
			if err != nil {
				return fmt.Errorf("column %s: %w", heading[i], err)
			}
			row[column[i]] = value.Level(0, defined, column[i])
		}
		_, err := out.WriteRows([]parquet.Row{row})
		return err
	})
	if err != nil {
		return err
	}
	return out.Close()
}

// parquetValue is a value of a column and its definition level: 1 for what is
// there although it might not be.
func parquetValue(kind columnKind, text string) (v parquet.Value, defined int, err error) {
	if kind == words {
		return parquet.ByteArrayValue([]byte(text)), 0, nil
	}
	if kind == wholeOrNo {
		if text == "" {
			return parquet.NullValue(), 0, nil
		}
		defined = 1
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return parquet.Int64Value(n), defined, err
}

// writeSummary writes one line for each cell and metric: n of the cell's runs
// have the figure. An empty field means: no run has it, or an interval would
// have no width, because there is one value only or all are equal.
func (s *Scenario) writeSummary(w io.Writer, l *layout, done []finished) error {
	out := csv.NewWriter(w)
	heading := append([]string{"cell"}, l.swept...)
	heading = append(heading, "metric", "runs", "n", "mean", "sd", "t_low", "t_high", "bootstrap_low", "bootstrap_high",
		"p05", "p25", "p50", "p75", "p95", "wilson_low", "wilson_high")
	if err := out.Write(heading); err != nil {
		return err
	}
	for _, f := range done {
		for _, field := range rowFields {
			if !field.metric() {
				continue
			}
			line := []string{strconv.Itoa(f.cell.Index)}
			for _, x := range f.cell.Settings {
				line = append(line, text(x.Value))
			}
			if err := out.Write(append(line, s.summaryOf(f, field)...)); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func (s *Scenario) summaryOf(f finished, field field[Row]) []string {
	values := field.values(f.rows)
	x := Summarise(values, Draw{Seed: uint64(s.Seed), Cell: f.cell.Stream, Purpose: "bootstrap " + field.name})
	line := []string{field.name, strconv.Itoa(len(f.rows)), strconv.Itoa(x.N), decimal(x.Mean), decimal(x.SD), decimal(x.T.Low), decimal(x.T.High),
		decimal(x.Bootstrap.Low), decimal(x.Bootstrap.High)}
	for _, q := range x.Quantiles {
		line = append(line, decimal(q))
	}
	if field.name != successMetric || x.N == 0 {
		return append(line, "", "")
	}
	wilson := Wilson(wins(values), x.N)
	return append(line, decimal(wilson.Low), decimal(wilson.High))
}

// writeFlips writes the headline, one line for each set of the parameters other
// than the budget. An empty field means: not reached by any budget, or without
// any vote.
func writeFlips(w io.Writer, list []Flip) error {
	out := csv.NewWriter(w)
	var heading []string
	for _, x := range list[0].Settings {
		heading = append(heading, x.Path)
	}
	if err := out.Write(append(heading, "sats_for_even_chance", "ci_low", "ci_high", "budget_below", "budget_above", "runs_opened", "runs")); err != nil {
		return err
	}
	for _, f := range list {
		var line []string
		for _, x := range f.Settings {
			line = append(line, text(x.Value))
		}
		above := ""
		if f.Above > 0 {
			above = strconv.FormatInt(f.Above, 10)
		}
		line = append(line, decimal(math.Round(f.Sats)), decimal(math.Round(f.CI.Low)), decimal(math.Round(f.CI.High)),
			strconv.FormatInt(f.Below, 10), above, strconv.Itoa(f.Opened), strconv.Itoa(f.Runs))
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// decimal spells a number with at most nine significant digits, so that the
// last bits of a sum do not show; infinite ones are left empty.
func decimal(v float64) string {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return ""
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 8, 64), 64)
	if err != nil {
		panic("sim: " + err.Error())
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
