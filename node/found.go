package node

import (
	"errors"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Founding is what a new economy starts with.
type Founding struct {
	Operator     op.SecretKey
	LogVerifier  string // note verifier key of the checkpoints
	Economy      string
	Network      string
	Constitution []byte           // strict JSON
	NodeKey      op.NodeKey       // of the operator's Lightning node; left out before version 2 of the rules
	Agents       []op.FirstAgent  // registered by the genesis
	Wallets      []op.FirstWallet // that it opens, of these agents
	NowMs        int64
	Tip          Block
}

// ErrFounded says that the store holds an economy already.
var ErrFounded = errors.New("the ballot store is not empty")

// Check tells whether the rules take the genesis, before anything is kept.
func (f Founding) Check() error {
	_, err := f.entry()
	return err
}

// Found writes the genesis entry into an empty store.
func Found(store Store, f Founding) error {
	if store.Size() != 0 {
		return ErrFounded
	}
	entry, err := f.entry()
	if err != nil {
		return err
	}
	_, err = store.Append(Batch{Entries: [][]byte{entry.Marshal()}})
	return err
}

// entry is the genesis entry, which the rules take.
func (f Founding) entry() (*op.Entry, error) {
	if !constitution.NamesNode(f.Constitution) {
		f.NodeKey = op.NodeKey{}
	}
	e := &op.Event{CreatedAt: f.NowMs / 1000, Kind: op.KindGenesis, Tags: [][]string{{op.EconomyTag, f.Economy}},
		Content: op.EncodeContent(op.Genesis{Economy: f.Economy, Network: f.Network, LogVerifier: f.LogVerifier, Constitution: f.Constitution, NodeKey: f.NodeKey,
			Agents: f.Agents, Wallets: f.Wallets})}
	if err := e.Sign(f.Operator); err != nil {
		return nil, err
	}
	entry := &op.Entry{Stamp: op.Stamp{TimeMs: f.NowMs, Height: f.Tip.Height, BlockHash: f.Tip.Hash}, Event: e}
	_, err := ledger.Apply(ledger.New(), entry)
	return entry, err
}
