package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// greedy is a server before an econd. It sells every request whose path has a part
// anew, each for 100 sat, and answers as it is told to; n counts the answers sold.
type greedy struct {
	s      *econd
	part   string
	answer func(w http.ResponseWriter, n int)
	sold   int
}

func newGreedy(t *testing.T, part string, answer func(w http.ResponseWriter, n int)) (*agent, *greedy) {
	s := newEcond(t)
	bad := &greedy{s: s, part: part, answer: answer}
	server := httptest.NewServer(bad)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return newAgent(t, s), bad
}

func (b *greedy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.URL.Path, b.part) {
		b.s.ServeHTTP(w, r)
		return
	}
	if !strings.Contains(strings.Join(r.Header.Values("Authorization"), " "), "L402") {
		invoice, _, err := b.s.node.AddInvoice(r.Context(), 100_000, "", 0)
		if err != nil {
			b.s.t.Error(err)
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`L402 token="opaque%d", invoice="%s"`, b.sold, invoice))
		w.WriteHeader(http.StatusPaymentRequired)
		return
	}
	b.sold++
	w.Header().Set("L402-Uses-Left", "0")
	b.answer(w, b.sold)
}

// A list that leads nowhere is given up, by every command that reads one over its pages.
func TestAListThatLeadsNowhereIsGivenUp(t *testing.T) {
	const item = `{"id":"7777777777777777777777777777777777777777777777777777777777777777","title":"x"}`
	key := strings.Repeat("7", 64)
	for _, c := range []struct {
		part, page, want string
		sold             int
	}{
		{"", `{"items":[],"next":"xN"}`, "10 pages without an item in a row", 10},
		{"", `{"items":[` + item + `],"next":"same"}`, "names a page again", 2},
	} {
		for path, line := range map[string][]string{
			"/v1/proposals":      {"proposal", "list"},
			"/v1/agents":         {"delegate", "211111"},
			"/v1/agents/":        {"delegations", key},
			"/participation":     {"participation", "track", "price"},
			"/reputation":        {"agent", "reputation", key, "--explain"},
			"/ballots":           {"proposal", "ballots", key},
			"/v1/stakes":         {"stake", "list"},
			"/v1/anchors":        {"anchors"},
			"/v1/pauses/motions": {"pauses", "--waiting"},
		} {
			g, bad := newGreedy(t, path, func(w http.ResponseWriter, n int) {
				fmt.Fprint(w, strings.ReplaceAll(c.page, "N", strconv.Itoa(n)))
			})
			o := g.run(append([]string{"--max-total-sats", "5000"}, line...)...)
			require.Equal(t, exitFailed, o.code, "%v: %s", line, o.err)
			require.Contains(t, o.err, c.want, line)
			require.Equal(t, c.sold, bad.sold, line)
		}
	}
}

// What one command pays has a limit beside that of one request: ten times it and its
// route, unless another is given. Lists and streams that go on are held to it as well.
func TestTheSumThatACommandPaysIsLimited(t *testing.T) {
	page := func(w http.ResponseWriter, n int) {
		fmt.Fprintf(w, `{"items":[{"id":"%064d","title":"x"}],"next":"x%d"}`, n, n)
	}
	// A price of 100 sat, 3 msat for the route, and at most 10 sat of that before.
	for _, c := range []struct {
		flags []string
		sold  int
		want  string
	}{
		{nil, 10, "asks 100 sat (plus at most 10 sat of routing fee) and 1001 sat are spent already, the limit of the sum is 1100 sat; nothing more is paid. " +
			"If the command is worth it, repeat it with --max-total-sats, at least 1111"},
		{[]string{"--max-total-sats", "311"}, 3, "at least 411"},
		{[]string{"--max-total-sats", "310"}, 2, "201 sat are spent already"},
	} {
		for _, line := range [][]string{{"proposal", "list"}, {"vote", "777777", "for"}} {
			g, bad := newGreedy(t, "/v1/proposals", page)
			o := g.run(append(c.flags, line...)...)
			require.Equal(t, exitUnpaid, o.code, "%v: %s", line, o.err)
			require.Contains(t, o.err, c.want, line)
			require.Equal(t, c.sold, bad.sold, line)
		}
	}
	g, bad := newGreedy(t, "/v1/proposals", page)
	g.yes = true
	o := g.run("proposal", "list", "--limit", "11")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, 11, bad.sold, "whoever agrees pays more")

	s := newEcond(t)
	s.price["queries"] = 1
	require.Equal(t, exitOK, newAgent(t, s).run("--max-sats", "1", "proposal", "list").code, "a small limit leaves room for the route")

	g, bad = newGreedy(t, "/v1/operations", func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusTeapot) })
	require.Equal(t, exitUsage, g.run("--max-total-sats", "-1", "info").code)
	require.Equal(t, exitUnpaid, g.run("--max-total-sats", "109", "vote", proposalID, "for").code)
	require.Zero(t, bad.sold, "the first payment is held to it, too")
}

// What was paid and not served is paid once by one command, however its server breaks off.
func TestWhatWasPaidAndNotServedIsNotBoughtAgain(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, int) {
		return func(w http.ResponseWriter, _ int) { w.WriteHeader(code) }
	}
	hello := func(w http.ResponseWriter, n int) {
		fmt.Fprintf(w, "retry: 1\nid: -1\nevent: hello\ndata: {\"after\":-1}\n\n")
	}
	half := func(w http.ResponseWriter, _ int) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, `{"items":`)
	}
	cut := func(http.ResponseWriter, int) { panic(http.ErrAbortHandler) }
	for _, c := range []struct {
		name, part string
		answer     func(http.ResponseWriter, int)
		line       []string
		why        string
	}{
		{"events", "/v1/events", hello, []string{"events", "--after", "-1"}, "it ended before anything came"},
		{"events 503", "/v1/events", status(503), []string{"events"}, "503"},
		{"notices", "notifications", func(http.ResponseWriter, int) {}, []string{"notifications", "watch"}, "it ended before anything came"},
		{"operation 503", "/v1/operations", status(503), []string{"vote", proposalID, "for"}, "503"},
		{"operation 502", "/v1/operations", status(502), []string{"vote", proposalID, "for"}, "502"},
		{"operation cut", "/v1/operations", cut, []string{"vote", proposalID, "for"}, "EOF"},
		{"list", "/v1/proposals", status(429), []string{"proposal", "list"}, "429"},
		{"half a list", "/v1/proposals", half, []string{"proposal", "list"}, "broke off"},
		{"log", "/v1/log", status(504), []string{"export", "--out", filepath.Join(t.TempDir(), "log")}, "504"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, _ := newGreedy(t, c.part, c.answer)
			g.s.events = append(g.s.events, &op.Event{}) // so that there is a log
			o := g.run(c.line...)
			require.Equal(t, map[bool]int{false: exitUnserved, true: exitUnknown}[c.name == "operation cut"], o.code, o.err)
			require.Contains(t, o.err, "paid and not served: 100 sat for ")
			require.Contains(t, o.err, c.why)
			require.Equal(t, 1, strings.Count(o.err, "paid 100 sat"), o.err)
		})
	}
}

// A stream that showed something, or lasted, was served: it is bought again.
func TestStreamsThatWereServedAreBoughtAgain(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	for i := range 6 {
		g.json("register", "--name", strings.Repeat("x", i+1))
	}
	s.price["events"], s.counted = 5, true
	o := g.run("--max-sats", "5", "events", "--after", "-1", "--count", "6")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, 3, strings.Count(o.err, "paid 5 sat"), o.err)
}
