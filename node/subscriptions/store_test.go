package subscriptions

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/op"
)

var _ notifier.Store = (*Store)(nil)

func open(t *testing.T, path string, most int) *Store {
	t.Helper()
	s, err := Open(Config{Path: path, Most: most})
	require.NoError(t, err)
	return s
}

func hook(agent byte) notifier.Webhook {
	return notifier.Webhook{Agent: op.PublicKey{agent}, Target: notifier.Target{URL: "https://example.com/a?b=c", Kinds: []notify.Kind{notify.VoteNeeded},
		Tracks: []string{"price"}}, SetMs: 5, Cursor: notify.Cursor{Seq: 3, TimeMs: 4, Height: 5}, Disabled: true, Delivered: 7, DeliveredMs: 8, Tries: 9,
		FailingMs: 10, Status: 503, Reason: "answered 503"}
}

// Every member of a webhook survives a restart, and only its owner can read the
// file.
func TestWebhooksAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "subscriptions.db")
	s := open(t, path, 10)
	for i := range byte(3) {
		require.NoError(t, s.Put(hook(i), notifier.Signed{}))
	}
	require.NoError(t, s.Delete(op.PublicKey{1}, notifier.Signed{}))
	require.ErrorIs(t, s.Delete(op.PublicKey{1}, notifier.Signed{}), notifier.ErrNone)
	require.NoError(t, s.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	s = open(t, path, 10)
	defer s.Close()
	list, err := s.All()
	require.NoError(t, err)
	require.Equal(t, []notifier.Webhook{hook(0), hook(2)}, list)
	got, err := s.Get(op.PublicKey{2})
	require.NoError(t, err)
	require.Equal(t, hook(2), got)
	_, err = s.Get(op.PublicKey{1})
	require.ErrorIs(t, err, notifier.ErrNone)
}

// The limit holds against writers at the same time; who has a webhook may always
// replace it.
func TestWebhooksAreBounded(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), 4)
	defer s.Close()
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() { errs[i] = s.Put(hook(byte(i)), notifier.Signed{}) })
	}
	wg.Wait()
	refused := 0
	for _, err := range errs {
		if errors.Is(err, notifier.ErrFull) {
			refused++
		} else {
			require.NoError(t, err)
		}
	}
	list, err := s.All()
	require.NoError(t, err)
	require.Len(t, list, 4)
	require.Equal(t, 12, refused)
	require.NoError(t, s.Put(list[0], notifier.Signed{}))
}

// What a worker notes of a webhook that was replaced or removed meanwhile is
// lost, and brings nothing back.
func TestChangeSparesWhatIsNewer(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), 4)
	defer s.Close()
	old := hook(1)
	require.NoError(t, s.Change(old))
	_, err := s.Get(old.Agent)
	require.ErrorIs(t, err, notifier.ErrNone)

	anew := old
	anew.SetMs, anew.URL = old.SetMs+1, "https://example.org"
	require.NoError(t, s.Put(anew, notifier.Signed{}))
	require.NoError(t, s.Change(old))
	got, err := s.Get(old.Agent)
	require.NoError(t, err)
	require.Equal(t, anew, got)
	anew.Delivered++
	require.NoError(t, s.Change(anew))
	got, err = s.Get(old.Agent)
	require.NoError(t, err)
	require.Equal(t, anew, got)
}

// A file of another version, and a damaged record, are refused by name.
func TestForeignFilesAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	s := open(t, path, 4)
	require.NoError(t, s.Put(hook(1), notifier.Signed{}))
	require.NoError(t, s.file.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketWebhooks).Put(make([]byte, 32), []byte(`{"v":2}`))
	}))
	_, err := s.All()
	require.ErrorContains(t, err, "unknown version")
	require.NoError(t, s.file.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyVersion, []byte{9}) }))
	require.NoError(t, s.Close())
	_, err = Open(Config{Path: path, Most: 4})
	require.ErrorContains(t, err, "format version 09")
	for _, c := range []Config{{Path: path}, {Most: 1}} {
		_, err = Open(c)
		require.Error(t, err)
	}
}

// A write that failed, as on a full disk, is a problem until one succeeds, and does not
// end the taking of webhooks.
func TestAFailedWriteIsAProblemUntilOneSucceeds(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), 4)
	require.NoError(t, s.Problem())
	full := errors.New("no space left on device")
	require.ErrorIs(t, s.update(func(*bbolt.Tx) error { return full }), full)
	require.True(t, s.file.Failed())
	require.NoError(t, s.Put(hook(1), notifier.Signed{}))
	require.NoError(t, s.Problem())
	got, err := s.Get(op.PublicKey{1})
	require.NoError(t, err)
	require.Equal(t, hook(1), got)

	require.ErrorIs(t, s.update(func(*bbolt.Tx) error { return full }), full)
	require.NoError(t, s.Problem(), "tried again")
	require.NoError(t, s.Close())
	require.Error(t, s.Put(hook(2), notifier.Signed{}))
}
