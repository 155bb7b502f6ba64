package httpapi

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/witness"
	"github.com/econd/econd/node/witness/quorum"
	"github.com/econd/econd/node/witness/server"
)

// What promises cost: durable ballots over HTTP as in BenchmarkDurableBallots, in turns of three
// nodes. One promises nothing, for its head is not kept; one promises by a head on
// disk; the third has each head cosigned by a witness in the same process, with its own state
// on disk. Reported: ballots per second of the second and the third in parts of
// the first's ("promised", at least 0.85, and "witnessed").
func BenchmarkPromises(b *testing.B) {
	const rounds, perPost = 8, 1000
	kinds := []func(*world, *Config){unpromised, promising, witnessing}
	took := make([]time.Duration, len(kinds))
	for b.Loop() {
		worlds, bodies := make([]*world, len(kinds)), make([][][]byte, len(kinds))
		for i, change := range kinds {
			worlds[i], bodies[i], _ = ballotLoad(b, change, rounds*connections, perPost)
		}
		for r := range rounds {
			for i, w := range worlds {
				began := time.Now()
				postAll(b, w.url, bodies[i][r*connections:(r+1)*connections])
				took[i] += time.Since(began)
			}
		}
	}
	b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "promised")
	b.ReportMetric(took[0].Seconds()/took[2].Seconds(), "witnessed")
	b.ReportMetric(float64(b.N*rounds*perPost*connections)/took[1].Seconds(), "ballots/s")
	b.ReportMetric(0, "ns/op")
}

// restart starts the node of a world anew, with what was changed.
func (w *world) restart(cfg *Config, change func()) {
	require.NoError(w.T, w.Halt())
	change()
	w.Start()
	cfg.Node = w.Node
}

func unpromised(w *world, cfg *Config) {
	w.restart(cfg, func() { w.Heads.Refuse(errors.New("nothing is promised here")) })
}

func promising(w *world, cfg *Config) {
	w.restart(cfg, func() { w.HeadFile = headFile{&ballotstore.HeadFile{Path: filepath.Join(w.T.TempDir(), "head")}} })
}

// headFile is the file of econd.
type headFile struct{ *ballotstore.HeadFile }

func (f headFile) Highest() (node.Head, bool, error) {
	size, root, ok, err := f.HeadFile.Highest()
	return node.Head{Size: size, Root: root}, ok, err
}

func (f headFile) Raise(to node.Head) error { return f.HeadFile.Raise(to.Size, to.Root) }

// witnessing is promising with a witness.
func witnessing(w *world, cfg *Config) {
	log := nodetest.LogVerifier(w.T)
	var key string
	w.Node.View(func(s *ledger.State, _ int64) { key = s.LogVerifier() })
	signer, err := witness.NewSigner("w.example/1", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
	require.NoError(w.T, err)
	dir := w.T.TempDir()
	require.NoError(w.T, server.Init(dir))
	state, err := server.Open(dir)
	require.NoError(w.T, err)
	x, err := server.New(server.Config{Signer: signer, State: state, Logs: []server.Log{{Origin: log.Name(), Keys: []note.Verifier{log}}},
		Now: func() int64 { return time.Now().Unix() }, Log: slog.New(slog.DiscardHandler)})
	require.NoError(w.T, err)
	web := httptest.NewServer(x.Handler())
	w.T.Cleanup(func() { web.Close(); require.NoError(w.T, state.Close()) })
	p, err := witness.ParsePolicy(fmt.Appendf(nil, "log %s\nwitness W %s %s\nquorum W\n", key, signer.Verifier().Key(), web.URL))
	require.NoError(w.T, err)
	q, err := quorum.New(quorum.Config{Policy: p, Deadline: 10 * time.Second, Below: quorum.Wait, Timeout: 10 * time.Second, Retry: time.Millisecond,
		Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(w.T, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	w.T.Cleanup(func() { cancel(); <-ended })
	w.Cosigner = q
	promising(w, cfg)
}

// What each of the three answers is what its benchmark says it is.
func TestWorldsOfTheBenchmarkPromise(t *testing.T) {
	for i, change := range []func(*world, *Config){unpromised, promising, witnessing} {
		w := newWorld(t, change)
		r, err := w.Node.Submit(t.Context(), w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "voter"}))
		require.NoError(t, err)
		require.Equal(t, i > 0, r.Promise != "")
		require.Equal(t, i == 2, bytes.Contains([]byte(r.Promise), []byte("— w.example/1 ")))
	}
}
