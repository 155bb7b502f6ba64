package foreign

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/witness/api"
	theirclient "github.com/transparency-dev/witness/client/http"
	"github.com/transparency-dev/witness/persistence/inmemory"
	theirs "github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/witness"
	"github.com/econd/econd/node/witness/quorum"
	"github.com/econd/econd/node/witness/server"
)

const origin = "econd/demo-1"

func secret(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// testLog is a log of econd.
type testLog struct {
	t      *testing.T
	signer note.Signer
	key    notekey.Key
	tree   []tlog.Hash
	size   int64
}

func newTestLog(t *testing.T, n int, story string) *testLog {
	s, err := anchor.NewSigner(origin, secret(7))
	require.NoError(t, err)
	k, err := notekey.New(origin, notekey.Ed25519, secret(7).Public().(ed25519.PublicKey))
	require.NoError(t, err)
	l := &testLog{t: t, signer: s, key: k}
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

func (l *testLog) checkpoint(size int64) []byte {
	root, err := tlog.TreeHash(size, l)
	require.NoError(l.t, err)
	msg, err := anchor.SignCheckpoint(anchor.Checkpoint{Origin: origin, Size: size, Root: root}, l.signer)
	require.NoError(l.t, err)
	return msg
}

func (l *testLog) proof(old, size int64) [][]byte {
	if old == 0 || old == size {
		return nil
	}
	path, err := tlog.ProveTree(size, old, l)
	require.NoError(l.t, err)
	out := make([][]byte, len(path))
	for i, h := range path {
		out[i] = h[:]
	}
	return out
}

func (l *testLog) prove(size int64) quorum.Prove {
	return func(old uint64) (out [][32]byte, err error) {
		for _, h := range l.proof(int64(old), size) {
			out = append(out, [32]byte(h))
		}
		return out, nil
	}
}

func (l *testLog) verifier() note.Verifier {
	v, err := l.key.LogVerifier()
	require.NoError(l.t, err)
	return v
}

// theirWitness is transparency-dev's, which cosigns by torchwood's signer.
func theirWitness(t *testing.T, name string, seed byte, l *testLog) (address, key string) {
	s, err := torchwood.NewCosignatureSigner(name, secret(seed))
	require.NoError(t, err)
	w, err := theirs.New(context.Background(), theirs.Opts{Persistence: inmemory.New(), Signers: []note.Signer{s},
		VerifierForLog: func(_ context.Context, o string) (note.Verifier, bool, error) { return l.verifier(), o == origin, nil }})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+api.HTTPAddCheckpoint, theirs.NewHTTPHandler(w).AddCheckpoint)
	h := httptest.NewServer(mux)
	t.Cleanup(h.Close)
	return h.URL, s.Verifier().String()
}

// ourWitness is econd's.
func ourWitness(t *testing.T, name string, seed byte, l *testLog) (address string, s *witness.Signer) {
	s, err := witness.NewSigner(name, secret(seed))
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, server.Init(dir))
	state, err := server.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, state.Close()) })
	w, err := server.New(server.Config{Signer: s, State: state, Logs: []server.Log{{Origin: origin, Keys: []note.Verifier{l.verifier()}}},
		Now: func() int64 { return time.Now().Unix() }, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	h := httptest.NewServer(w.Handler())
	t.Cleanup(h.Close)
	return h.URL, s
}

// Our client, their witnesses and ours in one quorum; torchwood checks what comes out.
func TestQuorumOfBoth(t *testing.T) {
	l := newTestLog(t, 40, "story")
	theirURL, theirKey := theirWitness(t, "w.example/theirs", 1, l)
	ourURL, ours := ourWitness(t, "w.example/ours", 2, l)
	text := fmt.Sprintf("log %s\nwitness T %s %s\nwitness O %s %s\ngroup both all T O\nquorum both\n", l.key, theirKey, theirURL, ours.Verifier().Key(), ourURL)
	p, err := witness.ParsePolicy([]byte(text))
	require.NoError(t, err)
	theirPolicy, err := torchwood.ParsePolicy([]byte(text))
	require.NoError(t, err)
	q, err := quorum.New(quorum.Config{Policy: p, Deadline: time.Minute, Below: quorum.Wait, Timeout: time.Minute, Retry: time.Millisecond,
		Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	defer func() { cancel(); require.NoError(t, <-ended) }()
	for _, size := range []int64{1, 2, 3, 8, 8, 13, 40} {
		msg, err := q.Cosign(t.Context(), uint64(size), l.checkpoint(size), l.prove(size))
		require.NoError(t, err, "%d: %v", size, q.Standings())
		c, n, err := torchwood.VerifyCheckpoint(msg, theirPolicy)
		require.NoError(t, err)
		require.Equal(t, size, c.N)
		for _, sig := range n.Sigs[1:] {
			at, err := torchwood.CosignatureTimestamp(sig)
			require.NoError(t, err)
			require.Equal(t, at, witness.TimeOf(sig))
		}
		_, _, err = torchwood.VerifyCheckpoint(l.checkpoint(size), theirPolicy)
		require.Error(t, err)
	}

	// Their witness, too, tells our client of a rollback and of a fork.
	fork := newTestLog(t, 45, "another")
	for _, c := range []struct {
		l    *testLog
		size int64
		says string
	}{{l, 20, "a larger head"}, {fork, 40, "another history"}, {fork, 45, "another history"}} {
		short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		r, err := q.Gather(short, c.l.checkpoint(c.size), c.l.prove(c.size))
		cancel()
		require.NoError(t, err)
		require.NotNil(t, r.Missing)
		require.Eventually(t, func() bool {
			problems := strings.Join(q.Problems(), ";")
			return strings.Count(problems, c.says) == 2
		}, time.Minute, time.Millisecond, "%v", q.Standings())
	}
}

// Their client, our witness: every answer is understood as it is meant.
func TestTheirClientOurWitness(t *testing.T) {
	l, fork := newTestLog(t, 20, "story"), newTestLog(t, 20, "another")
	address, ours := ourWitness(t, "w.example/ours", 2, l)
	u, err := url.Parse(address)
	require.NoError(t, err)
	c := theirclient.NewWitness(u, http.DefaultClient)
	v, err := torchwood.NewCosignatureVerifier(ours.Verifier().Key().String())
	require.NoError(t, err)
	accepted := func(old, size int64) {
		sigs, _, err := c.Update(t.Context(), uint64(old), l.checkpoint(size), l.proof(old, size))
		require.NoError(t, err)
		n, err := note.Open(append(l.checkpoint(size), sigs...), note.VerifierList(v))
		require.NoError(t, err)
		require.Len(t, n.Sigs, 1)
	}
	refused := func(want error, wantSize uint64, old int64, msg []byte, proof [][]byte) {
		t.Helper()
		_, size, err := c.Update(t.Context(), uint64(old), msg, proof)
		require.ErrorIs(t, err, want)
		require.Equal(t, wantSize, size)
	}
	accepted(0, 3)
	accepted(3, 3)
	accepted(3, 11)
	refused(theirs.ErrCheckpointStale, 11, 3, l.checkpoint(12), l.proof(3, 12))
	refused(theirs.ErrInvalidProof, 0, 11, l.checkpoint(12), nil)
	refused(theirs.ErrInvalidProof, 0, 11, fork.checkpoint(12), fork.proof(11, 12))
	refused(theirs.ErrInvalidProof, 0, 11, fork.checkpoint(11), nil) // 422 as their own server
	refused(theirs.ErrOldSizeInvalid, 0, 13, l.checkpoint(12), nil)
	refused(theirs.ErrUnknownLog, 0, 11, bytes.Replace(l.checkpoint(12), []byte("demo-1\n"), []byte("demo-2\n"), 1), nil)
	refused(theirs.ErrNoValidSignature, 0, 11, bytes.Replace(l.checkpoint(12), []byte("\n12\n"), []byte("\n13\n"), 1), nil)
	accepted(11, 20)
}

// The same requests to their witness and to ours: the same answers.
func TestAnswersAgree(t *testing.T) {
	l, fork := newTestLog(t, 300, "story"), newTestLog(t, 300, "another")
	theirURL, _ := theirWitness(t, "w.example/theirs", 1, l)
	ourURL, _ := ourWitness(t, "w.example/ours", 2, l)
	r := rand.New(rand.NewPCG(1, 2))
	codes := map[int]int{}
	last := int64(0)
	for last < 298 {
		from, old, size := l, last, max(1, last-1+r.Int64N(4))
		if last > 0 { // their witness looks at no old size before it knows the log
			if r.IntN(4) == 0 {
				old = max(0, last-2+r.Int64N(6))
			}
			if r.IntN(4) == 0 {
				from = fork
			}
		}
		req := witness.Request{Old: old, Checkpoint: from.checkpoint(size)}
		if old < size {
			for _, h := range from.proof(old, size) {
				req.Proof = append(req.Proof, tlog.Hash(h))
			}
		}
		if last > 0 && old != size && r.IntN(10) == 0 {
			req.Proof = append(req.Proof, tlog.Hash{1})
		}
		theirCode, theirKind := post(t, theirURL, req.Encode())
		ourCode, ourKind := post(t, ourURL, req.Encode())
		codes[ourCode]++
		if from == fork && size == last && theirCode == 409 && ourCode == 422 {
			continue // a second root of the last size, from another old size: we tell of the root
		}
		require.Equal(t, theirCode, ourCode, "old %d, size %d, last %d", old, size, last)
		if theirCode == 409 {
			require.Equal(t, theirKind, ourKind)
		}
		if ourCode == 200 {
			last = size
		}
	}
	for _, code := range []int{200, 400, 409, 422} {
		require.NotZero(t, codes[code], "%v", codes)
	}
}

func post(t *testing.T, address string, body []byte) (int, string) {
	resp, err := http.Post(address+witness.Path, "text/plain", bytes.NewReader(body))
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Content-Type")
}

// Cosignatures both ways, and by which keys.
func TestCosignaturesAgree(t *testing.T) {
	l := newTestLog(t, 9, "story")
	ours, err := witness.NewSigner("w.example/1", secret(3))
	require.NoError(t, err)
	other, err := torchwood.NewCosignatureSigner("w.example/1", secret(3))
	require.NoError(t, err)
	require.Equal(t, other.Verifier().String(), ours.Verifier().Key().String())
	require.Equal(t, other.KeyHash(), ours.Verifier().KeyHash())
	for _, text := range []string{textOf(l.checkpoint(9)), textOf(l.checkpoint(1)) + "extension\nand another\n"} {
		line, err := ours.Cosign([]byte(text), 1_700_000_000)
		require.NoError(t, err)
		_, err = note.Open([]byte(text+"\n"+string(line)), note.VerifierList(other.Verifier()))
		require.NoError(t, err)
		msg, err := note.Sign(&note.Note{Text: text}, other)
		require.NoError(t, err)
		_, err = note.Open(msg, note.VerifierList(ours.Verifier()))
		require.NoError(t, err)
	}
}

func textOf(msg []byte) string { return string(msg[:bytes.LastIndex(msg, []byte("\n\n"))+1]) }

// Random policies and random sets of cosignatures: torchwood says the same, but for what
// the specification forbids and it lets pass, which is listed.
func TestPoliciesAgree(t *testing.T) {
	l := newTestLog(t, 3, "story")
	var signers []*witness.Signer
	for i := range 6 {
		s, err := witness.NewSigner(fmt.Sprintf("w.example/%d", i), secret(byte(20+i)))
		require.NoError(t, err)
		signers = append(signers, s)
	}
	r := rand.New(rand.NewPCG(3, 4))
	reached, not := 0, 0
	for range 500 {
		text := randomPolicy(r, l, signers)
		p, err := witness.ParsePolicy([]byte(text))
		require.NoError(t, err, text)
		tw, err := torchwood.ParsePolicy([]byte(text))
		require.NoError(t, err, text)
		for range 4 {
			msg := l.checkpoint(3)
			for _, s := range signers {
				if r.IntN(2) == 0 {
					line, err := s.Cosign([]byte(textOf(msg)), 1_700_000_000)
					require.NoError(t, err)
					msg = append(msg, line...)
				}
			}
			_, _, theirErr := torchwood.VerifyCheckpoint(msg, tw)
			n, err := note.Open(msg, note.VerifierList(append(p.Verifiers(), l.verifier())...))
			require.NoError(t, err)
			_, ourErr := p.Check(n.Sigs)
			require.Equal(t, theirErr == nil, ourErr == nil, "%s\n%s\n%v\n%v", text, msg, theirErr, ourErr)
			if ourErr == nil {
				reached++
			} else {
				not++
			}
		}
	}
	require.NotZero(t, reached)
	require.NotZero(t, not)
}

func randomPolicy(r *rand.Rand, l *testLog, signers []*witness.Signer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# drawn\nlog %s\n", l.key)
	var free []string
	for i, s := range signers {
		fmt.Fprintf(&b, "witness W%d\t%s https://w.example/%d\n", i, s.Verifier().Key(), i)
		free = append(free, fmt.Sprintf("W%d", i))
	}
	quorum := free[r.IntN(len(free))]
	for i := range 1 + r.IntN(4) {
		r.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
		n := 1 + r.IntN(len(free))
		k := []string{"any", "all", fmt.Sprint(1 + r.IntN(n))}[r.IntN(3)]
		quorum = fmt.Sprintf("G%d", i)
		fmt.Fprintf(&b, "group %s %s %s\n", quorum, k, strings.Join(free[:n], " "))
		free = append([]string{quorum}, free[n:]...)
	}
	fmt.Fprintf(&b, "quorum %s\n", quorum)
	return b.String()
}

// What torchwood takes and the specification does not: we refuse it, and say which rule.
func TestStricterThanTorchwood(t *testing.T) {
	l := newTestLog(t, 1, "story")
	s, err := witness.NewSigner("w.example/1", secret(3))
	require.NoError(t, err)
	key := s.Verifier().Key().String()
	again := notekey.Key{Name: "other", Type: notekey.Cosignature, Public: s.Verifier().Key().Public}.String()
	small := notekey.Key{Name: "small", Type: notekey.Cosignature, Public: append([]byte{1}, make([]byte, 31)...)}.String()
	for rule, text := range map[string]string{
		"line-end":        "witness A " + key + "\nquorum A",
		"log-form":        "log " + l.key.String() + " url more\nquorum none\n",
		"witness-twice":   "witness A " + key + "\nwitness B " + again + "\ngroup G any A B\nquorum G\n",
		"witness-key":     "witness A " + small + "\nquorum A\n",
		"member-twice":    "witness A " + key + "\ngroup G 2 A A\nquorum G\n",
		"quorum-form":     "witness A " + key + "\nquorum A # is enough\n",
		"quorum-unknown":  "quorum A\nwitness A " + key + "\n",
		"group-threshold": "witness A " + key + "\ngroup G +1 A\nquorum G\n",
		"octet":           "witness A " + key + "\r\nquorum A\r\n",
	} {
		_, err := torchwood.ParsePolicy([]byte(text))
		require.NoError(t, err, "torchwood: %s", rule)
		_, err = witness.ParsePolicy([]byte(text))
		var p *witness.PolicyError
		require.True(t, errors.As(err, &p), "%s: %v", rule, err)
		require.Equal(t, rule, p.Rule, "%v", err)
	}
}
