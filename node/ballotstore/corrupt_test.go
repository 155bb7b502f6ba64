package ballotstore_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/ballotstore"
)

func be(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// flipNode changes one byte of one stored Merkle node.
func flipNode(tx *bolt.Tx, index int64) error {
	b := tx.Bucket([]byte("hashes"))
	key := be(uint64(index) / 63)
	v := bytes.Clone(b.Get(key))
	v[index%63*tlog.HashSize] ^= 1
	return b.Put(key, v)
}

// Verify names the first entry that does not fit, whatever was changed.
func TestVerifyNamesTheFirstBadEntry(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(tx *bolt.Tx) error
		seq    uint64
	}{
		{"an entry changed", func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("entries")).Put(be(1500), []byte("forged"))
		}, 1500},
		{"the first entry changed", func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("entries")).Put(be(0), []byte("forged"))
		}, 0},
		{"an entry removed", func(tx *bolt.Tx) error { return tx.Bucket([]byte("entries")).Delete(be(1024)) }, 1024},
		{"a leaf changed", func(tx *bolt.Tx) error { return flipNode(tx, tlog.StoredHashIndex(0, 700)) }, 700},
		{"a node changed", func(tx *bolt.Tx) error { return flipNode(tx, tlog.StoredHashIndex(3, 5)) }, 47},
		{"a chunk of nodes removed", func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("hashes")).Delete(be(uint64(tlog.StoredHashIndex(0, 900)) / 63))
		}, func() uint64 {
			first := uint64(tlog.StoredHashIndex(0, 900)) / 63 * 63 // first node that is gone
			seq := uint64(0)
			for uint64(tlog.StoredHashCount(int64(seq+1))) <= first {
				seq++
			}
			return seq
		}()},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := tempPath(t)
			s := mustOpen(t, path)
			appendN(t, s, 2001)
			require.NoError(t, s.Close())
			edit(t, path, c.change)
			s = mustOpen(t, path) // the end of the log is sound
			var bad *ballotstore.CorruptEntryError
			require.ErrorAs(t, s.Verify(nil), &bad)
			require.Equal(t, c.seq, bad.Seq)
			require.ErrorIs(t, bad, ballotstore.ErrCorrupt)
		})
	}
}

// Damage at the end of the log, where the next entry would go, stops Open.
func TestOpenChecksTheEnd(t *testing.T) {
	for name, change := range map[string]func(tx *bolt.Tx) error{
		"last entry changed": func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("entries")).Put(be(99), []byte("forged"))
		},
		"last entry removed": func(tx *bolt.Tx) error { return tx.Bucket([]byte("entries")).Delete(be(99)) },
		"an entry too many":  func(tx *bolt.Tx) error { return tx.Bucket([]byte("entries")).Put(be(100), []byte("x")) },
		"last leaf changed":  func(tx *bolt.Tx) error { return flipNode(tx, tlog.StoredHashIndex(0, 99)) },
		"edge node changed":  func(tx *bolt.Tx) error { return flipNode(tx, tlog.StoredHashIndex(6, 0)) },
		"nodes cut off": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("hashes"))
			k, v := b.Cursor().Last()
			return b.Put(bytes.Clone(k), bytes.Clone(v[:len(v)-tlog.HashSize]))
		},
		"head takes entries back": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("econd"))
			return b.Put([]byte("head"), append(be(98), b.Get([]byte("head"))[8:]...))
		},
		"head with a huge count": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("econd"))
			return b.Put([]byte("head"), append(be(1<<63), b.Get([]byte("head"))[8:]...))
		},
		"head removed":   func(tx *bolt.Tx) error { return tx.Bucket([]byte("econd")).Delete([]byte("head")) },
		"bucket removed": func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("effects")) },
	} {
		t.Run(name, func(t *testing.T) {
			path := tempPath(t)
			s := mustOpen(t, path)
			appendN(t, s, 100)
			require.NoError(t, s.Close())
			edit(t, path, change)
			_, err := ballotstore.Open(ballotstore.Config{Path: path})
			require.ErrorIs(t, err, ballotstore.ErrCorrupt)
		})
	}
}

func TestVerifyChecksTheRecordsBeside(t *testing.T) {
	for name, change := range map[string]func(tx *bolt.Tx) error{
		"effect of no entry":     func(tx *bolt.Tx) error { return tx.Bucket([]byte("effects")).Put(append(be(10), 0, 0, 0, 0), nil) },
		"effect key cut off":     func(tx *bolt.Tx) error { return tx.Bucket([]byte("effects")).Put(be(1), nil) },
		"checkpoint of no log":   func(tx *bolt.Tx) error { return tx.Bucket([]byte("checkpoints")).Put(be(11), nil) },
		"checkpoint key cut off": func(tx *bolt.Tx) error { return tx.Bucket([]byte("checkpoints")).Put([]byte{1}, nil) },
		"journal key too long":   func(tx *bolt.Tx) error { return tx.Bucket([]byte("journal")).Put(make([]byte, 1025), nil) },
	} {
		t.Run(name, func(t *testing.T) {
			path := tempPath(t)
			s := mustOpen(t, path)
			appendN(t, s, 10)
			require.NoError(t, s.Close())
			edit(t, path, change)
			require.ErrorIs(t, mustOpen(t, path).Verify(nil), ballotstore.ErrCorrupt)
		})
	}
}

// A file cut off at any page is refused; it never ends the process, although
// bbolt reads it through a memory map.
func TestTruncatedFile(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path)
	appendN(t, s, 300)
	var backup bytes.Buffer
	_, err := s.Backup(&backup)
	require.NoError(t, err)
	for size := backup.Len() - 4096; size > 0; size -= 4096 {
		cut := tempPath(t)
		require.NoError(t, os.WriteFile(cut, backup.Bytes()[:size], 0o600))
		_, err := ballotstore.Open(ballotstore.Config{Path: cut})
		require.Error(t, err, "%d of %d bytes", size, backup.Len())
	}
}

// FuzzRestore damages a good backup: Restore lets nothing through but the backup
// itself.
func FuzzRestore(f *testing.F) {
	s := mustOpen(f, tempPath(f))
	appendN(f, s, 200)
	var good bytes.Buffer
	if _, err := s.Backup(&good); err != nil {
		f.Fatal(err)
	}
	wantSize, wantRoot := s.Head()
	f.Add(uint32(0), []byte{0xff}, uint32(0))
	f.Add(uint32(4096*2+8), []byte{0xff, 0xff}, uint32(0))
	f.Add(uint32(20000), []byte("xyz"), uint32(1))
	f.Add(uint32(28684), []byte{0xff, 0xff, 0xbf, 0xff}, uint32(0)) // a page that claims to span gigabytes
	f.Add(uint32(good.Len()-41), []byte{1}, uint32(0))
	f.Add(uint32(good.Len()-40), []byte{1}, uint32(0))
	f.Add(uint32(good.Len()-1), []byte{1}, uint32(0))
	f.Add(uint32(0), []byte{0}, uint32(40))
	f.Add(uint32(0), []byte{0}, uint32(0)) // no damage
	f.Fuzz(func(t *testing.T, at uint32, xor []byte, cut uint32) {
		data := bytes.Clone(good.Bytes())
		for i, x := range xor {
			data[(uint64(at)+uint64(i))%uint64(len(data))] ^= x
		}
		data = data[:uint64(len(data))-uint64(cut)%uint64(len(data))]
		path := tempPath(t)
		size, root, err := ballotstore.Restore(bytes.NewReader(data), path)
		if err != nil {
			return
		}
		if size != wantSize || root != wantRoot || !bytes.Equal(data, good.Bytes()) {
			t.Fatalf("accepted a damaged backup: %d entries, root %x", size, root)
		}
	})
}

// FuzzEffectID: an id that is accepted is the only spelling of its effect.
func FuzzEffectID(f *testing.F) {
	for _, id := range []string{"", "/", "0/0", "12/3", "012/3", "1/4294967295", "1/4294967296", "18446744073709551615/0", "+1/0", "1/0/0", " 1/0"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		seq, index, err := ballotstore.ParseEffectID(id)
		if err == nil && ballotstore.EffectID(seq, index) != id {
			t.Fatalf("%q is a second spelling of %q", id, ballotstore.EffectID(seq, index))
		}
	})
}
