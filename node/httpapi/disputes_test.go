package httpapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// A challenge is readable from its invoice to the votes of its jury, and so are
// those who offered themselves for it.
func TestDisputesAreServed(t *testing.T) {
	track := strings.Replace(pollTrack, "actions: [pay]", "actions: [webhook]", 1)
	text := string(yamlfile.Demo) + strings.Replace(track, "timelock_s: 1\n", "timelock_s: 3600\n"+
		"    dispute: {field: models, window_s: 3600, bond_sat: 2000, jurors: 1, commit_s: 60, reveal_s: 60, appeal_s: 60, max_rounds: 2}\n", 1) +
		"\ndisputes: {juror_bond_sat: 3000, fields: [models, tools]}\n"
	w := newWorldOf(t, text, nil)
	ada, bob, jo := nodetest.Key(t, 2), nodetest.Key(t, 3), nodetest.Key(t, 4)
	for name, key := range map[string]op.SecretKey{"ada": ada, "bob": bob, "jo": jo} {
		w.submit(key, op.KindRegister, op.Register{Name: name})
	}
	bond := w.submit(jo, op.KindJuror, op.Juror{Fields: []string{"models"}})
	var offers, none anyPage
	w.get("/v1/jurors?field=models&state=unbonded").into(t, &offers)
	require.Len(t, offers.Items, 1)
	w.Lock(bond)
	w.get("/v1/jurors?state=ready").into(t, &offers)
	require.Len(t, offers.Items, 1)
	require.Equal(t, bond.String(), offers.Items[0]["hold"])
	w.get("/v1/jurors?field=tools").into(t, &none)
	require.Empty(t, none.Items)
	var juror map[string]any
	w.get("/v1/jurors/"+jo.Public().String()).into(t, &juror)
	require.Equal(t, offers.Items[0], juror)

	w.Clock.Add(time.Second)
	id := w.submit(ada, op.KindPropose, op.Propose{Track: "spend", Title: "Pay", Actions: []op.Raw{op.Raw(op.EncodeContent(
		ledger.Webhook{Type: constitution.ActionWebhook, URL: "https://example.org/", Data: op.Raw("{}")}))}})
	w.Clock.Add(3 * time.Second)
	w.submit(ada, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	w.closed(id)
	challenge := w.submit(bob, op.KindDispute, op.Dispute{Proposal: id, Ground: "fraud", Text: "No such service."})
	var d, p map[string]any
	w.get("/v1/disputes/"+challenge.String()).into(t, &d)
	require.Equal(t, "unbonded", d["state"])
	// jo has no score, so there is nobody to draw, and nothing is stopped.
	w.Lock(challenge)
	w.Until("the dispute ended", func(s *ledger.State, now int64) bool {
		v, _ := s.Dispute(challenge, now)
		return v.State == "void" && v.Bonds[0].State == "released"
	})
	w.get("/v1/proposals/"+id.String()).into(t, &p)
	require.Equal(t, "queued", p["state"])
	var all, open, ofProposal anyPage
	w.get("/v1/disputes?state=void").into(t, &all)
	require.Len(t, all.Items, 1)
	require.Contains(t, all.Items[0]["reason"], "0 experts in models could be drawn")
	w.get("/v1/disputes?state=open").into(t, &open)
	require.Empty(t, open.Items)
	w.get("/v1/proposals/"+id.String()+"/disputes").into(t, &ofProposal)
	require.Equal(t, all.Items, ofProposal.Items)

	w.submit(jo, op.KindBindNode, nodetest.Binding(jo))
	w.stake(ada, 20_000)
	w.submit(ada, op.KindReceipt, w.RatingOf(ada.Public(), jo, 100, 7, 1))
	w.epoch()
	w.Clock.Add(time.Second)
	second := w.submit(bob, op.KindDispute, op.Dispute{Proposal: id, Ground: "fraud", Text: "No such service."})
	w.Lock(second)
	w.get("/v1/disputes/"+second.String()).into(t, &d)
	require.Equal(t, []any{"open", "draw", 502.0}, []any{d["state"], d["step"], d["draw_height"]})
	w.get("/v1/proposals/"+id.String()).into(t, &p)
	require.Equal(t, "disputed", p["state"])
	w.Chain.Tips <- nodetest.BlockAt(502)
	w.Until("the jury is drawn", func(s *ledger.State, now int64) bool {
		v, _ := s.Dispute(second, now)
		return v.Step == "commit"
	})
	w.get("/v1/disputes/"+second.String()).into(t, &d)
	require.Equal(t, []any{map[string]any{"pubkey": jo.Public().String(), "seats": 1.0, "committed": false}}, d["rounds"].([]any)[0].(map[string]any)["jurors"])
	w.get("/v1/jurors/"+jo.Public().String()).into(t, &juror)
	require.Equal(t, []any{"seated", second.String()}, []any{juror["state"], juror["dispute"]})

	for path, status := range map[string]int{
		"/v1/disputes?state=lost":                           400,
		"/v1/disputes/" + id.String():                       404,
		"/v1/disputes/x":                                    400,
		"/v1/proposals/" + challenge.String() + "/disputes": 404,
		"/v1/jurors?state=tired":                            400,
		"/v1/jurors/" + ada.Public().String():               404,
		"/v1/jurors/ada":                                    400,
	} {
		require.Equal(t, status, w.get(path).status, path)
	}
	require.Equal(t, http.StatusOK, w.get("/v1/disputes?at=3").status)
}
