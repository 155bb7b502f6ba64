package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

const walletID = "wallet-1b0c9f52e7a94d3c8f60c21d77ab3e5590f4d1c2"

// desk stands before an econd and answers what is asked of wallets: it lets up to 50 sat pass.
type desk struct {
	*econd
	salt  op.Hash
	paid  []op.Spend
	texts op.SpendTexts
}

func newDesk(t *testing.T) (*desk, *agent) {
	s := newEcond(t)
	d := &desk{econd: s, salt: op.Hash{7}}
	behind := s.Config.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/wallets") && !strings.HasPrefix(r.URL.Path, "/v1/payments") {
			behind.ServeHTTP(w, r)
			return
		}
		d.answer(t, w, r)
	}))
	t.Cleanup(front.Close)
	s.URL = front.URL
	return d, newAgent(t, s)
}

func (d *desk) answer(t *testing.T, w http.ResponseWriter, r *http.Request) {
	terms := budget.Terms{Pool: "performance", RefillMsat: 50_000, CeilingMsat: 50_000, PeriodS: 86_400, CapMsat: 50_000, Recipients: []string{"any"}, UntilMs: 1}
	wallet := view.Wallet{ID: walletID, Name: "errands", Open: true, Budget: &view.WalletBudget{Terms: terms, By: "operator", Figures: (&budget.Account{}).Figures(&terms, 0)}}
	switch {
	case r.URL.Path == "/v1/wallets":
		reply(w, view.Page[view.Wallet]{Items: []view.Wallet{wallet}})
	case r.Method == http.MethodGet && r.URL.Path == "/v1/wallets/"+walletID:
		reply(w, wallet)
	case strings.HasSuffix(r.URL.Path, "/check"):
		var q view.SpendRequest
		require.NoError(t, json.NewDecoder(r.Body).Decode(&q))
		c := op.Spend{Wallet: walletID, Type: q.Type, AmountMsat: q.AmountMsat, Purpose: q.Purpose, Node: q.Node, Key: q.Key, Count: q.Count,
			Commitment: q.Texts.Commitment(d.salt), MemoCommitment: q.Texts.MemoCommitment(d.salt)}
		trace, err := budget.Check(&terms, &budget.Account{}, budget.Request{AmountMsat: max(1, c.AmountMsat), Recipients: []string{"lnurl:a@b.example"}, Purpose: c.Purpose}, 0)
		v := view.SpendCheck{ID: "spend-1", Content: c, Allowed: err == nil, Trace: &trace, Salt: d.salt}
		if err != nil {
			v.Refused = &view.RuleRefusal{Rule: "cap", Text: "too much"}
		}
		reply(w, v)
	case r.URL.Path == "/v1/wallets/"+walletID+"/payments":
		var o view.SpendOrder
		require.NoError(t, json.NewDecoder(r.Body).Decode(&o))
		e, err := op.Decode(o.Event)
		require.NoError(t, err)
		require.NoError(t, e.Verify())
		content, err := e.Decoded()
		require.NoError(t, err)
		d.paid, d.texts = append(d.paid, *content.(*op.Spend)), o.Texts
		reply(w, view.SpendResult{Payment: view.Payment{ID: "spend-1", State: "settled", Type: "keysend", PaidMsat: 20_000, FeeMsat: 5}})
	case r.URL.Path == "/v1/payments":
		reply(w, view.Page[view.Payment]{Items: []view.Payment{
			{ID: "spend-1", State: "settled", Purpose: "food", PaidMsat: 20_000, FeeMsat: 5, Address: "a@b.example", Steps: []view.PaymentStep{{Seq: 9, TimeMs: 1_793_000_000_000}}},
			{ID: "spend-2", State: "settled", Purpose: "food", PaidMsat: 1_000, Address: "a@b.example", Steps: []view.PaymentStep{{Seq: 12, TimeMs: 1_793_000_000_000}}}}})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func TestWalletPays(t *testing.T) {
	d, g := newDesk(t)
	node := strings.Repeat("02", 33)
	o := g.run("wallet", "show", "errands")
	require.Equal(t, exitOK, o.code, o.err)
	require.Contains(t, o.out, "available  50000 msat")

	// What the rules would say, with their numbers; nothing is signed or paid.
	o = g.run("wallet", "pay", "errands", "--keysend", node, "--msat", "20000", "--purpose", "food", "--dry-run")
	require.Equal(t, exitOK, o.code, o.err)
	require.Contains(t, o.out, "would be paid")
	require.Contains(t, o.out, "Nothing was signed or paid.")
	require.Empty(t, d.paid)

	o = g.run("wallet", "pay", "errands", "--keysend", node, "--msat", "20000", "--purpose", "food", "--memo", "lunch")
	require.Equal(t, exitOK, o.code, o.err)
	require.Contains(t, o.out, "settled")
	require.Len(t, d.paid, 1)
	require.Equal(t, "lunch", d.texts.Memo)
	require.Equal(t, d.texts.MemoCommitment(d.salt), d.paid[0].MemoCommitment)

	// Beyond the budget nothing is signed.
	o = g.run("wallet", "pay", "errands", "--keysend", node, "--msat", "50001", "--purpose", "food")
	require.NotEqual(t, exitOK, o.code)
	require.Contains(t, o.err, "cap")
	require.Len(t, d.paid, 1)

	for _, line := range [][]string{
		{"wallet", "pay", "errands", "--msat", "1", "--purpose", "food"},
		{"wallet", "pay", "errands", "--keysend", node, "--purpose", "food"},
		{"wallet", "pay", "errands", "--keysend", node, "--msat", "1"},
		{"wallet", "pay", "nobodys", "--keysend", node, "--msat", "1", "--purpose", "food"},
	} {
		require.Equal(t, exitUsage, g.run(line...).code, line)
	}
}

func TestWalletStatement(t *testing.T) {
	_, g := newDesk(t)
	o := g.run("wallet", "statement", "errands")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, "time,payment,purpose,payee,msat,fee_msat,entry\n"+
		"2026-10-26T07:33:20Z,spend-1,food,a@b.example,20000,5,9\n2026-10-26T07:33:20Z,spend-2,food,a@b.example,1000,0,12\n", o.out)
	o = g.run("wallet", "statement", "errands", "--month", "2026-11")
	require.Equal(t, "time,payment,purpose,payee,msat,fee_msat,entry\n", o.out)
	v := g.json("wallet", "statement", "errands")
	require.Equal(t, map[string]any{"month": "2026-10", "purpose": "food", "count": 2.0, "msat": 21000.0, "fee_msat": 5.0}, v["sums"].([]any)[0])
	require.Equal(t, exitUsage, g.run("wallet", "statement", "errands", "--month", "last").code)
}
