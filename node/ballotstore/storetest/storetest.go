// Package storetest is the contract of a ballot store: what the sequencer and
// the other users of the log rely on, whatever keeps it. An implementation
// passes [Run].
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"pgregory.net/rapid"

	"github.com/econd/econd/node/ballotstore"
)

// Store is the port under test.
type Store interface {
	Append(b ballotstore.Batch) (root [32]byte, err error)
	Size() uint64
	Head() (size uint64, root [32]byte)
	Err() error
	Root(size uint64) ([32]byte, error)
	Entry(seq uint64) ([]byte, error)
	Scan(from, to uint64, fn func(seq uint64, entry []byte) error) error
	InclusionProof(seq, size uint64) ([][32]byte, error)
	InclusionProofs(seqs []uint64, size uint64, fn func(i int, path [][32]byte)) error
	ConsistencyProof(old, size uint64) ([][32]byte, error)
	PendingEffects() ([]ballotstore.Effect, error)
	PutCheckpoint(size uint64, note []byte) error
	LatestCheckpoint() (size uint64, note []byte, err error)
	Checkpoint(size uint64) ([]byte, error)
	JournalPut(key string, value []byte) error
	JournalGet(key string) ([]byte, error)
	JournalScan(prefix string, fn func(key string, value []byte) error) error
	JournalDelete(key string) error
	Backup(w io.Writer) (n int64, err error)
	Verify(progress func(done, total uint64)) error
}

// Run holds an implementation to the contract. open returns an empty store that
// nobody else uses and that is closed when the test ends.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, open func(t *testing.T) Store)
	}{
		{"an empty log", emptyLog},
		{"entries come back as they were", entries},
		{"a scan is exact and stops", scans},
		{"roots and proofs are those of RFC 6962", merkleOracle},
		{"an effect is pending until answered", effects},
		{"a malformed batch writes nothing and poisons", refusedBatches},
		{"checkpoints", checkpoints},
		{"the journal", journal},
		{"the caller's buffers stay the caller's", aliasing},
		{"readers beside a writer", concurrent},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// fill appends n entries in one batch and returns them.
func fill(t require.TestingT, s Store, n int) [][]byte {
	first := s.Size()
	batch := ballotstore.Batch{First: first}
	for i := range n {
		batch.Entries = append(batch.Entries, fmt.Appendf(nil, `{"n":%d}`, first+uint64(i)))
	}
	root, err := s.Append(batch)
	require.NoError(t, err)
	size, now := s.Head()
	require.Equal(t, first+uint64(n), size)
	require.Equal(t, root, now, "Append returns the root of the log with the batch")
	return batch.Entries
}

func emptyLog(t *testing.T, open func(t *testing.T) Store) {
	s := open(t)
	require.Zero(t, s.Size())
	require.NoError(t, s.Err())
	root, err := s.Root(0)
	require.NoError(t, err)
	require.Equal(t, rfc6962.DefaultHasher.EmptyRoot(), root[:])
	_, err = s.Entry(0)
	require.ErrorIs(t, err, ballotstore.ErrNotFound)
	_, err = s.Root(1)
	require.ErrorIs(t, err, ballotstore.ErrNotFound)
	_, err = s.InclusionProof(0, 0)
	require.ErrorIs(t, err, ballotstore.ErrNotFound)
	p, err := s.ConsistencyProof(0, 0)
	require.NoError(t, err)
	require.Empty(t, p)
	pending, err := s.PendingEffects()
	require.NoError(t, err)
	require.Empty(t, pending)
	require.NoError(t, s.Verify(nil))
	require.NoError(t, s.Scan(0, 0, func(uint64, []byte) error { return errors.New("called") }))
}

func entries(t *testing.T, open func(t *testing.T) Store) {
	s := open(t)
	var all [][]byte
	for _, n := range []int{1, 2, 700, 1, 3000} {
		all = append(all, fill(t, s, n)...)
	}
	for seq, want := range all {
		got, err := s.Entry(uint64(seq))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := s.Entry(uint64(len(all)))
	require.ErrorIs(t, err, ballotstore.ErrNotFound)

	var last [2]uint64
	calls := 0
	require.NoError(t, s.Verify(func(done, total uint64) { last = [2]uint64{done, total}; calls++ }))
	require.Equal(t, [2]uint64{s.Size(), s.Size()}, last, "progress ends at the end")
	require.Greater(t, calls, 1)
}

func scans(t *testing.T, open func(t *testing.T) Store) {
	s := open(t)
	all := fill(t, s, 2500)
	for _, r := range [][2]uint64{{0, 2500}, {0, 0}, {2500, 2500}, {1023, 1025}, {7, 2499}} {
		next := r[0]
		require.NoError(t, s.Scan(r[0], r[1], func(seq uint64, entry []byte) error {
			require.Equal(t, next, seq)
			require.Equal(t, all[seq], entry)
			next++
			return nil
		}))
		require.Equal(t, r[1], next)
	}
	never := func(uint64, []byte) error { t.Error("called for a bad range"); return nil }
	require.ErrorIs(t, s.Scan(0, 2501, never), ballotstore.ErrNotFound)
	require.ErrorIs(t, s.Scan(2, 1, never), ballotstore.ErrNotFound)

	enough := errors.New("enough")
	calls := 0
	require.Equal(t, enough, s.Scan(0, 2500, func(uint64, []byte) error { calls++; return enough }))
	require.Equal(t, 1, calls)

	// The callback may use the store, even write to it.
	require.NoError(t, s.Scan(0, 1, func(uint64, []byte) error { fill(t, s, 1); return nil }))
	require.EqualValues(t, 2501, s.Size())
}

// merkleOracle appends random batches to a fresh store and to the compact range
// of a second implementation, which also checks the proofs.
func merkleOracle(t *testing.T, open func(t *testing.T) Store) {
	rapid.Check(t, func(rt *rapid.T) {
		s := open(t)
		second := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
		roots := [][]byte{rfc6962.DefaultHasher.EmptyRoot()}
		var leaves [][]byte
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 90), 1, 6).Draw(rt, "batches") {
			for _, entry := range fill(rt, s, n) {
				leaf := rfc6962.DefaultHasher.HashLeaf(entry)
				leaves = append(leaves, leaf)
				require.NoError(rt, second.Append(leaf, nil))
				root, err := second.GetRootHash(nil)
				require.NoError(rt, err)
				roots = append(roots, root)
			}
		}
		for size, want := range roots {
			got, err := s.Root(uint64(size))
			require.NoError(rt, err)
			require.Equal(rt, want, got[:], "root of %d", size)
		}
		for range 20 {
			size := rapid.IntRange(1, len(leaves)).Draw(rt, "size")
			checkProofs(rt, s, roots, leaves, size)
		}
		require.NoError(rt, s.Verify(nil))
	})
}

func checkProofs(rt *rapid.T, s Store, roots, leaves [][]byte, size int) {
	seq := rapid.IntRange(0, size-1).Draw(rt, "seq")
	p, err := s.InclusionProof(uint64(seq), uint64(size))
	require.NoError(rt, err)
	require.NoError(rt, proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(seq), uint64(size), leaves[seq], slices(p), roots[size]))

	seqs := rapid.SliceOf(rapid.Uint64Range(0, uint64(size-1))).Draw(rt, "seqs")
	seqs = append(seqs, uint64(seq))
	n := 0
	require.NoError(rt, s.InclusionProofs(seqs, uint64(size), func(i int, path [][32]byte) {
		one, err := s.InclusionProof(seqs[i], uint64(size))
		require.NoError(rt, err)
		require.Equal(rt, len(one), len(path))
		for k := range one {
			require.Equal(rt, one[k], path[k], "entry %d in %d, hash %d", seqs[i], size, k)
		}
		n++
	}))
	require.Equal(rt, len(seqs), n)
	require.ErrorIs(rt, s.InclusionProofs([]uint64{0, uint64(size)}, uint64(size), nil), ballotstore.ErrNotFound)
	require.ErrorIs(rt, s.InclusionProofs([]uint64{0}, uint64(len(leaves))+1, nil), ballotstore.ErrNotFound)

	old := rapid.IntRange(0, size).Draw(rt, "old")
	p, err = s.ConsistencyProof(uint64(old), uint64(size))
	require.NoError(rt, err)
	require.NoError(rt, proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(old), uint64(size), slices(p), roots[old], roots[size]))

	beyond := uint64(len(leaves)) + 1
	_, err = s.InclusionProof(0, beyond)
	require.ErrorIs(rt, err, ballotstore.ErrNotFound)
	_, err = s.InclusionProof(uint64(size), uint64(size))
	require.ErrorIs(rt, err, ballotstore.ErrNotFound)
	_, err = s.ConsistencyProof(1, beyond)
	require.ErrorIs(rt, err, ballotstore.ErrNotFound)
	_, err = s.ConsistencyProof(uint64(size)+1, uint64(size))
	require.ErrorIs(rt, err, ballotstore.ErrNotFound)
}

func slices(p [][32]byte) [][]byte {
	out := make([][]byte, len(p))
	for i := range p {
		out[i] = p[i][:]
	}
	return out
}

func effects(t *testing.T, open func(t *testing.T) Store) {
	s := open(t)
	fill(t, s, 9)
	appendWith := func(effects []ballotstore.Effect, done ...string) {
		t.Helper()
		_, err := s.Append(ballotstore.Batch{
			First: s.Size(), Entries: [][]byte{[]byte("a"), []byte("b")}, Effects: effects, Done: done,
		})
		require.NoError(t, err)
	}
	pending := func() (ids []string) {
		t.Helper()
		found, err := s.PendingEffects()
		require.NoError(t, err)
		for _, e := range found {
			require.Equal(t, "data of "+e.ID, string(e.Data))
			require.Equal(t, e.ID, fmt.Sprintf("%d/%s", e.Seq, e.ID[len(fmt.Sprint(e.Seq))+1:]))
			ids = append(ids, e.ID)
		}
		return ids
	}
	make1 := func(seq uint64, index int) ballotstore.Effect {
		id := fmt.Sprintf("%d/%d", seq, index)
		return ballotstore.Effect{ID: id, Seq: seq, Data: []byte("data of " + id)}
	}

	// Order is numeric, by entry and then by index, not that of the text.
	appendWith([]ballotstore.Effect{make1(10, 10), make1(10, 2), make1(9, 0)})
	require.Equal(t, []string{"9/0", "10/2", "10/10"}, pending())

	// Answered in a later batch, and within the batch that brings it.
	appendWith([]ballotstore.Effect{make1(11, 0), make1(11, 1)}, "10/2", "11/0")
	require.Equal(t, []string{"9/0", "10/10", "11/1"}, pending())

	// Answered twice: the second time changes nothing.
	appendWith(nil, "10/2", "9/0")
	require.Equal(t, []string{"10/10", "11/1"}, pending())
	require.NoError(t, s.Verify(nil))
}

func refusedBatches(t *testing.T, open func(t *testing.T) Store) {
	one := [][]byte{[]byte("entry")}
	effect := func(id string, seq uint64) []ballotstore.Effect { return []ballotstore.Effect{{ID: id, Seq: seq}} }
	for _, c := range []struct {
		name  string
		batch ballotstore.Batch
		kind  error
	}{
		{"behind the end", ballotstore.Batch{First: 2, Entries: one}, ballotstore.ErrSequence},
		{"before the end", ballotstore.Batch{First: 4, Entries: one}, ballotstore.ErrSequence},
		{"no entries", ballotstore.Batch{First: 3}, ballotstore.ErrBatch},
		{"only an effect", ballotstore.Batch{First: 3, Effects: effect("3/0", 3)}, ballotstore.ErrBatch},
		{"empty entry", ballotstore.Batch{First: 3, Entries: [][]byte{{}}}, ballotstore.ErrBatch},
		{"effect of an older entry", ballotstore.Batch{First: 3, Entries: one, Effects: effect("2/0", 2)}, ballotstore.ErrBatch},
		{"effect of a later entry", ballotstore.Batch{First: 3, Entries: one, Effects: effect("4/0", 4)}, ballotstore.ErrBatch},
		{"effect with two entries", ballotstore.Batch{First: 3, Entries: one, Effects: effect("3/0", 2)}, ballotstore.ErrBatch},
		{"effect twice", ballotstore.Batch{First: 3, Entries: one, Effects: append(effect("3/0", 3), effect("3/0", 3)...)}, ballotstore.ErrBatch},
		{"effect id with a sign", ballotstore.Batch{First: 3, Entries: one, Effects: effect("3/+0", 3)}, ballotstore.ErrBatch},
		{"effect id with a zero in front", ballotstore.Batch{First: 3, Entries: one, Effects: effect("03/0", 3)}, ballotstore.ErrBatch},
		{"effect id without an index", ballotstore.Batch{First: 3, Entries: one, Effects: effect("3", 3)}, ballotstore.ErrBatch},
		{"answer to what cannot be", ballotstore.Batch{First: 3, Entries: one, Done: []string{"4/0"}}, ballotstore.ErrBatch},
		{"answer to nonsense", ballotstore.Batch{First: 3, Entries: one, Done: []string{"x"}}, ballotstore.ErrBatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			fill(t, s, 3)
			_, before := s.Head()
			_, err := s.Append(c.batch)
			require.ErrorIs(t, err, c.kind)
			size, after := s.Head()
			require.EqualValues(t, 3, size)
			require.Equal(t, before, after)

			// A writer that lost count must stop and recover, not try again.
			_, err = s.Append(ballotstore.Batch{First: 3, Entries: one})
			require.ErrorIs(t, err, ballotstore.ErrPoisoned)
			require.ErrorIs(t, s.Err(), ballotstore.ErrPoisoned)
			require.ErrorIs(t, s.Err(), c.kind, "the cause is told")
			require.ErrorIs(t, s.JournalPut("k", nil), ballotstore.ErrPoisoned)
			require.ErrorIs(t, s.PutCheckpoint(3, nil), ballotstore.ErrPoisoned)
			_, err = s.PendingEffects()
			require.ErrorIs(t, err, ballotstore.ErrPoisoned)
			_, err = s.Backup(io.Discard)
			require.ErrorIs(t, err, ballotstore.ErrPoisoned)
			_, err = s.Entry(2)
			require.NoError(t, err, "what was durable can still be read")
		})
	}
}

func checkpoints(t *testing.T, open func(t *testing.T) Store) {
	s := open(t)
	_, _, err := s.LatestCheckpoint()
	require.ErrorIs(t, err, ballotstore.ErrNotFound)
	fill(t, s, 300)
	require.NoError(t, s.PutCheckpoint(300, []byte("three hundred")))
	require.NoError(t, s.PutCheckpoint(2, []byte("two")))
	size, note, err := s.LatestCheckpoint()
	require.NoError(t, err)
	require.EqualValues(t, 300, size)
	require.Equal(t, "three hundred", string(note))

	require.NoError(t, s.PutCheckpoint(300, []byte("cosigned")))
	note, err = s.Checkpoint(300)
	require.NoError(t, err)
	require.Equal(t, "cosigned", string(note))
	_, err = s.Checkpoint(3)
	require.ErrorIs(t, err, ballotstore.ErrNotFound)

	require.ErrorIs(t, s.PutCheckpoint(301, []byte("ahead")), ballotstore.ErrSequence)
	require.NoError(t, s.Err(), "a refused checkpoint wrote nothing, so nothing is in doubt")
	fill(t, s, 1)
	require.NoError(t, s.PutCheckpoint(301, []byte("now")))
}

func journal(t *testing.T, open func(t *testing.T) Store) {
	s := open(t)
	_, err := s.JournalGet("anchor/1")
	require.ErrorIs(t, err, ballotstore.ErrNotFound)
	for _, key := range []string{"anchor/2", "anchor/10", "cursor", "anchos", "ancho"} {
		require.NoError(t, s.JournalPut(key, []byte("value of "+key)))
	}
	require.NoError(t, s.JournalPut("cursor", []byte{}))
	v, err := s.JournalGet("cursor")
	require.NoError(t, err)
	require.Empty(t, v)

	scan := func(prefix string) (keys []string) {
		require.NoError(t, s.JournalScan(prefix, func(key string, value []byte) error {
			keys = append(keys, key)
			return nil
		}))
		return keys
	}
	require.Equal(t, []string{"anchor/10", "anchor/2"}, scan("anchor/"))
	require.Equal(t, []string{"ancho", "anchor/10", "anchor/2", "anchos", "cursor"}, scan(""))
	require.Empty(t, scan("b"))

	// The callback may write.
	require.NoError(t, s.JournalScan("anchor/", func(key string, _ []byte) error { return s.JournalDelete(key) }))
	require.Empty(t, scan("anchor/"))
	require.NoError(t, s.JournalDelete("anchor/2"), "deleting what is gone is no error")
	enough := errors.New("enough")
	require.Equal(t, enough, s.JournalScan("", func(string, []byte) error { return enough }))

	for _, key := range []string{"", string(bytes.Repeat([]byte("k"), ballotstore.MaxJournalKeyBytes+1))} {
		require.ErrorIs(t, s.JournalPut(key, nil), ballotstore.ErrKey)
		require.ErrorIs(t, s.JournalDelete(key), ballotstore.ErrKey)
		_, err = s.JournalGet(key)
		require.ErrorIs(t, err, ballotstore.ErrKey)
	}
	require.NoError(t, s.JournalPut(string(bytes.Repeat([]byte("k"), ballotstore.MaxJournalKeyBytes)), nil))
	require.Zero(t, s.Size(), "the journal is no part of the log")
}

func aliasing(t *testing.T, open func(t *testing.T) Store) {
	s := open(t)
	entry, data := []byte("entry"), []byte("data")
	_, err := s.Append(ballotstore.Batch{
		Entries: [][]byte{entry, []byte("next")},
		Effects: []ballotstore.Effect{{ID: "0/0", Data: data}},
	})
	require.NoError(t, err)
	entry[0], data[0] = 'X', 'X'
	require.NoError(t, s.Scan(0, 2, func(_ uint64, e []byte) error {
		e[0] = 'Y'
		_ = append(e, "overrun"...)
		return nil
	}))
	got, err := s.Entry(0)
	require.NoError(t, err)
	require.Equal(t, "entry", string(got))
	pending, err := s.PendingEffects()
	require.NoError(t, err)
	require.Equal(t, "data", string(pending[0].Data))
	require.NoError(t, s.Verify(nil))
}

// concurrent reads every kind of thing while a writer appends; whatever Size
// has promised must be there.
func concurrent(t *testing.T, open func(t *testing.T) Store) {
	s := open(t)
	fill(t, s, 1)
	written := make(chan struct{})
	failed := make(chan error, 3)
	reader := func(read func(size uint64) error) {
		for {
			if err := read(s.Size()); err != nil {
				failed <- err
				return
			}
			select {
			case <-written:
				failed <- nil
				return
			default:
			}
		}
	}
	go reader(func(size uint64) error { _, err := s.Entry(size - 1); return err })
	go reader(func(size uint64) error { _, err := s.InclusionProof(size/2, size); return err })
	go reader(func(size uint64) error {
		if _, err := s.Backup(io.Discard); err != nil {
			return err
		}
		return s.Verify(nil)
	})
	for i := range 40 {
		fill(t, s, i+1)
	}
	close(written)
	for range 3 {
		require.NoError(t, <-failed)
	}
}
