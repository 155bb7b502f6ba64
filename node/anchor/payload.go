package anchor

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

const (
	// PayloadSize is the length of the committed bytes. 40 pass the relay
	// policy of every Bitcoin node since data outputs became standard.
	PayloadSize = 40

	// payloadVersion opens the payload. Another layout gets another name.
	payloadVersion = "ECN1"

	// logIDTag separates this use of SHA-256 from all others.
	logIDTag = "econd/logid/"

	opFalse    = 0x00
	opReturn   = 0x6a
	opPush40   = 0x28
	scriptSize = 2 + PayloadSize
)

// Payload is what one anchor writes into Bitcoin:
//
//	"ECN1" | SHA-256("econd/logid/" + origin)[:4] | SHA-256(checkpoint body)
//
// The log id lets anybody find a log's anchors in the chain; being four bytes
// it is a filter and proves nothing. The digest does.
type Payload [PayloadSize]byte

// NewPayload returns the payload that commits to this checkpoint text.
func NewPayload(origin string, body []byte) Payload {
	var p Payload
	copy(p[:4], payloadVersion)
	id := LogID(origin)
	copy(p[4:8], id[:])
	digest := sha256.Sum256(body)
	copy(p[8:], digest[:])
	return p
}

// LogID returns the first four bytes of SHA-256("econd/logid/" + origin).
func LogID(origin string) [4]byte {
	sum := sha256.Sum256([]byte(logIDTag + origin))
	return [4]byte(sum[:4])
}

// LogID returns the log id in the payload.
func (p Payload) LogID() [4]byte { return [4]byte(p[4:8]) }

// Digest returns the SHA-256 of the checkpoint text.
func (p Payload) Digest() [32]byte { return [32]byte(p[8:]) }

// Script returns the output script: OP_RETURN and one push of 40 bytes. The
// output that carries it has the value 0.
func (p Payload) Script() []byte {
	return append([]byte{opReturn, opPush40}, p[:]...)
}

// ParseScript reads an output script. Only the exact form that Script writes
// is a payload.
func ParseScript(script []byte) (Payload, error) {
	if len(script) != scriptSize || script[0] != opReturn ||
		script[1] != opPush40 {

		return Payload{}, fmt.Errorf("%w: script is not OP_RETURN and "+
			"one push of %d bytes", ErrPayload, PayloadSize)
	}
	if !bytes.Equal(script[2:6], []byte(payloadVersion)) {
		return Payload{}, fmt.Errorf("%w: version is not %q", ErrPayload,
			payloadVersion)
	}
	return Payload(script[2:]), nil
}

// AnchorTx is an anchoring transaction, taken apart.
type AnchorTx struct {
	Txid    chainhash.Hash
	Payload Payload

	// Inputs are the outputs it spends, in order.
	Inputs []wire.OutPoint

	// Line is the output the next anchor must spend: the one right after
	// the payload, output 1. (What the wallet gets back when it tops the
	// line up comes later.) HasLine is false if the payload is not output
	// 0 or nothing follows it; then nothing can follow in line either.
	Line      wire.OutPoint
	LineValue int64 // sat
	HasLine   bool
}

// ParseAnchorTx reads a raw transaction, with or without witness, that has
// exactly one OP_RETURN output, and that one a payload of value 0. Nothing else
// of it may commit: no output that begins with OP_FALSE OP_RETURN, and nowhere,
// its witness included if it is given, the first eight bytes of this log's
// payloads. (Who hides a digest without them can show to nobody that it
// is an anchor: what is one is defined by the payload.)
func ParseAnchorTx(raw []byte) (AnchorTx, error) {
	tx, err := decodeTx(raw)
	if err != nil {
		return AnchorTx{}, err
	}
	return anchorTxOf(tx)
}

func anchorTxOf(tx *wire.MsgTx) (AnchorTx, error) {
	out := AnchorTx{Txid: tx.TxHash()}
	for _, in := range tx.TxIn {
		out.Inputs = append(out.Inputs, in.PreviousOutPoint)
	}
	found := -1
	for i, txOut := range tx.TxOut {
		if !carriesData(txOut.PkScript) {
			continue
		}
		if found >= 0 {
			return AnchorTx{}, fmt.Errorf("%w: outputs %d and %d are "+
				"both OP_RETURN", ErrCommitment, found, i)
		}
		found = i
		p, err := ParseScript(txOut.PkScript)
		if err != nil {
			return AnchorTx{}, fmt.Errorf("%w: output %d: %w",
				ErrCommitment, i, err)
		}
		if txOut.Value != 0 {
			return AnchorTx{}, fmt.Errorf("%w: output %d burns %d sat",
				ErrCommitment, i, txOut.Value)
		}
		out.Payload = p
	}
	if found < 0 {
		return AnchorTx{}, fmt.Errorf("%w: no OP_RETURN output",
			ErrCommitment)
	}
	if err := checkHidden(tx, found, out.Payload[:8]); err != nil {
		return AnchorTx{}, err
	}
	if found == 0 && len(tx.TxOut) > 1 {
		out.HasLine = true
		out.Line = wire.OutPoint{Hash: out.Txid, Index: 1}
		out.LineValue = tx.TxOut[1].Value
	}
	return out, nil
}

// carriesData tells whether an output script can hold nothing but data: it
// begins with OP_RETURN or, as other chains write it, OP_FALSE OP_RETURN.
func carriesData(script []byte) bool {
	return bytes.HasPrefix(script, []byte{opReturn}) ||
		bytes.HasPrefix(script, []byte{opFalse, opReturn})
}

// checkHidden refuses a transaction in which the mark of a payload stands
// anywhere beside output found.
func checkHidden(tx *wire.MsgTx, found int, mark []byte) error {
	for i, out := range tx.TxOut {
		if i != found && bytes.Contains(out.PkScript, mark) {
			return fmt.Errorf("%w: output %d hides a second payload",
				ErrCommitment, i)
		}
	}
	for i, in := range tx.TxIn {
		hidden := bytes.Contains(in.SignatureScript, mark)
		for _, item := range in.Witness {
			hidden = hidden || bytes.Contains(item, mark)
		}
		if hidden {
			return fmt.Errorf("%w: input %d hides a second payload",
				ErrCommitment, i)
		}
	}
	return nil
}

// Follows checks that next is the anchor after prev: of the same log, and
// spending its line output. An output is spent once, so at most one
// transaction ever follows another in a chain, and a second history would have
// to leave the line. (Which of two transactions that spend the same output
// wins is settled by the block, hence by their proofs.)
func Follows(prev, next AnchorTx) error {
	if prev.Payload.LogID() != next.Payload.LogID() {
		return fmt.Errorf("%w: %v anchors log id %x, %v anchors %x",
			ErrLine, prev.Txid, prev.Payload.LogID(), next.Txid,
			next.Payload.LogID())
	}
	if !prev.HasLine {
		return fmt.Errorf("%w: %v has no line output right after its "+
			"payload", ErrLine, prev.Txid)
	}
	for _, in := range next.Inputs {
		if in == prev.Line {
			return nil
		}
	}
	return fmt.Errorf("%w: %v does not spend %v", ErrLine, next.Txid,
		prev.Line)
}

// decodeTx reads one whole transaction in its one encoding.
func decodeTx(raw []byte) (*wire.MsgTx, error) {
	var tx wire.MsgTx
	r := bytes.NewReader(raw)
	if err := tx.Deserialize(r); err != nil {
		return nil, fmt.Errorf("%w: transaction: %w", ErrFormat, err)
	}
	var back bytes.Buffer
	if err := tx.Serialize(&back); err != nil {
		return nil, fmt.Errorf("%w: transaction: %w", ErrFormat, err)
	}
	if r.Len() != 0 || !bytes.Equal(back.Bytes(), raw) {
		return nil, fmt.Errorf("%w: transaction is not in its one "+
			"encoding", ErrFormat)
	}
	return &tx, nil
}
