package read

import (
	"context"
	"encoding/binary"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/statement"
	"github.com/econd/econd/node/view"
)

// standings are the reads of reputation. HTTP answers a standing with its sources, gRPC
// apart.
var standings = []Route{
	{Name: "getReputation", Path: "/v1/agents/{pubkey}/reputation", Resource: constitution.ResourceQueries, Past: true,
		Summary: "An agent's standing as of the last epoch, and what it rests on",
		Gives:   "The standing, and one page of its sources in order of registration",
		More: "The standing belongs to an epoch and stays until the next one ends (`until_ms`).\n" +
			"`items` name the consumers whose receipts it rests on, with the entry of each\n" +
			"receipt, what its author's praise weighs and what it gave: over all pages,\n" +
			"`positive` and `negative` sum up to those of the standing, and what the sum of\n" +
			"`flow_given` lacks of `flow` comes from the agent's own stake. `limit` counts\n" +
			"receipts: a page ends behind the consumer that reaches it. A cursor is good until\n" +
			"the next epoch ends; with `at` it is good for ever.\n",
		Params: []Param{ofAgent},
		Reading: reading(ByEpoch, func(ctx context.Context, src Source, q *Query) (v view.ReputationPage, err error) {
			var refused error
			p, err := sources(ctx, src, q, func(s *ledger.State) error {
				v.Reputation, refused = s.Reputation(q.key("pubkey"))
				return refused
			})
			v.Page = p.Page
			return v, err
		})},
	{Name: "getStanding", RPC: "Reputation/GetReputation", Resource: constitution.ResourceQueries, Past: true,
		Params: []Param{ofAgent},
		Reading: seen(NotPaged, func(s *ledger.State, q *Query) (view.Reputation, error) {
			return s.Reputation(q.key("pubkey"))
		})},
	{Name: "listSources", RPC: "Reputation/ListSources", Resource: constitution.ResourceQueries, Past: true,
		Params: []Param{ofAgent},
		Reading: reading(ByEpoch, func(ctx context.Context, src Source, q *Query) (view.SourcePage, error) {
			return sources(ctx, src, q, func(*ledger.State) error { return nil })
		})},
	{Name: "listStandings", Path: "/v1/agents/{pubkey}/reputation/history", RPC: "Reputation/ListStandings", Resource: constitution.ResourceQueries, Past: true,
		Summary: "An agent's standing at each of the last 400 epochs since its registration",
		Gives:   "One page, oldest first",
		Params:  []Param{ofAgent},
		Reading: seen(ByNumber, func(s *ledger.State, q *Query) (p view.Page[view.Standing], err error) {
			list, more, err := s.ReputationHistory(q.key("pubkey"), int64(q.from()), q.Limit)
			if p = page(list, ""); more {
				p.Next = q.next(int(list[len(list)-1].Epoch) + 1)
			}
			return p, err
		})},
	{Name: "getReputationStatement", Path: "/v1/agents/{pubkey}/reputation/statement", RPC: "Reputation/GetStatement", Resource: constitution.ResourceQueries,
		Summary: "An agent's standing, signed by the operator for other systems",
		Tag:     "statements",
		Gives:   "Equal standings give equal bytes; see docs/reputation.md",
		Params: []Param{ofAgent, {Name: "format", In: InQuery, Kind: Word, Field: "form",
			Doc:    "`nip85` is a Nostr event of kind 30382, `vc+jwt` a W3C Verifiable Credential 2.0 (an unescaped plus sign will do)",
			Words:  words([]statement.Form{statement.NIP85, statement.VCJWT}),
			Needed: formats, Bad: formats}},
		Reading: reading(NotPaged, func(ctx context.Context, src Source, q *Query) (v view.SignedStanding, err error) {
			form := statement.Form(q.text("format"))
			v.MediaType = form.MediaType()
			v.Statement, err = src.Attest(ctx, q.key("pubkey"), form)
			return v, err
		})},
}

var formats = Refusal{"format", "is %q, must be " + string(statement.NIP85) + " or " + string(statement.VCJWT)}

// sources reads one page of what a standing rests on. It is worked through after the
// state has been let go, so that an agent with many receipts keeps nobody waiting. The
// limit counts receipts: a page ends with the consumer that reaches it.
func sources(ctx context.Context, src Source, q *Query, first func(*ledger.State) error) (p view.SourcePage, err error) {
	var evidence ledger.Evidence
	var refused error
	err = q.look(ctx, src, func(s *ledger.State) {
		if refused = first(s); refused == nil {
			evidence, refused = s.Evidence(q.key("pubkey"))
		}
	})
	if err != nil {
		return p, err
	}
	if refused != nil {
		return p, refused
	}
	from := uint32(0)
	if q.place != nil {
		epoch := int64(binary.BigEndian.Uint64(q.place) & (1<<63 - 1))
		if epoch != evidence.Epoch {
			return p, &EpochError{Epoch: epoch, Ended: evidence.Epoch}
		}
		from = binary.BigEndian.Uint32(q.place[8:])
	}
	list, next, more := evidence.Sources(from, q.Limit)
	p.Epoch, p.Page = evidence.Epoch, page(list, "")
	if more {
		place := binary.BigEndian.AppendUint64(nil, uint64(evidence.Epoch))
		p.Next = q.List.Text(binary.BigEndian.AppendUint32(place, next))
	}
	return p, nil
}
