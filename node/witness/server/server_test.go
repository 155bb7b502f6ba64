package server

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/witness"
)

const origin = "econd/demo-1"

type testLog struct {
	t      *testing.T
	signer note.Signer
	tree   []tlog.Hash
	size   int64
}

func newTestLog(t *testing.T, n int, story string) *testLog {
	s, err := anchor.NewSigner(origin, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
	require.NoError(t, err)
	l := &testLog{t: t, signer: s}
	for range n {
		more, err := tlog.StoredHashes(l.size, fmt.Appendf(nil, "%s %d", story, l.size), l)
		require.NoError(t, err)
		l.tree = append(l.tree, more...)
		l.size++
	}
	return l
}

func (l *testLog) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, a := range at {
		out[i] = l.tree[a]
	}
	return out, nil
}

func (l *testLog) request(old, size int64) witness.Request {
	root, err := tlog.TreeHash(size, l)
	require.NoError(l.t, err)
	msg, err := anchor.SignCheckpoint(anchor.Checkpoint{Origin: origin, Size: size, Root: root}, l.signer)
	require.NoError(l.t, err)
	r := witness.Request{Old: old, Checkpoint: msg}
	if old > 0 && old < size {
		r.Proof, err = tlog.ProveTree(size, old, l)
		require.NoError(l.t, err)
	}
	return r
}

type world struct {
	t      *testing.T
	dir    string
	state  *State
	server *Server
	signer *witness.Signer
	seen   map[Outcome]int
}

func newWorld(t *testing.T) *world {
	s, err := witness.NewSigner("w.example/1", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)))
	require.NoError(t, err)
	w := &world{t: t, dir: t.TempDir(), signer: s, seen: map[Outcome]int{}}
	require.NoError(t, Init(w.dir))
	w.start()
	t.Cleanup(func() { _ = w.state.Close() })
	return w
}

// logKey is a key of the log.
func logKey(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

// start runs a witness that knows the log by its first key, or by these.
func (w *world) start(keys ...byte) {
	var err error
	w.state, err = Open(w.dir)
	require.NoError(w.t, err)
	if keys == nil {
		keys = []byte{7}
	}
	var known []note.Verifier
	for _, b := range keys {
		v, err := anchor.NewVerifier(origin, logKey(b).Public().(ed25519.PublicKey))
		require.NoError(w.t, err)
		known = append(known, v)
	}
	var mu sync.Mutex
	w.server, err = New(Config{Signer: w.signer, State: w.state, Logs: []Log{{origin, known}}, Now: func() int64 { return 1_700_000_000 },
		Log: slog.New(slog.DiscardHandler), Observe: func(_ string, o Outcome, _ int64) { mu.Lock(); w.seen[o]++; mu.Unlock() }})
	require.NoError(w.t, err)
}

func (w *world) post(body []byte) (int, string, string) {
	rec := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/add-checkpoint", bytes.NewReader(body)))
	return rec.Code, rec.Header().Get("Content-Type"), rec.Body.String()
}

func (w *world) get(path string) (int, string) {
	rec := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec.Code, rec.Body.String()
}

// A log goes over to another key: its heads go on where the witness knows the new key, too, from the size that it
// cosigned under the old one; and once the old key is taken out of the configuration nothing by it is cosigned.
func TestALogGoesOverToAnotherKey(t *testing.T) {
	w, l := newWorld(t), newTestLog(t, 12, "story")
	asked := func(by byte, old, size int64) int {
		t.Helper()
		var err error
		l.signer, err = anchor.NewSigner(origin, logKey(by))
		require.NoError(t, err)
		code, _, _ := w.post(l.request(old, size).Encode())
		return code
	}
	again := func(keys ...byte) {
		t.Helper()
		require.NoError(t, w.state.Close())
		w.start(keys...)
	}
	const first, second = 7, 8
	require.Equal(t, http.StatusOK, asked(first, 0, 5))
	require.Equal(t, http.StatusForbidden, asked(second, 5, 8), "not known yet")
	again(first, second)
	require.Equal(t, http.StatusOK, asked(first, 5, 6), "before the handover")
	require.Equal(t, http.StatusOK, asked(second, 6, 8))
	require.Equal(t, http.StatusConflict, asked(second, 0, 9), "a new key is no new log")
	again(second)
	require.Equal(t, http.StatusForbidden, asked(first, 8, 10), "a retired key")
	require.Equal(t, http.StatusOK, asked(second, 8, 10))
}

// Each answer of the specification.
func TestAnswers(t *testing.T) {
	w, l := newWorld(t), newTestLog(t, 20, "story")
	fork := newTestLog(t, 20, "another")
	code, _, line := w.post(l.request(0, 5).Encode())
	require.Equal(t, 200, code)
	n, err := note.Open(append(l.request(0, 5).Checkpoint, line...), note.VerifierList(w.signer.Verifier()))
	require.NoError(t, err)
	require.EqualValues(t, 1_700_000_000, witness.TimeOf(n.Sigs[0]))

	unsigned := l.request(5, 6)
	unsigned.Checkpoint = append(unsigned.Checkpoint[:bytes.Index(unsigned.Checkpoint, []byte("\n\n"))+2], line...)
	forged := l.request(5, 6)
	forged.Checkpoint = bytes.Replace(forged.Checkpoint, []byte("\n6\n"), []byte("\n7\n"), 1)
	stranger := l.request(5, 6)
	stranger.Checkpoint = bytes.Replace(stranger.Checkpoint, []byte(origin+"\n"), []byte("econd/other\n"), 1)
	noProof := l.request(5, 9)
	noProof.Proof = nil
	proofOfNothing := l.request(5, 5)
	proofOfNothing.Proof = []tlog.Hash{{}}
	for _, c := range []struct {
		what string
		body []byte
		code int
		kind string
		says string
	}{
		{"malformed", []byte("old 5"), 400, "", "not a request"},
		{"old above the checkpoint", l.request(6, 5).Encode(), 400, "", "above"},
		{"too long", bytes.Repeat([]byte("x"), witness.MaxRequest+1), 400, "", ""},
		{"unsigned", unsigned.Encode(), 403, "", ""},
		{"forged", forged.Encode(), 403, "", ""},
		{"another log", stranger.Encode(), 404, "", "econd/other"},
		{"stale", l.request(0, 6).Encode(), 409, witness.SizeType, "5\n"},
		{"older", l.request(0, 3).Encode(), 409, witness.SizeType, "5\n"},
		{"no proof", noProof.Encode(), 422, "", ""},
		{"a proof too much", proofOfNothing.Encode(), 422, "", ""},
		{"a fork", fork.request(5, 9).Encode(), 422, "", ""},
		{"a second root", fork.request(5, 5).Encode(), 422, "", "evidence"},
		{"a second root from 0", fork.request(0, 5).Encode(), 422, "", "evidence"},
		{"the same again", l.request(5, 5).Encode(), 200, "", "— w.example/1 "},
		{"further", l.request(5, 20).Encode(), 200, "", "— w.example/1 "},
	} {
		code, kind, body := w.post(c.body)
		require.Equal(t, c.code, code, "%s: %s", c.what, body)
		if c.kind != "" {
			require.Equal(t, c.kind, kind, c.what)
			require.Equal(t, c.says, body, c.what)
		}
		require.Contains(t, body, c.says, c.what)
	}
	require.Equal(t, map[Outcome]int{Cosigned: 3, Malformed: 1, Unsigned: 2, Stale: 2, Inconsistent: 3, TwoRoots: 2}, w.seen)
	rec := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/add-checkpoint", nil))
	require.Equal(t, http.StatusMethodNotAllowed, rec.Code)

	code, body := w.get("/checkpoint?origin=" + origin)
	require.Equal(t, 200, code)
	_, err = note.Open([]byte(body), note.VerifierList(w.signer.Verifier()))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(body, origin+"\n20\n"))
	code, _ = w.get("/checkpoint?origin=econd/other")
	require.Equal(t, 404, code)
	_, body = w.get("/")
	require.Contains(t, body, w.signer.Verifier().Key().String())
}

// Two histories stand side by side as files, each signed by the log.
func TestEvidenceIsKept(t *testing.T) {
	w, l := newWorld(t), newTestLog(t, 5, "story")
	_, err := w.server.Add(l.request(0, 5))
	require.NoError(t, err)
	for i := range 200 { // it does not fill the disk
		_, err = w.server.Add(newTestLog(t, 5, fmt.Sprintf("another %d", i)).request(0, 5))
		require.Error(t, err)
	}
	files, err := filepath.Glob(filepath.Join(w.dir, evidenceName, "*", "5-*.checkpoint"))
	require.NoError(t, err)
	require.Greater(t, len(files), 1)
	require.LessOrEqual(t, len(files), maxEvidence+1)
	roots := map[tlog.Hash]bool{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		require.NoError(t, err)
		c, err := anchor.OpenCheckpoint(raw, origin, mustVerifier(t))
		require.NoError(t, err)
		require.EqualValues(t, 5, c.Size)
		roots[c.Root] = true
	}
	require.Len(t, roots, len(files))
}

func mustVerifier(t *testing.T) note.Verifier {
	v, err := anchor.NewVerifier(origin, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)).Public().(ed25519.PublicKey))
	require.NoError(t, err)
	return v
}

// What was cosigned is known after a restart; without its file the witness does not start.
func TestRestart(t *testing.T) {
	w, l := newWorld(t), newTestLog(t, 9, "story")
	_, err := w.server.Add(l.request(0, 5))
	require.NoError(t, err)
	require.NoError(t, w.state.Close())
	w.start()
	_, err = w.server.Add(newTestLog(t, 9, "another").request(0, 9))
	var refused *Refusal
	require.ErrorAs(t, err, &refused)
	require.Equal(t, Refusal{Stale, 5, refused.Err}, *refused)
	_, err = w.server.Add(l.request(5, 9))
	require.NoError(t, err)
	require.NoError(t, w.state.Close())

	require.ErrorContains(t, Init(w.dir), "founded here already")
	require.NoError(t, os.Remove(filepath.Join(w.dir, stateName)))
	_, err = Open(w.dir)
	require.ErrorIs(t, err, ErrNoState)
	_, err = os.Stat(filepath.Join(w.dir, stateName))
	require.ErrorIs(t, err, os.ErrNotExist, "none is made")
}

// A head that is not on disk is not cosigned, and the witness ends.
func TestNothingLeavesThatIsNotDurable(t *testing.T) {
	w, l := newWorld(t), newTestLog(t, 9, "story")
	require.NoError(t, w.state.Close())
	code, _, body := w.post(l.request(0, 5).Encode())
	require.Equal(t, 500, code)
	require.NotContains(t, body, "—")
	require.Error(t, w.server.Run(t.Context()))
}

// Two histories that race: one of them is cosigned, at every size.
func TestRacesHaveOneWinner(t *testing.T) {
	w := newWorld(t)
	logs := []*testLog{newTestLog(t, 30, "story"), newTestLog(t, 30, "another")}
	var mu sync.Mutex
	won := map[int]int{}
	var all sync.WaitGroup
	for i, l := range logs {
		for range 4 {
			all.Add(1)
			go func() {
				defer all.Done()
				old := int64(0)
				for size := int64(1); size <= 30; size++ {
					if _, err := w.server.Add(l.request(old, size)); err == nil {
						old = size
						mu.Lock()
						won[i]++
						mu.Unlock()
					}
				}
			}()
		}
	}
	all.Wait()
	require.Len(t, won, 1, "%v", won)
}

func FuzzAdd(f *testing.F) {
	f.Add([]byte("old 0\n\n" + origin + "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— econd/demo-1 AAAAAAAA\n"))
	s, err := witness.NewSigner("w.example/1", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)))
	require.NoError(f, err)
	dir := f.TempDir()
	require.NoError(f, Init(dir))
	state, err := Open(dir)
	require.NoError(f, err)
	f.Cleanup(func() { _ = state.Close() })
	v, err := anchor.NewVerifier(origin, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)).Public().(ed25519.PublicKey))
	require.NoError(f, err)
	server, err := New(Config{Signer: s, State: state, Logs: []Log{{origin, []note.Verifier{v}}}, Now: func() int64 { return 1 }, Log: slog.New(slog.DiscardHandler)})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte) {
		rec := httptest.NewRecorder()
		server.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/add-checkpoint", io.NopCloser(bytes.NewReader(body))))
		if rec.Code == 200 || rec.Code >= 500 {
			t.Fatalf("%d: %s", rec.Code, rec.Body)
		}
	})
}
