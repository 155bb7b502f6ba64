package lnd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/chainrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
)

// Anchoring is the wallet and the chain of an anchor.Publisher, by LND. Get it
// from Client.Anchoring.
//
// How LND's calls are put together, and why:
//   - A coin that LND may not spend has to be leased, and FundPsbt with a
//     plain template refuses leased inputs. With a coin_select template it is
//     the other way round: given inputs must be leased, and outputs must sum
//     to more than zero. So the line's coin is leased and funding goes through
//     coin_select, whose outputs keep their order.
//   - The first output of a line needs a script of the wallet's. It is the
//     change script of a trial FundPsbt whose coins are released at once; so
//     the macaroon needs no right to hand out addresses.
//   - FinalizePsbt signs any input whose transaction the wallet has seen,
//     leased, unconfirmed or spent by an earlier version of the same anchor.
//     So an anchor that spends the line's coin alone, and a replacement with
//     a higher fee, need no FundPsbt.
type Anchoring struct{ c *Client }

var (
	_ anchor.Wallet = Anchoring{}
	_ anchor.Chain  = Anchoring{}
)

// Anchoring returns the ports of an anchor.Publisher. It needs the anchoring
// macaroon.
func (c *Client) Anchoring() (Anchoring, error) {
	if c.wallet == nil {
		return Anchoring{}, notConfigured(RoleAnchor)
	}
	return Anchoring{c: c}, nil
}

// trialLock keeps the coins of a trial no longer than that, should this
// program die before it has released them.
const trialLock = 30 * time.Second

// maxFeeRatio lets the fee be up to this share of what is funded: an anchor
// moves no money, so the usual fifth would refuse small lines. The Publisher
// has its own bounds.
const maxFeeRatio = 0.9

// FeeRate implements anchor.Wallet.
func (a Anchoring) FeeRate(ctx context.Context,
	blocks uint32) (satPerKW int64, err error) {

	ctx, cancel := a.c.call(ctx)
	defer cancel()
	resp, err := a.c.wallet.EstimateFee(ctx,
		&walletrpc.EstimateFeeRequest{ConfTarget: int32(blocks)})
	if err != nil {
		return 0, wrap("estimate fee", err)
	}
	return max(resp.SatPerKw, resp.MinRelayFeeSatPerKw), nil
}

// Fund implements anchor.Wallet.
func (a Anchoring) Fund(ctx context.Context,
	r anchor.FundRequest) (anchor.Draft, error) {

	var lineScript []byte
	template := wire.NewMsgTx(2)
	template.AddTxOut(wire.NewTxOut(0, r.Script))
	if r.Line != nil {
		lineScript = r.Line.Script
		template.AddTxIn(&wire.TxIn{PreviousOutPoint: r.Line.OutPoint})
	} else {
		var err error
		if lineScript, err = a.freshScript(ctx, r); err != nil {
			return anchor.Draft{}, err
		}
	}
	template.AddTxOut(wire.NewTxOut(r.LineSat, lineScript))
	packet, err := encodePSBT(template)
	if err != nil {
		return anchor.Draft{}, err
	}
	req := fundRequest(r)
	req.MaxFeeRatio = maxFeeRatio
	req.Template = &walletrpc.FundPsbtRequest_CoinSelect{
		CoinSelect: &walletrpc.PsbtCoinSelect{
			Psbt:         packet,
			ChangeOutput: &walletrpc.PsbtCoinSelect_Add{Add: true},
		}}
	resp, err := a.fundPSBT(ctx, req)
	if err != nil {
		return anchor.Draft{}, err
	}
	return decodeDraft(resp.FundedPsbt)
}

// freshScript returns a script of the wallet's that has not been used.
func (a Anchoring) freshScript(ctx context.Context,
	r anchor.FundRequest) ([]byte, error) {

	trial := wire.NewMsgTx(2)
	trial.AddTxOut(wire.NewTxOut(0, r.Script))
	packet, err := encodePSBT(trial)
	if err != nil {
		return nil, err
	}
	req := fundRequest(r)
	req.LockExpirationSeconds = uint64(trialLock / time.Second)
	req.Template = &walletrpc.FundPsbtRequest_Psbt{Psbt: packet}
	resp, err := a.fundPSBT(ctx, req)
	if err != nil {
		return nil, err
	}
	for _, locked := range resp.LockedUtxos {
		ctx, cancel := a.c.call(ctx)
		_, err := a.c.wallet.ReleaseOutput(ctx,
			&walletrpc.ReleaseOutputRequest{Id: locked.Id,
				Outpoint: locked.Outpoint})
		cancel()
		if err != nil {
			return nil, wrap("release trial coin", err)
		}
	}
	draft, err := decodeDraft(resp.FundedPsbt)
	if err != nil {
		return nil, err
	}
	index := int(resp.ChangeOutputIndex)
	if index < 0 || index >= len(draft.Tx.TxOut) {
		return nil, fmt.Errorf("lnd: fund anchor: %w: no change is left",
			anchor.ErrFunds)
	}
	return draft.Tx.TxOut[index].PkScript, nil
}

func fundRequest(r anchor.FundRequest) *walletrpc.FundPsbtRequest {
	return &walletrpc.FundPsbtRequest{
		Fees: &walletrpc.FundPsbtRequest_SatPerKw{
			SatPerKw: uint64(r.SatPerKW)},
		MinConfs:              1,
		CustomLockId:          r.LockID[:],
		LockExpirationSeconds: uint64(r.LockFor / time.Second),
	}
}

func (a Anchoring) fundPSBT(ctx context.Context,
	req *walletrpc.FundPsbtRequest) (*walletrpc.FundPsbtResponse, error) {

	ctx, cancel := a.c.call(ctx)
	defer cancel()
	resp, err := a.c.wallet.FundPsbt(ctx, req)
	if err != nil {
		return nil, walletError("fund anchor", err)
	}
	return resp, nil
}

// Sign implements anchor.Wallet.
func (a Anchoring) Sign(ctx context.Context,
	d anchor.Draft) (*wire.MsgTx, error) {

	packet, err := psbt.NewFromUnsignedTx(d.Tx)
	if err != nil {
		return nil, fmt.Errorf("lnd: sign anchor: %w", err)
	}
	for i, coin := range d.Coins {
		packet.Inputs[i].WitnessUtxo = wire.NewTxOut(coin.Value, coin.Script)
		packet.Inputs[i].SighashType = txscript.SigHashAll
		if txscript.IsPayToTaproot(coin.Script) {
			packet.Inputs[i].SighashType = txscript.SigHashDefault
		}
	}
	var raw bytes.Buffer
	if err := packet.Serialize(&raw); err != nil {
		return nil, fmt.Errorf("lnd: sign anchor: %w", err)
	}
	ctx, cancel := a.c.call(ctx)
	defer cancel()
	resp, err := a.c.wallet.FinalizePsbt(ctx,
		&walletrpc.FinalizePsbtRequest{FundedPsbt: raw.Bytes()})
	if err != nil {
		return nil, walletError("sign anchor", err)
	}
	var tx wire.MsgTx
	if err := tx.Deserialize(bytes.NewReader(resp.RawFinalTx)); err != nil {
		return nil, fmt.Errorf("lnd: sign anchor: %w", err)
	}
	return &tx, nil
}

// Publish implements anchor.Wallet.
func (a Anchoring) Publish(ctx context.Context, tx *wire.MsgTx,
	label string) error {

	var raw bytes.Buffer
	if err := tx.Serialize(&raw); err != nil {
		return fmt.Errorf("lnd: publish anchor: %w", err)
	}
	ctx, cancel := a.c.call(ctx)
	defer cancel()
	resp, err := a.c.wallet.PublishTransaction(ctx,
		&walletrpc.Transaction{TxHex: raw.Bytes(), Label: label})
	if err != nil {
		return walletError("publish anchor", err)
	}
	if resp.PublishError != "" {
		return walletError("publish anchor", errors.New(resp.PublishError))
	}
	return nil
}

// Lease implements anchor.Wallet.
func (a Anchoring) Lease(ctx context.Context, op wire.OutPoint,
	lockID [32]byte, d time.Duration) error {

	ctx, cancel := a.c.call(ctx)
	defer cancel()
	_, err := a.c.wallet.LeaseOutput(ctx, &walletrpc.LeaseOutputRequest{
		Id: lockID[:],
		Outpoint: &lnrpc.OutPoint{TxidBytes: op.Hash[:],
			OutputIndex: op.Index},
		ExpirationSeconds: uint64(d / time.Second),
	})
	return walletError("lease line coin", err)
}

// walletTexts maps the words of LND's wallet to kinds.
var walletTexts = []struct {
	text string
	kind error
}{
	{"output already spent", anchor.ErrSpent},
	{"already spent", anchor.ErrSpent},
	{"double spend", anchor.ErrSpent},
	{"orphan transaction", anchor.ErrSpent},
	{"missing inputs", anchor.ErrSpent},
	{"missing-inputs", anchor.ErrSpent},
	{"unknown output", anchor.ErrUnknownCoin},
	{"unknown credit", anchor.ErrUnknownCoin},
	{"because of low fees", anchor.ErrFeeTooLow},
	{"fee not met", anchor.ErrFeeTooLow},
	{"insufficient fee", anchor.ErrFeeTooLow},
	{"insufficient absolute fee", anchor.ErrFeeTooLow},
	{"min relay fee", anchor.ErrFeeTooLow},
	{"mempool min fee", anchor.ErrFeeTooLow},
	{"not enough witness outputs", anchor.ErrFunds},
	{"insufficient funds", anchor.ErrFunds},
	{"not enough funds", anchor.ErrFunds},
}

func walletError(doing string, err error) error {
	if err == nil {
		return nil
	}
	if kindOf(err) == nil {
		text := strings.ToLower(err.Error())
		for _, t := range walletTexts {
			if strings.Contains(text, t.text) {
				return fmt.Errorf("lnd: %s: %w: %w", doing, t.kind, err)
			}
		}
	}
	return wrap(doing, err)
}

// encodePSBT makes a template.
func encodePSBT(tx *wire.MsgTx) ([]byte, error) {
	packet, err := psbt.NewFromUnsignedTx(tx)
	if err != nil {
		return nil, fmt.Errorf("lnd: fund anchor: %w", err)
	}
	var raw bytes.Buffer
	if err := packet.Serialize(&raw); err != nil {
		return nil, fmt.Errorf("lnd: fund anchor: %w", err)
	}
	return raw.Bytes(), nil
}

// decodeDraft takes a funded template apart.
func decodeDraft(raw []byte) (anchor.Draft, error) {
	packet, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	if err != nil {
		return anchor.Draft{}, fmt.Errorf("lnd: funded template: %w", err)
	}
	d := anchor.Draft{Tx: packet.UnsignedTx}
	for i, in := range packet.UnsignedTx.TxIn {
		out := packet.Inputs[i].WitnessUtxo
		if out == nil {
			return anchor.Draft{}, fmt.Errorf("lnd: funded template: "+
				"input %d is not a segwit coin of the wallet", i)
		}
		d.Coins = append(d.Coins, anchor.Coin{
			OutPoint: in.PreviousOutPoint, Value: out.Value,
			Script: out.PkScript})
	}
	return d, nil
}

// Best implements anchor.Chain.
func (a Anchoring) Best(ctx context.Context) (height uint32,
	hash chainhash.Hash, err error) {

	return a.c.BestBlock(ctx)
}

// BlockHash implements anchor.Chain.
func (a Anchoring) BlockHash(ctx context.Context,
	height uint32) (chainhash.Hash, error) {

	return a.c.BlockHash(ctx, height)
}

// Header implements anchor.Chain.
func (a Anchoring) Header(ctx context.Context,
	hash chainhash.Hash) ([]byte, error) {

	return a.c.Header(ctx, hash)
}

// Watch implements anchor.Chain.
func (a Anchoring) Watch(ctx context.Context, fn func(height uint32)) error {
	return a.c.WatchBlocks(ctx, func(b node.Block) { fn(b.Height) })
}

// Confirmation implements anchor.Chain. The wallet knows at once whether one
// of its transactions is in a block; only then is the notifier asked for the
// block itself. It refuses OP_RETURN scripts, so script is the line's.
func (a Anchoring) Confirmation(ctx context.Context, txid chainhash.Hash,
	script []byte, heightHint uint32) (anchor.Confirmation, error) {

	ctx, cancel := a.c.call(ctx)
	defer cancel()
	known, err := a.c.wallet.GetTransaction(ctx,
		&walletrpc.GetTransactionRequest{Txid: txid.String()})
	if err != nil && (strings.Contains(err.Error(), "can not find transaction") ||
		strings.Contains(err.Error(), "not found")) {

		return anchor.Confirmation{}, anchor.ErrUnconfirmed
	}
	if err != nil {
		return anchor.Confirmation{}, wrap("look up anchor", err)
	}
	if known.NumConfirmations < 1 {
		return anchor.Confirmation{}, anchor.ErrUnconfirmed
	}
	if h := uint32(max(0, known.BlockHeight)); h > 0 &&
		(heightHint == 0 || h < heightHint) {

		heightHint = h // unknown, or a reorganisation to fewer blocks
	}
	stream, err := a.c.notifier.RegisterConfirmationsNtfn(ctx,
		&chainrpc.ConfRequest{Txid: txid[:], Script: script, NumConfs: 1,
			HeightHint: heightHint, IncludeBlock: true})
	if err != nil {
		return anchor.Confirmation{}, wrap("anchor's block", err)
	}
	event, err := stream.Recv()
	if err != nil {
		return anchor.Confirmation{}, wrap("anchor's block", err)
	}
	conf := event.GetConf()
	if conf == nil || len(conf.RawBlock) == 0 {
		return anchor.Confirmation{}, anchor.ErrUnconfirmed
	}
	hash, err := chainhash.NewHash(conf.BlockHash)
	if err != nil {
		return anchor.Confirmation{}, fmt.Errorf("lnd: anchor's block: %w",
			err)
	}
	return anchor.Confirmation{BlockHash: *hash, Height: conf.BlockHeight,
		RawBlock: conf.RawBlock}, nil
}
