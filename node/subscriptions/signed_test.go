package subscriptions

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/op"
)

// What an agent signed last counts, after a restart too, and of equal ones what
// arrives last. Others are not held against it, and what can matter no more is forgotten.
func TestWhatWasSignedLastCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	s := open(t, path, 1)
	reopen := func() {
		require.NoError(t, s.Close())
		s = open(t, path, 1)
	}
	defer func() { require.NoError(t, s.Close()) }()
	one, other := hook(1), hook(2)
	at := func(second, order int64) notifier.Signed { return notifier.Signed{At: second, Order: order} }

	require.NoError(t, s.Put(one, at(1000, 5)))
	reopen()
	var older *notifier.OlderError
	require.ErrorAs(t, s.Put(one, at(1000, 4)), &older)
	require.Equal(t, notifier.OlderError{Asked: at(1000, 4), Counts: at(1000, 5)}, *older)
	require.ErrorIs(t, s.Put(one, at(999, 9)), notifier.ErrOlder)
	require.ErrorIs(t, s.Delete(one.Agent, at(999, 9)), notifier.ErrOlder)
	require.NoError(t, s.Put(one, at(1000, 5)), "equal: the last to arrive")
	require.ErrorIs(t, s.Put(other, at(10, 0)), notifier.ErrFull, "one agent's instant is not held against another")

	require.NoError(t, s.Delete(one.Agent, at(1001, 0)))
	reopen()
	require.ErrorIs(t, s.Put(one, at(1000, 6)), notifier.ErrOlder, "what was removed stays removed")
	require.ErrorIs(t, s.Delete(one.Agent, at(1002, 0)), notifier.ErrNone)
	require.ErrorIs(t, s.Put(one, at(1001, 7)), notifier.ErrOlder, "it was there to be removed no more, and was to be")

	require.NoError(t, s.Put(other, at(1002+signedFor, 0)))
	require.ErrorIs(t, s.Put(one, at(1001, 0)), notifier.ErrOlder)
	require.NoError(t, s.Put(other, at(1003+signedFor, 0)))
	require.NoError(t, s.file.View(func(tx *bbolt.Tx) error {
		require.Nil(t, tx.Bucket(bucketSigned).Get(one.Agent[:]))
		return nil
	}))
	require.NoError(t, s.Evict(other.Agent))
	require.ErrorIs(t, s.Evict(op.PublicKey{9}), notifier.ErrNone)
	require.ErrorIs(t, s.Put(other, at(1002, 0)), notifier.ErrOlder)
}
