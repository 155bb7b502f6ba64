package anchor

import (
	"bytes"
	"fmt"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// hashPair hashes two nodes of Bitcoin's Merkle tree.
func hashPair(left, right chainhash.Hash) chainhash.Hash {
	var both [2 * chainhash.HashSize]byte
	copy(both[:], left[:])
	copy(both[chainhash.HashSize:], right[:])
	return chainhash.DoubleHashH(both[:])
}

// climb returns the root that a branch leads to from the leaf at index.
//
// Bitcoin pairs the last node of an odd level with itself, so a repeated run
// of transactions at the end has the same root (CVE-2012-2459), and the same
// leaf would verify at several indexes. A node that is the *right* one of a
// pair of equals is such a repetition and is refused; the left one is the real
// last node. Index bits beyond the branch's length are refused too.
func climb(leaf chainhash.Hash, index uint32,
	branch []Hex) (chainhash.Hash, error) {

	if len(branch) == 0 || len(branch) > maxDepth {
		return chainhash.Hash{}, fmt.Errorf("%w: depth %d is not from 1 "+
			"to %d", ErrMerkle, len(branch), maxDepth)
	}
	if index>>len(branch) != 0 {
		return chainhash.Hash{}, fmt.Errorf("%w: index %d has more bits "+
			"than the branch has levels (%d)", ErrMerkle, index,
			len(branch))
	}
	node := leaf
	for level, raw := range branch {
		if len(raw) != chainhash.HashSize {
			return chainhash.Hash{}, fmt.Errorf("%w: sibling %d has %d "+
				"bytes, not %d", ErrMerkle, level, len(raw),
				chainhash.HashSize)
		}
		sibling := chainhash.Hash(raw)
		if index>>level&1 == 0 {
			node = hashPair(node, sibling)
			continue
		}
		if sibling == node {
			return chainhash.Hash{}, fmt.Errorf("%w: sibling %d "+
				"duplicates the node on its right", ErrMerkle, level)
		}
		node = hashPair(sibling, node)
	}
	return node, nil
}

// provenTx decodes a transaction that is to be proved by its txid: without
// witness, because a txid binds none, and not of 64 bytes, because 64 bytes
// could as well be two hashes of the tree one level up.
func provenTx(name string, raw Hex) (*wire.MsgTx, error) {
	if len(raw) == 2*chainhash.HashSize {
		return nil, fmt.Errorf("%w: %s has 64 bytes, which an inner node "+
			"of the tree has too", ErrMerkle, name)
	}
	tx, err := decodeTx(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if tx.HasWitness() {
		return nil, fmt.Errorf("%w: %s carries a witness, which its txid "+
			"does not bind", ErrFormat, name)
	}
	return tx, nil
}

// checkCoinbase demands a coinbase transaction that states the height in the
// way of BIP 34: its script starts with the minimal push of the number.
func checkCoinbase(tx *wire.MsgTx, height uint32) error {
	if len(tx.TxIn) != 1 ||
		tx.TxIn[0].PreviousOutPoint != (wire.OutPoint{Index: ^uint32(0)}) {

		return fmt.Errorf("%w: the first transaction is not a coinbase",
			ErrMerkle)
	}
	if !bytes.HasPrefix(tx.TxIn[0].SignatureScript, heightPush(height)) {
		return fmt.Errorf("%w: the coinbase does not state height %d "+
			"(BIP 34)", ErrHeight, height)
	}
	return nil
}

// heightPush is the minimal script push of a block height: OP_0, OP_1 to
// OP_16, or a length and the number in little-endian order, with a zero byte
// where the top bit would read as a sign.
func heightPush(height uint32) []byte {
	switch {
	case height == 0:
		return []byte{0x00}
	case height <= 16:
		return []byte{0x50 + byte(height)}
	}
	var number []byte
	for n := height; n > 0; n >>= 8 {
		number = append(number, byte(n))
	}
	if number[len(number)-1]&0x80 != 0 {
		number = append(number, 0)
	}
	return append([]byte{byte(len(number))}, number...)
}
