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

const zbase32 = "ybndrfg8ejkmcpqxot1uwisza345h769"

// signMessage signs a text the way lnd's SignMessage does.
func signMessage(node *btcec.PrivateKey, text string) string {
	sig := ecdsa.SignCompact(node, chainhash.DoubleHashB([]byte("Lightning Signed Message:"+text)), true)
	out := make([]byte, 0, 104)
	bits, n := uint(0), uint(0)
	for _, b := range sig {
		bits, n = bits<<8|uint(b), n+8
		for n >= 5 {
			n -= 5
			out = append(out, zbase32[bits>>n&31])
		}
	}
	return string(out)
}
