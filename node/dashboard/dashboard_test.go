package dashboard

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

const economy = "test.0001"

// recorded is a state without a node around it.
type recorded struct {
	t        *testing.T
	s        *ledger.State
	nowMs    int64
	problems []string
}

func (r *recorded) View(fn func(*ledger.State, int64)) { fn(r.s, r.nowMs) }

// Recall leaves texts out: the log is elsewhere.
func (r *recorded) Recall(ledger.Recalled) error { return nil }

func (r *recorded) Ready() []string { return r.problems }

func key(t *testing.T, b byte) op.SecretKey {
	t.Helper()
	k, err := op.NewSecretKey(bytes.Repeat([]byte{b}, 32))
	require.NoError(t, err)
	return k
}

func (r *recorded) apply(by op.SecretKey, kind op.Kind, content any) {
	r.t.Helper()
	e := &op.Event{CreatedAt: r.nowMs / 1000, Kind: kind, Tags: [][]string{{"economy", economy}}, Content: op.EncodeContent(content)}
	require.NoError(r.t, e.Sign(by))
	_, err := ledger.Apply(r.s, &op.Entry{Seq: r.s.Next(), Stamp: op.Stamp{TimeMs: r.nowMs, Height: 500}, Event: e})
	require.NoError(r.t, err)
}

func found(t *testing.T) *recorded {
	r := &recorded{t: t, s: ledger.New(), nowMs: 1_800_000_000_000}
	raw, err := constitution.Parse(constitution.Default)
	require.NoError(t, err)
	pub := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32)).Public().(ed25519.PublicKey)
	verifier, err := anchor.VerifierKey(ledger.Origin(economy), pub)
	require.NoError(t, err)
	r.apply(key(t, 1), op.KindGenesis, op.Genesis{Economy: economy, Network: "regtest", LogVerifier: verifier, Constitution: raw})
	return r
}

func get(t *testing.T, n Node) *http.Response {
	t.Helper()
	rec := httptest.NewRecorder()
	New(n, "v1").ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, 200, rec.Code, rec.Body)
	return rec.Result()
}

func text(t *testing.T, n Node) string {
	t.Helper()
	var b bytes.Buffer
	_, err := b.ReadFrom(get(t, n).Body)
	require.NoError(t, err)
	return b.String()
}

func TestPageShowsTheEconomy(t *testing.T) {
	r := found(t)
	require.Contains(t, text(t, r), "None yet. An agent opens one")
	r.apply(key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	got := text(t, r)
	for _, want := range []string{economy, "regtest", "Ready.", "alice", key(t, 1).Public().String(),
		"2027-01-15 08:00:00 UTC", "governance", "40.00 %"} {
		require.Contains(t, got, want)
	}
	r.problems = []string{"lnd: does not answer"}
	got = text(t, r)
	require.Contains(t, got, "lnd: does not answer")
	require.NotContains(t, got, "Ready.")
}

// An agent's name is text, whatever it says.
func TestAgentsCannotWriteMarkup(t *testing.T) {
	r := found(t)
	r.apply(key(t, 11), op.KindRegister, op.Register{Name: `<script>alert(1)</script>`})
	got := text(t, r)
	require.NotContains(t, got, "<script>")
	require.Contains(t, got, "&lt;script&gt;")
}

// The page is bounded, and shows the newest.
func TestListsAreBounded(t *testing.T) {
	r := found(t)
	for i := range maxAgents + 5 {
		r.apply(key(t, byte(11+i)), op.KindRegister, op.Register{Name: fmt.Sprintf("agent-%02d.", i)})
	}
	got := text(t, r)
	require.Equal(t, maxAgents, strings.Count(got, "agent-"))
	require.Contains(t, got, fmt.Sprintf("agent-%02d.", maxAgents+4))
	require.NotContains(t, got, "agent-04.")
}

// The browser is told to load nothing, and that the style in the page is the
// one that was meant; the page asks for nothing.
func TestPageIsSelfContained(t *testing.T) {
	r := found(t)
	res := get(t, r)
	csp := res.Header.Get("Content-Security-Policy")
	require.Contains(t, csp, "default-src 'none'")
	got := text(t, r)
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(got)
	require.NotNil(t, style)
	sum := sha256.Sum256([]byte(style[1]))
	require.Contains(t, csp, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	require.NotRegexp(t, `(?i)<(script|img|link|iframe)|https?://|style="`, got)
	require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
}

// counted counts how often the node is asked.
type counted struct {
	*recorded
	views int
}

func (c *counted) View(fn func(*ledger.State, int64)) { c.views++; c.recorded.View(fn) }

// A crowd of readers does not make the node work for each of them.
func TestPageIsMadeOnceForMany(t *testing.T) {
	c := &counted{recorded: found(t)}
	h := New(c, "v1")
	for range 100 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	require.Less(t, c.views, 10)
}

func TestPageCanOnlyBeRead(t *testing.T) {
	rec := httptest.NewRecorder()
	New(found(t), "v1").ServeHTTP(rec, httptest.NewRequest("POST", "/", nil))
	require.Equal(t, http.StatusMethodNotAllowed, rec.Code)
	require.Equal(t, "GET, HEAD", rec.Header().Get("Allow"))
}
