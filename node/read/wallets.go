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
	{Name: "listWalletPayments", Path: "/v1/wallets/{id}/payments", Resource: constitution.ResourceQueries, Past: true, Tag: "wallets",
		Summary: "What was spent from a wallet, in order of entry",
		Params: []Param{walletParam, {Name: "state", In: InQuery, Kind: Word, Doc: "Only those in this state", Words: ledger.SpendStates(),
			Bad: Refusal{"state", "must be asked, reserved, submitted, settled or failed"}}},
		Reading: pages(noWallet, func(s *ledger.State, q *Query) ([]view.Spend, int, bool) {
			id := q.text("id")
			size, known := s.WalletSpends(id)
			list, next := ledger.Listed(q.from(), q.Limit, size, func(k int) (view.Spend, bool) {
				v := s.WalletSpendAt(id, k)
				return v, q.fits("state", v.State)
			})
			return list, next, known
		})},
	{Name: "getPayment", Path: "/v1/payments/{id}", Past: true, Tag: "wallets",
		Summary: "One payment from a wallet, with its transitions and what the rules said",
		Params:  []Param{spendParam},
		Reading: one(&NotFound{Param: "id", Rule: "spend", Text: "no payment has this id"},
			func(s *ledger.State, q *Query) (view.Spend, bool) { return s.Spend(q.text("id")) })},
	{Name: "listBreakers", Path: "/v1/breakers", Past: true, Tag: "wallets",
		Summary: "Breakers that opened for the sake of the sats, in order of entry",
		Reading: listed((*ledger.State).Trips, func(s *ledger.State, i int, _ int64) view.Trip { return s.TripAt(i) }, nil)},
}
