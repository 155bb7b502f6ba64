package lnd_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
)

// busyDay is LND's wallet on a day when blocks are full.
type busyDay struct{ anchor.Wallet }

func (busyDay) FeeRate(context.Context, uint32) (int64, error) {
	return 20 * 250, nil // 20 sat per virtual byte
}

var errDisk = errors.New("disk is gone")

// Each write of the journal fails once, before and after it is done; the
// process ends, the next one goes on. All anchors end up in one line, one
// transaction each, whatever happened in between; on the way the line is
// topped up from the wallet several times.
func TestCrashAtEveryWrite(t *testing.T) {
	a := newAnchoring(t)
	a.config = func(c *anchor.PublisherConfig) {
		c.Confirmations, c.LineSat = 1, 20_000
		c.Wallet = busyDay{c.Wallet}
	}
	const writes = 9 // of one anchor from wish to final
	size := int64(0)
	hit := 0
	var want []anchor.EventKind
	for write := 1; write <= writes; write++ {
		for _, persisted := range []bool{false, true} {
			size += 10
			count := 0
			a.journal.fault = func(string) (before, after error) {
				if count++; count != write {
					return nil, nil
				}
				hit++
				if persisted {
					return nil, errDisk
				}
				return errDisk, nil
			}
			a.start()
			a.untilFaultOrFinal(size)
			a.journal.fault = nil
			a.start()
			a.ask(size)
			a.mineUntilFinal(size)
			want = append(want, anchor.EventPublished,
				anchor.EventConfirmed, anchor.EventFinal)
			a.told(want...) // each anchor in full, in order
			require.NoError(t, a.stop())
			require.Empty(t, a.lost())
		}
	}
	require.Equal(t, 2*writes, hit, "every write was hit")

	all := a.pub.Anchors()
	require.Len(t, all, 2*writes)
	topUps := 0
	for i, one := range all {
		require.Equal(t, int64(10*(i+1)), one.Checkpoint.Size)
		require.Equal(t, 1, one.Versions)
		tx := a.raw(one.Txid)
		require.Equal(t, anchor.NewPayload(a.origin, one.Body), tx.Payload)
		if len(tx.Inputs) > 1 {
			topUps++
		}
		if i > 0 {
			require.NoError(t, anchor.Follows(a.raw(all[i-1].Txid), tx))
		}
	}
	t.Logf("%d anchors at %d to %d sat each, %d top-ups", len(all),
		all[1].FeeSat, all[len(all)-1].FeeSat, topUps)
	require.Positive(t, topUps, "so many fees exhaust the line's coin")
	mempool, err := a.net.Mempool(a.ctx)
	require.NoError(t, err)
	require.Empty(t, mempool)
}

// untilFaultOrFinal asks for an anchor and mines it, until the journal fails.
func (a *anchoring) untilFaultOrFinal(size int64) {
	a.Helper()
	if err := a.pub.Anchor(a.body(size)); err != nil {
		require.ErrorIs(a, err, errDisk)
		require.NoError(a, a.stop())
		return
	}
	ended := make(chan error, 1)
	stop := a.end
	go func() { ended <- <-stop }()
	for {
		select {
		case err := <-ended:
			require.ErrorIs(a, err, errDisk)
			return
		case <-a.ctx.Done():
			a.Fatal("neither fault nor end")
		case <-time.After(20 * time.Millisecond):
			if waiting, err := a.net.Mempool(a.ctx); err == nil &&
				len(waiting) > 0 {

				a.mine(1)
			}
		}
	}
}

// mineUntilFinal mines the anchor of this size, if it is not yet.
func (a *anchoring) mineUntilFinal(size int64) {
	a.Helper()
	require.Eventually(a, func() bool {
		if _, _, err := a.pub.Covering(size); err == nil {
			return true
		}
		if waiting, err := a.net.Mempool(a.ctx); err == nil &&
			len(waiting) > 0 {

			a.mine(1)
		}
		return false
	}, patience, 20*time.Millisecond)
}

// LND publishes, the answer is lost, the process dies. The next one finds the
// transaction where it is.
func TestPublishedButUnanswered(t *testing.T) {
	a := newAnchoring(t)
	direct := a.client
	through, tap := tapped(a.ctx, t, a.net, a.net.Operator)
	a.client = through
	a.start()
	answered := tap.Withhold("/walletrpc.WalletKit/PublishTransaction")
	a.ask(10)
	arrives(a.ctx, t, "publication", answered)
	require.NoError(t, a.stop())
	require.Equal(t, anchor.StateBuilt, a.pub.Anchors()[0].State)
	mempool, err := a.net.WaitMempool(a.ctx, 1)
	require.NoError(t, err)
	require.Equal(t, []string{a.pub.Anchors()[0].Txid}, mempool)

	// Confirmed while nobody looked, too.
	a.mine(3)
	a.client = direct
	a.start()
	final := a.reaches(0, anchor.StateFinal)
	require.Equal(t, mempool[0], final.Txid)
	require.Equal(t, 1, final.Versions)
	require.Empty(t, a.lost())
	a.verify(final)
	a.told("published", "confirmed", "final")
}

func TestFeeIsRaisedAndAnyVersionMayConfirm(t *testing.T) {
	a := newAnchoring(t)
	a.config = func(c *anchor.PublisherConfig) { c.BumpAfter = 1 }
	a.start()
	a.ask(10)
	first := a.reaches(0, anchor.StatePublished)
	require.Equal(t, 1, first.Versions)
	oldest := a.tx(first.Txid)

	// A block passes it by; a better-paying version replaces it.
	a.mineOnly()
	raised := func(seq, versions int) anchor.Anchor {
		t.Helper()
		require.Eventually(t, func() bool {
			all := a.pub.Anchors()
			return len(all) > seq && all[seq].Versions == versions &&
				all[seq].State == anchor.StatePublished
		}, patience, 20*time.Millisecond)
		return a.pub.Anchors()[seq]
	}
	second := raised(0, 2)
	require.NotEqual(t, first.Txid, second.Txid)
	require.GreaterOrEqual(t, second.FeeSat, first.FeeSat*5/4)
	mempool, err := a.net.Mempool(a.ctx)
	require.NoError(t, err)
	require.Equal(t, []string{second.Txid}, mempool)
	require.Equal(t, a.tx(second.Txid).TxIn[0].PreviousOutPoint,
		oldest.TxIn[0].PreviousOutPoint)

	// Yet a miner takes the old one.
	a.mineOnly(oldest)
	confirmed := a.reaches(0, anchor.StateConfirmed)
	require.Equal(t, first.Txid, confirmed.Txid)

	// The line goes on from the version that confirmed.
	a.ask(20)
	a.reaches(1, anchor.StatePublished)
	a.mineOnly()
	next := raised(1, 2)
	a.mine(3)
	final := a.reaches(1, anchor.StateFinal)
	require.Equal(t, next.Txid, final.Txid)
	a.verify(final)
	a.verify(a.reaches(0, anchor.StateFinal))
	require.NoError(t, anchor.Follows(a.raw(first.Txid), a.raw(final.Txid)))
	require.Empty(t, a.lost(), "neither version is unknown")
}

func TestReorganisedAnchorIsPendingAgain(t *testing.T) {
	a := newAnchoring(t)
	a.start()
	a.ask(10)
	a.reaches(0, anchor.StatePublished)
	hashes := a.mine(1)
	before := a.reaches(0, anchor.StateConfirmed)
	require.Equal(t, hashes[0], before.BlockHash)

	// Its block is replaced by two without it.
	require.NoError(t, a.net.InvalidateBlock(a.ctx, hashes[0]))
	a.mineOnly()
	a.mineOnly()
	pending := a.reaches(0, anchor.StatePublished)
	require.Empty(t, pending.BlockHash)
	require.Empty(t, a.lost())

	// The node has it in its mempool again, and the next block takes it.
	_, err := a.net.WaitMempool(a.ctx, 1)
	require.NoError(t, err)
	a.mine(3)
	final := a.reaches(0, anchor.StateFinal)
	require.Equal(t, before.Txid, final.Txid)
	require.Equal(t, before.Height+2, final.Height)
	a.verify(final)
	a.told("published", "confirmed", "reorged", "confirmed", "final")
}

// spendEverything makes the operator's wallet spend all its coins elsewhere,
// those reserved for this log included.
func (a *anchoring) spendEverything() {
	a.Helper()
	kit := walletrpc.NewWalletKitClient(a.net.Operator.Conn())
	leases, err := kit.ListLeases(a.ctx, &walletrpc.ListLeasesRequest{})
	require.NoError(a, err)
	for _, l := range leases.LockedUtxos {
		_, err := kit.ReleaseOutput(a.ctx, &walletrpc.ReleaseOutputRequest{
			Id: l.Id, Outpoint: l.Outpoint})
		require.NoError(a, err)
	}
	address, err := a.net.Operator.NewAddress(a.ctx)
	require.NoError(a, err)
	_, err = lnrpc.NewLightningClient(a.net.Operator.Conn()).SendCoins(a.ctx,
		&lnrpc.SendCoinsRequest{Addr: address, SendAll: true,
			SatPerVbyte: 2, SpendUnconfirmed: true})
	require.NoError(a, err)
	a.mine(1)
}

// Somebody with rights on the same wallet spends the coins of an anchor that
// was made and not published: it is made anew. Then somebody spends the line's
// coin: a new line starts once the log announces it, and an auditor sees that.
func TestCoinsSpentElsewhere(t *testing.T) {
	a := newAnchoring(t)
	var announced atomic.Bool
	a.config = func(c *anchor.PublisherConfig) {
		c.Confirmations = 1
		c.NewLine = func(chainhash.Hash) (int64, bool) { return 20, announced.Load() }
	}
	count := 0
	a.journal.fault = func(key string) (before, after error) {
		if strings.Contains(key, "record") {
			if count++; count == 2 {
				return nil, errDisk // built is stored, not published
			}
		}
		return nil, nil
	}
	a.start()
	a.ask(10)
	require.ErrorIs(t, arrives(a.ctx, t, "the fault", a.end), errDisk)
	a.journal.fault = nil
	a.spendEverything()

	a.start()
	givenUp := func(seq int, state anchor.State) {
		t.Helper()
		for range 30 {
			a.mine(1)
			if ok := a.within(400*time.Millisecond, func() bool {
				all := a.pub.Anchors()
				return len(all) > seq && all[seq].State == state
			}); ok {
				return
			}
		}
		t.Fatalf("not given up: %+v", a.pub.Anchors())
	}
	givenUp(0, anchor.StateAbandoned)
	a.mineUntilFinal(10)
	first, _, err := a.pub.Covering(10)
	require.NoError(t, err)
	require.Equal(t, uint64(1), first.Seq)

	a.spendEverything()
	a.ask(20)
	for range 8 {
		a.mine(1)
		require.Eventually(t, func() bool {
			why, _ := a.pub.Blocked()
			return strings.Contains(why, "has been gone")
		}, patience, 20*time.Millisecond)
	}
	require.Equal(t, anchor.StateJournaled, a.pub.Anchors()[2].State,
		"no second line begins by itself")
	announced.Store(true)
	givenUp(2, anchor.StatePublished)
	a.mineUntilFinal(20)
	second, _, err := a.pub.Covering(20)
	require.NoError(t, err)
	require.ErrorIs(t, anchor.Follows(a.raw(first.Txid), a.raw(second.Txid)),
		anchor.ErrLine)
	require.Empty(t, a.lost())
}

// within polls for a short time.
func (a *anchoring) within(d time.Duration, ok func() bool) bool {
	deadline := time.After(d)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok() {
			return true
		}
		select {
		case <-deadline:
			return false
		case <-tick.C:
		}
	}
}

// The line's coin is out of reach for LND's own spending.
func TestLineCoinIsLeased(t *testing.T) {
	a := newAnchoring(t)
	a.start()
	a.ask(10)
	a.reaches(0, anchor.StatePublished)
	a.mine(1)
	one := a.reaches(0, anchor.StateConfirmed)
	require.NoError(t, a.stop())
	line := a.raw(one.Txid).Line.String()

	kit := walletrpc.NewWalletKitClient(a.net.Operator.Conn())
	leases, err := kit.ListLeases(a.ctx, &walletrpc.ListLeasesRequest{})
	require.NoError(t, err)
	var until time.Time
	for _, l := range leases.LockedUtxos {
		if fmt.Sprintf("%s:%d", l.Outpoint.TxidStr,
			l.Outpoint.OutputIndex) == line {

			until = time.Unix(int64(l.Expiration), 0)
			require.Equal(t, uint64(anchor.DefaultLineSat), l.Value,
				"no more than the line's own money is tied up")
		}
	}
	require.Greater(t, time.Until(until), 29*24*time.Hour)
	unspent, err := kit.ListUnspent(a.ctx, &walletrpc.ListUnspentRequest{})
	require.NoError(t, err)
	for _, u := range unspent.Utxos {
		require.NotEqual(t, line, fmt.Sprintf("%s:%d", u.Outpoint.TxidStr,
			u.Outpoint.OutputIndex))
	}
}

// While LND is away nothing is lost, and the wish is carried out afterwards.
func TestAnchorAskedWhileLNDIsAway(t *testing.T) {
	a := newAnchoring(t)
	a.start()
	a.net.Operator.Kill()
	a.ask(10)
	require.True(t, a.within(5*time.Second, func() bool {
		return len(a.pub.Anchors()) == 1
	}))
	require.NoError(t, a.net.Operator.Start(a.ctx))
	a.reaches(0, anchor.StatePublished)
	a.mine(3)
	a.verify(a.reaches(0, anchor.StateFinal))
}
