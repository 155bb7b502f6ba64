package anchor

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// retargetInterval is the number of blocks for which Bitcoin's difficulty
// holds.
const retargetInterval = 2016

// Params returns the parameters of the network with this name: mainnet,
// testnet3, testnet4, signet or regtest; testnet is testnet3, as LND calls it.
func Params(network string) (*chaincfg.Params, error) {
	name := network
	if name == "testnet" {
		name = chaincfg.TestNet3Params.Name
	}
	for _, p := range []*chaincfg.Params{
		&chaincfg.MainNetParams, &chaincfg.TestNet3Params,
		&chaincfg.TestNet4Params, &chaincfg.SigNetParams,
		&chaincfg.RegressionNetParams,
	} {
		if p.Name == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: network %q is not one of mainnet, testnet3, "+
		"testnet4, signet, regtest", ErrOptions, clip(network))
}

// TrustedHeader is a block that the verifier knows to be in Bitcoin's chain
// from a source other than the proof.
type TrustedHeader struct {
	Height uint32
	Hash   chainhash.Hash
}

// ParseTrustedHeader reads "HASH@HEIGHT", the hash as block explorers and
// nodes show it.
func ParseTrustedHeader(s string) (TrustedHeader, error) {
	hash, height, _ := strings.Cut(s, "@")
	n, err := strconv.ParseUint(height, 10, 32)
	if err != nil || len(hash) != chainhash.MaxHashStringSize {
		return TrustedHeader{}, fmt.Errorf("%w: trusted header %q is not "+
			"a block hash of 64 digits, '@' and a height", ErrOptions,
			clip(s))
	}
	h, err := chainhash.NewHashFromStr(hash)
	if err != nil {
		return TrustedHeader{}, fmt.Errorf("%w: trusted header: %w",
			ErrOptions, err)
	}
	return TrustedHeader{Height: uint32(n), Hash: *h}, nil
}

// String is the inverse of ParseTrustedHeader.
func (t TrustedHeader) String() string {
	return fmt.Sprintf("%v@%d", t.Hash, t.Height)
}

// checkHeaders verifies that each header has the work that its own bits ask
// for, that the bits are possible on the network, that each header names the
// one before it, and that its time is after the median time before it. height is that of the first. It returns the work in all,
// in expected hashes.
func checkHeaders(params *chaincfg.Params, height uint32,
	headers []wire.BlockHeader) (*big.Int, error) {

	work := new(big.Int)
	for i := range headers {
		h := &headers[i]
		target, err := targetOf(params, h.Bits)
		if err != nil {
			return nil, fmt.Errorf("header %d: %w", i, err)
		}
		hash := h.BlockHash()
		if new(big.Int).SetBytes(displayed(hash)).Cmp(target) > 0 {
			return nil, fmt.Errorf("%w: header %d: hash %v is above its "+
				"own target", ErrHeaders, i, hash)
		}
		work.Add(work, workOf(target))
		if i == 0 {
			continue
		}
		prev := &headers[i-1]
		if h.PrevBlock != prev.BlockHash() {
			return nil, fmt.Errorf("%w: header %d does not name header "+
				"%d as its predecessor", ErrHeaders, i, i-1)
		}
		err = checkStep(params, height+uint32(i), prev.Bits, h.Bits)
		if err == nil {
			err = checkMedian(headers[:i], h)
		}
		if err != nil {
			return nil, fmt.Errorf("header %d: %w", i, err)
		}
	}
	return work, nil
}

// checkMedian checks that a header's time is after the median of the eleven
// before it. Where fewer are known it refuses what no others could mend.
func checkMedian(before []wire.BlockHeader, h *wire.BlockHeader) error {
	const span = 11
	notBefore := 0
	for _, b := range before[max(0, len(before)-span):] {
		if !b.Timestamp.Before(h.Timestamp) {
			notBefore++
		}
	}
	if notBefore > span/2 {
		return fmt.Errorf("%w: its time %v is not after the median of the "+
			"blocks before it", ErrHeaders, h.Timestamp.UTC())
	}
	return nil
}

// targetOf expands compact bits (nBits). Negative, zero and overflowing
// values, and targets easier than the network's easiest, are refused; where a
// network never retargets its one value is demanded.
func targetOf(params *chaincfg.Params, bits uint32) (*big.Int, error) {
	if params.PoWNoRetargeting && bits != params.PowLimitBits {
		return nil, fmt.Errorf("%w: bits %08x, but %s never leaves %08x",
			ErrHeaders, bits, params.Name, params.PowLimitBits)
	}
	mantissa, exponent := bits&0x007fffff, uint(bits>>24)
	if bits&0x00800000 != 0 || mantissa == 0 || exponent > 32 {
		return nil, fmt.Errorf("%w: bits %08x are not a target", ErrHeaders,
			bits)
	}
	target := big.NewInt(int64(mantissa))
	if exponent <= 3 {
		target.Rsh(target, 8*(3-exponent))
	} else {
		target.Lsh(target, 8*(exponent-3))
	}
	if target.Sign() == 0 || target.Cmp(params.PowLimit) > 0 {
		return nil, fmt.Errorf("%w: bits %08x are easier than %s allows",
			ErrHeaders, bits, params.Name)
	}
	return target, nil
}

// workOf returns the expected number of hashes to meet a target, rounded
// down: 2^256 / (target + 1).
func workOf(target *big.Int) *big.Int {
	whole := new(big.Int).Lsh(big.NewInt(1), 256)
	return whole.Div(whole, new(big.Int).Add(target, big.NewInt(1)))
}

// checkStep checks the change of difficulty from one block to the next, the
// latter at height: none within a retarget interval, at most a factor of four
// either way at its end. Test networks that let blocks fall to the easiest
// target at any time have no such rule.
func checkStep(params *chaincfg.Params, height, prevBits, bits uint32) error {
	if params.ReduceMinDifficulty || prevBits == bits {
		return nil
	}
	if height%retargetInterval != 0 {
		return fmt.Errorf("%w: difficulty changes at height %d, inside a "+
			"retarget interval", ErrHeaders, height)
	}
	prev, err := targetOf(params, prevBits)
	if err != nil {
		return err
	}
	target, err := targetOf(params, bits)
	if err != nil {
		return err
	}
	most := new(big.Int).Lsh(prev, 2)
	// The compact form keeps at least 16 leading bits and cuts the rest,
	// so the least possible target is a quarter, less one part in 2^15.
	least := new(big.Int).Rsh(prev, 2)
	least.Sub(least, new(big.Int).Rsh(least, 15))
	if target.Cmp(most) > 0 || target.Cmp(least) < 0 {
		return fmt.Errorf("%w: difficulty changes by more than a factor of "+
			"four at height %d", ErrHeaders, height)
	}
	return nil
}
