package quorum

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/witness"
	"github.com/econd/econd/node/witness/server"
)

const origin = "econd/demo-1"

// testLog is a log with its operator's key: it signs whatever head is asked for.
type testLog struct {
	t      *testing.T
	signer note.Signer
	key    notekey.Key
	tree   []tlog.Hash
	size   int64
}

func newTestLog(t *testing.T) *testLog {
	secret := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	s, err := anchor.NewSigner(origin, secret)
	require.NoError(t, err)
	k, err := notekey.New(origin, notekey.Ed25519, secret.Public().(ed25519.PublicKey))
	require.NoError(t, err)
	return &testLog{t: t, signer: s, key: k}
}

func (l *testLog) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, a := range at {
		out[i] = l.tree[a]
	}
	return out, nil
}

// grow appends entries; another story makes another history.
func (l *testLog) grow(n int, story string) *testLog {
	for range n {
		more, err := tlog.StoredHashes(l.size, fmt.Appendf(nil, "%s %d", story, l.size), l)
		require.NoError(l.t, err)
		l.tree = append(l.tree, more...)
		l.size++
	}
	return l
}

func (l *testLog) checkpoint(size int64) []byte {
	root, err := tlog.TreeHash(size, l)
	require.NoError(l.t, err)
	msg, err := anchor.SignCheckpoint(anchor.Checkpoint{Origin: origin, Size: size, Root: root}, l.signer)
	require.NoError(l.t, err)
	return msg
}

// prove is what the node gives a Cosigner: it knows the size at which it was asked.
func (l *testLog) prove(size int64) Prove {
	return func(old uint64) ([][32]byte, error) {
		path, err := tlog.ProveTree(size, int64(old), l)
		out := make([][32]byte, len(path))
		for i, h := range path {
			out[i] = h
		}
		return out, err
	}
}

// testWitness is a real witness behind a door that can be shut.
type testWitness struct {
	signer  *witness.Signer
	dir     string
	url     string
	door    atomic.Pointer[http.HandlerFunc] // nil: open
	asked   atomic.Int64
	server  *server.Server
	handler http.Handler
}

func newWitness(t *testing.T, name string, l *testLog) *testWitness {
	s, err := witness.NewSigner(name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte(name), 32)[:32]))
	require.NoError(t, err)
	w := &testWitness{signer: s, dir: t.TempDir()}
	require.NoError(t, server.Init(w.dir))
	state, err := server.Open(w.dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, state.Close()) })
	v, err := l.key.LogVerifier()
	require.NoError(t, err)
	w.server, err = server.New(server.Config{Signer: s, State: state, Logs: []server.Log{{Origin: origin, Keys: []note.Verifier{v}}},
		Now: func() int64 { return 1_700_000_000 }, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	w.handler = w.server.Handler()
	h := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.asked.Add(1)
		if door := w.door.Load(); door != nil {
			(*door)(rw, r)
			return
		}
		w.handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(h.Close)
	w.url = h.URL
	return w
}

func (w *testWitness) answers(h http.HandlerFunc) { w.door.Store(&h) }
func (w *testWitness) open()                      { w.door.Store(nil) }

func status(code int) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(code) }
}

func policyOf(t *testing.T, l *testLog, k int, list ...*testWitness) *witness.Policy {
	var b strings.Builder
	fmt.Fprintf(&b, "log %s\n", l.key)
	names := ""
	for i, w := range list {
		fmt.Fprintf(&b, "witness W%d %s %s\n", i+1, w.signer.Verifier().Key(), w.url)
		names += fmt.Sprintf(" W%d", i+1)
	}
	p, err := witness.ParsePolicy(fmt.Appendf(nil, "%sgroup G %d%s\nquorum G\n", b.String(), k, names))
	require.NoError(t, err)
	return p
}

// begin runs a quorum until the test ends.
func begin(t *testing.T, p *witness.Policy, below Below, deadline time.Duration) *Quorum {
	q, err := New(Config{Policy: p, Deadline: deadline, Below: below, Timeout: 30 * time.Second, Retry: time.Millisecond,
		Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-ended) })
	return q
}

const long = time.Minute // nothing that passes waits for it

func TestAQuorumCosigns(t *testing.T) {
	l := newTestLog(t).grow(20, "story")
	w := []*testWitness{newWitness(t, "w.example/1", l), newWitness(t, "w.example/2", l), newWitness(t, "w.example/3", l)}
	p := policyOf(t, l, 3, w...)
	q := begin(t, p, Wait, long)
	for _, size := range []int64{1, 2, 5, 5, 8, 20} {
		msg, err := q.Cosign(t.Context(), uint64(size), l.checkpoint(size), l.prove(size))
		require.NoError(t, err)
		n, err := note.Open(msg, note.VerifierList(p.Verifiers()...))
		require.NoError(t, err)
		_, err = p.Check(n.Sigs)
		require.NoError(t, err)
		_, err = anchor.OpenCheckpoint(msg, origin, append(p.Verifiers(), mustLogVerifier(t, l))...)
		require.NoError(t, err)
	}
	require.Equal(t, Counts{Witnessed: 6}, q.Count())
	require.Equal(t, []string{"w.example/1", "w.example/2", "w.example/3"}, q.Names())
	require.Empty(t, q.Problems())
	for _, s := range q.Standings() {
		require.EqualValues(t, 20, s.Size)
		require.Empty(t, s.Problem)
	}
	// A second program of the same log finds out from where the witnesses go on.
	again := begin(t, p, Wait, long)
	l.grow(5, "story")
	_, err := again.Cosign(t.Context(), 25, l.checkpoint(25), l.prove(25))
	require.NoError(t, err)
}

func mustLogVerifier(t *testing.T, l *testLog) note.Verifier {
	v, err := l.key.LogVerifier()
	require.NoError(t, err)
	return v
}

// Two of three are enough, whatever the third does; it comes along once it is back.
func TestOneWitnessMayFail(t *testing.T) {
	for name, bad := range map[string]http.HandlerFunc{
		"away":        status(http.StatusBadGateway),
		"not found":   status(http.StatusNotFound),
		"forbidden":   status(http.StatusForbidden),
		"too many":    status(http.StatusTooManyRequests),
		"redirect":    func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, "/elsewhere", http.StatusFound) },
		"empty":       status(http.StatusOK),
		"junk":        func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "— w.example/3 AAAA\n") },
		"endless":     func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(bytes.Repeat([]byte("x"), 2*maxAnswer)) },
		"bad size":    sized("007\n"),
		"no line end": sized("7"),
		"circles":     sized("3\n"),
		"hung": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else it is not seen that the caller left
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLog(t).grow(10, "story")
			w := []*testWitness{newWitness(t, "w.example/1", l), newWitness(t, "w.example/2", l), newWitness(t, "w.example/3", l)}
			w[2].answers(bad)
			q := begin(t, policyOf(t, l, 2, w...), Wait, long)
			for _, size := range []int64{4, 10} {
				msg, err := q.Cosign(t.Context(), uint64(size), l.checkpoint(size), l.prove(size))
				require.NoError(t, err)
				require.Contains(t, string(msg), "— w.example/1 ")
				require.Contains(t, string(msg), "— w.example/2 ")
				require.NotContains(t, string(msg), "— w.example/3 ")
			}
			if name == "hung" {
				return // it is waited for until its timeout
			}
			w[2].open()
			r, err := Gather(t, q, 3, l)
			require.NoError(t, err)
			require.Equal(t, []string{"W1", "W2", "W3"}, r.Names)
		})
	}
}

// Gather asks until so many cosigned.
func Gather(t *testing.T, q *Quorum, want int, l *testLog) (r Result, err error) {
	for {
		if r, err = q.Gather(t.Context(), l.checkpoint(l.size), l.prove(l.size)); err != nil || len(r.Names) >= want {
			return r, err
		}
	}
}

func sized(body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", witness.SizeType+"; charset=utf-8")
		rw.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(rw, body)
	}
}

// Below the quorum a checkpoint waits or goes out, as is set; it says who is missing.
func TestBelowTheQuorum(t *testing.T) {
	for _, below := range []Below{Wait, Answer} {
		l := newTestLog(t).grow(3, "story")
		w := []*testWitness{newWitness(t, "w.example/1", l), newWitness(t, "w.example/2", l)}
		w[1].answers(status(http.StatusServiceUnavailable))
		q := begin(t, policyOf(t, l, 2, w...), below, 50*time.Millisecond)
		msg, err := q.Cosign(t.Context(), 3, l.checkpoint(3), l.prove(3))
		require.Contains(t, strings.Join(q.Problems(), ";"), `the cosignature of witness "W2" (w.example/2) is missing`)
		require.NotZero(t, q.Count().Below)
		if below == Wait {
			require.ErrorIs(t, err, witness.ErrQuorum)
			require.Nil(t, msg)
		} else {
			require.NoError(t, err)
			require.NotContains(t, string(msg), "w.example/2")
		}
		w[1].open()
		require.Eventually(t, func() bool {
			msg, err = q.Cosign(t.Context(), 3, l.checkpoint(3), l.prove(3))
			return err == nil && strings.Contains(string(msg), "w.example/2") && strings.Contains(string(msg), "w.example/1")
		}, long, time.Millisecond)
		require.Empty(t, q.Problems())
	}
}

// An operator that shows two histories finds a witness that tells.
func TestAnotherHistoryIsNotCosigned(t *testing.T) {
	l := newTestLog(t).grow(10, "story")
	w := newWitness(t, "w.example/1", l)
	p := policyOf(t, l, 1, w)
	_, err := begin(t, p, Wait, long).Cosign(t.Context(), 10, l.checkpoint(10), l.prove(10))
	require.NoError(t, err)

	for size, why := range map[int64]string{10: "another history", 14: "another history", 7: "a larger head"} {
		fork := newTestLog(t).grow(5, "story").grow(9, "another")
		q := begin(t, p, Wait, 50*time.Millisecond)
		_, err = q.Cosign(t.Context(), uint64(size), fork.checkpoint(size), fork.prove(size))
		require.ErrorIs(t, err, witness.ErrQuorum)
		require.Eventually(t, func() bool { return strings.Contains(strings.Join(q.Problems(), ";"), why) }, long, time.Millisecond, "%d: %s", size, why)
	}
	// So is a rollback: the log's own older head.
	q := begin(t, p, Wait, 50*time.Millisecond)
	_, err = q.Cosign(t.Context(), 6, l.checkpoint(6), l.prove(6))
	require.ErrorIs(t, err, witness.ErrQuorum)
	require.Eventually(t, func() bool { return strings.Contains(strings.Join(q.Problems(), ";"), "10 entries, here are 6") }, long, time.Millisecond)
}

// Whoever brings a witness a newer head of this log, while it is asked for an older one, brings no
// word against the log.
func TestFedWithANewerHead(t *testing.T) {
	l := newTestLog(t).grow(10, "story")
	w := []*testWitness{newWitness(t, "w.example/1", l), newWitness(t, "w.example/2", l)}
	slow, asked, let := w[1], make(chan struct{}, 9), make(chan struct{})
	slow.answers(func(rw http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-let
		slow.handler.ServeHTTP(rw, r)
	})
	q := begin(t, policyOf(t, l, 1, w...), Wait, long)
	_, err := q.Cosign(t.Context(), 5, l.checkpoint(5), l.prove(5))
	require.NoError(t, err)
	<-asked
	_, err = q.Cosign(t.Context(), 10, l.checkpoint(10), l.prove(10))
	require.NoError(t, err)
	_, err = slow.server.Add(witness.Request{Checkpoint: l.checkpoint(10)})
	require.NoError(t, err)
	close(let)
	r, err := Gather(t, q, 2, l)
	require.NoError(t, err)
	require.Equal(t, []string{"W1", "W2"}, r.Names)
	require.Empty(t, q.Problems())
	require.Zero(t, q.Standings()[1].Failed)
}

func TestPoliciesThatCannotBeAsked(t *testing.T) {
	l := newTestLog(t)
	w := newWitness(t, "w.example/1", l)
	key := w.signer.Verifier().Key().String()
	for text, says := range map[string]string{
		"witness W " + key + "\nquorum W\n":                        "too few witnesses a URL",
		"witness W " + key + " ftp://w.example\nquorum W\n":        "its URL",
		"witness W " + key + " http://u:p@w.example/\nquorum W\n":  "its URL",
		"witness W " + key + " https://w.example/?x=1\nquorum W\n": "its URL",
	} {
		p, err := witness.ParsePolicy([]byte(text))
		require.NoError(t, err)
		_, err = New(Config{Policy: p, Deadline: 1, Below: Wait, Timeout: 1, Retry: 1, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		require.ErrorContains(t, err, says)
	}
	_, err := New(Config{})
	require.Error(t, err)
	p, err := witness.ParsePolicy([]byte("quorum none\n"))
	require.NoError(t, err)
	q := begin(t, p, Wait, long)
	l.grow(1, "story")
	msg, err := q.Cosign(t.Context(), 1, l.checkpoint(1), l.prove(1))
	require.NoError(t, err)
	require.Equal(t, l.checkpoint(1), msg)
}

// At a start the witnesses say how much they cosigned last: enough of them that the others are
// no quorum tell that a log is behind; fewer do not stop it, for it is their word alone.
func TestWitnessesThatAreAhead(t *testing.T) {
	l := newTestLog(t).grow(20, "story")
	w := []*testWitness{newWitness(t, "w.example/1", l), newWitness(t, "w.example/2", l), newWitness(t, "w.example/3", l)}
	ask := func(size int64) map[string]int64 {
		q, err := New(Config{Policy: policyOf(t, l, 2, w...), Deadline: long, Below: Wait, Timeout: long, Retry: time.Millisecond,
			Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		return q.Ahead(t.Context(), l.checkpoint(size))
	}
	require.Empty(t, ask(5), "they know nothing of the log")
	_, err := begin(t, policyOf(t, l, 3, w...), Wait, long).Cosign(t.Context(), 8, l.checkpoint(8), l.prove(8))
	require.NoError(t, err)
	require.Empty(t, ask(8))
	require.Empty(t, ask(9))
	require.Equal(t, map[string]int64{"W1": 8, "W2": 8, "W3": 8}, ask(5))
	w[0].answers(status(http.StatusServiceUnavailable))
	require.Equal(t, map[string]int64{"W2": 8, "W3": 8}, ask(5))
	liar := func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", witness.SizeType)
		rw.WriteHeader(http.StatusConflict)
		_, _ = rw.Write([]byte("1000000\n"))
	}
	w[0].answers(liar)
	require.Empty(t, ask(8), "one of three says so, and two are a quorum")
	w[1].answers(liar)
	require.Equal(t, map[string]int64{"W1": 1000000, "W2": 1000000}, ask(8))
}
