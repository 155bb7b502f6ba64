package ballotstore

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"
)

// InclusionProofs calls fn with what InclusionProof returns, for each entry of seqs in
// their order; fn must not keep the path. What entries that stand beside one another have
// in common is read once. ErrNotFound unless each is below size and size <= Size(); then
// fn is not called.
func (s *Store) InclusionProofs(seqs []uint64, size uint64, fn func(i int, path [][32]byte)) error {
	now := s.Size()
	for _, seq := range seqs {
		if seq >= size || size > now {
			return fmt.Errorf("%w: proof of entry %d in %d entries; the log has %d", ErrNotFound, seq, size, now)
		}
	}
	return s.view(func(tx *bolt.Tx) error {
		p := paths{read: hashReader{tx}, size: size}
		for i, seq := range seqs {
			path, err := p.of(seq)
			if err != nil {
				return err
			}
			fn(i, path)
		}
		return nil
	})
}

// paths makes audit paths in the tree of one size (RFC 6962 section 2.1.1). A level of
// it is the roots of complete subtrees, which are stored, and perhaps one more at its end
// that is not complete.
type paths struct {
	read hashReader
	size uint64

	last [64]subtree // of each level, what was read last
	end  [64]subtree // of each level, the incomplete one
	path [][32]byte
}

type subtree struct {
	index uint64
	hash  tlog.Hash
	known bool
}

// of returns the path of entry seq, which is good until the next call.
func (p *paths) of(seq uint64) ([][32]byte, error) {
	p.path = p.path[:0]
	for level := 0; (p.size-1)>>level != 0; level++ {
		sibling := seq>>level ^ 1
		var h tlog.Hash
		var err error
		switch whole := p.size >> level; {
		case sibling < whole:
			h, err = p.stored(level, sibling)
		case sibling == whole && p.size != whole<<level:
			h, err = p.incomplete(level)
		default:
			continue // it moves up alone
		}
		if err != nil {
			return nil, err
		}
		p.path = append(p.path, h)
	}
	return p.path, nil
}

// stored reads the root of a complete subtree.
func (p *paths) stored(level int, index uint64) (tlog.Hash, error) {
	n := &p.last[level]
	if !n.known || n.index != index {
		h, err := p.read.ReadHashes([]int64{tlog.StoredHashIndex(level, int64(index))})
		if err != nil {
			return tlog.Hash{}, err
		}
		*n = subtree{index, h[0], true}
	}
	return n.hash, nil
}

// incomplete is the root over the last size mod 2^level entries, of which there is one at
// least.
func (p *paths) incomplete(level int) (tlog.Hash, error) {
	if n := p.end[level]; n.known {
		return n.hash, nil
	}
	var root tlog.Hash
	some := false
	for l := range level {
		if p.size>>l&1 == 0 {
			continue
		}
		h, err := p.read.ReadHashes([]int64{tlog.StoredHashIndex(l, int64(p.size>>l-1))})
		if err != nil {
			return root, err
		}
		if root = h[0]; some {
			root = tlog.NodeHash(h[0], p.end[level].hash)
		}
		p.end[level].hash, some = root, true
	}
	p.end[level].known = true
	return root, nil
}
