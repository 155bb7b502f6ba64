package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
)

// instant is a node that records for nothing, so that what is left is the cost
// of the API.
type instant struct {
	Node
	seq uint64
}

func (i *instant) SubmitMany(_ context.Context, es []*op.Event) []node.Result {
	results := make([]node.Result, len(es))
	for n, e := range es {
		i.seq++
		results[n].Receipt = node.Receipt{ID: e.ID, Seq: i.seq, TimeMs: 1_800_000_000_000, Height: 500}
	}
	return results
}

func (i *instant) Submit(_ context.Context, e *op.Event) (node.Receipt, error) {
	return node.Receipt{ID: e.ID}, nil
}

func ballot(t testing.TB) []byte {
	e := &op.Event{CreatedAt: 1_800_000_000, Kind: op.KindVote, Tags: [][]string{{"economy", economy}},
		Content: op.EncodeContent(op.Vote{Proposal: op.ID{1}, Choice: "for"})}
	require.NoError(t, e.Sign(key(t, 11)))
	return e.Marshal()
}

// What the HTTP path costs per ballot besides verification and storage, client
// included: it has to stay below 10 us.
func BenchmarkBallotsOverHTTP(b *testing.B) {
	api, err := New(Config{Node: &instant{}, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
		Now: time.Now, Mode: ModeOff, Limits: DefaultLimits()})
	require.NoError(b, err)
	srv := httptest.NewServer(api)
	defer srv.Close()
	line := append(ballot(b), '\n')
	for _, n := range []int{1, 1000, 10_000} {
		body, media := bytes.Repeat(line, n), ndjsonType
		if n == 1 {
			media = "application/json"
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i += n {
				res, err := http.Post(srv.URL+"/v1/operations", media, bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, res.Body); err != nil {
					b.Fatal(err)
				}
				res.Body.Close()
			}
		})
	}
}

// Durable ballots over HTTP, on a real node and store, beside what the same
// cores do of bare verifications: ballots have to reach 70 % of that.
// Run with a fixed number, e.g. -benchtime 20000x, since each ballot is signed
// beforehand.
func BenchmarkDurableBallots(b *testing.B) {
	b.Run("verify", func(b *testing.B) {
		e, err := op.Decode(ballot(b))
		require.NoError(b, err)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				key, _ := schnorr.ParsePubKey(e.PubKey[:])
				sig, _ := schnorr.ParseSignature(e.Sig[:])
				if !sig.Verify(e.ID[:], key) {
					b.Fail()
				}
			}
		})
	})
	b.Run("http", benchmarkDurableBallots)
}

func benchmarkDurableBallots(b *testing.B) {
	w := newWorld(b, nil)
	agents := []op.SecretKey{key(b, 11), key(b, 12), key(b, 13), key(b, 14)}
	for _, a := range agents {
		w.submit(a, op.KindRegister, op.Register{Name: "voter"})
		w.stake(a, 20_000)
	}
	w.clock.add(time.Second)
	id := w.submit(agents[0], op.KindPropose, op.Propose{Track: "signal", Title: "A question", Actions: []op.Raw{}})
	w.clock.add(3 * time.Second)
	const perPost = 1000
	posts := make(chan []byte, b.N/perPost+1)
	var body []byte
	for i := range b.N {
		e := &op.Event{CreatedAt: w.clock.NowMs() / 1000, Kind: op.KindVote,
			Tags:    [][]string{{"economy", economy}, {"alt", fmt.Sprint(i)}},
			Content: op.EncodeContent(op.Vote{Proposal: id, Choice: "for"})}
		require.NoError(b, e.Sign(agents[i%len(agents)]))
		if body = append(e.Append(body), '\n'); (i+1)%perPost == 0 || i+1 == b.N {
			posts <- body
			body = nil
		}
	}
	close(posts)
	size := w.n.Size()
	b.ResetTimer()
	var g errgroup.Group
	for range 4 { // connections, so that one batch is verified while another is stored
		g.Go(func() error {
			for body := range posts {
				res, err := http.Post(w.url+"/v1/operations", ndjsonType, bytes.NewReader(body))
				if err != nil {
					return err
				}
				_, err = io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(b, g.Wait())
	b.StopTimer()
	require.Equal(b, size+uint64(b.N), w.n.Size())
}
