package read

import (
	"context"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// economy are the reads of what holds for everybody.
var economy = []Route{
	{Name: "getInfo", Path: "/v1/info", RPC: "Econd/GetInfo", Past: true,
		Summary: "Economy, clock, prices, tracks",
		Tag:     "economy",
		Reading: reading(NotPaged, info)},
	{Name: "getConstitution", Path: "/v1/constitution", RPC: "Econd/GetConstitution", Resource: constitution.ResourceQueries, Past: true,
		Summary: "The constitution in force",
		Tag:     "economy",
		Gives:   "Complete, as the genesis or the last amendment left it",
		Reading: seen(NotPaged, func(s *ledger.State, _ *Query) (view.Constitution, error) {
			return view.Constitution{Constitution: []byte(op.EncodeContent(s.Constitution()))}, nil
		})},
	{Name: "listConstitutionVersions", Path: "/v1/constitution/versions", RPC: "Decisions/ListConstitutionVersions", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Every constitution that was ever in force, in order",
		Reading: listed((*ledger.State).ConstitutionVersions, func(s *ledger.State, i int, _ int64) view.ConstitutionVersion {
			v, _ := s.ConstitutionVersionAt(i)
			return v
		}, nil)},
	{Name: "getConstitutionVersion", Path: "/v1/constitution/versions/{number}", RPC: "Decisions/GetConstitutionVersion", Resource: constitution.ResourceQueries, Past: true,
		Summary: "One of them, whole",
		Gives:   "The very bytes whose SHA-256 is its hash",
		Params:  []Param{{Name: "number", Kind: Number, Least: 1, Field: "version", Doc: "From 1, that of the genesis"}},
		Reading: one(&NotFound{Param: "number", Rule: "version", Text: "no constitution has this number; they count from 1"},
			func(s *ledger.State, q *Query) (v view.Constitution, ok bool) {
				n := q.number("number")
				if n < 1 || n > int64(s.ConstitutionVersions()) {
					return v, false
				}
				_, c := s.ConstitutionVersionAt(int(n) - 1)
				return view.Constitution{Constitution: []byte(op.EncodeContent(c))}, true
			})},
	{Name: "getSchema", Path: "/v1/schemas/{name}",
		Summary: "A JSON Schema that is published here"},
	{Name: "getOperationSchema", Path: "/v1/schemas/operations/{name}",
		Summary: "The JSON Schema of the content of an operation or fact"},
	{Name: "listRegistry", Path: "/v1/registry", RPC: "Decisions/ListRegistry", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Models, tools and providers, and what was decided about them",
		Gives:   "One page, in the order in which they came",
		Params: []Param{
			{Name: "kind", In: InQuery, Kind: Word, Doc: "Only those of this kind", Words: ledger.RegistryKinds(),
				Bad: Refusal{"registry-kind", "must be model, provider or tool"}},
			{Name: "status", In: InQuery, Kind: Word, Doc: "Only those with this status", Words: words(ledger.RegistryStatuses()),
				Bad: Refusal{"registry-status", "must be published, allowed or denied"}}},
		Reading: listed((*ledger.State).RegistrySize,
			func(s *ledger.State, i int, _ int64) view.RegistryEntry { return s.RegistryAt(i) },
			func(q *Query, v view.RegistryEntry) bool { return q.fits("kind", v.Kind) && q.fits("status", v.Status) })},
	{Name: "getRegistryEntry", Path: "/v1/registry/{kind}/{name}", RPC: "Decisions/GetRegistryEntry", Resource: constitution.ResourceQueries, Past: true,
		Summary: "One entry of the registry",
		Gives:   "The entry and every decision about it",
		Params: []Param{
			{Name: "kind", Kind: Word, Doc: "Of the entry", Words: ledger.RegistryKinds()},
			{Name: "name", Doc: "Of a provider, its key"},
			{Name: "version", In: InQuery, Doc: "Of a model or a tool; a provider has none"}},
		Reading: one(&NotFound{Param: "name", Rule: "registry", Text: "no such entry; models and tools are asked for with their version, providers by their key"},
			func(s *ledger.State, q *Query) (view.RegistryEntry, bool) {
				return s.RegistryEntry(q.text("kind"), q.text("name"), q.text("version"))
			})},
}

func info(ctx context.Context, src Source, q *Query) (view.Info, error) {
	v := view.Info{Version: q.Here.Version, L402: q.Here.L402, Witnesses: q.Here.Witnesses, Outside: src.Outside()}
	err := q.look(ctx, src, func(s *ledger.State) {
		at, rules := s.Clock(), s.Constitution()
		v.Economy, v.Network, v.Operator = s.Economy(), s.Network(), s.Operator()
		v.Log = view.Log{Origin: ledger.Origin(s.Economy()), VerifierKey: s.LogVerifier()}
		for _, h := range s.LogKeys().Handovers() {
			v.Log.Handovers = append(v.Log.Handovers, h.Size) // which is the entry's number
		}
		v.NodeKey = s.NodeKey()
		v.Clock = view.Clock{TimeMs: at.TimeMs, Height: at.Height, Block: at.BlockHash}
		v.NowMs, v.Size, v.Agents, v.Proposals = q.nowMs, s.Next(), s.Agents(), s.Proposals()
		v.Epoch.Closed, v.Epoch.NextMs = s.Epoch()
		v.Pools = append([]view.Pool{}, s.Pools()...)
		v.Prices = []view.Price{}
		for _, p := range rules.Prices {
			v.Prices = append(v.Prices, view.Price{Resource: p.Resource, Sat: p.Sat})
		}
		for i := range rules.Tracks {
			t := &rules.Tracks[i]
			v.Tracks = append(v.Tracks, view.Track{Name: t.Name, CollateralSat: s.CollateralSat(t.Name, q.nowMs), VotingDelayS: t.VotingDelayS,
				VotingPeriodS: t.VotingPeriodS, TimelockS: t.TimelockS, Weight: string(t.Weight.Kind), Vetoable: t.Vetoable,
				Actions: append([]string{}, t.Actions...), Counting: t.Method()})
		}
	})
	return v, err
}
