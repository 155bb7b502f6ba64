package balances_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/balances"
)

// BenchmarkTake reports what a durable use costs, as a ratio to the same number
// of uses with one write each, in turns: "x-single" is how many times cheaper a
// use of a bundle is (its reserve is written ahead), and a use among 64 at once
// (they share a write).
func BenchmarkTake(b *testing.B) {
	s, err := balances.Open(balances.Config{Path: b.TempDir() + "/balances.db"})
	require.NoError(b, err)
	defer func() { require.NoError(b, s.Close()) }()
	next := uint32(0)
	fresh := func() l402.Hash {
		next++
		return l402.Hash{byte(next), byte(next >> 8), byte(next >> 16), byte(next >> 24)}
	}
	once, many := l402.Balance{Uses: 1, For: "ops"}, l402.Balance{Uses: l402.MaxUses, For: "ops"}
	take := func(p l402.Hash, of l402.Balance) {
		if n, err := s.Take(p, of, 1); err != nil || n != 1 {
			b.Error(n, err)
		}
	}
	const slice = 64
	single := func() time.Duration {
		began := time.Now()
		for range slice {
			take(fresh(), once)
		}
		return time.Since(began)
	}
	bundle := fresh()
	left := int64(l402.MaxUses)
	for name, run := range map[string]func(){
		"bundle": func() {
			for range slice {
				if left == 0 {
					bundle, left = fresh(), l402.MaxUses
				}
				left--
				take(bundle, many)
			}
		},
		"together": func() {
			var wg sync.WaitGroup
			for range slice {
				p := fresh()
				wg.Go(func() { take(p, once) })
			}
			wg.Wait()
		},
	} {
		b.Run(name, func(b *testing.B) {
			var ours, alone time.Duration
			for b.Loop() {
				began := time.Now()
				run()
				ours += time.Since(began)
				alone += single()
			}
			b.ReportMetric(float64(alone)/float64(ours), "x-single")
			b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N*slice), "ns-use")
			b.ReportMetric(0, "ns/op")
		})
	}
}
