package anchor

import (
	"bytes"
	"fmt"
	"math/big"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// DefaultConfirmations is the number of blocks, the anchor's own included,
// after which an anchor counts as final.
const DefaultConfirmations = 6

// Options are the verifier's own premises. None of them comes from a proof.
type Options struct {
	// Params is the network the anchor must be on. Required.
	Params *chaincfg.Params

	// MinConfirmations is the least number of blocks, the anchor's own
	// included. 0 means DefaultConfirmations.
	MinConfirmations int

	// Trusted are blocks known to be in the chain from elsewhere, in any
	// order. Those that chaincfg embeds for the network count besides.
	Trusted []TrustedHeader

	// Ends are anchors after each of which VerifyLine lets a second line begin, by their
	// txid: somebody has said that the line output was gone. None, as a rule.
	Ends []chainhash.Hash
}

// Trust says what a verified proof rests on.
type Trust int

const (
	// TrustWorkOnly says that the headers hold the work they claim, and nothing
	// shows that they are Bitcoin's. Whoever has the hash power can make
	// such headers; on test networks anybody has.
	TrustWorkOnly Trust = iota + 1

	// TrustGiven says that the headers include one that the verifier's caller gave.
	TrustGiven

	// TrustEmbedded says that the headers include one that the software embeds.
	TrustEmbedded

	// TrustWork says that none of the headers is known, and they took so much
	// work that nobody makes their like to deceive.
	TrustWork
)

// leastWork is log2 of the hashes from which on headers of mainnet need not
// reach a known block: what two blocks took in 2026. Elsewhere nothing is
// enough.
const leastWork = 80

// String returns a phrase for people.
func (t Trust) String() string {
	switch t {
	case TrustWorkOnly:
		return "proof of work unanchored"
	case TrustGiven:
		return "headers include a given block"
	case TrustEmbedded:
		return "headers include an embedded block"
	case TrustWork:
		return "proof of work at the scale of Bitcoin's"
	}
	return "not verified"
}

// Result is what a verified proof shows.
type Result struct {
	// Checkpoint is what was committed to.
	Checkpoint Checkpoint

	// Anchor is the anchoring transaction.
	Anchor AnchorTx

	// BlockHash and Height are those of the block that holds it.
	BlockHash chainhash.Hash
	Height    uint32

	// BlockTime is the time that the block's miner claims, which may be
	// off by up to two hours.
	BlockTime time.Time

	// Confirmations counts the headers, the block's own included.
	Confirmations int

	// WorkBits is the binary logarithm, rounded down, of the number of
	// hashes that the headers took on average.
	WorkBits int

	// Trust is what all of it rests on, and Reached the newest trusted
	// block that the headers include, if Trust is TrustGiven or
	// TrustEmbedded.
	Trust   Trust
	Reached TrustedHeader

	// Above is how many headers stand above Reached, which vouches for
	// what is below it alone, and AboveBits the WorkBits of these. 0: none,
	// or they are proof of work at the scale of Bitcoin's themselves.
	Above     int
	AboveBits int
}

// Statement returns one line for people: what the proof rests on.
func (r Result) Statement() string {
	if r.Trust == TrustWorkOnly {
		return fmt.Sprintf("%v: %d headers of 2^%d hashes in all, none of "+
			"them known; give a block of heights %d to %d that you trust",
			r.Trust, r.Confirmations, r.WorkBits, r.Height,
			r.Height+uint32(r.Confirmations)-1)
	}
	if r.Trust == TrustWork {
		return fmt.Sprintf("%v: %d headers of 2^%d hashes in all, none of "+
			"them known", r.Trust, r.Confirmations, r.WorkBits)
	}
	if r.Above > 0 {
		return fmt.Sprintf("%v: %v; the %d above it are claimed: they took "+
			"2^%d hashes, and none of them is known", r.Trust, r.Reached,
			r.Above, r.AboveBits)
	}
	return fmt.Sprintf("%v: %v", r.Trust, r.Reached)
}

// Verify checks that a transaction in Bitcoin's chain commits to this text of
// a checkpoint of this origin, and returns what that rests on. Every member of
// the proof is bound by what it returns nil for: changing any of them, by any
// means short of new proof of work, makes it fail.
//
// It does not check who signed the checkpoint: see OpenCheckpoint.
func Verify(p *Proof, origin string, body []byte, o Options) (Result, error) {
	if err := o.check(); err != nil {
		return Result{}, err
	}
	if p == nil {
		return Result{}, fmt.Errorf("%w: there is none", ErrFormat)
	}
	checkpoint, err := ParseCheckpoint(body)
	if err != nil {
		return Result{}, err
	}
	if checkpoint.Origin != origin {
		return Result{}, fmt.Errorf("%w: origin is %q, want %q",
			ErrCheckpoint, checkpoint.Origin, clip(origin))
	}
	r, _, err := p.open(o)
	if err != nil {
		return Result{}, err
	}
	if r.Anchor.Payload != NewPayload(origin, body) {
		return Result{}, fmt.Errorf("%w: it commits to another checkpoint",
			ErrCommitment)
	}
	r.Checkpoint = checkpoint
	return r, nil
}

// open checks all of a proof but what its payload commits to, and returns its
// headers, too. The result's Checkpoint is left empty.
func (p *Proof) open(o Options) (Result, []wire.BlockHeader, error) {
	fail := func(err error) (Result, []wire.BlockHeader, error) {
		return Result{}, nil, err
	}
	if p == nil {
		return fail(fmt.Errorf("%w: there is none", ErrFormat))
	}
	if p.Version != ProofVersion || p.Network != o.Params.Name {
		return fail(fmt.Errorf("%w: version %d of network %q, want "+
			"version %d of %q", ErrFormat, p.Version, clip(p.Network),
			ProofVersion, o.Params.Name))
	}
	tx, err := provenTx("tx", p.Tx)
	if err != nil {
		return fail(err)
	}
	anchorTx, err := anchorTxOf(tx)
	if err != nil {
		return fail(err)
	}
	headers, err := p.headers()
	if err != nil {
		return fail(err)
	}
	if err := p.checkBlock(anchorTx.Txid, &headers[0]); err != nil {
		return fail(err)
	}
	r, err := p.checkChain(o, headers, Result{
		Anchor:    anchorTx,
		BlockHash: headers[0].BlockHash(),
		Height:    p.Height,
		BlockTime: headers[0].Timestamp.UTC(),
	})
	return r, headers, err
}

func (o Options) check() error {
	if o.Params == nil {
		return fmt.Errorf("%w: no network given", ErrOptions)
	}
	if o.MinConfirmations < 0 {
		return fmt.Errorf("%w: confirmations %d are negative", ErrOptions,
			o.MinConfirmations)
	}
	return nil
}

// headers decodes the block's header and those after it.
func (p *Proof) headers() ([]wire.BlockHeader, error) {
	if uint64(p.Height)+uint64(len(p.Following)) > 1<<31-1 {
		return nil, fmt.Errorf("%w: heights beyond 2^31", ErrHeight)
	}
	out := make([]wire.BlockHeader, 0, 1+len(p.Following))
	for _, raw := range append([]Hex{p.Header}, p.Following...) {
		h, err := decodeHeader(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}

// checkBlock checks that the transaction and the coinbase are leaves of one
// tree, at the same depth, under the header, and that the coinbase states the
// height.
func (p *Proof) checkBlock(txid chainhash.Hash, h *wire.BlockHeader) error {
	coinbase, err := provenTx("coinbase", p.Coinbase)
	if err != nil {
		return err
	}
	if err := checkCoinbase(coinbase, p.Height); err != nil {
		return err
	}
	if p.TxIndex == 0 {
		return fmt.Errorf("%w: the anchor cannot be the coinbase", ErrMerkle)
	}
	if len(p.TxBranch) != len(p.CoinbaseBranch) {
		return fmt.Errorf("%w: the transaction is at depth %d, the "+
			"coinbase at %d", ErrMerkle, len(p.TxBranch),
			len(p.CoinbaseBranch))
	}
	for _, leaf := range []struct {
		name   string
		hash   chainhash.Hash
		index  uint32
		branch []Hex
	}{
		{"tx_branch", txid, p.TxIndex, p.TxBranch},
		{"coinbase_branch", coinbase.TxHash(), 0, p.CoinbaseBranch},
	} {
		root, err := climb(leaf.hash, leaf.index, leaf.branch)
		if err != nil {
			return fmt.Errorf("%s: %w", leaf.name, err)
		}
		if root != h.MerkleRoot {
			return fmt.Errorf("%w: %s leads to %v, the header has %v",
				ErrMerkle, leaf.name, root, h.MerkleRoot)
		}
	}
	return nil
}

// checkChain checks the headers' work and order, the tip, the number of
// confirmations, and what of the chain is known from elsewhere.
func (p *Proof) checkChain(o Options, headers []wire.BlockHeader,
	r Result) (Result, error) {

	work, err := checkHeaders(o.Params, p.Height, headers)
	if err != nil {
		return Result{}, err
	}
	tip := headers[len(headers)-1].BlockHash()
	if !bytes.Equal(p.Tip, displayed(tip)) {
		return Result{}, fmt.Errorf("%w: the last header is %v, tip says "+
			"otherwise", ErrHeaders, tip)
	}
	least := o.MinConfirmations
	if least == 0 {
		least = DefaultConfirmations
	}
	r.Confirmations = len(headers)
	if r.Confirmations < least {
		return Result{}, fmt.Errorf("%w: %d, want %d", ErrConfirmations,
			r.Confirmations, least)
	}
	r.WorkBits = work.BitLen() - 1
	if err := r.reachAll(o.Params, o.Trusted, headers); err != nil {
		return Result{}, err
	}
	return r, nil
}

// reachAll compares the headers with all that is known: what the caller trusts
// and what the network embeds, which counts more.
func (r *Result) reachAll(params *chaincfg.Params, trusted []TrustedHeader,
	headers []wire.BlockHeader) error {

	r.Trust = TrustWorkOnly
	if params.Name == chaincfg.MainNetParams.Name && r.WorkBits >= leastWork {
		r.Trust = TrustWork
	}
	for _, known := range trusted {
		if err := r.reach(known, TrustGiven, headers); err != nil {
			return err
		}
	}
	embedded := []chaincfg.Checkpoint{{Hash: params.GenesisHash}}
	for _, c := range append(embedded, params.Checkpoints...) {
		known := TrustedHeader{Height: uint32(c.Height), Hash: *c.Hash}
		if err := r.reach(known, TrustEmbedded, headers); err != nil {
			return err
		}
	}
	return r.claimed(params, headers)
}

// claimed counts what stands above the newest known block.
func (r *Result) claimed(params *chaincfg.Params,
	headers []wire.BlockHeader) error {

	if r.Trust != TrustGiven && r.Trust != TrustEmbedded {
		return nil
	}
	work := new(big.Int)
	above := headers[r.Reached.Height-r.Height+1:]
	for i := range above {
		target, err := targetOf(params, above[i].Bits)
		if err != nil {
			return err
		}
		work.Add(work, workOf(target))
	}
	bits := work.BitLen() - 1
	if len(above) > 0 &&
		(params.Name != chaincfg.MainNetParams.Name || bits < leastWork) {

		r.Above, r.AboveBits = len(above), bits
	}
	return nil
}

// reach compares the headers with one that is known, and notes the newest that
// is among them.
func (r *Result) reach(known TrustedHeader, trust Trust,
	headers []wire.BlockHeader) error {

	if known.Height < r.Height ||
		known.Height-r.Height >= uint32(len(headers)) {

		return nil
	}
	hash := headers[known.Height-r.Height].BlockHash()
	if hash != known.Hash {
		return fmt.Errorf("%w: at height %d it has %v, trusted is %v",
			ErrOtherChain, known.Height, hash, known.Hash)
	}
	if r.Trust != TrustGiven && r.Trust != TrustEmbedded ||
		known.Height >= r.Reached.Height {

		r.Trust, r.Reached = trust, known
	}
	return nil
}
