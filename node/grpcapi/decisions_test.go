package grpcapi

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// One execution with an action of each kind, as the service shows it.
func TestDecisions(t *testing.T) {
	text := strings.Replace(string(yamlfile.Demo), "    timelock_s: 0\n    grace_s: 1\n    vetoable: false\n    actions: []",
		"    timelock_s: 1\n    grace_s: 600\n    vetoable: false\n    actions: [set-parameter, registry-publish, registry-deny, grant, set-budget]", 1)
	require.NotEqual(t, string(yamlfile.Demo), text)
	w := newWorldOf(t, text, nil)
	client := econdv1.NewDecisionsClient(w.conn)
	ada := nodetest.Key(t, 2)
	key, other := ada.Public(), nodetest.Key(t, 5).Public()
	w.submit(ada, op.KindRegister, op.Register{Name: "ada"})
	w.stake(ada, 20_000)
	w.Lock(w.submit(ada, op.KindDeposit, op.Deposit{Pool: "reserve", AmountSat: 9000}))
	w.Until("the deposit arrived", func(s *ledger.State, _ int64) bool { return s.Pools()[2].Sat == 9000 })
	w.Clock.Add(time.Second)
	now := w.Clock.NowMs()
	var actions []op.Raw
	for _, a := range []any{
		ledger.SetParameter{Type: constitution.ActionSetParameter, Path: "/stake/min_sat", Value: op.Raw("2000"), Expect: op.Raw("1000")},
		ledger.RegistryPublish{Type: constitution.ActionRegistryPublish, Kind: "model", Name: "sum", Version: "2", SHA256: op.Hash{7}, URL: "https://m.example", Expect: ledger.RegistryAbsent},
		ledger.RegistryDeny{Type: constitution.ActionRegistryDeny, Kind: "provider", Name: key.String(), Expect: ledger.RegistryAbsent},
		ledger.Grant{Type: constitution.ActionGrant, Pool: "reserve", To: key, Sat: 8000, StartMs: now, CliffMs: now + 1, EndMs: now + 3_600_000},
		ledger.SetBudget{Type: constitution.ActionSetBudget, Agent: key, Pool: "reserve", Terms: &ledger.BudgetTerms{Sat: 5, PeriodS: 60, UntilMs: now + 7_200_000}},
	} {
		actions = append(actions, op.Raw(op.EncodeContent(a)))
	}
	id := w.submit(ada, op.KindPropose, op.Propose{Track: "signal", Title: "All at once", Actions: actions})
	w.Clock.Add(3 * time.Second)
	w.submit(ada, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	state := func(want string) {
		w.Clock.Add(15 * time.Second)
		w.Chain.Tips <- nodetest.Tip
		w.Until("it is "+want, func(s *ledger.State, nowMs int64) bool {
			p, _ := s.Proposal(id, nowMs)
			return p.State == want
		})
	}
	state("queued")
	state("executed")
	var executed uint64
	w.Node.View(func(s *ledger.State, _ int64) { v, _ := s.ConstitutionVersionAt(1); executed = v.Seq })

	versions, err := client.ListConstitutionVersions(w.ctx(), &econdv1.ListConstitutionVersionsRequest{PageSize: 1})
	require.NoError(t, err)
	require.Empty(t, versions.Versions[0].Proposal, "the genesis")
	versions, err = client.ListConstitutionVersions(w.ctx(), &econdv1.ListConstitutionVersionsRequest{PageToken: versions.NextPageToken})
	require.NoError(t, err)
	require.Len(t, versions.Versions, 1)
	second := versions.Versions[0]
	require.Equal(t, []any{uint32(2), executed, id[:]}, []any{second.Version, second.Seq, second.Proposal})
	whole, err := client.GetConstitutionVersion(w.ctx(), &econdv1.GetConstitutionVersionRequest{Version: 2})
	require.NoError(t, err)
	hash := sha256.Sum256(whole.Constitution)
	require.Equal(t, hash[:], second.Hash)

	entries, err := client.ListRegistry(w.ctx(), &econdv1.ListRegistryRequest{})
	require.NoError(t, err)
	require.Len(t, entries.Entries, 2)
	model, err := client.GetRegistryEntry(w.ctx(), &econdv1.GetRegistryEntryRequest{Kind: econdv1.RegistryKind_REGISTRY_KIND_MODEL, Name: "sum", Version: "2"})
	require.NoError(t, err)
	require.True(t, proto.Equal(entries.Entries[0], model.Entry))
	sum := op.Hash{7}
	want := &econdv1.RegistryEntry{Kind: econdv1.RegistryKind_REGISTRY_KIND_MODEL, Name: "sum", Version: "2", Sha256: sum[:], Url: "https://m.example",
		Status:  econdv1.RegistryStatus_REGISTRY_STATUS_PUBLISHED,
		Changes: []*econdv1.RegistryChange{{Status: econdv1.RegistryStatus_REGISTRY_STATUS_PUBLISHED, Seq: executed, TimeMs: second.TimeMs, Proposal: id[:]}}}
	require.True(t, proto.Equal(want, model.Entry), model)
	denied, err := client.ListRegistry(w.ctx(), &econdv1.ListRegistryRequest{Status: econdv1.RegistryStatus_REGISTRY_STATUS_DENIED})
	require.NoError(t, err)
	require.Len(t, denied.Entries, 1)
	require.Equal(t, key.String(), denied.Entries[0].Name)

	grants, err := client.ListGrants(w.ctx(), &econdv1.ListGrantsRequest{Agent: key[:]})
	require.NoError(t, err)
	require.Len(t, grants.Grants, 1)
	grant, err := client.GetGrant(w.ctx(), &econdv1.GetGrantRequest{Id: grants.Grants[0].Id, At: &executed})
	require.NoError(t, err)
	vested := 8000 * (second.TimeMs - now) / 3_600_000
	require.True(t, proto.Equal(&econdv1.Grant{Id: grants.Grants[0].Id, Agent: key[:], Pool: "reserve", Sat: 8000, StartMs: now, CliffMs: now + 1,
		EndMs: now + 3_600_000, VestedSat: vested, FreeSat: vested, HeldSat: 8000, MinDrawSat: 1000, Proposal: id[:], Seq: executed}, grant.Grant), grant)
	budgets, err := client.ListBudgets(w.ctx(), &econdv1.ListBudgetsRequest{Agent: key[:]})
	require.NoError(t, err)
	require.True(t, proto.Equal(&econdv1.ListBudgetsResponse{Budgets: []*econdv1.Budget{{Pool: "reserve", Sat: 5, PeriodS: 60,
		UntilMs: now + 7_200_000, SinceMs: second.TimeMs, InForce: true, Proposal: id[:], Seq: executed}}}, budgets), budgets)

	for _, call := range []func() error{
		func() error {
			_, err := client.GetConstitutionVersion(w.ctx(), &econdv1.GetConstitutionVersionRequest{Version: 3})
			return err
		},
		func() error {
			_, err := client.GetRegistryEntry(w.ctx(), &econdv1.GetRegistryEntryRequest{Name: "sum"})
			return err
		},
		func() error { _, err := client.GetGrant(w.ctx(), &econdv1.GetGrantRequest{Id: "0-9"}); return err },
		func() error {
			_, err := client.ListBudgets(w.ctx(), &econdv1.ListBudgetsRequest{Agent: other[:]})
			return err
		},
	} {
		require.Equal(t, codes.NotFound, tell(t, call()).code)
	}
}

// A page of the registry ends at about 1 MiB, whatever its size may be, and the token
// goes on where it ends.
func TestPagesOfTheRegistryAreBounded(t *testing.T) {
	text := strings.Replace(string(yamlfile.Demo), "    timelock_s: 0\n    grace_s: 1\n    vetoable: false\n    actions: []",
		"    timelock_s: 1\n    grace_s: 600\n    vetoable: false\n    actions: [registry-publish]", 1)
	w := newWorldOf(t, text, nil)
	ada := nodetest.Key(t, 2)
	w.submit(ada, op.KindRegister, op.Register{Name: "ada"})
	w.stake(ada, 20_000)
	url := "https://x/"
	url += strings.Repeat("x", 1024-len(url))
	const decisions = 50
	for n := range decisions {
		var actions []op.Raw
		for i := range 16 {
			actions = append(actions, op.Raw(op.EncodeContent(ledger.RegistryPublish{Type: constitution.ActionRegistryPublish, Kind: "tool",
				Name: strings.Repeat("n", 64), Version: fmt.Sprintf("%064d", 16*n+i), SHA256: op.Hash{1}, URL: url, Expect: ledger.RegistryAbsent})))
		}
		w.Clock.Add(time.Second)
		id := w.submit(ada, op.KindPropose, op.Propose{Track: "signal", Title: "t", Actions: actions})
		w.Clock.Add(3 * time.Second)
		w.submit(ada, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
		for _, want := range []string{"queued", "executed"} {
			w.Clock.Add(15 * time.Second)
			w.Chain.Tips <- nodetest.Tip
			w.Until("it is "+want, func(s *ledger.State, nowMs int64) bool {
				p, _ := s.Proposal(id, nowMs)
				return p.State == want
			})
		}
	}
	client := econdv1.NewDecisionsClient(w.conn)
	first, err := client.ListRegistry(w.ctx(), &econdv1.ListRegistryRequest{PageSize: 1000})
	require.NoError(t, err)
	require.Less(t, proto.Size(first), 1<<20)
	require.Greater(t, proto.Size(first), 1<<19)
	second, err := client.ListRegistry(w.ctx(), &econdv1.ListRegistryRequest{PageSize: 1000, PageToken: first.NextPageToken})
	require.NoError(t, err)
	require.Empty(t, second.NextPageToken)
	require.Len(t, append(first.Entries, second.Entries...), 16*decisions)
	for i, e := range append(first.Entries, second.Entries...) {
		require.Equal(t, fmt.Sprintf("%064d", i), e.Version)
	}
}
