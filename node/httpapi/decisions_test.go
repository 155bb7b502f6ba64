package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/docs/schemas"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/schema"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// decidingWorld has one agent, ada, and a track on which she decides anything.
func decidingWorld(t *testing.T) *world {
	text := string(yamlfile.Demo) + strings.Replace(pollTrack, "actions: [pay]",
		"actions: [set-parameter, registry-publish, registry-deny, grant, set-budget]", 1)
	w := newWorldOf(t, text, nil)
	w.submit(nodetest.Key(t, 2), op.KindRegister, op.Register{Name: "ada"})
	return w
}

// decide has ada execute actions and returns the proposal.
func (w *world) decide(actions ...any) op.ID {
	ada := nodetest.Key(w.T, 2)
	w.Clock.Add(time.Second)
	var raw []op.Raw
	for _, a := range actions {
		raw = append(raw, op.Raw(op.EncodeContent(a)))
	}
	id := w.submit(ada, op.KindPropose, op.Propose{Track: "spend", Title: "Decide", Actions: raw})
	w.Clock.Add(3 * time.Second)
	w.submit(ada, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	w.closed(id)
	w.Clock.Add(2 * time.Second)
	w.Chain.Tips <- nodetest.Tip
	w.Until("it is executed", func(s *ledger.State, nowMs int64) bool {
		p, _ := s.Proposal(id, nowMs)
		return p.State == "executed"
	})
	return id
}

type anyPage struct {
	Items []map[string]any
	Next  string
}

// Every constitution stays readable, in the bytes that its hash commits to.
func TestConstitutionVersions(t *testing.T) {
	w := decidingWorld(t)
	id := w.decide(ledger.SetParameter{Type: constitution.ActionSetParameter, Path: "/stake/min_sat", Value: op.Raw("2000"), Expect: op.Raw("1000")})
	var list, first anyPage
	w.get("/v1/constitution/versions").into(t, &list)
	require.Len(t, list.Items, 2)
	require.NotContains(t, list.Items[0], "proposal")
	require.Equal(t, id.String(), list.Items[1]["proposal"])
	for i, least := range []float64{1000, 2000} {
		a := w.get(fmt.Sprintf("/v1/constitution/versions/%d", i+1))
		hash := sha256.Sum256(a.body)
		require.Equal(t, list.Items[i]["hash"], hex.EncodeToString(hash[:]))
		var c struct{ Stake map[string]any }
		a.into(t, &c)
		require.Equal(t, least, c.Stake["min_sat"])
	}
	require.Equal(t, string(w.get("/v1/constitution").body), string(w.get("/v1/constitution/versions/2").body))
	w.get("/v1/constitution/versions?limit=1").into(t, &first)
	require.NotEmpty(t, first.Next)
	for _, number := range []string{"0", "3", "one", "-1"} {
		require.Equal(t, http.StatusNotFound, w.get("/v1/constitution/versions/"+number).status)
	}
}

// A page of the registry ends at about 1 MiB, whatever the limit, and the cursor goes on
// where it ends.
func TestPagesOfTheRegistryAreBounded(t *testing.T) {
	w := decidingWorld(t)
	url := "https://x/"
	url += strings.Repeat("x", 1024-len(url))
	const decisions = 50
	for n := range decisions {
		var actions []any
		for i := range 16 {
			actions = append(actions, ledger.RegistryPublish{Type: constitution.ActionRegistryPublish, Kind: "tool", Name: strings.Repeat("n", 64),
				Version: fmt.Sprintf("%064d", 16*n+i), SHA256: op.Hash{1}, URL: url, Expect: ledger.RegistryAbsent})
		}
		w.decide(actions...)
	}
	var first, second anyPage
	got := w.get("/v1/registry?limit=1000")
	got.into(t, &first)
	require.Less(t, len(got.body), 1<<20+16<<10)
	require.Greater(t, len(got.body), 1<<20-64<<10)
	w.get("/v1/registry?limit=1000&cursor="+first.Next).into(t, &second)
	require.Empty(t, second.Next)
	for i, v := range append(first.Items, second.Items...) {
		require.Equal(t, fmt.Sprintf("%064d", i), v["version"])
	}
	require.Len(t, append(first.Items, second.Items...), 16*decisions)
}

func TestRegistryIsServed(t *testing.T) {
	w := decidingWorld(t)
	ada := nodetest.Key(t, 2).Public().String()
	w.decide(ledger.RegistryPublish{Type: constitution.ActionRegistryPublish, Kind: "model", Name: "summarizer", Version: "2", SHA256: op.Hash{1}, Expect: ledger.RegistryAbsent})
	w.decide(ledger.RegistryDeny{Type: constitution.ActionRegistryDeny, Kind: "provider", Name: ada, Expect: ledger.RegistryAbsent})
	var all, models, denied anyPage
	w.get("/v1/registry").into(t, &all)
	require.Len(t, all.Items, 2)
	w.get("/v1/registry?kind=model").into(t, &models)
	require.Equal(t, all.Items[:1], models.Items)
	w.get("/v1/registry?status=denied").into(t, &denied)
	require.Equal(t, all.Items[1:], denied.Items)
	var model, provider map[string]any
	w.get("/v1/registry/model/summarizer?version=2").into(t, &model)
	require.Equal(t, all.Items[0], model)
	w.get("/v1/registry/provider/"+ada).into(t, &provider)
	require.Equal(t, "denied", provider["status"])
	for path, status := range map[string]int{"/v1/registry?kind=weapon": 400, "/v1/registry?status=fine": 400,
		"/v1/registry/model/summarizer": 404, "/v1/registry/model/summarizer?version=3": 404, "/v1/registry/weapon/x": 404} {
		require.Equal(t, status, w.get(path).status, path)
	}
}

func TestGrantsAndBudgetsAreServed(t *testing.T) {
	w := decidingWorld(t)
	key := nodetest.Key(t, 2)
	deposit := w.submit(key, op.KindDeposit, op.Deposit{Pool: "reserve", AmountSat: 9000})
	w.Lock(deposit)
	w.Until("the deposit arrived", func(s *ledger.State, _ int64) bool { return s.Pools()[2].Sat == 9000 })
	now := w.Clock.Now().UnixMilli()
	id := w.decide(ledger.Grant{Type: constitution.ActionGrant, Pool: "reserve", To: key.Public(), Sat: 8000, StartMs: now - 1000, CliffMs: now, EndMs: now + 600_000})
	w.decide(ledger.SetBudget{Type: constitution.ActionSetBudget, Agent: key.Public(), Pool: "reserve",
		Terms: &ledger.BudgetTerms{Sat: 5, PeriodS: 60, UntilMs: now + 1e9}})
	w.Clock.Add(10 * time.Minute)
	var grants, none, budgets anyPage
	w.get("/v1/grants?agent="+key.Public().String()).into(t, &grants)
	require.Len(t, grants.Items, 1)
	require.Equal(t, id.String(), grants.Items[0]["proposal"])
	require.EqualValues(t, 8000, grants.Items[0]["free_sat"])
	w.get("/v1/grants?agent="+nodetest.Key(t, 3).Public().String()).into(t, &none)
	require.Empty(t, none.Items)
	ref := grants.Items[0]["id"].(string)
	w.submit(key, op.KindDrawGrant, op.DrawGrant{Grant: ref, Sat: 3000})
	var grant map[string]any
	w.get("/v1/grants/"+ref).into(t, &grant)
	require.Equal(t, []any{5000.0, 3000.0}, []any{grant["free_sat"], grant["drawn_sat"]})
	var payouts anyPage
	w.get("/v1/payouts").into(t, &payouts)
	require.Equal(t, ref, payouts.Items[0]["grant"])
	w.get("/v1/budgets/"+key.Public().String()).into(t, &budgets)
	require.Len(t, budgets.Items, 1)
	require.Equal(t, true, budgets.Items[0]["in_force"])
	require.Equal(t, http.StatusNotFound, w.get("/v1/grants/0-9").status)
	require.Equal(t, http.StatusNotFound, w.get("/v1/budgets/"+nodetest.Key(t, 3).Public().String()).status)
	require.Equal(t, http.StatusBadRequest, w.get("/v1/budgets/ada").status)
	require.Equal(t, http.StatusBadRequest, w.get("/v1/grants?agent=ada").status)
}

func TestSchemasAreServed(t *testing.T) {
	w := newWorld(t, nil)
	require.Contains(t, schemas.Names(), "constitution.json")
	for _, name := range schemas.Names() {
		a := w.get("/v1/schemas/" + name)
		require.Equal(t, "application/schema+json", a.header.Get("Content-Type"))
		require.True(t, json.Valid(a.body))
	}
	require.Equal(t, string(schema.JSON()), string(w.get("/v1/schemas/constitution.json").body))
	require.Len(t, schemas.Operations(), len(op.Kinds()))
	for _, k := range op.Kinds() {
		a := w.get("/v1/schemas/operations/" + k.String() + ".json")
		require.Equal(t, "application/schema+json", a.header.Get("Content-Type"))
		require.Contains(t, string(a.body), fmt.Sprintf("Content of %d %s", k, k))
	}
	require.Equal(t, http.StatusNotFound, w.get("/v1/schemas/operations/constitution.json").status)
	for name, status := range map[string]int{"constitution": 404, "schemas.go": 404, "..%2Fschemas.go": 400, ".": 400} {
		require.Equal(t, status, w.get("/v1/schemas/"+name).status, name)
	}
}
