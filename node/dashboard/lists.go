package dashboard

import (
	"strconv"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// scan is how many items a filtered list looks at for one page.
const scan = 5000

// proposalList is a part of all proposals.
type proposalList struct {
	Only  string
	Total int
	Items []view.ProposalOutline
}

func (c *contents) proposals(s *ledger.State, q request) {
	v := &proposalList{Only: q.only, Total: s.Proposals()}
	from, to := c.part(q, s.Proposals(), "proposals")
	if q.only != "" {
		to = max(0, from-scan)
	}
	for i := from - 1; i >= to; i-- {
		if len(v.Items) == pageItems {
			to = i + 1
			break
		}
		if q.only != "" && s.PhaseAt(i, c.NowMs).Final() != (q.only == "ended") {
			continue
		}
		v.Items = append(v.Items, s.OutlineAt(i, c.NowMs))
	}
	c.OlderPage = ""
	c.links(q, "proposals", from, to, s.Proposals())
	c.found("proposals", "proposals", "Proposals", v)
}

// disputeList is a part of all disputes.
type disputeList struct {
	Total int
	Items []view.DisputeOutline
}

func (c *contents) disputes(s *ledger.State, q request) {
	v := &disputeList{Total: s.Disputes()}
	from, to := c.part(q, v.Total, "disputes")
	for i := from - 1; i >= to; i-- {
		v.Items = append(v.Items, s.DisputeOutlineAt(i))
	}
	c.found("disputes", "disputes", "Disputes", v)
}

// disputePage is one dispute, and the title of what it is about.
type disputePage struct {
	view.Dispute
	About string
}

func (c *contents) dispute(s *ledger.State, id op.ID) {
	v := &disputePage{}
	var ok bool
	if v.Dispute, ok = s.Dispute(id, c.NowMs); !ok {
		return
	}
	p, _ := s.Brief(v.Proposal)
	v.About = p.Title
	c.texts = []view.Recalled{&v.Dispute}
	c.found("dispute", "disputes", "Dispute about "+quoted(p.Title), v)
}

// quoted is a title in quotation marks that text of other direction cannot leave.
func quoted(title string) string { return "“\u2068" + title + "\u2069”" }

// agentList is a part of all agents.
type agentList struct {
	Total int
	Items []view.Agent
}

func (c *contents) agents(s *ledger.State, q request) {
	v := &agentList{Total: s.Agents()}
	from, to := c.part(q, v.Total, "agents")
	for i := from - 1; i >= to; i-- {
		v.Items = append(v.Items, s.AgentAt(i))
	}
	c.found("agents", "agents", "Agents", v)
}

// agentPage is one agent and its open holds.
type agentPage struct {
	view.Agent
	ledger.HoldPage
}

func (c *contents) agent(s *ledger.State, q request) {
	v := &agentPage{}
	var ok bool
	if v.Agent, ok = s.Agent(q.agent); !ok {
		return
	}
	v.HoldPage, _ = s.HoldsPage(q.agent, ledger.Moment{NowMs: c.NowMs, Height: c.ChainTip}, q.before, pageItems)
	path := q.root + "status/agents/" + q.agent.String()
	if v.Next != 0 {
		c.OlderPage = path + "?before=" + strconv.FormatUint(v.Next, 10)
	}
	if q.before != 0 {
		c.OnePage = path
	}
	c.found("agent", "agents", v.Name, v)
}

// ballotList is a part of the ballots of one proposal.
type ballotList struct {
	Proposal op.ID
	Title    string
	Items    []view.Ballot
}

func (c *contents) ballots(s *ledger.State, q request) {
	id := q.id
	list, more, ok := s.BallotsPage(id, q.after, pageItems)
	if !ok {
		return
	}
	b, _ := s.Brief(id)
	path := q.root + "status/proposals/" + id.String() + "/ballots"
	if more {
		c.OlderPage = path + "?after=" + list[len(list)-1].Voter.String()
	}
	if q.after != (op.PublicKey{}) {
		c.OnePage = path
	}
	c.found("ballots", "proposals", "Ballots on "+quoted(b.Title), &ballotList{id, b.Title, list})
}

// anchorList is a part of all anchors.
type anchorList struct {
	Total int
	Items []view.Anchor
}

func (c *contents) anchors(s *ledger.State, q request) {
	from, to := c.part(q, len(s.Anchors()), "anchors")
	c.found("anchors", "anchors", "Anchors in Bitcoin", &anchorList{len(s.Anchors()), newestAnchors(s, from, to)})
}
