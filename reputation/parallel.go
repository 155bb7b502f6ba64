package reputation

import (
	"sort"
	"sync"
)

// span is a half-open range of slots.
type span struct{ from, to int }

// split cuts the slots into at most the given number of spans of about the same
// work, an edge counting as much as a slot.
func split(g *graph, workers int) []span {
	n := len(g.total)
	workers = max(1, min(workers, n))
	work := func(v int) int { return v + int(g.in[v]) }
	parts := make([]span, 0, workers)
	from := 0
	for i := 1; i <= workers; i++ {
		goal := work(n) / workers * i
		to := n
		if i < workers {
			to = max(from, sort.Search(n, func(v int) bool { return work(v) >= goal }))
		}
		parts = append(parts, span{from, to})
		from = to
	}
	return parts
}

// forkJoin runs f(0) to f(parts-1) side by side and returns when all are done.
// It is the package's only concurrency; each call writes what no other reads.
func forkJoin(parts int, f func(part int)) {
	var all sync.WaitGroup
	for i := 1; i < parts; i++ {
		all.Go(func() { f(i) })
	}
	f(0)
	all.Wait()
}
