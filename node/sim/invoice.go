package sim

import (
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/op"
)

// network is the Bitcoin network that simulated economies live on.
const network = "regtest"

// invoice makes the BOLT11 invoice that a node would issue, with a description; it asks for
// so many blocks, 0 for none in particular.
func invoice(node *btcec.PrivateKey, text string, hash op.Hash, sat, atMs, cltvBlocks int64) (string, error) {
	out, err := bolt11.Encode(bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: sat * 1000, TimestampS: atMs / 1000, PaymentHash: hash, PaymentSecret: hash,
		Description: text, MinFinalCltv: cltvBlocks, Features: bolt11.FeatureBits(8, 14)}, node)
	if err != nil {
		return "", fmt.Errorf("invoice over %d sat: %w", sat, err)
	}
	return out, nil
}
