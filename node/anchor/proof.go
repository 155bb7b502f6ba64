package anchor

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

const (
	// ProofVersion is the only version of Proof so far.
	ProofVersion = 1

	// maxProof bounds an encoded proof in bytes: two transactions of a
	// megabyte in hex, and some ten thousand headers.
	maxProof = 8 << 20

	// maxDepth bounds a Merkle branch. A block of 4 M weight units holds
	// fewer than 2^15 transactions.
	maxDepth = 16

	headerSize = 80
)

// Hex is bytes that are written as lower-case hexadecimal, and read in no
// other form.
type Hex []byte

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) {
	return []byte(hex.EncodeToString(h)), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hex) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || hex.EncodeToString(raw) != string(text) {
		return fmt.Errorf("%w: %q is not lower-case hexadecimal",
			ErrFormat, clip(string(text)))
	}
	*h = raw
	return nil
}

// Proof shows offline that a transaction is in a block, at a height, under a
// number of further blocks (simplified payment verification). It is
// self-contained and has one encoding, JSON with exactly these members.
//
// The coinbase transaction with its own branch is there for two reasons: it
// states the height (BIP 34), and the depth of its branch is the depth of the
// tree, so that an inner node of the tree cannot be passed off as a
// transaction, nor a transaction as an inner node.
type Proof struct {
	// Version is ProofVersion.
	Version int `json:"version"`

	// Network is the name of the chain: mainnet, testnet3, testnet4,
	// signet or regtest.
	Network string `json:"network"`

	// Height is that of the block that holds the transaction.
	Height uint32 `json:"height"`

	// Tx is the anchoring transaction in the form that its txid is the
	// hash of: without witness.
	Tx Hex `json:"tx"`

	// TxIndex is its position in the block; 0, the coinbase, is refused.
	TxIndex uint32 `json:"tx_index"`

	// TxBranch leads from the txid to the header's Merkle root: one
	// sibling of 32 bytes per level, in the byte order that is hashed.
	TxBranch []Hex `json:"tx_branch"`

	// Coinbase is the block's first transaction, without witness.
	Coinbase Hex `json:"coinbase"`

	// CoinbaseBranch leads from it to the root; as long as TxBranch.
	CoinbaseBranch []Hex `json:"coinbase_branch"`

	// Header is the block's header, 80 bytes.
	Header Hex `json:"header"`

	// Following are the headers of the blocks after it, in order.
	Following []Hex `json:"following"`

	// Tip is the hash of the last header, in the byte order in which
	// block hashes are shown (reversed).
	Tip Hex `json:"tip"`
}

// Blocks are the blocks of the headers in the proof, with the heights that it gives them.
func (p *Proof) Blocks() ([]TrustedHeader, error) {
	var list []TrustedHeader
	for i, raw := range append([]Hex{p.Header}, p.Following...) {
		h, err := decodeHeader(raw)
		if err != nil {
			return nil, err
		}
		list = append(list, TrustedHeader{Height: p.Height + uint32(i), Hash: h.BlockHash()})
	}
	return list, nil
}

// Encode returns the proof as one line of JSON.
func (p *Proof) Encode() ([]byte, error) {
	out, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return out, nil
}

// DecodeProof reads a proof. Unknown, missing, repeated and null members are
// refused, as is hexadecimal in any but its lower-case form and anything
// after the object. What the members say is for Verify to judge.
func DecodeProof(data []byte) (*Proof, error) {
	var p Proof
	if err := json.Unmarshal(data, &p); err != nil {
		if errors.Is(err, ErrFormat) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &p, nil
}

// UnmarshalJSON implements json.Unmarshaler as strictly as DecodeProof does,
// so that a proof embedded in another document is held to the same rules.
func (p *Proof) UnmarshalJSON(data []byte) error {
	if len(data) > maxProof {
		return fmt.Errorf("%w: longer than %d bytes", ErrFormat, maxProof)
	}
	var out Proof
	members := map[string]any{
		"version":         &out.Version,
		"network":         &out.Network,
		"height":          &out.Height,
		"tx":              &out.Tx,
		"tx_index":        &out.TxIndex,
		"tx_branch":       &out.TxBranch,
		"coinbase":        &out.Coinbase,
		"coinbase_branch": &out.CoinbaseBranch,
		"header":          &out.Header,
		"following":       &out.Following,
		"tip":             &out.Tip,
	}
	if err := decodeObject(data, members); err != nil {
		return err
	}
	*p = out
	return nil
}

// decodeObject reads one JSON object that has exactly the given members, each
// once and none null. It removes what it read from members.
func decodeObject(data []byte, members map[string]any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return fmt.Errorf("%w: not a JSON object", ErrFormat)
	}
	total := len(members)
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
		name, _ := tok.(string)
		target, ok := members[name]
		if !ok {
			return fmt.Errorf("%w: member %q is unknown or repeated",
				ErrFormat, clip(name))
		}
		delete(members, name)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
		if err := decodeMember(raw, target); err != nil {
			return fmt.Errorf("%w: member %q: %w", ErrFormat, name, err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(members) != 0 {
		return fmt.Errorf("%w: %d of %d members are missing", ErrFormat,
			len(members), total)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%w: data after the object", ErrFormat)
	}
	return nil
}

// decodeMember reads one value. JSON null would leave the target as it is, at
// the top and inside an array, and is refused at both places.
func decodeMember(raw json.RawMessage, target any) error {
	list, ok := target.(*[]Hex)
	if !ok {
		if string(raw) == "null" {
			return errors.New("null")
		}
		return json.Unmarshal(raw, target)
	}
	var texts []*Hex
	if err := json.Unmarshal(raw, &texts); err != nil {
		return err
	}
	if texts == nil {
		return errors.New("null")
	}
	*list = make([]Hex, len(texts))
	for i, text := range texts {
		if text == nil {
			return errors.New("null in the list")
		}
		(*list)[i] = *text
	}
	return nil
}

// decodeHeader reads a block header.
func decodeHeader(raw []byte) (wire.BlockHeader, error) {
	var h wire.BlockHeader
	if len(raw) != headerSize {
		return h, fmt.Errorf("%w: a header has %d bytes, not %d", ErrFormat,
			headerSize, len(raw))
	}
	if err := h.Deserialize(bytes.NewReader(raw)); err != nil {
		return h, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	return h, nil
}

// encodeHeader is the inverse of decodeHeader.
func encodeHeader(h *wire.BlockHeader) (Hex, error) {
	var b bytes.Buffer
	if err := h.Serialize(&b); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	return b.Bytes(), nil
}

// displayed returns a hash in the byte order in which it is shown.
func displayed(h chainhash.Hash) Hex {
	out := make(Hex, len(h))
	for i, b := range h {
		out[len(h)-1-i] = b
	}
	return out
}
