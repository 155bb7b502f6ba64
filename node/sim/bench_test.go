package sim

import (
	"os"
	"testing"
)

// BenchmarkRun plays one run of the gallery's first scenario: 22 agents, nine
// days, about 160 receipts.
func BenchmarkRun(b *testing.B) {
	text, err := os.ReadFile("../../docs/simulations/whale.yaml")
	if err != nil {
		b.Fatal(err)
	}
	s, err := Load(text)
	if err != nil {
		b.Fatal(err)
	}
	cells, err := s.Cells()
	if err != nil {
		b.Fatal(err)
	}
	sc, err := s.At(cells[len(cells)-1])
	if err != nil {
		b.Fatal(err)
	}
	var entries int64
	for i := 0; b.Loop(); i++ {
		row, err := Run(b.Context(), sc, cells[len(cells)-1], i)
		if err != nil {
			b.Fatal(err)
		}
		entries += row.Entries
	}
	b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
}
