//go:build unix

package reputation

import (
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	benchAgents = 1_000_000
	benchEdges  = 10_000_000
)

// benchGraph is a fixed random graph: sources and targets uniform, weights up
// to 1,000, rows in order of target as an epoch builds them.
func benchGraph(agents, edges int) *graph {
	state := uint64(7)
	next := func(n uint64) uint64 {
		state = state*6364136223846793005 + 1442695040888963407
		return (state >> 33) % n
	}
	row := make([]uint32, agents+1)
	for range edges {
		row[1+next(uint64(agents))]++
	}
	for i := range agents {
		row[i+1] += row[i]
	}
	target, weight := make([]uint32, edges), make([]uint32, edges)
	for i := range target {
		target[i], weight[i] = uint32(next(uint64(agents))), uint32(1+next(1000))
	}
	for u := range agents {
		slices.Sort(target[row[u]:row[u+1]])
	}
	return newGraph(row, target, weight)
}

func benchPretrust(agents int) pretrust {
	stakes := make([]uint64, agents)
	for i := range stakes {
		stakes[i] = uint64(i%1000) * 10
	}
	p, err := newPretrust(stakes, testKeys(agents))
	if err != nil {
		panic(err)
	}
	return p
}

// floatCSR is the plain power iteration that the flow is held against: the same
// graph and restart, transition probabilities as float64, no exactness.
type floatCSR struct {
	in      []uint32
	source  []uint32
	value   []float64
	restart []float64
	giving  []bool
}

func newFloatCSR(g *graph, p pretrust) *floatCSR {
	f := &floatCSR{in: g.in, source: g.source, value: make([]float64, len(g.weight)),
		restart: make([]float64, len(p.share)), giving: make([]bool, len(p.share))}
	for e, u := range g.source {
		f.value[e] = 0.5 * float64(g.weight[e]) / float64(g.total[u])
	}
	for v, share := range p.share {
		f.restart[v] = float64(share) / float64(FlowOne)
		f.giving[v] = g.total[v] > 0
	}
	return f
}

func (f *floatCSR) run(workers int) []float64 {
	t, next := slices.Clone(f.restart), make([]float64, len(f.restart))
	n := len(t)
	for range Rounds {
		pool := 0.0
		for u, x := range t {
			if f.giving[u] {
				pool += x / 2
			} else {
				pool += x
			}
		}
		var all sync.WaitGroup
		for w := range workers {
			all.Go(func() {
				f.gather(t, next, pool, w*n/workers, (w+1)*n/workers)
			})
		}
		all.Wait()
		t, next = next, t
	}
	return t
}

func (f *floatCSR) gather(t, next []float64, pool float64, from, to int) {
	e := f.in[from]
	for v := from; v < to; v++ {
		end := f.in[v+1]
		value := f.value[e:end]
		s := pool * f.restart[v]
		for i, u := range f.source[e:end] {
			s += value[i] * t[u]
		}
		e = end
		next[v] = s
	}
}

// BenchmarkFlow runs the exact flow and the plain float iteration in turns, on
// the same graph, and reports the ratio of their best times, by the clock and by
// the processor time of all threads, which others on the machine disturb less,
// and what the exact one keeps in memory.
func BenchmarkFlow(b *testing.B) {
	g, p := benchGraph(benchAgents, benchEdges), benchPretrust(benchAgents)
	float := newFloatCSR(g, p)
	for _, workers := range []int{1, 2} {
		b.Run(map[int]string{1: "threads=1", 2: "threads=2"}[workers], func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
			exact, plain := bestOf{time.Hour, time.Hour}, bestOf{time.Hour, time.Hour}
			for b.Loop() {
				exact.run(func() { flow(g, p, workers) })
				plain.run(func() { float.run(workers) })
			}
			b.ReportMetric(exact.clock.Seconds(), "exact-s")
			b.ReportMetric(plain.clock.Seconds(), "float-s")
			b.ReportMetric(exact.clock.Seconds()/plain.clock.Seconds(), "exact/float")
			b.ReportMetric(exact.processor.Seconds()/plain.processor.Seconds(), "cpu-exact/float")
			b.ReportMetric(exact.processor.Seconds(), "exact-cpu-s")
			b.ReportMetric(float64(flowBytes(g, p))/1e6, "MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// bestOf keeps the shortest of several runs.
type bestOf struct{ clock, processor time.Duration }

func (best *bestOf) run(f func()) {
	start, used := time.Now(), processorTime()
	f()
	best.clock = min(best.clock, time.Since(start))
	best.processor = min(best.processor, processorTime()-used)
}

// processorTime is what this process has used so far, in all its threads.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// flowBytes is what the flow holds while it runs.
func flowBytes(g *graph, p pretrust) int {
	words := len(g.in) + len(g.source) + len(g.weight) + len(g.total) + len(p.rank)
	return 4*words + 8*(len(g.inverse)+len(p.share)+2*len(p.share))
}

// BenchmarkEpoch is a whole epoch of a book: merging, edges, flow, evidence.
func BenchmarkEpoch(b *testing.B) {
	const agents, receipts = 100_000, 1_000_000
	l, err := NewLoader(DefaultParams())
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range market(agents, receipts, 400) {
		if err := l.Put(r); err != nil {
			b.Fatal(err)
		}
	}
	book, keys := l.Book(), testKeys(agents)
	for b.Loop() {
		err := book.Epoch(Snapshot{Params: DefaultParams(), Day: 400, Keys: keys, Seeds: []uint32{1, 2, 3}, Workers: 2})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAdd is one receipt between epochs.
func BenchmarkAdd(b *testing.B) {
	receipts := market(100_000, 1_000_000, 1)
	book, err := NewBook(DefaultParams())
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		_ = book.Add(receipts[i%len(receipts)])
	}
}
