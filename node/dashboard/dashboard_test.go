package dashboard

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

const economy = "test.0001"

// recorded is a state without a node around it.
type recorded struct {
	t        *testing.T
	s        *ledger.State
	nowMs    int64
	problems []string
	log      []*op.Entry
}

func (r *recorded) View(fn func(*ledger.State, int64)) { fn(r.s, r.nowMs) }

// Recall reads the log, where the test has kept it.
func (r *recorded) Recall(v view.Recalled) error {
	return v.Recall(func(seq uint64) (*op.Entry, error) { return r.log[seq], nil })
}

func (r *recorded) Ready() []string { return r.problems }
func (r *recorded) Height() uint32  { return 500 }

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
	entry := &op.Entry{Seq: r.s.Next(), Stamp: op.Stamp{TimeMs: r.nowMs, Height: 500, BlockHash: nodetest.Tip.Hash}, Event: e}
	_, err := ledger.Apply(r.s, entry)
	require.NoError(r.t, err)
	r.log = append(r.log, entry)
}

func found(t *testing.T) *recorded {
	r := &recorded{t: t, s: ledger.New(), nowMs: 1_800_000_000_000}
	raw, err := yamlfile.Parse(yamlfile.Default)
	require.NoError(t, err)
	pub := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32)).Public().(ed25519.PublicKey)
	verifier, err := anchor.VerifierKey(ledger.Origin(economy), pub)
	require.NoError(t, err)
	r.apply(key(t, 1), op.KindGenesis, op.Genesis{Economy: economy, Network: "regtest", LogVerifier: verifier, Constitution: raw, NodeKey: nodeKey(raw)})
	if r.s.Headers() != nil {
		r.apply(key(t, 1), op.KindBlocks, op.Blocks{From: 490, Headers: nodetest.Headers(490, 500)})
	}
	return r
}

// nodeKey is what a genesis with these rules says of the operator's node.
func nodeKey(rules []byte) (key op.NodeKey) {
	if constitution.NamesNode(rules) {
		key = nodetest.NodeKey()
	}
	return key
}

// visit asks for one page.
func visit(t *testing.T, n Node, path string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	New(n, "v1").ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
	return rec
}

// text is a page that there is.
func text(t *testing.T, n Node, path string) string {
	t.Helper()
	rec := visit(t, n, path)
	require.Equal(t, 200, rec.Code, rec.Body)
	return rec.Body.String()
}

func TestOverviewShowsTheEconomy(t *testing.T) {
	r := found(t)
	require.Contains(t, text(t, r, "/"), "Nothing at present")
	r.apply(key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	for _, path := range []string{"/", "/status"} {
		got := text(t, r, path)
		for _, want := range []string{economy, "regtest", ">ready<", "1 agent governs", key(t, 1).Public().String(),
			"2027-01-15 08:00:00 UTC", "governance", "40.00 %", "10 sat", "econd v1"} {
			require.Contains(t, got, want)
		}
	}
	r.problems = []string{"lnd: does not answer"}
	got := text(t, r, "/")
	require.Contains(t, got, "lnd: does not answer")
	require.NotContains(t, got, ">ready<")
}

// What agents write is text, whatever it says.
func TestAgentsCannotWriteMarkup(t *testing.T) {
	r := found(t)
	r.apply(key(t, 11), op.KindRegister, op.Register{Name: `<script>alert(1)</script>`})
	got := text(t, r, "/status/agents")
	require.NotContains(t, got, "<script>")
	require.Contains(t, got, "<bdi>&lt;script&gt;")
	require.Contains(t, text(t, r, "/status/agents/"+key(t, 11).Public().String()), "<title>&lt;script&gt;")
}

// A page of a list is bounded, shows the newest first, and leads to the rest.
func TestListsAreBounded(t *testing.T) {
	r := found(t)
	for i := range pageItems + 5 {
		r.apply(key(t, byte(11+i)), op.KindRegister, op.Register{Name: fmt.Sprintf("agent-%02d.", i)})
	}
	got := text(t, r, "/status/agents")
	require.Equal(t, pageItems, strings.Count(got, "agent-"))
	require.Contains(t, got, fmt.Sprintf("agent-%02d.", pageItems+4))
	require.NotContains(t, got, "agent-04.")
	require.Contains(t, got, `href="../status/agents?before=5"`)
	got = text(t, r, "/status/agents?before=5")
	require.Equal(t, 5, strings.Count(got, "agent-"))
	require.Contains(t, got, "agent-00.")
	require.NotContains(t, got, "Next page")
	require.Contains(t, got, "First page")
}

// The browser is told to load this node's own style sheet and icon and nothing
// else, and the page asks for nothing else, runs nothing and never reloads itself.
func TestPagesAreSelfContained(t *testing.T) {
	r := found(t)
	rec := visit(t, r, "/")
	require.Equal(t, policy, rec.Header().Get("Content-Security-Policy"))
	require.Equal(t, "nosniff", rec.Header().Get("X-Content-Type-Options"))
	require.NotContains(t, policy, "unsafe")
	require.NotRegexp(t, `(?i)<(script|img|iframe|form|object)|https?://|style="|http-equiv|\son[a-z]+=`, rec.Body.String())
	links := regexp.MustCompile(`<link [^>]*href="([^"]*)"`).FindAllStringSubmatch(rec.Body.String(), -1)
	require.Len(t, links, 2)
	for i, want := range []string{"text/css", "image/svg+xml"} {
		file := visit(t, r, strings.TrimPrefix(links[i][1], "."))
		require.Equal(t, 200, file.Code)
		require.Contains(t, file.Header().Get("Content-Type"), want)
	}
	for _, path := range []string{"/status/static/", "/status/static/none.css", "/status/static/../templates/layout.html"} {
		require.Equal(t, 404, visit(t, r, path).Code, path)
	}
}

// What there is not is said to be missing, on a page like others.
func TestMissingPages(t *testing.T) {
	r := found(t)
	for _, path := range []string{"/status/nothing", "/status/proposals/12", "/status/proposals/" + strings.Repeat("0", 64),
		"/status/agents/" + key(t, 12).Public().String(), "/status/disputes/x", "/status/proposals/x/ballots", "/status/anchors/1"} {
		rec := visit(t, r, path)
		require.Equal(t, 404, rec.Code, path)
		require.Contains(t, rec.Body.String(), "There is no such page")
	}
}

// counted counts how often the node is asked.
type counted struct {
	*recorded
	views int
}

func (c *counted) View(fn func(*ledger.State, int64)) { c.views++; c.recorded.View(fn) }

// A crowd of readers does not make the node work for each of them, and cannot
// make it remember more than so many pages.
func TestPagesAreMadeOnceForMany(t *testing.T) {
	c := &counted{recorded: found(t)}
	h := New(c, "v1").(*server)
	for i := range 100 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", fmt.Sprintf("/?whatever=%d", i), nil))
	}
	require.Less(t, c.views, 10)
	for i := range 3 * kept {
		h.keep(&made{key: fmt.Sprint(i)})
	}
	require.Len(t, h.pages, kept)
	require.Equal(t, kept, h.order.Len())
	for i := range 9 {
		h.keep(&made{key: fmt.Sprint(i), text: make([]byte, keptBytes/8)})
		require.LessOrEqual(t, h.bytes, keptBytes)
	}
	require.Equal(t, keptBytes, h.bytes)
	h.keep(&made{key: "0", text: make([]byte, keptBytes+1)})
	require.Zero(t, h.bytes, "a page that is larger than all is not kept")
	require.Empty(t, h.pages)
}

// One page has one spelling. Another gets no look at the state, no page, and an
// answer of few bytes; what the lists do not have is one page for all.
func TestOddSpellingsCostNothing(t *testing.T) {
	r := found(t)
	alice := key(t, 11)
	r.apply(alice, op.KindRegister, op.Register{Name: "alice"})
	c := &counted{recorded: r}
	h := New(c, "v1")
	get := func(path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		return rec
	}
	for _, path := range []string{"//", "/status//", "/status//proposals", "/status/%70roposals", "/status%2Fproposals", "/status/%2Fproposals", "/statusproposals",
		"/status/./proposals", "/status/x/../proposals", "/status/proposals/%2e%2e/agents", "/status/Proposals", "/status/proposals//", "/status/proposals;x", "/status/a/b/c/d",
		"/status/agents/" + strings.ToUpper(alice.Public().String()), "/status/" + strings.Repeat("/", 60_000), "/status/" + strings.Repeat("a/", 30_000),
		"/status/" + strings.Repeat("a", maxPath), "/status?before=" + strings.Repeat("1", maxQuery)} {
		rec := get(path)
		require.Equal(t, 404, rec.Code, "%.80s", path)
		require.Less(t, rec.Body.Len(), 100)
	}
	require.Zero(t, c.views)
	for path, to := range map[string]string{"/status/": "../status", "/status/proposals/": "../proposals", "/status/agents/?before=7": "../agents?before=7"} {
		rec := get(path)
		require.Equal(t, http.StatusPermanentRedirect, rec.Code, path)
		require.Equal(t, to, rec.Header().Get("Location"))
	}
	require.Zero(t, c.views)
	bounded := func(what string, most int, path func(i int) string) {
		before := c.views
		for i := range 300 {
			get(path(i))
		}
		require.LessOrEqual(t, c.views-before, most, what)
	}
	// A slow machine may need more than a second, and look again.
	bounded("beyond the end", 60, func(i int) string { return fmt.Sprintf("/status/agents?before=%d", i+1) })
	bounded("beyond the last entry", 60, func(i int) string {
		return fmt.Sprintf("/status/agents/%s?before=%d", alice.Public(), i+10)
	})
	bounded("parameters of other pages", 60, func(i int) string {
		return fmt.Sprintf("/status/anchors?only=open&after=%064x&x=%d", i, i)
	})
	bounded("names that are none", 60, func(i int) string { return fmt.Sprintf("/status/nothing%d", i) })
	bounded("ids that are none", 300+60, func(i int) string { return fmt.Sprintf("/status/proposals/%064x", i) })
	require.Less(t, len(h.(*server).pages), 12, "what is missing is kept once")
}

func TestPagesCanOnlyBeRead(t *testing.T) {
	for _, path := range []string{"/", "/status/static/style.css"} {
		rec := httptest.NewRecorder()
		New(found(t), "v1").ServeHTTP(rec, httptest.NewRequest("POST", path, nil))
		require.Equal(t, http.StatusMethodNotAllowed, rec.Code)
		require.Equal(t, "GET, HEAD", rec.Header().Get("Allow"))
	}
}
