package lnd

import (
	"testing"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/stretchr/testify/require"
)

// Whoever pays the wallet can write what he likes beside it: only what spends the
// wallet's coins alone was made by it.
func TestOnlyTheWalletsOwnTransactionsCount(t *testing.T) {
	own := &lnrpc.PreviousOutPoint{IsOurOutput: true}
	other := &lnrpc.PreviousOutPoint{}
	for name, tc := range map[string]struct {
		ins  []*lnrpc.PreviousOutPoint
		want bool
	}{
		"own":            {[]*lnrpc.PreviousOutPoint{own, own}, true},
		"a stranger's":   {[]*lnrpc.PreviousOutPoint{other}, false},
		"joined by both": {[]*lnrpc.PreviousOutPoint{own, other}, false},
		"unknown":        {nil, false},
	} {
		require.Equal(t, tc.want, allOwn(&lnrpc.Transaction{
			PreviousOutpoints: tc.ins}), name)
	}
}
