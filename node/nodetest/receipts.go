package nodetest

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signmessage"
)

// Binding binds an agent to the Lightning node with the same secret, as lnd's
// SignMessage does it.
func Binding(agent op.SecretKey) op.BindNode {
	node, _ := btcec.PrivKeyFromBytes(agent.Bytes())
	text := op.BindStatement(Economy, agent.Public())
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
	encoded, err := bolt11.Encode(bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: sat * 1000, TimestampS: w.Clock.Now().Unix(),
		PaymentHash: sha256.Sum256(preimage[:]), PaymentSecret: preimage, Description: text, Features: bolt11.FeatureBits(8, 14)}, node)
	w.must(err)
	return op.Receipt{Provider: provider.Public(), Invoice: encoded, Preimage: preimage, Rating: rating}
}
