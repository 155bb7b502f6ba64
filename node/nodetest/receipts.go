package nodetest

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/zpay32"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signmessage"
)

// Binding binds an agent to the Lightning node with the same secret, as lnd's
// SignMessage does it.
func Binding(agent op.SecretKey) op.BindNode {
	node, _ := btcec.PrivKeyFromBytes(agent.Bytes())
	text := ledger.BindStatement(Economy, agent.Public())
	return op.BindNode{Node: op.NodeKey(node.PubKey().SerializeCompressed()), Signature: signmessage.Sign(node, text)}
}

// Rating is a receipt for a payment of so many sats to the provider's node,
// issued now to nobody in particular; each number is another payment.
func (w *World) Rating(provider op.SecretKey, sat, rating int64, number uint64) op.Receipt {
	w.T.Helper()
	return w.rating(provider, sat, rating, number, "")
}

// RatingOf is one over an invoice that names its customer.
func (w *World) RatingOf(customer op.PublicKey, provider op.SecretKey, sat, rating int64, number uint64) op.Receipt {
	w.T.Helper()
	return w.rating(provider, sat, rating, number, op.NameCustomer(customer))
}

func (w *World) rating(provider op.SecretKey, sat, rating int64, number uint64, text string) op.Receipt {
	w.T.Helper()
	node, _ := btcec.PrivKeyFromBytes(provider.Bytes())
	preimage := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("payment"), number))
	features := lnwire.NewFeatureVector(lnwire.NewRawFeatureVector(lnwire.TLVOnionPayloadRequired, lnwire.PaymentAddrRequired), lnwire.Features)
	inv, err := zpay32.NewInvoice(&chaincfg.RegressionNetParams, sha256.Sum256(preimage[:]), w.Clock.Now().Truncate(time.Second),
		zpay32.Amount(lnwire.MilliSatoshi(sat*1000)), zpay32.Description(text), zpay32.PaymentAddr(preimage), zpay32.Features(features))
	w.must(err)
	encoded, err := inv.Encode(zpay32.MessageSigner{SignCompact: func(msg []byte) ([]byte, error) {
		return ecdsa.SignCompact(node, chainhash.HashB(msg), true), nil
	}})
	w.must(err)
	return op.Receipt{Provider: provider.Public(), Invoice: encoded, Preimage: preimage, Rating: rating}
}
