package read

import (
	"slices"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// disputes are the reads of disputes and of who judges them.
var disputes = []Route{
	{Name: "listDisputes", Path: "/v1/disputes", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Disputes, in order of entry",
		Params:  []Param{disputeState},
		Reading: pages(nil, func(s *ledger.State, q *Query) ([]view.Dispute, int, bool) {
			list, next := s.DisputesPage(q.from(), q.Limit, q.nowMs, func(is string) bool { return q.fits("state", is) })
			return list, next, true
		})},
	{Name: "getDispute", Path: "/v1/disputes/{id}", RPC: "Disputes/GetDispute", Resource: constitution.ResourceQueries, Past: true,
		Summary: "One dispute, its bonds, juries and rulings",
		Params:  []Param{idParam("id", "Of the operation that opened it")},
		Reading: one(&NotFound{Param: "id", Rule: "dispute", Text: "no dispute has this id"},
			func(s *ledger.State, q *Query) (view.Dispute, bool) { return s.Dispute(q.id("id"), q.nowMs) })},
	{Name: "listProposalDisputes", Path: "/v1/proposals/{id}/disputes", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Disputes about one proposal, in order of entry",
		Params:  []Param{idParam("id", "Of the proposal")},
		Reading: pages(noProposal, proposalDisputes)},
	// gRPC asks for both by one method.
	{Name: "searchDisputes", RPC: "Disputes/ListDisputes", Resource: constitution.ResourceQueries, Past: true,
		Params: []Param{{Name: "id", In: InMessage, Kind: ID, Field: "proposal"}, disputeState},
		Reading: pages(noProposal, func(s *ledger.State, q *Query) ([]view.Dispute, int, bool) {
			if q.has("id") {
				return proposalDisputes(s, q)
			}
			list, next := s.DisputesPage(q.from(), q.Limit, q.nowMs, func(is string) bool { return q.fits("state", is) })
			return list, next, true
		})},
	{Name: "listJurors", Path: "/v1/jurors", RPC: "Disputes/ListJurors", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Offers to sit on juries, in order of entry",
		Params: []Param{
			{Name: "field", In: InQuery, Doc: "Only those in this field of expertise"},
			oneOf("state", "Only those in this state", ledger.JurorStates())},
		Reading: listed((*ledger.State).Jurors,
			func(s *ledger.State, i int, _ int64) view.Juror { return s.JurorAt(i) },
			func(q *Query, v view.Juror) bool {
				return q.fits("state", v.State) && (!q.has("field") || slices.Contains(v.Fields, q.text("field")))
			})},
	{Name: "getJuror", Path: "/v1/jurors/{pubkey}", RPC: "Disputes/GetJuror", Resource: constitution.ResourceQueries, Past: true,
		Summary: "An agent's last offer to sit on juries",
		Params:  []Param{keyParam("pubkey", "Of the agent")},
		Reading: one(&NotFound{Param: "pubkey", Rule: "juror", Text: "no agent with this key ever offered itself as juror"},
			func(s *ledger.State, q *Query) (view.Juror, bool) { return s.Juror(q.key("pubkey")) })},
}

var disputeState = oneOf("state", "Only those in this state", ledger.DisputeStates())

func oneOf(name, doc string, list []string) Param {
	return Param{Name: name, In: InQuery, Kind: Word, Doc: doc, Words: list, Bad: Refusal{"known", "must be one of " + strings.Join(list, ", ")}}
}

func proposalDisputes(s *ledger.State, q *Query) ([]view.Dispute, int, bool) {
	return s.ProposalDisputesPage(q.id("id"), q.from(), q.Limit, q.nowMs, func(is string) bool { return q.fits("state", is) })
}
