package anchor

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// State is where an anchor stands.
type State string

// The states of an anchor. Confirmed falls back to Published when its block
// is reorganised away; Final and Abandoned are for ever.
const (
	// StateJournaled: the checkpoint is stored, no transaction exists.
	StateJournaled State = "journaled"

	// StateBuilt: a signed transaction is stored and may be out.
	StateBuilt State = "built"

	// StatePublished: the network has a version of it.
	StatePublished State = "published"

	// StateConfirmed: a version is in a block.
	StateConfirmed State = "confirmed"

	// StateFinal: the block has the confirmations asked for.
	StateFinal State = "final"

	// StateAbandoned: somebody else spent its coins; the checkpoint was
	// taken up again by the next record.
	StateAbandoned State = "abandoned"
)

const (
	recordVersion = 1
	recordPrefix  = "anchor/record/"
	nextKey       = "anchor/next"
)

// record is one anchor in the journal. Every change of it is one Put.
type record struct {
	V     int    `json:"v"`
	Seq   uint64 `json:"seq"`
	State State  `json:"state"`

	// Body is the text of the checkpoint: of the version that confirmed, or else
	// the latest.
	Body string `json:"body"`

	// Versions are the signed transactions, oldest first. All of them
	// spend the same coins, so one at most confirms; any of them may.
	Versions []txVersion `json:"versions,omitempty"`

	// Coins are what they spend, one per input.
	Coins []Coin `json:"coins,omitempty"`

	// Block is where it confirmed, Proof the proof of that; its following
	// headers are complete once the anchor is final.
	Block *blockRef `json:"block,omitempty"`
	Proof *Proof    `json:"proof,omitempty"`

	// Doubts counts the heights, DoubtHeight is the last of them, at which
	// a needed coin seemed to be gone.
	Doubts      int    `json:"doubts,omitempty"`
	DoubtHeight uint32 `json:"doubt_height,omitempty"`

	// Pending are events that have not been reported yet.
	Pending []Event `json:"pending,omitempty"`

	// checkpoint is what Body says.
	checkpoint Checkpoint
}

// txVersion is one signed transaction.
type txVersion struct {
	Tx     Hex    `json:"tx"`
	FeeSat int64  `json:"fee_sat"`
	Height uint32 `json:"height"` // of the best block when it was made

	// Body is the checkpoint that it is over, where the versions of a record are
	// over several.
	Body string `json:"body,omitempty"`

	msg *wire.MsgTx // what Tx encodes
}

// blockRef is the block that one version confirmed in.
type blockRef struct {
	Hash    Hex    `json:"hash"` // as hashed
	Height  uint32 `json:"height"`
	Version int    `json:"version"`
}

func (b *blockRef) hash() chainhash.Hash { return chainhash.Hash(b.Hash) }

// next is the checkpoint that waits for its turn.
type next struct {
	V    int    `json:"v"`
	Body string `json:"body"`
}

func recordKey(seq uint64) string {
	return fmt.Sprintf("%s%016x", recordPrefix, seq)
}

// decodeRecord reads a record of the journal, which only this package writes.
func decodeRecord(value []byte) (*record, error) {
	var r record
	if err := json.Unmarshal(value, &r); err != nil {
		return nil, fmt.Errorf("anchor journal: %w", err)
	}
	if r.V != recordVersion {
		return nil, fmt.Errorf("anchor journal: record version %d is not "+
			"known to this program", r.V)
	}
	var err error
	if r.checkpoint, err = ParseCheckpoint([]byte(r.Body)); err != nil {
		return nil, fmt.Errorf("anchor journal: record %d: %w", r.Seq, err)
	}
	for i := range r.Versions {
		tx, err := decodeTx(r.Versions[i].Tx)
		if err != nil {
			return nil, fmt.Errorf("anchor journal: record %d: %w",
				r.Seq, err)
		}
		r.Versions[i].msg = tx
		if _, err := ParseCheckpoint([]byte(r.bodyOf(i))); err != nil {
			return nil, fmt.Errorf("anchor journal: record %d: %w",
				r.Seq, err)
		}
	}
	return &r, r.check()
}

// newRecord makes the record of a checkpoint.
func newRecord(seq uint64, body string) (*record, error) {
	c, err := ParseCheckpoint([]byte(body))
	return &record{V: recordVersion, Seq: seq, State: StateJournaled,
		Body: body, checkpoint: c}, err
}

// check holds the parts that the state calls for against what there is.
func (r *record) check() error {
	var bad string
	switch {
	case r.State != StateJournaled && len(r.Versions) == 0:
		bad = "has no transaction"
	case r.settled() && r.Block == nil, r.Block != nil && !r.settled():
		bad = "has a state that contradicts its block"
	case r.settled() && r.Proof == nil:
		bad = "has no proof"
	case r.Block != nil && (len(r.Block.Hash) != chainhash.HashSize ||
		r.Block.Version < 0 || r.Block.Version >= len(r.Versions)):
		bad = "has a malformed block"
	case !slices.Contains([]State{StateJournaled, StateBuilt,
		StatePublished, StateConfirmed, StateFinal, StateAbandoned},
		r.State):
		bad = "has an unknown state"
	}
	for _, v := range r.Versions {
		if len(v.msg.TxOut) < 2 || len(v.msg.TxIn) != len(r.Coins) {
			bad = "has a transaction that is no anchor"
		}
	}
	if bad != "" {
		return fmt.Errorf("anchor journal: record %d %s", r.Seq, bad)
	}
	return nil
}

// compact drops from memory what a final anchor needs in the journal alone.
// It must not be stored again afterwards.
func (r *record) compact() {
	if r.State != StateFinal || len(r.Pending) > 0 {
		return
	}
	r.Proof = nil
	for i := range r.Versions {
		r.Versions[i].Tx = nil
	}
}

// latest returns the newest version.
func (r *record) latest() *txVersion { return &r.Versions[len(r.Versions)-1] }

// pending tells whether the anchor has a transaction and no block.
func (r *record) pending() bool {
	return r.State == StateBuilt || r.State == StatePublished
}

// settled tells whether the anchor is in a block.
func (r *record) settled() bool {
	return r.State == StateConfirmed || r.State == StateFinal
}

// line returns the coin that the next anchor spends: the line output of the
// version that confirmed, or of the latest.
func (r *record) line() Coin {
	v := r.latest()
	if r.Block != nil {
		v = &r.Versions[r.Block.Version]
	}
	out := v.msg.TxOut[1]
	return Coin{
		OutPoint: wire.OutPoint{Hash: v.msg.TxHash(), Index: 1},
		Value:    out.Value,
		Script:   out.PkScript,
	}
}

// draft returns the latest version as it was before it was signed.
func (r *record) draft() Draft {
	return Draft{Tx: r.latest().msg, Coins: r.Coins}
}

// add appends a signed version.
func (r *record) add(tx *wire.MsgTx, feeSat int64, height uint32) error {
	var raw bytes.Buffer
	if err := tx.Serialize(&raw); err != nil {
		return fmt.Errorf("anchor: serialize transaction: %w", err)
	}
	v := txVersion{Tx: raw.Bytes(), FeeSat: feeSat, Height: height, msg: tx}
	if len(r.Versions) > 0 && r.Versions[0].Body != "" {
		v.Body = r.Body
	}
	r.Versions = append(r.Versions, v)
	return nil
}

// event makes an event about one version and leaves it to be reported.
func (r *record) event(kind EventKind, version int) {
	body := r.bodyOf(version)
	digest := sha256.Sum256([]byte(body))
	c, _ := ParseCheckpoint([]byte(body)) // it was parsed before
	e := Event{
		Kind:   kind,
		Size:   c.Size,
		Digest: digest[:],
		Txid:   r.Versions[version].msg.TxHash().String(),
	}
	if kind == EventPublished {
		e.RawTx = r.Versions[version].Tx
	} else {
		e.BlockHash = r.Block.hash().String()
		e.Height = r.Block.Height
	}
	r.Pending = append(r.Pending, e)
}

// doubt notes, once per height, that a coin seems gone, and returns for how
// many heights that has been so. A chain below floor, or below where it was at
// the last doubt, says nothing: the node may be catching up.
func (r *record) doubt(height, floor uint32) (doubts int, changed bool) {
	if height < floor || height <= r.DoubtHeight {
		return r.Doubts, false
	}
	r.DoubtHeight = height
	r.Doubts++
	return r.Doubts, true
}

// clearDoubt forgets about it.
func (r *record) clearDoubt() { r.Doubts, r.DoubtHeight = 0, 0 }
