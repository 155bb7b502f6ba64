package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// instant is a node that records for nothing, so that what is left is the cost
// of the API.
type instant struct {
	admission.Node
	seq uint64
}

func (i *instant) SubmitMany(_ context.Context, es []*op.Event) []node.Result {
	results := make([]node.Result, len(es))
	for n, e := range es {
		i.seq++
		results[n].Receipt = view.Receipt{ID: e.ID, Seq: i.seq, TimeMs: 1_800_000_000_000, Height: 500}
	}
	return results
}

func (i *instant) Submit(_ context.Context, e *op.Event) (view.Receipt, error) {
	return view.Receipt{ID: e.ID}, nil
}

func ballot(t testing.TB) []byte {
	e := &op.Event{CreatedAt: 1_800_000_000, Kind: op.KindVote, Tags: [][]string{{"economy", nodetest.Economy}},
		Content: op.EncodeContent(op.Vote{Proposal: op.ID{1}, Choice: "for"})}
	require.NoError(t, e.Sign(nodetest.Key(t, 11)))
	return e.Marshal()
}

// What the HTTP path costs per ballot besides verification and storage, client
// included: it has to stay below 10 us.
func BenchmarkBallotsOverHTTP(b *testing.B) {
	api, err := New(Config{Door: admission.Door{Node: &instant{}, Now: time.Now, Mode: admission.Off},
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Limits: DefaultLimits()})
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
// cores do of bare schnorr.Verify in the same run, in turns so that a change of
// the machine's speed hits both alike. The client runs on the same cores.
// Reported: ballots accepted per verification ("of-bare-verify", at least 0.70).
func BenchmarkDurableBallots(b *testing.B) {
	const rounds, perPost = 8, 1000
	var bare, posted time.Duration
	for b.Loop() {
		w, bodies, events := ballotLoad(b, nil, rounds*connections, perPost)
		size := w.Node.Size()
		for r := range rounds {
			part := bodies[r*connections : (r+1)*connections]
			began := time.Now()
			verifyAll(b, events[r*connections*perPost:(r+1)*connections*perPost])
			bare += time.Since(began)
			began = time.Now()
			postAll(b, w.url, part)
			posted += time.Since(began)
		}
		require.Equal(b, size+rounds*perPost*connections, w.Node.Size())
	}
	n := float64(b.N * rounds * perPost * connections)
	b.ReportMetric(bare.Seconds()/posted.Seconds(), "of-bare-verify")
	b.ReportMetric(n/posted.Seconds(), "ballots/s")
	b.ReportMetric(n/bare.Seconds(), "verifies/s")
	b.ReportMetric(0, "ns/op")
}

// connections are as many as one address may hold at once.
const connections = 3

// ballotLoad founds an economy with an open vote and signs posts times perPost
// ballots of a few agents; each replaces the one before, as agents may.
func ballotLoad(b *testing.B, change func(*world, *Config), posts, perPost int) (*world, [][]byte, []*op.Event) {
	w := newWorld(b, change)
	agents := []op.SecretKey{nodetest.Key(b, 11), nodetest.Key(b, 12), nodetest.Key(b, 13), nodetest.Key(b, 14)}
	for _, a := range agents {
		w.submit(a, op.KindRegister, op.Register{Name: "voter"})
		w.stake(a, 20_000)
	}
	w.Clock.Add(time.Second)
	id := w.submit(agents[0], op.KindPropose, op.Propose{Track: "signal", Title: "A question", Actions: []op.Raw{}})
	w.Clock.Add(3 * time.Second)
	bodies := make([][]byte, posts)
	events := make([]*op.Event, posts*perPost)
	for i := range events {
		e := &op.Event{CreatedAt: w.Clock.NowMs() / 1000, Kind: op.KindVote,
			Tags:    [][]string{{op.EconomyTag, nodetest.Economy}, {op.OrderTag, fmt.Sprint(i)}},
			Content: op.EncodeContent(op.Vote{Proposal: id, Choice: "for"})}
		require.NoError(b, e.Sign(agents[i/perPost%connections])) // one on each connection, so that its order holds
		events[i] = e
		bodies[i/perPost] = append(e.Append(bodies[i/perPost]), '\n')
	}
	return w, bodies, events
}

// verifyAll is the bare work: parse key and signature, verify, on all cores.
func verifyAll(b *testing.B, events []*op.Event) {
	var g errgroup.Group
	workers := runtime.GOMAXPROCS(0)
	for n := range workers {
		g.Go(func() error {
			for i := n; i < len(events); i += workers {
				e := events[i]
				key, err := schnorr.ParsePubKey(e.PubKey[:])
				if err != nil {
					return err
				}
				sig, err := schnorr.ParseSignature(e.Sig[:])
				if err != nil || !sig.Verify(e.ID[:], key) {
					return fmt.Errorf("ballot %d does not verify: %v", i, err)
				}
			}
			return nil
		})
	}
	require.NoError(b, g.Wait())
}

// postAll sends each body on a connection of its own, so that one batch is
// verified while another is stored.
func postAll(b *testing.B, url string, bodies [][]byte) {
	var g errgroup.Group
	for _, body := range bodies {
		g.Go(func() error {
			res, err := http.Post(url+"/v1/operations", ndjsonType, bytes.NewReader(body))
			if err != nil {
				return err
			}
			defer res.Body.Close()
			_, err = io.Copy(io.Discard, res.Body)
			return err
		})
	}
	require.NoError(b, g.Wait())
}
