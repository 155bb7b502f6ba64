package anchor

import (
	"bytes"
	"fmt"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// BuildProof makes the proof that the transaction txid is in this block, from
// the raw block as nodes serve it and the raw headers of the blocks after it,
// in order. The result has passed the checks of Verify that need no
// checkpoint, with no least number of confirmations.
func BuildProof(params *chaincfg.Params, height uint32, rawBlock []byte,
	txid chainhash.Hash, following [][]byte) (*Proof, error) {

	var block wire.MsgBlock
	r := bytes.NewReader(rawBlock)
	if err := block.Deserialize(r); err != nil {
		return nil, fmt.Errorf("%w: block: %w", ErrFormat, err)
	}
	if r.Len() != 0 {
		return nil, fmt.Errorf("%w: %d bytes after the block", ErrFormat,
			r.Len())
	}
	txids := make([]chainhash.Hash, len(block.Transactions))
	index := -1
	for i, tx := range block.Transactions {
		txids[i] = tx.TxHash()
		if txids[i] == txid {
			index = i
		}
	}
	if index < 1 {
		return nil, fmt.Errorf("%w: transaction %v is not in block %v, or "+
			"is its coinbase", ErrMerkle, txid, block.BlockHash())
	}
	p := &Proof{
		Version:        ProofVersion,
		Network:        params.Name,
		Height:         height,
		TxIndex:        uint32(index),
		TxBranch:       branchOf(txids, index),
		CoinbaseBranch: branchOf(txids, 0),
		Following:      []Hex{},
	}
	var err error
	if p.Tx, err = stripped(block.Transactions[index]); err != nil {
		return nil, err
	}
	if p.Coinbase, err = stripped(block.Transactions[0]); err != nil {
		return nil, err
	}
	if p.Header, err = encodeHeader(&block.Header); err != nil {
		return nil, err
	}
	return p.Extend(params, following)
}

// Extend returns a copy of the proof with further headers after its last. The
// proof as a whole is checked again, all but the commitment.
func (p *Proof) Extend(params *chaincfg.Params,
	following [][]byte) (*Proof, error) {

	out := *p
	out.Following = append([]Hex{}, p.Following...)
	for _, raw := range following {
		out.Following = append(out.Following, bytes.Clone(raw))
	}
	headers, err := out.headers()
	if err != nil {
		return nil, err
	}
	out.Tip = displayed(headers[len(headers)-1].BlockHash())
	tx, err := provenTx("tx", out.Tx)
	if err != nil {
		return nil, err
	}
	if err := out.checkBlock(tx.TxHash(), &headers[0]); err != nil {
		return nil, err
	}
	if _, err := checkHeaders(params, out.Height, headers); err != nil {
		return nil, err
	}
	return &out, nil
}

// branchOf returns the siblings of the leaf at index, from the leaf up. The
// last node of an odd level is its own sibling.
func branchOf(level []chainhash.Hash, index int) []Hex {
	branch := []Hex{}
	for len(level) > 1 {
		if len(level)%2 == 1 {
			level = append(level[:len(level):len(level)],
				level[len(level)-1])
		}
		branch = append(branch, bytes.Clone(level[index^1][:]))
		next := make([]chainhash.Hash, 0, len(level)/2)
		for i := 0; i < len(level); i += 2 {
			next = append(next, hashPair(level[i], level[i+1]))
		}
		level, index = next, index/2
	}
	return branch
}

// stripped returns the transaction as its txid hashes it.
func stripped(tx *wire.MsgTx) (Hex, error) {
	var b bytes.Buffer
	if err := tx.SerializeNoWitness(&b); err != nil {
		return nil, fmt.Errorf("%w: transaction: %w", ErrFormat, err)
	}
	return b.Bytes(), nil
}
