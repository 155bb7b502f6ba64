package anchor

import (
	"bytes"
	"fmt"

	"github.com/btcsuite/btcd/wire"
)

const (
	// replaceable is the input sequence that signals replacement by a
	// higher fee (BIP 125) and sets no lock time.
	replaceable = 0xfffffffd

	// minOutputSat is the least value an anchor leaves in an output. It is
	// above every dust limit (546 sat at most).
	minOutputSat = 1000

	// incrementalSatPerKW is what a replacement must add at least, per
	// weight of its own: one sat per virtual byte, rounded up (BIP 125
	// rule 4).
	incrementalSatPerKW = 250
)

// nextInLine spends a line's coin for a payload and gives the rest, less the
// fee, back to the same script: the line is public, so a fresh script would
// hide nothing.
func nextInLine(line Coin, script []byte, feeSat int64) Draft {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: line.OutPoint,
		Sequence: replaceable})
	tx.AddTxOut(wire.NewTxOut(0, script))
	tx.AddTxOut(wire.NewTxOut(line.Value-feeSat, line.Script))
	return Draft{Tx: tx, Coins: []Coin{line}}
}

// weightOf estimates the weight that the draft will have when signed, never
// too low for single-key scripts of segwit wallets.
func weightOf(d Draft) int64 {
	const (
		segwitMarker   = 2
		witnessP2WKH   = 1 + 1 + 72 + 1 + 33
		witnessTaproot = 1 + 1 + 64
		nestedScript   = 23 // in the base part, hence four times
	)
	weight := int64(d.Tx.SerializeSizeStripped())*4 + segwitMarker
	for _, c := range d.Coins {
		switch {
		case len(c.Script) == 34 && c.Script[0] == 0x51:
			weight += witnessTaproot
		case len(c.Script) == 22 && c.Script[0] == 0x00:
			weight += witnessP2WKH
		default:
			weight += witnessP2WKH + 4*nestedScript
		}
	}
	return weight
}

// feeFor returns the fee at a rate, rounded up to a whole sat.
func feeFor(weight, satPerKW int64) int64 {
	return (weight*satPerKW + 999) / 1000
}

// feeOf returns what the draft's inputs leave over.
func feeOf(d Draft) int64 {
	var fee int64
	for _, c := range d.Coins {
		fee += c.Value
	}
	for _, out := range d.Tx.TxOut {
		fee -= out.Value
	}
	return fee
}

// withFee returns a copy of the draft, unsigned, with another fee, the
// difference taken from or given to the last output: the wallet's change if
// there is one, else the line. It fails where that would leave too little.
func withFee(d Draft, feeSat int64) (Draft, error) {
	tx := d.Tx.Copy()
	for _, in := range tx.TxIn {
		in.Witness, in.SignatureScript = nil, nil
		in.Sequence = replaceable
	}
	last := tx.TxOut[len(tx.TxOut)-1]
	last.Value -= feeSat - feeOf(d)
	if last.Value < minOutputSat {
		return Draft{}, fmt.Errorf("%w: a fee of %d sat would leave an "+
			"output of %d sat", ErrFunds, feeSat, last.Value)
	}
	return Draft{Tx: tx, Coins: d.Coins}, nil
}

// replacementFee returns the fee of a replacement for a transaction of this
// weight and fee: the estimate, yet at least a quarter more than before and
// what the network asks of a replacement.
func replacementFee(weight, feeSat, satPerKW int64) int64 {
	return max(feeFor(weight, satPerKW), feeSat+(feeSat+3)/4,
		feeSat+feeFor(weight, incrementalSatPerKW))
}

// checkFunded holds what a wallet funded against what was asked for.
func checkFunded(d Draft, r FundRequest) error {
	outs := d.Tx.TxOut
	switch {
	case len(d.Coins) != len(d.Tx.TxIn) || len(d.Coins) == 0:
		return fmt.Errorf("wallet funded %d inputs with %d coins",
			len(d.Tx.TxIn), len(d.Coins))
	case len(outs) < 2 || len(outs) > 3:
		return fmt.Errorf("wallet made %d outputs", len(outs))
	case outs[0].Value != 0 || !bytes.Equal(outs[0].PkScript, r.Script):
		return fmt.Errorf("wallet changed the payload's output")
	case outs[1].Value != r.LineSat:
		return fmt.Errorf("wallet changed the line's output to %d sat",
			outs[1].Value)
	}
	found := r.Line == nil
	for i, c := range d.Coins {
		if d.Tx.TxIn[i].PreviousOutPoint != c.OutPoint {
			return fmt.Errorf("input %d is not coin %v", i, c.OutPoint)
		}
		found = found || c.OutPoint == r.Line.OutPoint
	}
	if !found {
		return fmt.Errorf("wallet left out the line's coin")
	}
	// A wallet rounds, and drops change that would be dust; more than
	// that is an error that would cost money.
	most := 2*feeFor(weightOf(d), r.SatPerKW) + minOutputSat
	if fee := feeOf(d); fee <= 0 || fee > most {
		return fmt.Errorf("wallet funded a fee of %d sat, expected at "+
			"most %d", fee, most)
	}
	return nil
}

// sameTx tells whether a signed transaction is the draft: same inputs, same
// outputs.
func sameTx(signed *wire.MsgTx, d Draft) bool {
	if len(signed.TxIn) != len(d.Tx.TxIn) ||
		len(signed.TxOut) != len(d.Tx.TxOut) {

		return false
	}
	for i, in := range signed.TxIn {
		if in.PreviousOutPoint != d.Tx.TxIn[i].PreviousOutPoint ||
			in.Sequence != d.Tx.TxIn[i].Sequence {

			return false
		}
	}
	for i, out := range signed.TxOut {
		if out.Value != d.Tx.TxOut[i].Value ||
			!bytes.Equal(out.PkScript, d.Tx.TxOut[i].PkScript) {

			return false
		}
	}
	return true
}
