package dashboard

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/econd/econd/node/ledger"
)

// request is what of a request decides which page is shown: nothing else reaches
// the pages, so that no two requests for one page differ.
type request struct {
	parts  []string // of the path below /status; none for the overview
	root   string   // from the page up to the root, for links: "./", "../", ...
	before uint64   // list position; 0: from the newest
	after  string   // last key of the page before
	only   string   // which of a list
}

// requestOf reads a request. Parameters that no page has are not looked at, and
// one that cannot be read is as one that is absent.
func requestOf(r *http.Request) request {
	q := request{root: "./"}
	if depth := strings.Count(r.URL.Path, "/") - 1; depth > 0 {
		q.root = strings.Repeat("../", depth)
	}
	if rest := strings.Trim(strings.TrimPrefix(r.URL.Path, "/status"), "/"); rest != "" {
		q.parts = strings.Split(rest, "/")
	}
	values := r.URL.Query()
	q.before, _ = strconv.ParseUint(values.Get("before"), 10, 62)
	q.after = values.Get("after")
	if len(q.after) > 64 {
		q.after = ""
	}
	if only := values.Get("only"); only == "open" || only == "ended" {
		q.only = only
	}
	return q
}

// key names the page.
func (q request) key() string {
	return q.root + strings.Join(q.parts, "/") + "?" + strconv.FormatUint(q.before, 10) + "&" + url.QueryEscape(q.after) + "&" + q.only
}

// contents is what the templates see of every page.
type contents struct {
	name   string // of the template
	status int

	Root, Version      string
	Title              string // empty: the economy's
	Nav                string // which part of the site
	Economy, Network   string
	NowMs, ClockMs     int64
	Size               uint64
	Height, ChainTip   uint32
	Problems           []string
	Page               any    // of the template
	OlderPage, OnePage string // links to the next part of a list, and to its start

	texts  []ledger.Recalled     // to be filled from the log
	finish func(s *ledger.State) // with another look at the state, once they are; nil: not needed
}

// contents gathers what a page shows. The state is looked at shortly; texts that
// the log alone has are read without it.
func (s *server) contents(q request) (*contents, error) {
	c := &contents{name: "missing", status: http.StatusNotFound, Root: q.root, Version: s.version,
		Problems: s.node.Ready(), ChainTip: s.node.Height()}
	s.node.View(func(st *ledger.State, nowMs int64) {
		c.Economy, c.Network, c.NowMs, c.Size = st.Economy(), st.Network(), nowMs, st.Next()
		at := st.Clock()
		c.ClockMs, c.Height = at.TimeMs, at.Height
		c.ChainTip = max(c.ChainTip, c.Height)
		c.fill(st, q)
	})
	for _, v := range c.texts {
		if err := s.node.Recall(v); err != nil {
			return nil, err
		}
	}
	if c.finish != nil {
		s.node.View(func(st *ledger.State, _ int64) { c.finish(st) })
	}
	return c, nil
}

// found says which template shows what was gathered.
func (c *contents) found(name, nav, title string, page any) {
	c.name, c.status, c.Nav, c.Title, c.Page = name, http.StatusOK, nav, title, page
}

// fill finds the page that a request is for.
func (c *contents) fill(s *ledger.State, q request) {
	at := func(i int) string {
		if i < len(q.parts) {
			return q.parts[i]
		}
		return ""
	}
	switch n, what := len(q.parts), at(0); {
	case n == 0:
		c.overview(s)
	case what == "proposals" && n == 1:
		c.proposals(s, q)
	case what == "proposals" && n == 2:
		c.proposal(s, at(1))
	case what == "proposals" && n == 3 && at(2) == "ballots":
		c.ballots(s, at(1), q)
	case what == "disputes" && n == 1:
		c.disputes(s, q)
	case what == "disputes" && n == 2:
		c.dispute(s, at(1))
	case what == "agents" && n == 1:
		c.agents(s, q)
	case what == "agents" && n == 2:
		c.agent(s, at(1), q)
	case what == "anchors" && n == 1:
		c.anchors(s, q)
	}
}

// part picks from a list of total items, newest first, those below q.before, and
// sets the links to what comes after. The items picked are from-1 down to to.
func (c *contents) part(q request, total int, path string) (from, to int) {
	from = total
	if q.before > 0 && q.before < uint64(total) {
		from = int(q.before)
	}
	to = max(0, from-pageItems)
	c.links(q, path, from, to, total)
	return from, to
}

func (c *contents) links(q request, path string, from, to, total int) {
	path = q.root + "status/" + path
	only := ""
	if q.only != "" {
		only = "only=" + q.only
	}
	if to > 0 {
		c.OlderPage = path + "?before=" + strconv.Itoa(to)
		if only != "" {
			c.OlderPage += "&" + only
		}
	}
	if from < total {
		if c.OnePage = path; only != "" {
			c.OnePage += "?" + only
		}
	}
}
