package anchor

import (
	"context"
	"errors"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// What the Publisher's ports answer with, beside nil and errors it can only
// try again after.
var (
	// ErrUnconfirmed: the transaction is in no block of the best chain.
	ErrUnconfirmed = errors.New("transaction is not confirmed")

	// ErrSpent: an input is spent by another transaction, in a block or
	// waiting for one, or the transaction itself is in a block already.
	ErrSpent = errors.New("output is already spent")

	// ErrFeeTooLow: the network does not take the transaction at its fee.
	ErrFeeTooLow = errors.New("fee is too low")

	// ErrUnknownCoin: the wallet has no such unspent output.
	ErrUnknownCoin = errors.New("wallet has no such unspent output")

	// ErrFunds: the wallet cannot fund the transaction.
	ErrFunds = errors.New("not enough funds in the wallet")
)

// Coin is an output of the wallet.
type Coin struct {
	OutPoint wire.OutPoint
	Value    int64 // sat
	Script   []byte
}

// Draft is an unsigned transaction and the outputs it spends, one per input
// in order.
type Draft struct {
	Tx    *wire.MsgTx
	Coins []Coin
}

// FundRequest asks the wallet for the money of an anchor.
type FundRequest struct {
	// Script is that of the first output, of value 0.
	Script []byte

	// LineSat is the value of the second output, which goes to the wallet.
	LineSat int64

	// Line is an output that must be among the inputs, and whose script
	// the second output gets again. Nil starts a line at a new script.
	Line *Coin

	// SatPerKW is the fee rate, in sats per 1,000 weight units.
	SatPerKW int64

	// LockID and LockFor keep the wallet from spending the chosen coins
	// otherwise until the transaction is out.
	LockID  [32]byte
	LockFor time.Duration
}

// Wallet is what the Publisher needs of a wallet. LND's is in node/lnd.
type Wallet interface {
	// FeeRate estimates the fee to be in a block within so many blocks, in
	// sats per 1,000 weight units.
	FeeRate(ctx context.Context, blocks uint32) (satPerKW int64, err error)

	// Fund chooses coins. The draft's outputs are the two asked for, in
	// order, and at most one more: the wallet's change. ErrFunds,
	// ErrUnknownCoin.
	Fund(ctx context.Context, r FundRequest) (Draft, error)

	// Sign returns the complete transaction. Its inputs and outputs are
	// those of the draft.
	Sign(ctx context.Context, d Draft) (*wire.MsgTx, error)

	// Publish hands a transaction to the network. Doing it again is
	// harmless. ErrSpent, ErrFeeTooLow.
	Publish(ctx context.Context, tx *wire.MsgTx, label string) error

	// Spends calls fn for each transaction whose inputs are all the
	// wallet's own, those that wait for a block included; height is that of
	// the block, 0 for those. Its error ends the listing.
	Spends(ctx context.Context,
		fn func(tx *wire.MsgTx, height uint32) error) error

	// Lease reserves an output, or prolongs that. ErrUnknownCoin.
	Lease(ctx context.Context, op wire.OutPoint, lockID [32]byte,
		d time.Duration) error
}

// Confirmation is a transaction's place in the best chain.
type Confirmation struct {
	BlockHash chainhash.Hash
	Height    uint32
	RawBlock  []byte
}

// Chain is what the Publisher needs of a Bitcoin node.
type Chain interface {
	// Best returns the tip of the best chain.
	Best(ctx context.Context) (height uint32, hash chainhash.Hash, err error)

	// BlockHash returns the hash of the best chain's block at a height.
	BlockHash(ctx context.Context, height uint32) (chainhash.Hash, error)

	// Header returns a block's raw header.
	Header(ctx context.Context, hash chainhash.Hash) ([]byte, error)

	// Confirmation finds a transaction of the wallet that pays to script
	// in the best chain, in no block below heightHint (0: unknown).
	// ErrUnconfirmed.
	Confirmation(ctx context.Context, txid chainhash.Hash, script []byte,
		heightHint uint32) (Confirmation, error)

	// Watch calls fn, one call at a time, when the best chain has changed,
	// until ctx ends.
	Watch(ctx context.Context, fn func(height uint32)) error
}

// Journal keeps the Publisher's records.
type Journal interface {
	// Put stores a value under a key, in place of what is there. When it
	// returns nil the value survives any crash.
	Put(key string, value []byte) error

	// Scan calls fn for each key with this prefix, in ascending order.
	Scan(prefix string, fn func(key string, value []byte) error) error
}

// EventKind says what happened to an anchor.
type EventKind string

// The events, in the order of an uneventful life.
const (
	// EventPublished: a version of the anchoring transaction is out.
	EventPublished EventKind = "published"

	// EventConfirmed: one version is in a block.
	EventConfirmed EventKind = "confirmed"

	// EventFinal: the block has the confirmations asked for.
	EventFinal EventKind = "final"

	// EventReorged: the block left the best chain; the anchor is pending
	// again.
	EventReorged EventKind = "reorged"
)

// Event is a fact about an anchor. It is reported at least once; two equal
// events are one.
type Event struct {
	Kind EventKind `json:"kind"`

	// Size and Digest are those of the checkpoint: number of entries, and
	// SHA-256 of its text.
	Size   int64 `json:"size"`
	Digest Hex   `json:"digest"`

	// Txid is shown as nodes and explorers show it. RawTx is the whole
	// transaction, for EventPublished only.
	Txid  string `json:"txid"`
	RawTx Hex    `json:"raw_tx,omitempty"`

	// BlockHash and Height are set for all but EventPublished.
	BlockHash string `json:"block_hash,omitempty"`
	Height    uint32 `json:"height,omitempty"`
}

// Facts takes what the Publisher learns. An error means that the event was
// not taken and is to be reported again.
type Facts interface {
	Report(ctx context.Context, e Event) error
}
