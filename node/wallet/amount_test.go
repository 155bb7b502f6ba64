package wallet_test

import (
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/wallet"
)

// All bitcoin may be asked for, and not a satoshi more: no amount is negative.
func TestNoInvoiceIsAboveAllBitcoin(t *testing.T) {
	n := newLightning(t)
	const all = wallet.MaxSat * 1000
	var hash l402.Hash
	_, _ = rand.Read(hash[:])
	for _, msat := range []int64{1, all} {
		invoice, err := n.invoice(hash, msat, "")
		require.NoError(t, err)
		p, err := wallet.ReadInvoice(invoice)
		require.NoError(t, err, msat)
		require.Equal(t, msat, p.AmountMsat)
	}
	_, err := n.invoice(hash, all+1, "")
	require.Error(t, err)
	for about, invoice := range overAllBitcoin {
		_, err := wallet.ReadInvoice(invoice)
		require.ErrorIs(t, err, wallet.ErrDemand, about)
		require.ErrorContains(t, err, "all bitcoin", about)
	}
}

// overAllBitcoin are invoices over more than there is; in 64 bits the second would wrap to 48384 msat.
var overAllBitcoin = map[string]string{
	"21000001":         "lnbcrt210000011p45n5sqpp5yg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3qdq9w3jkzsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygs9qrsgqw5nczc3my0qdzg5hyxgycvjylyvtjy6twxz7egdxal05kr74zvc93vqa5azdg992zgcha8l9ueke8velpxve7pf2wadxgtgqh7aawncp47st5t",
	"184467440737096u": "lnbcrt184467440737096u1p45n5sqpp5yg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3qdq9w3jkzsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygs9qrsgqlekeurq7su0ezg5j9l0w9nys498eerxs52k6njxa6tgqfktmzgzhqkg02e95azhwjyqc0z8mrs0es8pcnejtw9ptc4qcdjk2u2jfhuqqqjkhum",
}
