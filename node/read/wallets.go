package read

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// walletParam and spendParam name a wallet and a spend in a path.
var (
	walletParam = Param{Name: "id", Doc: "Of the wallet", Pattern: "^wallet-[0-9a-f]{40}$"}
	spendParam  = Param{Name: "id", Doc: "Of the spend", Pattern: "^spend-[0-9a-f]{40}$"}
	waitParam   = Param{Name: "wait_s", In: InQuery, Kind: Number, Doc: "How long to wait for the end of the payment, 0 to 25 seconds"}
	noWallet    = &NotFound{Param: "id", Rule: "wallet", Text: "no wallet has this id"}
)

// wallets are the reads of wallets and what is spent from them.
var wallets = []Route{
	{Name: "listWallets", Path: "/v1/wallets", Resource: constitution.ResourceQueries, Past: true, Tag: "wallets",
		Summary: "Wallets, in order of entry",
		Params:  []Param{{Name: "owner", In: InQuery, Kind: Key, Doc: "Only those of this agent"}},
		Reading: listed((*ledger.State).Wallets, (*ledger.State).WalletAt, func(q *Query, v view.Wallet) bool { return q.by("owner", v.Owner) })},
	{Name: "getWallet", Path: "/v1/wallets/{id}", Past: true, Tag: "wallets",
		Summary: "One wallet, its budget and what of it is available now",
		Params:  []Param{walletParam},
		Reading: one(noWallet, func(s *ledger.State, q *Query) (view.Wallet, bool) { return s.Wallet(q.text("id"), q.nowMs) })},
	{Name: "listPayments", Path: "/v1/payments", Resource: constitution.ResourceQueries, Past: true, Tag: "wallets",
		Summary: "Payments from wallets, in order of entry",
		Params: []Param{
			{Name: "wallet", In: InQuery, Doc: "Only those of this wallet"},
			{Name: "state", In: InQuery, Kind: Word, Doc: "Only those in this state", Words: ledger.SpendStates(),
				Bad: Refusal{"state", "must be asked, reserved, submitted, settled or failed"}}},
		Reading: pages(&NotFound{Param: "wallet", Rule: "wallet", Text: "no wallet has this id"}, payments)},
	{Name: "payFromWallet", Method: "POST", Path: "/v1/wallets/{id}/payments", Resource: constitution.ResourceOperations, Body: true, Tag: "wallets",
		Summary: "Spend from a wallet", Params: []Param{walletParam}},
	{Name: "checkPayment", Method: "POST", Path: "/v1/wallets/{id}/check", Keyed: true, Body: true, Tag: "wallets",
		Summary: "What would become of a payment, and what to sign for it", Params: []Param{walletParam}},
	{Name: "getPaymentResult", Path: "/v1/payments/{id}/result", Keyed: true, Tag: "wallets",
		Summary: "What became of a payment, with the answer of an origin that was paid", Params: []Param{spendParam, waitParam}},
	{Name: "getPayment", Path: "/v1/payments/{id}", Past: true, Tag: "wallets",
		Summary: "One payment from a wallet, with its transitions and what the rules said",
		Params:  []Param{spendParam},
		Reading: one(&NotFound{Param: "id", Rule: "spend", Text: "no payment has this id"},
			func(s *ledger.State, q *Query) (view.Payment, bool) { return s.Spend(q.text("id")) })},
	{Name: "listBreakers", Path: "/v1/breakers", Past: true, Tag: "wallets",
		Summary: "Breakers that opened for the sake of the sats, in order of entry",
		Reading: listed((*ledger.State).Trips, func(s *ledger.State, i int, _ int64) view.Trip { return s.TripAt(i) }, nil)},
}

// payments are those of one wallet, or all.
func payments(s *ledger.State, q *Query) ([]view.Payment, int, bool) {
	size, at := s.Spends(), s.SpendAt
	if id := q.text("wallet"); id != "" {
		var known bool
		if size, known = s.WalletSpends(id); !known {
			return nil, 0, false
		}
		at = func(k int) view.Payment { return s.WalletSpendAt(id, k) }
	}
	list, next := ledger.Listed(q.from(), q.Limit, size, func(k int) (view.Payment, bool) {
		v := at(k)
		return v, q.fits("state", v.State)
	})
	return list, next, true
}
