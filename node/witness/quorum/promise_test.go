package quorum_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/witness"
	"github.com/econd/econd/node/witness/quorum"
	"github.com/econd/econd/node/witness/server"
)

// A node's answers carry the cosignatures of a quorum of real witnesses; econaudit
// demands them. What the quorum did not cosign is no promise, or goes out as it is.
func TestAnswersAreCosigned(t *testing.T) {
	raw, err := yamlfile.Parse(yamlfile.Demo)
	require.NoError(t, err)
	w := nodetest.New(t, raw)
	var logKey string
	w.Node.View(func(s *ledger.State, _ int64) { logKey = s.LogVerifier() })
	v, err := notekey.LogVerifier(logKey)
	require.NoError(t, err)
	var away atomic.Bool
	var lines strings.Builder
	fmt.Fprintf(&lines, "log %s\n", logKey)
	for i := range 3 {
		s, err := witness.NewSigner(fmt.Sprintf("w.example/%d", i), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i + 1)}, ed25519.SeedSize)))
		require.NoError(t, err)
		dir := t.TempDir()
		require.NoError(t, server.Init(dir))
		state, err := server.Open(dir)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, state.Close()) })
		x, err := server.New(server.Config{Signer: s, State: state, Logs: []server.Log{{Origin: v.Name(), Keys: []note.Verifier{v}}},
			Now: func() int64 { return w.Clock.NowMs() / 1000 }, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		h := x.Handler()
		web := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if away.Load() {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			h.ServeHTTP(rw, r)
		}))
		t.Cleanup(web.Close)
		fmt.Fprintf(&lines, "witness W%d %s %s\n", i, s.Verifier().Key(), web.URL)
	}
	p, err := witness.ParsePolicy([]byte(lines.String() + "group most 2 W0 W1 W2\nquorum most\n"))
	require.NoError(t, err)

	for _, below := range []quorum.Below{quorum.Wait, quorum.Answer} {
		require.NoError(t, w.Halt())
		q, err := quorum.New(quorum.Config{Policy: p, Deadline: 100 * time.Millisecond, Below: below, Timeout: time.Minute, Retry: time.Millisecond,
			Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- q.Run(ctx) }()
		w.Cosigner = q
		w.Start()

		submit := func(name string, n byte, wait time.Duration) string {
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			e := w.Event(nodetest.Key(t, n), op.KindRegister, op.Register{Name: name})
			r, err := w.Node.Submit(ctx, e)
			require.NoError(t, err)
			if r.Promise == "" {
				return ""
			}
			_, line, err := w.Node.Entry(r.Seq)
			require.NoError(t, err)
			_, err = audit.VerifyProof([]byte(r.Promise), line, "regtest", nil, audit.Options{LogKey: logKey})
			require.NoError(t, err, "the log signed it, witnesses or none")
			report, err := audit.VerifyProof([]byte(r.Promise), line, "regtest", nil, audit.Options{LogKey: logKey, Policy: p})
			if err != nil {
				require.ErrorIs(t, err, audit.ErrWitness)
				return "alone"
			}
			require.GreaterOrEqual(t, len(report.Witnesses.Cosigned), 2)
			return "cosigned"
		}
		cosigned := false
		for i := byte(0); i < 70 && !cosigned; i++ { // a key for each try, and a while between two
			cosigned = submit("alice", map[quorum.Below]byte{quorum.Wait: 80, quorum.Answer: 160}[below]+i, time.Minute) == "cosigned"
			if !cosigned {
				time.Sleep(250 * time.Millisecond)
			}
		}
		require.True(t, cosigned)
		away.Store(true)
		if below == quorum.Wait {
			require.Equal(t, "", submit("bob", 60, 300*time.Millisecond), "it is recorded, and no promise")
		} else {
			require.Equal(t, "alone", submit("bob", 61, time.Minute))
			require.Contains(t, strings.Join(q.Problems(), ";"), "witnesses: the quorum \"most\" is not reached")
		}
		away.Store(false)
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, w.Halt())
		w.Cosigner = nil
		w.Start()
	}
}
