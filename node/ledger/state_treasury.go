package ledger

// treasury is the pools, and what is owed and granted out of them.
type treasury struct {
	poolSats  []int64   // parallel to constitution.Pools
	inflows   []inflows // likewise
	dustMsat  int64     // that came in and made no sat yet, 0 to 999
	ownMsat   int64     // that routes cost beyond their limits: the operator's own
	foundMsat int64     // booked by decisions of the operator

	grants   []grant
	grantAt  map[string]int // by id
	payouts  []payout
	payoutAt map[string]int // by id
	reopened []occurrence   // payouts that can be claimed again
}
