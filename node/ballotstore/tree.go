package ballotstore

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"
)

// maxSize is the largest log: the stored-hash numbers of package tlog, about
// twice the number of entries, are signed 64-bit.
const maxSize = 1 << 62

// An edge is the right edge of an RFC 6962 tree: the roots of the complete
// subtrees that its size decomposes into. nodes[l] is meaningful where bit l of
// size is set. With it an append reads nothing back from the file, and the root
// is computed once per batch.
type edge struct {
	size  uint64
	nodes [64]tlog.Hash
}

// append adds one leaf. It appends to out, in the order in which package tlog
// numbers stored hashes, the leaf and every node that the leaf completes.
func (e *edge) append(leaf tlog.Hash, out []byte) []byte {
	h := leaf
	out = append(out, h[:]...)
	level := 0
	for ; e.size>>level&1 == 1; level++ {
		h = tlog.NodeHash(e.nodes[level], h)
		out = append(out, h[:]...)
	}
	e.nodes[level] = h
	e.size++
	return out
}

// root is the Merkle tree hash, RFC 6962 section 2.1; of no entries, SHA-256 of
// the empty string.
func (e *edge) root() [32]byte {
	if e.size == 0 {
		return sha256.Sum256(nil)
	}
	level := bits.TrailingZeros64(e.size)
	h := e.nodes[level]
	for level++; e.size>>level != 0; level++ {
		if e.size>>level&1 == 1 {
			h = tlog.NodeHash(e.nodes[level], h)
		}
	}
	return h
}

// loadEdge reads the edge of a tree of the given size from the stored hashes.
func loadEdge(tx *bolt.Tx, size uint64) (*edge, error) {
	e := &edge{size: size}
	var indexes []int64
	var levels []int
	for level := 0; size>>level != 0; level++ {
		if size>>level&1 == 1 {
			levels = append(levels, level)
			indexes = append(indexes, tlog.StoredHashIndex(level, int64(size>>level-1)))
		}
	}
	hashes, err := hashReader{tx}.ReadHashes(indexes)
	if err != nil {
		return nil, err
	}
	for i, level := range levels {
		e.nodes[level] = hashes[i]
	}
	return e, nil
}

// storedCount is the number of stored hashes of a tree of the given size.
func storedCount(size uint64) uint64 { return uint64(tlog.StoredHashCount(int64(size))) }

// A hashReader reads stored hashes for package tlog.
type hashReader struct{ tx *bolt.Tx }

// ReadHashes implements tlog.HashReader.
func (r hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	b := r.tx.Bucket(bucketHashes)
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		chunk, offset := uint64(index)/hashesPerChunk, uint64(index)%hashesPerChunk*tlog.HashSize
		v := b.Get(seqKey(chunk))
		if uint64(len(v)) < offset+tlog.HashSize {
			return nil, fmt.Errorf("%w: Merkle node %d is missing", ErrCorrupt, index)
		}
		copy(hashes[i][:], v[offset:])
	}
	return hashes, nil
}

// putHashes writes hashes, a concatenation, as the stored hashes from number
// first on. The chunk that first falls into may be half full; it is written
// again with what it gains.
func putHashes(tx *bolt.Tx, first uint64, hashes []byte) error {
	const chunkBytes = hashesPerChunk * tlog.HashSize
	b := tx.Bucket(bucketHashes)
	b.FillPercent = appendFill

	chunk, kept := first/hashesPerChunk, first%hashesPerChunk*tlog.HashSize
	if kept > 0 {
		old := b.Get(seqKey(chunk))
		if uint64(len(old)) != kept {
			return fmt.Errorf("%w: Merkle chunk %d has %d bytes, want %d", ErrCorrupt, chunk, len(old), kept)
		}
		hashes = append(append(make([]byte, 0, len(old)+len(hashes)), old...), hashes...)
	}
	for ; len(hashes) > 0; chunk++ {
		n := min(chunkBytes, len(hashes))
		if err := b.Put(seqKey(chunk), hashes[:n:n]); err != nil {
			return err
		}
		hashes = hashes[n:]
	}
	return nil
}

// checkHead holds the end of the log against itself: the head record, the last
// entry, the last Merkle node and the root over the nodes. It reads a few pages
// however long the log is.
func checkHead(tx *bolt.Tx) (*edge, error) {
	h, err := readHead(tx)
	if err != nil {
		return nil, err
	}
	if err := checkLastKeys(tx, h.size); err != nil {
		return nil, err
	}
	e, err := loadEdge(tx, h.size)
	if err != nil {
		return nil, err
	}
	if e.root() != h.root {
		return nil, fmt.Errorf("%w: the Merkle nodes of %d entries do not give the root of the head record", ErrCorrupt, h.size)
	}
	if h.size == 0 {
		return e, nil
	}
	last := h.size - 1
	leaf, err := hashReader{tx}.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(last))})
	if err != nil {
		return nil, err
	}
	if tlog.RecordHash(tx.Bucket(bucketEntries).Get(seqKey(last))) != leaf[0] {
		return nil, &CorruptEntryError{Seq: last, Reason: "does not hash to its Merkle leaf"}
	}
	return e, nil
}

// checkLastKeys demands that entries and Merkle nodes end where a log of the
// given size ends.
func checkLastKeys(tx *bolt.Tx, size uint64) error {
	k, _ := tx.Bucket(bucketEntries).Cursor().Last()
	entries, ok := countFromLast(k)
	if !ok || entries != size {
		return fmt.Errorf("%w: the head record counts %d entries, the last entry key is %x", ErrCorrupt, size, k)
	}
	k, v := tx.Bucket(bucketHashes).Cursor().Last()
	chunks, ok := countFromLast(k)
	stored := uint64(0)
	if ok && chunks > 0 {
		stored = (chunks-1)*hashesPerChunk + uint64(len(v))/tlog.HashSize
	}
	if !ok || len(v)%tlog.HashSize != 0 || stored != storedCount(size) {
		return fmt.Errorf("%w: %d entries need %d Merkle nodes, the file has %d", ErrCorrupt, size, storedCount(size), stored)
	}
	return nil
}

// countFromLast turns the last key of a bucket with consecutive keys into the
// number of keys.
func countFromLast(k []byte) (n uint64, ok bool) {
	if k == nil {
		return 0, true
	}
	if len(k) != 8 {
		return 0, false
	}
	n = binary.BigEndian.Uint64(k) + 1
	return n, n != 0
}
