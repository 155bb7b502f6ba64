package node_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// A page of 1,000 proposals that ended: how long it holds the state, and how long its
// reader reads the log afterwards.
func BenchmarkPageOfWhatEnded(b *testing.B) {
	w := newWorld(b)
	alice := nodetest.Key(b, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.lock(alice, 20_000)
	for i := range 1000 {
		w.Clock.Add(3 * time.Minute)
		id := w.submit(alice, op.KindPropose, op.Propose{Track: "signal", Title: strconv.Itoa(i), Text: strings.Repeat("x", 500), Actions: []op.Raw{}}).ID
		w.submit(alice, op.KindCancel, op.Cancel{Proposal: id, Reason: strings.Repeat("y", 200)})
	}
	var held, read time.Duration
	for b.Loop() {
		var list []view.Proposal
		began := time.Now()
		w.Node.View(func(s *ledger.State, now int64) {
			list, _ = s.ProposalsPage(0, 1000, now, func(string, string) bool { return true })
		})
		held += time.Since(began)
		for i := range list {
			if err := w.Node.Recall(&list[i]); err != nil {
				b.Fatal(err)
			}
		}
		read += time.Since(began)
		if len(list) < 250 {
			b.Fatal(len(list))
		}
	}
	b.ReportMetric(held.Seconds()*1e3/float64(b.N), "ms-held")
	b.ReportMetric(read.Seconds()*1e3/float64(b.N), "ms-in-all")
}
