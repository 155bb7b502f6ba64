package lnd_test

import (
	"crypto/sha256"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
)

// lost lists the anchors that the publisher's journal does not know.
func (a *anchoring) lost() []anchor.Lost {
	a.Helper()
	list, err := a.pub.Lost(a.ctx)
	require.NoError(a, err)
	return list
}

// The journal goes back to an older backup: what was anchored since, in a block or
// waiting for one, is found in LND's wallet, and the line goes on from the newest.
// So it does across a replacement by a higher fee that the backup does not know.
func TestRestoredJournalGoesOnInLine(t *testing.T) {
	a := newAnchoring(t)
	a.config = func(c *anchor.PublisherConfig) {
		c.Confirmations, c.BumpAfter = 1, 1
	}
	a.start()
	require.Empty(t, a.lost())
	a.ask(10)
	a.reaches(0, anchor.StatePublished)
	a.mineUntilFinal(10)
	require.NoError(t, a.stop())
	backup := t.TempDir()
	require.NoError(t, os.CopyFS(backup, os.DirFS(a.journal.dir)))

	a.start()
	a.ask(20)
	a.mineUntilFinal(20)
	a.ask(30)
	a.reaches(2, anchor.StatePublished)
	a.mineOnly()
	require.Eventually(t, func() bool {
		return a.pub.Anchors()[2].Versions == 2
	}, patience, 20*time.Millisecond)
	a.reaches(2, anchor.StatePublished)
	require.Empty(t, a.lost())
	require.NoError(t, a.stop())
	all := a.pub.Anchors()

	a.journal.dir = backup
	a.start()
	require.NoError(t, a.stop())
	digests := map[[32]byte]uint32{}
	list := a.lost()
	for _, l := range list {
		digests[l.Digest] = l.Height
	}
	require.Equal(t, map[[32]byte]uint32{
		sha256.Sum256(a.body(20)): all[1].Height,
		sha256.Sum256(a.body(30)): 0}, digests)
	require.NoError(t, a.pub.Adopt(list))

	// The other history waits for the block of the last anchor of the first.
	a.start()
	require.Empty(t, a.lost())
	a.ask(15)
	a.reaches(1, anchor.StateJournaled)
	a.mineUntilFinal(15)
	next := a.reaches(1, anchor.StateFinal)
	one, two := a.raw(all[1].Txid), a.raw(next.Txid)
	last := a.raw(two.Inputs[0].Hash.String())
	require.Equal(t, sha256.Sum256(a.body(30)), last.Payload.Digest())
	require.NoError(t, anchor.Follows(one, last))
	require.NoError(t, anchor.Follows(last, two))
}
