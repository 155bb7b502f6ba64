package lnd_test

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"time"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/mining"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
)

// mineOnly mines one block with exactly these transactions, whatever waits in
// the mempool, as a miner with a mind of its own does.
func (a *anchoring) mineOnly(txs ...*wire.MsgTx) {
	a.Helper()
	var tip struct {
		Hash   string `json:"hash"`
		Height int64  `json:"height"`
		Time   int64  `json:"time"`
	}
	require.NoError(a, a.net.ChainRPC(a.ctx, &tip.Hash, "getbestblockhash"))
	require.NoError(a, a.net.ChainRPC(a.ctx, &tip, "getblockheader", tip.Hash,
		true))

	script, err := txscript.NewScriptBuilder().AddInt64(tip.Height + 1).
		AddInt64(time.Now().UnixNano()).Script()
	require.NoError(a, err)
	coinbase := wire.NewMsgTx(2)
	coinbase.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{
		Index: ^uint32(0)}, SignatureScript: script,
		Sequence: ^uint32(0)})
	coinbase.AddTxOut(wire.NewTxOut(0, []byte{txscript.OP_TRUE}))
	all := []*btcutil.Tx{btcutil.NewTx(coinbase)}
	for _, tx := range txs {
		all = append(all, btcutil.NewTx(tx))
	}
	mining.AddWitnessCommitment(all[0], all)

	prev, err := chainhash.NewHashFromStr(tip.Hash)
	require.NoError(a, err)
	all[0] = btcutil.NewTx(coinbase)
	block := wire.NewMsgBlock(&wire.BlockHeader{
		Version: 0x20000000, PrevBlock: *prev,
		MerkleRoot: blockchain.CalcMerkleRoot(all, false),
		Timestamp:  time.Unix(tip.Time+1, 0),
		Bits:       chaincfg.RegressionNetParams.PowLimitBits,
	})
	for _, tx := range all {
		require.NoError(a, block.AddTransaction(tx.MsgTx()))
	}
	for {
		hash := block.BlockHash()
		if blockchain.HashToBig(&hash).Cmp(
			new(big.Int).Set(chaincfg.RegressionNetParams.PowLimit)) <= 0 {

			break
		}
		block.Header.Nonce++
	}
	var raw bytes.Buffer
	require.NoError(a, block.Serialize(&raw))
	require.NoError(a, a.net.ChainRPC(a.ctx, nil, "submitblock",
		hex.EncodeToString(raw.Bytes())))
	require.NoError(a, a.net.WaitSynced(a.ctx))
}

// tx returns a transaction from the node.
func (a *anchoring) tx(txid string) *wire.MsgTx {
	a.Helper()
	var text string
	require.NoError(a, a.net.ChainRPC(a.ctx, &text, "getrawtransaction", txid))
	raw, err := hex.DecodeString(text)
	require.NoError(a, err)
	var tx wire.MsgTx
	require.NoError(a, tx.Deserialize(bytes.NewReader(raw)))
	return &tx
}
