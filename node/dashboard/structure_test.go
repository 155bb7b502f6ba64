package dashboard

import (
	"context"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// lively is an economy with something on every page, and a proposal in it.
func lively(t *testing.T) (*nodetest.World, op.ID) {
	t.Helper()
	raw, err := yamlfile.Parse(yamlfile.Demo)
	require.NoError(t, err)
	w := nodetest.New(t, raw)
	submit := func(by op.SecretKey, kind op.Kind, content any) op.ID {
		e := w.Event(by, kind, content)
		_, err := w.Node.Submit(context.Background(), e)
		require.NoError(t, err)
		return e.ID
	}
	alice, bob := nodetest.Key(t, 11), nodetest.Key(t, 12)
	for _, a := range []struct {
		key  op.SecretKey
		name string
	}{{alice, "alice"}, {bob, "bob"}} {
		submit(a.key, op.KindRegister, op.Register{Name: a.name})
		w.Lock(submit(a.key, op.KindLockStake, op.LockStake{AmountSat: 1_234_567}))
	}
	w.Clock.Add(time.Second)
	id := submit(alice, op.KindPropose, op.Propose{Track: "price", Title: "Cheaper <b>proofs</b>", Text: "Because\n<i>they</i> are few.",
		Actions: []op.Raw{op.Raw(`{"type":"set-price","resource":"operations","sat":1000,"expect_sat":10}`)}})
	w.Lock(id)
	w.Clock.Add(3 * time.Second)
	submit(alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	submit(bob, op.KindVote, op.Vote{Proposal: id, Choice: "against"})
	submit(alice, op.KindPropose, op.Propose{Track: "signal", Title: "A question", Text: "Shall we?", Actions: []op.Raw{}})
	return w, id
}

func TestProposalPage(t *testing.T) {
	w, id := lively(t)
	got := text(t, w.Node, "/status/proposals/"+id.String())
	for _, want := range []string{
		"<h1><bdi>Cheaper &lt;b&gt;proofs&lt;/b&gt;</bdi></h1>", "&lt;i&gt;they&lt;/i&gt; are few.",
		"Change the price of operations from 10 sat to 1,000 sat.", "&#34;expect_sat&#34;: 10",
		">active<", ">1,111,110,705<", "collateral of 5,000 sat", "Vote started", "Vote ends", "The vote runs until", "Nobody challenged it.", "<bdi>alice</bdi>",
		"econctl proof ballot " + id.String(), "status/proposals/" + id.String() + "/ballots",
	} {
		require.Contains(t, got, want)
	}
	ballots := text(t, w.Node, "/status/proposals/"+id.String()+"/ballots")
	require.Contains(t, ballots, ">for<")
	require.Contains(t, ballots, ">against<")
	open := text(t, w.Node, "/status/proposals?only=open")
	require.Contains(t, open, "A question")
	require.NotContains(t, text(t, w.Node, "/status/proposals?only=ended"), "A question")
	require.Contains(t, text(t, w.Node, "/status/agents/"+nodetest.Key(t, 11).Public().String()), ">collateral<")
}

var hrefs = regexp.MustCompile(`href="([^"]*)"`)

// crawl visits every page that can be reached, as a browser would.
func crawl(t *testing.T, n Node) map[string]string {
	t.Helper()
	all, queue := map[string]string{}, []string{"/"}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if _, seen := all[at]; seen {
			continue
		}
		all[at] = text(t, n, at)
		for _, m := range hrefs.FindAllStringSubmatch(all[at], -1) {
			to, err := httptest.NewRequest("GET", at, nil).URL.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
			require.NoError(t, err)
			if strings.HasPrefix(to.Path, "/v1/") || strings.HasPrefix(to.Path, "/status/static/") || strings.HasPrefix(m[1], "#") {
				continue
			}
			queue = append(queue, to.RequestURI())
		}
	}
	return all
}

// Every link leads to a page, and every page can be read by ear and by keyboard:
// one h1, no heading level left out, landmarks, names for tables and pictures.
func TestStructureOfEveryPage(t *testing.T) {
	w, _ := lively(t)
	all := crawl(t, w.Node)
	require.Greater(t, len(all), 10)
	for path, page := range all {
		require.NotContains(t, page, "ZgotmplZ", path)
		require.NotContains(t, page, "%!", path)
		require.Regexp(t, `<html lang="en">`, page, path)
		require.Equal(t, 1, strings.Count(page, "<h1"), path)
		level := 0
		for _, m := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(page, -1) {
			at := int(m[1][0] - '0')
			require.LessOrEqual(t, at, level+1, "%s: h%d after h%d", path, at, level)
			level = at
		}
		for _, landmark := range []string{"<header", "<nav", "<main", "<footer"} {
			require.Contains(t, page, landmark, path)
		}
		require.Equal(t, strings.Count(page, "<nav"), strings.Count(page, "<nav aria-label=")+strings.Count(page, `" aria-label="Which`)+strings.Count(page, `class="more" aria-label=`), path)
		require.Equal(t, strings.Count(page, "<svg"), strings.Count(page, `role="img" aria-label="`), path)
		require.Equal(t, strings.Count(page, "<th"), strings.Count(page, "<th scope=")+strings.Count(page, "<thead"), path)
		require.Equal(t, strings.Count(page, "<td"), strings.Count(page, "<td data-label="), path)
		for _, m := range regexp.MustCompile(`aria-labelledby="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			require.Contains(t, page, `id="`+m[1]+`"`, path)
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			require.False(t, ids[m[1]], "%s: id %s twice", path, m[1])
			ids[m[1]] = true
		}
		shown := regexp.MustCompile(`(?s)<pre.*?</pre>|<code.*?</code>|<[^>]*>`).ReplaceAllString(page, " ")
		require.NotRegexp(t, `\b[0-9]{5,}\b`, shown, "%s: a number without separators", path)
	}
}

// What a page of a kind that lively has none of shows.
func TestDisputePage(t *testing.T) {
	seat := view.JurySeat{PubKey: nodetest.Key(t, 13).Public(), Seats: 2, Vote: "uphold"}
	c := &contents{name: "dispute", Root: "../../", Economy: "e", NowMs: 1000}
	c.Page = &disputePage{view.Dispute{Ground: "fraud", Text: "<b>no</b>", State: "open", Step: "reveal", StepUntilMs: 61_000,
		Bonds:  []view.DisputeBond{{AmountSat: 20_000, Side: "uphold", State: "locked"}},
		Rounds: []view.DisputeRound{{Height: 123_456, Jurors: []view.JurySeat{seat}, Uphold: 2, Absent: 9}}}, "<i>title</i>"}
	var b strings.Builder
	require.NoError(t, pages["dispute"].ExecuteTemplate(&b, "layout", c))
	for _, want := range []string{"&lt;b&gt;no", "“&lt;i&gt;title", "20,000 sat", "waits for the reveal", "in 1 min", "block 123,456",
		"2 seats to uphold", "9 not revealed", ">uphold<", "Jury 1"} {
		require.Contains(t, b.String(), want)
	}
}
