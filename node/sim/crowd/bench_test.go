//go:build unix

package crowd

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/econd/econd/reputation"
	"github.com/econd/econd/voting"
)

// bazaar is an economy of n agents of which one in a hundred sells.
func bazaar(n, workers int) Config {
	sellers := max(1, n/100)
	c := Config{Seed: 1, Params: reputation.DefaultParams(), Candidates: 3, FeePpm: 1000, LeastSat: 10, Workers: workers,
		Groups: []Group{{Count: sellers, Sells: true, PriceSat: 100, FailPpm: 50_000, Buys: 1, RatePpm: 1_000_000},
			{Count: n - sellers, Buys: 1, RatePpm: 1_000_000, ErrorPpm: 50_000}},
		Stakes: make([]uint64, n), Wallets: make([]int64, n)}
	for i := range c.Stakes {
		c.Stakes[i] = 10_000 + mix(uint64(i))%20_000
		c.Wallets[i] = 1_000_000
	}
	return c
}

func started(tb testing.TB, c Config) *Economy {
	tb.Helper()
	e, err := New(c)
	if err != nil {
		tb.Fatal(err)
	}
	for k := range c.Groups {
		e.Join(k)
	}
	return e
}

// priceVote is a vote as the default constitution holds it on prices.
func priceVote(e *Economy, step int64) Vote {
	v := Vote{Step: step, Weight: voting.WeightRule{Kind: voting.WeightRootStake, BondSat: 1000},
		Quorum: voting.QuorumRule{Kind: voting.QuorumEligible, SharePPM: 200_000, CountAbstain: true},
		Pass:   voting.PassRule{Kind: voting.PassShare, SharePPM: 600_000}}
	for range e.groups {
		v.Groups = append(v.Groups, Opinion{TurnoutPpm: 800_000, ErrorPpm: 50_000, For: true})
	}
	return v
}

// BenchmarkSteps lets every agent choose a seller among three, pay, rate and
// vote by root-stake, once in each step, on one core; evidence decays at each.
// An epoch after the sixth step is measured by itself. The figures: agent steps
// each second of one core, nanoseconds of an epoch for each agent, bytes held for each
// agent, and the most memory that the process ever had.
func BenchmarkSteps(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkSteps(b, n) })
	}
}

func benchmarkSteps(b *testing.B, n int) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(max(n, 1_000_000)) * 340))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	e := started(b, bazaar(n, 1))
	runtime.GC()
	runtime.ReadMemStats(&after)
	var steps int64
	var stepping, flowing time.Duration // of the processor: the machine may be busy
	for b.Loop() {
		for range 6 {
			start := processor(b)
			e.Trade(steps, int32(steps))
			if _, err := e.Poll(priceVote(e, steps)); err != nil {
				b.Fatal(err)
			}
			stepping += processor(b) - start
			steps++
		}
		start := processor(b)
		if err := e.Epoch(int32(steps - 1)); err != nil {
			b.Fatal(err)
		}
		flowing += processor(b) - start
	}
	b.ReportMetric(float64(n)*float64(steps)/stepping.Seconds(), "agent-steps/s")
	b.ReportMetric(float64(flowing.Nanoseconds())*6/float64(steps)/float64(n), "epoch-ns/agent")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "B/agent")
	b.ReportMetric(peakMiB(), "peak-MiB")
	b.ReportMetric(0, "ns/op")
}

// processor is the time that this process has spent computing.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakMiB is the most memory that the process ever had resident, where the
// system tells.
func peakMiB() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kib, _ := strconv.ParseFloat(string(bytes.Fields(rest)[0]), 64)
			return kib / 1024
		}
	}
	return 0
}
