package read

import (
	"context"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

const maxTrack = 40 // characters of a track's name

var noProposal = &NotFound{Param: "id", Rule: "proposal", Text: "no proposal has this id"}

// proposals are the reads of proposals and their ballots.
var proposals = []Route{
	{Name: "listProposals", Path: "/v1/proposals", RPC: "Econd/ListProposals", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Proposals in order of entry",
		Params: []Param{
			{Name: "state", In: InQuery, Kind: Word, Doc: "Only proposals in this state", Words: voting.Phases(),
				Bad: Refusal{"state", "must be one of " + strings.Join(voting.Phases(), ", ")}},
			{Name: "track", In: InQuery, Kind: Text, Doc: "Only proposals on this track", Longest: maxTrack}},
		Reading: pages(nil, func(s *ledger.State, q *Query) ([]view.Proposal, int, bool) {
			list, next := s.ProposalsPage(q.from(), q.Limit, q.nowMs, func(track, state string) bool {
				return q.fits("state", state) && q.fits("track", track)
			})
			return list, next, true
		})},
	{Name: "getProposal", Path: "/v1/proposals/{id}", RPC: "Econd/GetProposal", Resource: constitution.ResourceQueries, Past: true,
		Summary: "One proposal with its state now",
		Gives:   "The proposal, its tally, and its outcome once closed",
		Params:  []Param{idParam("id", "An event id")},
		Reading: one(noProposal, func(s *ledger.State, q *Query) (view.Proposal, bool) { return s.Proposal(q.id("id"), q.nowMs) })},
	{Name: "explainProposal", Path: "/v1/proposals/{id}/explain", RPC: "Econd/ExplainProposal", Resource: constitution.ResourceQueries, Room: Heavy, Past: true,
		Summary: "Why a proposal is in its state, and what would change it",
		Gives:   "Figures for programs, sentences for people",
		Params:  []Param{idParam("id", "An event id")},
		Reading: one(noProposal, func(s *ledger.State, q *Query) (view.Explanation, bool) { return s.Explain(q.id("id"), q.nowMs) })},
	// The cursor is the last key of the page, so that pages neither skip nor repeat a
	// voter while others vote.
	{Name: "listBallots", Path: "/v1/proposals/{id}/ballots", RPC: "Econd/ListBallots", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Ballots as they count, in order of voter key",
		Gives:   "One page; the order is that of the leaves under the outcome's ballot_root",
		Params:  []Param{fieldOf("proposal", idParam("id", "An event id"))},
		Reading: seen(ByKey, func(s *ledger.State, q *Query) (p view.Page[view.Ballot], err error) {
			var after op.PublicKey
			copy(after[:], q.place)
			list, more, ok := s.BallotsPage(q.id("id"), after, q.Limit)
			if !ok {
				return p, noProposal
			}
			if p = page(list, ""); more {
				p.Next = q.List.Text(list[len(list)-1].Voter[:])
			}
			return p, nil
		})},
	{Name: "getBallotProof", Path: "/v1/proposals/{id}/ballots/{voter}/proof", RPC: "Econd/GetBallotProof", Resource: constitution.ResourceProofs, Room: Heavy,
		Summary: "Proof bundle of one ballot, for `econaudit verify`",
		Gives:   "Self-contained; checked offline",
		Params:  []Param{fieldOf("proposal", idParam("id", "An event id")), keyParam("voter", "The voter's key")},
		Reading: reading(NotPaged, func(ctx context.Context, src Source, q *Query) (v view.BallotProof, err error) {
			v.Bundle, err = src.Bundle(ctx, q.id("id"), q.key("voter"))
			return v, err
		})},
	{Name: "quoteExit", Path: "/v1/proposals/{id}/exits/{agent}", RPC: "Exits/QuoteExit", Resource: constitution.ResourceQueries, Past: true,
		Summary: "What leaving at the execution would bring an agent, or why it cannot",
		Gives:   "Its share of each pool",
		Params:  []Param{fieldOf("proposal", idParam("id", "An event id")), keyParam("agent", "Key of the agent")},
		Reading: one(&NotFound{Param: "id", Rule: "exit", Text: "no proposal has this id, or no agent this key"},
			func(s *ledger.State, q *Query) (view.ExitQuote, bool) {
				return s.ExitQuote(q.id("id"), q.key("agent"), q.nowMs)
			})},
}
