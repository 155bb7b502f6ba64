package read

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

var noAgent = &NotFound{Param: "pubkey", Rule: "agent", Text: "no agent with this key is registered"}

// ofAgent is the parameter that names an agent.
var ofAgent = keyParam("pubkey", "An agent's x-only public key")

// agents are the reads of agents, their delegations and how they vote.
var agents = []Route{
	{Name: "listAgents", Path: "/v1/agents", RPC: "Econd/ListAgents", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Agents in order of registration",
		Reading: listed((*ledger.State).Agents, func(s *ledger.State, i int, _ int64) view.Agent { return s.AgentAt(i) }, nil)},
	{Name: "getAgent", Path: "/v1/agents/{pubkey}", RPC: "Econd/GetAgent", Resource: constitution.ResourceQueries, Past: true,
		Summary: "One agent, its stake and its reputation",
		Gives:   "Its score is as of the last epoch",
		Params:  []Param{ofAgent},
		Reading: one(noAgent, func(s *ledger.State, q *Query) (view.Agent, bool) { return s.Agent(q.key("pubkey")) })},
	// A page starts at the entry of its first delegation, so that pages neither skip nor
	// repeat one while others are given or taken back.
	{Name: "listDelegations", Path: "/v1/agents/{pubkey}/delegations", RPC: "Delegations/ListDelegations", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Delegations that an agent gave and received, in order of entry",
		Gives:   "One page, expired ones included; the agent is from in those it gave, to in those it received. It looks at no more than 1,000 delegations received, so it may be short though next is there",
		Params:  []Param{fieldOf("agent", ofAgent)},
		Reading: seen(ByNumber, func(s *ledger.State, q *Query) (p view.DelegationPage, err error) {
			list, next, known := s.DelegationsPage(q.key("pubkey"), uint64(q.from()), q.Limit)
			if !known {
				return p, noAgent
			}
			p.Page = page(list, q.next(int(next)))
			p.Statements = append([]view.Statement{}, s.Statements(q.key("pubkey"))...)
			return p, nil
		})},
	{Name: "listStatements", RPC: "Delegations/ListStatements", Resource: constitution.ResourceQueries, Past: true,
		Params: []Param{fieldOf("agent", ofAgent)},
		Reading: whole(noAgent, func(s *ledger.State, q *Query) ([]view.Statement, bool) {
			_, known := s.Agent(q.key("pubkey"))
			return s.Statements(q.key("pubkey")), known
		})},
	{Name: "getParticipation", Path: "/v1/agents/{pubkey}/participation", RPC: "Participation/GetParticipation", Resource: constitution.ResourceQueries, Past: true,
		Summary: "An agent's part in the closed votes of each track",
		Gives:   "All tracks that have a closed vote, in order of the first; votes by conviction are not counted",
		Params: []Param{keyParam("pubkey", "Of the agent"),
			{Name: "track", In: InQuery, Doc: "Of this track alone", Bad: Refusal{"track", "is empty; leave it away for all tracks"}}},
		Reading: seen(NotPaged, func(s *ledger.State, q *Query) (view.ParticipationList, error) {
			list, err := s.Participation(q.key("pubkey"), q.text("track"))
			return view.ParticipationList{Agent: q.key("pubkey"), Page: page(list, "")}, err
		})},
	{Name: "getDelegateReport", Path: "/v1/agents/{pubkey}/delegate-report", RPC: "Participation/GetDelegateReport", Resource: constitution.ResourceQueries, Past: true,
		Summary: "What an agent did with the weight of others",
		Gives:   "All tracks on which some was entrusted to it",
		Params:  []Param{keyParam("pubkey", "Of the agent")},
		Reading: seen(NotPaged, func(s *ledger.State, q *Query) (view.DelegateList, error) {
			list, err := s.DelegateReport(q.key("pubkey"))
			return view.DelegateList{Agent: q.key("pubkey"), Page: page(list, "")}, err
		})},
	{Name: "listTurnout", Path: "/v1/tracks/{name}/participation", RPC: "Participation/ListTurnout", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Turnout of a track and of its closed votes, oldest first",
		Params:  []Param{{Name: "name", Field: "track", Doc: "Of the track"}},
		Reading: seen(ByNumber, func(s *ledger.State, q *Query) (p view.TurnoutPage, err error) {
			track, list, more, err := s.TrackParticipation(q.text("name"), q.from(), q.Limit)
			if p = (view.TurnoutPage{TrackParticipation: track, Page: page(list, "")}); more {
				p.Next = q.next(q.from() + len(list))
			}
			return p, err
		})},
	{Name: "streamNotifications", Path: "/v1/agents/{pubkey}/notifications", RPC: "Notifications/WatchNotices", Resource: constitution.ResourceEvents, Room: Streams,
		Summary: "What concerns an agent, as server-sent events"},
	{Name: "getAgentWebhook", Path: "/v1/agents/{pubkey}/webhook", Keyed: true,
		Summary: "The agent's webhook and how it fares; for the agent itself"},
	{Name: "putAgentWebhook", Method: "PUT", Path: "/v1/agents/{pubkey}/webhook", Keyed: true, Body: true, Params: []Param{ofAgent},
		Summary: "Set the agent's webhook, or set it anew after it was disabled"},
	{Name: "deleteAgentWebhook", Method: "DELETE", Path: "/v1/agents/{pubkey}/webhook", Keyed: true,
		Summary: "End the agent's webhook"},
	{Name: "getAgentWebhookSecret", Path: "/v1/agents/{pubkey}/webhook/secret", Keyed: true,
		Summary: "What the receivers of the agent's webhook check it with; keep it secret"},
}
