package anchor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// lostPrefix is that of the keys of adopted anchors.
const lostPrefix = "anchor/lost/"

// Lost is an anchor of this log that the wallet made and the journal does not
// know: one from before the journal went back to an older backup, or from
// another program with the same keys.
type Lost struct {
	Txid   chainhash.Hash
	Digest [32]byte // SHA-256 of the checkpoint's text
	Height uint32   // of its block; 0: it waits for one

	tx *wire.MsgTx
}

// adopted is a lost anchor in the journal: the line goes on from the newest.
type adopted struct {
	V      int    `json:"v"`
	Tx     Hex    `json:"tx"`
	Height uint32 `json:"height"` // of the block, as far as it was known then

	// After is how many records there were. A later one that is in a block
	// has taken up the line.
	After uint64 `json:"after"`

	// Proof is there once the anchor is final.
	Proof *Proof `json:"proof,omitempty"`

	msg   *wire.MsgTx
	tried uint32 // the height at which it was last looked for
}

func (a *adopted) coin() Coin {
	out := a.msg.TxOut[1]
	return Coin{OutPoint: wire.OutPoint{Hash: a.msg.TxHash(), Index: 1},
		Value: out.Value, Script: out.PkScript}
}

// Lost lists the anchors of this log that the wallet made, in a block or
// waiting for one, and the journal does not know, in the order of the wallet. A
// transaction that spends a coin of anybody else does not count, whatever it
// says: else everybody could make one up.
func (p *Publisher) Lost(ctx context.Context) ([]Lost, error) {
	p.mu.Lock()
	known := map[chainhash.Hash]bool{}
	for id := range p.txids {
		known[id] = true
	}
	p.mu.Unlock()
	id := LogID(p.cfg.Origin)
	var list []Lost
	err := p.cfg.Wallet.Spends(ctx, func(tx *wire.MsgTx, height uint32) error {
		a, err := anchorTxOf(tx)
		if err != nil || !a.HasLine || a.Payload.LogID() != id ||
			known[a.Txid] {

			return nil // none of this log's, or the journal's own
		}
		known[a.Txid] = true
		list = append(list, Lost{Txid: a.Txid, Digest: a.Payload.Digest(),
			Height: height, tx: tx})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("anchor: list the wallet's transactions: %w",
			err)
	}
	return list, nil
}

// AnchoredSize returns the size of the largest checkpoint whose anchor the journal
// has in a block, 0 if there is none.
func (p *Publisher) AnchoredSize() int64 {
	most := int64(0)
	for _, a := range p.Anchors() {
		if a.State == StateConfirmed || a.State == StateFinal {
			most = max(most, a.Checkpoint.Size)
		}
	}
	return most
}

// Adopt makes lost anchors known: they are lost no more, and the line goes on
// from the newest of them. Call it before Run. An error is the journal's.
func (p *Publisher) Adopt(list []Lost) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range list {
		if p.txids[l.Txid] {
			continue
		}
		var raw bytes.Buffer
		if err := l.tx.Serialize(&raw); err != nil {
			return fmt.Errorf("anchor: serialize transaction: %w", err)
		}
		a := &adopted{V: recordVersion, Tx: raw.Bytes(), Height: l.Height,
			After: uint64(len(p.view)), msg: l.tx}
		value, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("anchor: %w", err)
		}
		err = p.cfg.Journal.Put(lostPrefix+l.Txid.String(), value)
		if err != nil {
			return &journalError{err}
		}
		p.adopt(a)
	}
	return nil
}

func (p *Publisher) adopt(a *adopted) {
	p.txids[a.msg.TxHash()] = true
	p.lost = append(p.lost, a)
}

// loadLost reads the adopted anchors.
func (p *Publisher) loadLost() error {
	return p.cfg.Journal.Scan(lostPrefix, func(key string, v []byte) error {
		var a adopted
		err := json.Unmarshal(v, &a)
		if err == nil && a.V != recordVersion {
			err = fmt.Errorf("version %d is not known to this program", a.V)
		}
		if err == nil {
			a.msg, err = decodeTx(a.Tx)
		}
		if err == nil && len(a.msg.TxOut) < 2 {
			err = errors.New("it has no line output")
		}
		if err != nil {
			return fmt.Errorf("anchor journal: %s: %w", key, err)
		}
		p.adopt(&a)
		return nil
	})
}

// proveLost adds the proofs of adopted anchors that have become final: the line runs
// through them.
func (p *Publisher) proveLost(ctx context.Context, best uint32) error {
	p.mu.Lock()
	lost := slices.Clone(p.lost)
	p.mu.Unlock()
	for _, a := range lost {
		if a.Proof != nil || a.tried == best {
			continue
		}
		c, err := p.cfg.Chain.Confirmation(ctx, a.msg.TxHash(),
			a.msg.TxOut[1].PkScript, a.Height)
		if err != nil && !errors.Is(err, ErrUnconfirmed) {
			return err
		}
		a.tried = best
		if err != nil || best+1 < c.Height+p.cfg.Confirmations {
			continue
		}
		if err := p.storeLostProof(ctx, a, c); err != nil {
			return err
		}
	}
	return nil
}

func (p *Publisher) storeLostProof(ctx context.Context, a *adopted,
	c Confirmation) error {

	headers, err := p.headersAfter(ctx, c.Height)
	if err != nil {
		return err
	}
	proof, err := BuildProof(p.cfg.Params, c.Height, c.RawBlock,
		a.msg.TxHash(), headers)
	if err != nil {
		return err
	}
	stored := *a
	stored.Height, stored.Proof = c.Height, proof
	value, err := json.Marshal(&stored)
	if err != nil {
		return fmt.Errorf("anchor: %w", err)
	}
	err = p.cfg.Journal.Put(lostPrefix+a.msg.TxHash().String(), value)
	if err != nil {
		return &journalError{err}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a.Height, a.Proof = c.Height, proof
	return nil
}

// lostTips returns the adopted anchors from which the line may go on after the
// record prev, nil for none: those that no other one follows, the newest first.
// Several wait for a block where one replaced another; one at most gets into
// it.
func (p *Publisher) lostTips(prev *record) []*adopted {
	p.mu.Lock()
	defer p.mu.Unlock()
	spent := map[wire.OutPoint]bool{}
	taken := map[wire.OutPoint]bool{} // by prev, for good
	if prev != nil && prev.settled() {
		for _, c := range prev.Coins {
			taken[c.OutPoint] = true
		}
	}
	replaced := func(in *wire.TxIn) bool { return taken[in.PreviousOutPoint] }
	for _, a := range p.lost {
		for _, in := range a.msg.TxIn {
			spent[in.PreviousOutPoint] = true
		}
	}
	var tips []*adopted
	for _, a := range p.lost {
		if (prev == nil || a.After > prev.Seq) &&
			!spent[a.coin().OutPoint] &&
			!slices.ContainsFunc(a.msg.TxIn, replaced) {

			tips = append(tips, a)
		}
	}
	slices.SortStableFunc(tips, func(a, b *adopted) int {
		// 0, not in a block yet, becomes the greatest.
		return cmp.Compare(b.Height-1, a.Height-1)
	})
	return tips
}

// lostLine returns the coin of the newest adopted anchor that is in a block.
// While none is, they are handed to the network again and waited for. ErrSpent,
// with the coin of the newest, where the network takes none.
func (p *Publisher) lostLine(ctx context.Context,
	tips []*adopted) (*Coin, error) {

	for _, a := range tips {
		coin := a.coin()
		_, err := p.cfg.Chain.Confirmation(ctx, coin.OutPoint.Hash,
			coin.Script, a.Height)
		switch {
		case err == nil:
			return &coin, nil
		case !errors.Is(err, ErrUnconfirmed):
			return nil, err
		}
	}
	var gone error
	for _, a := range tips {
		tx := a.msg
		err := p.cfg.Wallet.Publish(ctx, tx, "econd anchor of a lost log")
		switch {
		case errors.Is(err, ErrSpent): // by another version, maybe
			gone = fmt.Errorf("publish %v: %w", tx.TxHash(), err)
		case err == nil, errors.Is(err, ErrFeeTooLow):
			return nil, fmt.Errorf("%w: %v, of the log as it was before "+
				"a restore", ErrUnconfirmed, tx.TxHash())
		default:
			return nil, fmt.Errorf("publish %v: %w", tx.TxHash(), err)
		}
	}
	coin := tips[0].coin()
	return &coin, gone
}
