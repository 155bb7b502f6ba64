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

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

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
