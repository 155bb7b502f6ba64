package dashboard

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

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

	texts  []view.Recalled       // to be filled from the log
	finish func(s *ledger.State) // with another look at the state, once they are; nil: not needed
}

// errMissing: the state has nothing of the name that is asked for.
var errMissing = errors.New("there is no such page")

// contents gathers what a page shows, or returns errMissing. The state is looked at shortly; texts that
// the log alone has are read without it.
func (s *server) contents(q request) (*contents, error) {
	c := &contents{name: "missing", status: http.StatusNotFound, Root: q.root, Version: s.version, ChainTip: s.node.Height()}
	s.node.View(func(st *ledger.State, nowMs int64) {
		c.Economy, c.Network, c.NowMs, c.Size = st.Economy(), st.Network(), nowMs, st.Next()
		at := st.Clock()
		c.ClockMs, c.Height = at.TimeMs, at.Height
		c.ChainTip = max(c.ChainTip, c.Height)
		c.fill(st, q)
	})
	if c.name == "missing" && q.what != "missing" {
		return nil, errMissing
	}
	c.Problems = s.node.Ready()
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

// fill gathers what the state has for the page that a request is for.
func (c *contents) fill(s *ledger.State, q request) {
	switch q.what {
	case "overview":
		c.overview(s)
	case "proposals":
		c.proposals(s, q)
	case "proposal":
		c.proposal(s, q.id)
	case "ballots":
		c.ballots(s, q)
	case "disputes":
		c.disputes(s, q)
	case "dispute":
		c.dispute(s, q.id)
	case "agents":
		c.agents(s, q)
	case "agent":
		c.agent(s, q)
	case "anchors":
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
