package read

import (
	"context"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// toAgent chooses what is an agent's.
var toAgent = Param{Name: "agent", In: InQuery, Kind: Key, Doc: "Only those to this agent"}

// treasury are the reads of sats: holds, pools, payouts, grants, budgets.
var treasury = []Route{
	{Name: "listGrants", Path: "/v1/grants", RPC: "Decisions/ListGrants", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Grants, in order of entry",
		Params:  []Param{toAgent},
		Reading: listed((*ledger.State).Grants, (*ledger.State).GrantAt, func(q *Query, v view.Grant) bool { return q.by("agent", v.Agent) })},
	{Name: "getGrant", Path: "/v1/grants/{id}", RPC: "Decisions/GetGrant", Resource: constitution.ResourceQueries, Past: true,
		Summary: "One grant, and what can be drawn of it now",
		Params:  []Param{{Name: "id", Doc: "Of the grant", Pattern: "^grant-[0-9a-f]{40}$"}},
		Reading: one(&NotFound{Param: "id", Rule: "grant", Text: "no grant has this id"},
			func(s *ledger.State, q *Query) (view.Grant, bool) { return s.Grant(q.text("id"), q.nowMs) })},
	{Name: "listBudgets", Path: "/v1/budgets/{pubkey}", RPC: "Decisions/ListBudgets", Resource: constitution.ResourceQueries, Past: true,
		Summary: "What may be spent for an agent from the pools",
		Gives:   "All of them; an agent has few",
		Params:  []Param{fieldOf("agent", keyParam("pubkey", "Of the agent"))},
		Reading: whole(noAgent, func(s *ledger.State, q *Query) ([]view.Budget, bool) { return s.Budgets(q.key("pubkey"), q.nowMs) })},
	// A page starts at the entry of its first hold.
	{Name: "listStakes", Path: "/v1/stakes", RPC: "Econd/ListStakes", Past: true,
		Summary: "What an agent has locked or asked for, and when it must be renewed",
		More:    "Stakes, collateral, bonds and deposits that have not ended, in order of entry.",
		Params: []Param{{Name: "agent", In: InQuery, Kind: Key, Doc: "Whose",
			Needed: Refusal{"required", "must name whose stakes are asked for"}}},
		Reading: atTip(seen(ByNumber, func(s *ledger.State, q *Query) (p view.StakePage, err error) {
			list, known := s.HoldsPage(q.key("agent"), q.moment(), uint64(q.from()), q.Limit)
			if !known {
				return p, &NotFound{Param: "agent", Rule: noAgent.Rule, Text: noAgent.Text}
			}
			return view.StakePage{Height: list.Height, Page: page(list.Holds, q.next(int(list.Next)))}, nil
		}))},
	// Stakes have the id of their lock-stake operation, collateral that of its proposal.
	{Name: "getStake", Path: "/v1/stakes/{id}", RPC: "Econd/GetStake", Past: true,
		Summary: "One stake or collateral, and the hold invoice to pay",
		More:    "The id is that of the lock-stake operation, or of the proposal that the collateral is for.",
		Params:  []Param{idParam("id", "An event id")},
		Reading: atTip(one(&NotFound{Param: "id", Rule: "stake", Text: "no stake or collateral has this id"},
			func(s *ledger.State, q *Query) (view.Hold, bool) { return s.HoldSeen(q.id("id"), q.moment()) }))},
	{Name: "getStakeProof", Path: "/v1/stakes/{id}/proof", RPC: "Econd/GetStakeProof", Room: Heavy,
		Summary: "Proof that the log offers a hold's invoice",
		Gives:   "Genesis and hold-offered, each with a C2SP tlog-proof under one checkpoint: what to check before the invoice is paid",
		Params:  []Param{idParam("id", "An event id")},
		Reading: reading(NotPaged, holdProof)},
	{Name: "listPools", Path: "/v1/pools", RPC: "Treasury/ListPools", Resource: constitution.ResourceQueries, Past: true,
		Summary: "The pools of the treasury and what they hold",
		Gives:   "Every pool, in the order of the constitution",
		Reading: whole(nil, func(s *ledger.State, _ *Query) ([]view.Pool, bool) { return s.Pools(), true })},
	{Name: "listPayouts", Path: "/v1/payouts", RPC: "Treasury/ListPayouts", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Payouts from the pools, in order of entry",
		Params: []Param{{Name: "state", In: InQuery, Kind: Word, Doc: "Only those in this state", Words: ledger.PayoutStates(),
			Bad: Refusal{"state", "must be claimable, sending, paid or failed"}}, toAgent},
		Reading: listed((*ledger.State).Payouts,
			func(s *ledger.State, i int, _ int64) view.Payout { return s.PayoutAt(i) },
			func(q *Query, v view.Payout) bool { return q.by("agent", v.Agent) && q.fits("state", v.State) })},
	{Name: "getPayout", Path: "/v1/payouts/{id}", RPC: "Treasury/GetPayout", Past: true,
		Summary: "One payout",
		Params:  []Param{{Name: "id", Doc: "Of the payout", Pattern: "^[a-z]+-[0-9a-f]{40}$"}},
		Reading: one(&NotFound{Param: "id", Rule: "payout", Text: "no payout has this id"},
			func(s *ledger.State, q *Query) (view.Payout, bool) { return s.Payout(q.text("id")) })},
}

func holdProof(ctx context.Context, src Source, q *Query) (v view.HoldProof, err error) {
	var seq uint64
	known := false
	src.View(func(s *ledger.State, _ int64) { seq, known = s.HoldOffered(q.id("id")) })
	switch {
	case !known:
		return v, &NotFound{Param: "id", Rule: "stake", Text: "no stake or collateral has this id"}
	case seq == 0:
		return v, &NotFound{Param: "id", Rule: "offered", Text: "its invoice is being made"}
	}
	proofs, err := src.EntryProofs(ctx, 0, seq)
	if err != nil {
		return v, err
	}
	for i, part := range []struct {
		to  *view.ProvenEntry
		seq uint64
	}{{&v.Genesis, 0}, {&v.Offered, seq}} {
		_, line, err := src.Entry(part.seq)
		if err != nil {
			return v, err
		}
		*part.to = view.ProvenEntry{Entry: append(op.Raw{}, line...), TlogProof: string(proofs[i])}
	}
	return v, nil
}
