package voting

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// benchAgents is the size that the speed promise is about.
const benchAgents = 10_000_000

// benchGraph builds an electorate in which a share of agents, in tenths,
// delegates: to anybody (uniform), to few (zipf), along one long line of rising
// numbers (chain), or along the same line under shuffled numbers (shuffled).
func benchGraph(shape string, n, tenths int) *Electorate {
	rng := rand.New(rand.NewPCG(1, uint64(tenths)))
	e := &Electorate{Weight: make([]uint64, n), Ballot: make([]uint8, n), Next: make([]uint32, n)}
	zipf := rand.NewZipf(rng, 1.2, 8, uint64(n-1))
	name := make([]uint32, n)
	for i := range name {
		name[i] = uint32(i)
	}
	if shape == "zipf" || shape == "shuffled" {
		rng.Shuffle(n, func(i, j int) { name[i], name[j] = name[j], name[i] })
	}
	line := n * tenths / 10
	for i := range n {
		e.Weight[i] = uint64(rng.IntN(1_000_000))
		at := i
		if shape == "shuffled" {
			at = int(name[i])
		}
		delegates := rng.IntN(10) < tenths
		if shape == "chain" || shape == "shuffled" {
			delegates = i < line
		}
		e.Next[at] = Nobody
		if !delegates {
			e.Ballot[at] = uint8(1 + rng.IntN(3))
			continue
		}
		switch shape {
		case "uniform":
			e.Next[at] = uint32(rng.IntN(n))
		case "zipf":
			e.Next[at] = name[zipf.Uint64()]
		default:
			e.Next[at] = name[i+1]
		}
	}
	return e
}

// bareWalk is the plain loop over the same arrays: follow the edges to the end,
// remember the end for everybody on the way, add the weight. It knows no
// cycles beyond marking, no checks, no limits.
func bareWalk(e *Electorate) [256]uint64 {
	var sum [256]uint64
	const unknown, walking = Nobody, Nobody - 1
	end := make([]uint32, len(e.Next))
	for i := range end {
		end[i] = unknown
	}
	for i := range e.Next {
		at := uint32(i)
		for end[at] == unknown && e.Ballot[at] == 0 && e.Next[at] != Nobody {
			end[at] = walking
			at = e.Next[at]
		}
		stop := at
		if end[at] < walking {
			stop = end[at]
		}
		for at = uint32(i); end[at] == walking; at = e.Next[at] {
			end[at] = stop
		}
		end[i] = stop
		sum[e.Ballot[stop]] += e.Weight[i]
	}
	return sum
}

// BenchmarkDelegation reports the tally of ten million agents per agent, its
// memory beside and with the electorate, and its ratio to the bare walk.
func BenchmarkDelegation(b *testing.B) {
	for _, shape := range []string{"uniform", "zipf", "chain", "shuffled"} {
		for _, tenths := range []int{3, 9} {
			b.Run(fmt.Sprintf("%s/0.%d", shape, tenths), func(b *testing.B) {
				benchDelegation(b, benchGraph(shape, benchAgents, tenths))
			})
		}
	}
}

func benchDelegation(b *testing.B, e *Electorate) {
	n := float64(len(e.Next))
	runtime.GC()
	start := time.Now()
	want := bareWalk(e)
	bare := float64(time.Since(start).Nanoseconds()) / n

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	for b.Loop() {
		got, err := e.Count(Limits{})
		if err != nil {
			b.Fatal(err)
		}
		if want[0] = got.Unrepresented; got.Option[1] != want[1] || got.Option[2] != want[2] || got.Option[3] != want[3] {
			b.Fatalf("tally %v, bare walk %v", got.Option[:4], want[:4])
		}
	}
	b.StopTimer()
	runtime.ReadMemStats(&after)
	perAgent := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / n
	extra := float64(after.TotalAlloc-before.TotalAlloc) / float64(b.N) / n
	b.ReportMetric(perAgent, "ns/agent")
	b.ReportMetric(bare, "bare-ns/agent")
	b.ReportMetric(perAgent/bare, "x-bare")
	b.ReportMetric(extra+13, "B/agent")
	b.ReportMetric(0, "ns/op")
}
