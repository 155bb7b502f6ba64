package audit

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// benchAgents vote, all on every proposal.
const benchAgents = 1000

// benchBallots is the number of ballots of BenchmarkReplay; the variable
// ECOND_BENCH_BALLOTS asks for another, a multiple of benchAgents.
func benchBallots(b *testing.B) int {
	text := os.Getenv("ECOND_BENCH_BALLOTS")
	if text == "" {
		return 10 * benchAgents
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < benchAgents || n%benchAgents != 0 {
		b.Fatalf("ECOND_BENCH_BALLOTS: %q is not a multiple of %d", text, benchAgents)
	}
	return n
}

// signature is what bare verification gets: everything parsed beforehand.
type signature struct {
	id  op.ID
	sig *schnorr.Signature
	key *btcec.PublicKey
}

// ballotLog makes a log of that many ballots, and the signatures in it.
func ballotLog(b *testing.B, ballots int) (export []byte, sigs []signature) {
	e := newEconomy(b, audittest.EconomyID)
	keys := make([]op.SecretKey, benchAgents)
	for i := range keys {
		keys[i] = e.Agent(fmt.Sprint("agent ", i))
	}
	e.Pass(time.Second)
	proposals := make([]op.ID, ballots/benchAgents)
	for i := range proposals {
		proposals[i] = e.Do(keys[i], op.KindPropose, op.Propose{Track: "signal", Title: fmt.Sprint("proposal ", i), Actions: []op.Raw{}})
	}
	e.Pass(time.Second)
	votes := make([]*op.Event, ballots)
	onAllCores(ballots, func(i int) {
		votes[i] = e.Sign(keys[i%benchAgents], op.KindVote, op.Vote{Proposal: proposals[i/benchAgents],
			Choice: []string{"for", "against", "abstain"}[i%7%3]})
	})
	for _, v := range votes {
		entry := &op.Entry{Seq: e.State.Next(), Stamp: e.At, Event: v}
		if _, err := ledger.ApplyVerified(e.State, entry); err != nil {
			b.Fatal(err)
		}
		e.Lines = append(e.Lines, entry.Marshal())
	}
	e.Pass(25 * time.Hour)
	for _, line := range e.Lines {
		entry, err := op.DecodeEntry(line)
		if err != nil {
			b.Fatal(err)
		}
		sig, _ := schnorr.ParseSignature(entry.Event.Sig[:])
		key, _ := schnorr.ParsePubKey(entry.Event.PubKey[:])
		sigs = append(sigs, signature{entry.Event.ID, sig, key})
	}
	return e.Export(), sigs
}

// onAllCores calls fn for 0 to n-1 on as many goroutines as Replay uses.
func onAllCores(n int, fn func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				end := int(next.Add(chunkLines))
				for i := end - chunkLines; i < min(end, n); i++ {
					fn(i)
				}
				if end >= n {
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkReplay replays a log of ballots, and in the same run checks nothing
// but the same signatures on the same number of goroutines, each already
// parsed. The metric "of-bare" is the share of that bound that a replay
// reaches by the clock, "of-bare-cpu" by processor time: decoding, hashing, the
// ledger and the tree are the rest.
func BenchmarkReplay(b *testing.B) {
	export, sigs := ballotLog(b, benchBallots(b))
	var bare, replay usage
	b.ResetTimer()
	for range b.N {
		bare.add(func() {
			onAllCores(len(sigs), func(i int) {
				if s := &sigs[i]; !s.sig.Verify(s.id[:], s.key) {
					panic("signature does not verify")
				}
			})
		})
		replay.add(func() {
			r, err := Replay(context.Background(), bytes.NewReader(export), ReplayOptions{})
			if err != nil || r.Entries != uint64(len(sigs)) {
				b.Fatal(err)
			}
		})
	}
	n := float64(len(sigs) * b.N)
	b.ReportMetric(float64(bare.wall)/float64(replay.wall), "of-bare")
	b.ReportMetric(float64(bare.cpu)/float64(replay.cpu), "of-bare-cpu")
	b.ReportMetric(n/replay.wall.Seconds(), "entries/s")
	b.ReportMetric(n/bare.wall.Seconds(), "bare/s")
	b.ReportMetric(0, "ns/op")
}

// usage is the time that something took, by the clock and by the processors.
type usage struct{ wall, cpu time.Duration }

func (u *usage) add(fn func()) {
	runtime.GC()
	wall, cpu := time.Now(), cpuTime()
	fn()
	u.wall += time.Since(wall)
	u.cpu += cpuTime() - cpu
}
