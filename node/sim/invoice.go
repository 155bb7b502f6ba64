package sim

import (
	"fmt"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/zpay32"

	"github.com/econd/econd/node/op"
)

// network is the Bitcoin network that simulated economies live on.
const network = "regtest"

// invoice makes the BOLT11 invoice that a node would issue, with a description.
func invoice(node *btcec.PrivateKey, text string, hash op.Hash, sat, atMs int64, more ...func(*zpay32.Invoice)) (string, error) {
	features := lnwire.NewFeatureVector(lnwire.NewRawFeatureVector(lnwire.TLVOnionPayloadRequired, lnwire.PaymentAddrRequired), lnwire.Features)
	options := append([]func(*zpay32.Invoice){zpay32.Amount(lnwire.MilliSatoshi(sat * 1000)), zpay32.Description(text),
		zpay32.PaymentAddr(hash), zpay32.Features(features)}, more...)
	inv, err := zpay32.NewInvoice(&chaincfg.RegressionNetParams, hash, time.UnixMilli(atMs), options...)
	if err != nil {
		return "", fmt.Errorf("invoice over %d sat: %w", sat, err)
	}
	return inv.Encode(zpay32.MessageSigner{SignCompact: func(msg []byte) ([]byte, error) {
		return ecdsa.SignCompact(node, chainhash.HashB(msg), true), nil
	}})
}
