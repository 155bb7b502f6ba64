package anchor

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/wire"
)

// headerDigits is the length of a header in hexadecimal digits.
const headerDigits = 2 * wire.MaxBlockHeaderPayload

// HeaderChain is a run of consecutive Bitcoin headers, each with the work that
// its bits ask for and naming the one before it. It is safe for concurrent use.
type HeaderChain struct {
	first  uint32
	blocks [][32]byte // as explorers print them
	times  []int64    // unix seconds, as their miners wrote
	work   *big.Int
	trust  string
	above  int // see Result.Above
}

// ReadHeaders reads headers, one a line of 160 hexadecimal digits, as
// "bitcoin-cli getblockheader HASH false" prints them. It checks the form only;
// errors are ErrFormat or the reader's.
func ReadHeaders(r io.Reader) ([]wire.BlockHeader, error) {
	var list []wire.BlockHeader
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		raw, err := hex.DecodeString(string(bytes.TrimSpace(in.Bytes())))
		if err != nil || 2*len(raw) != headerDigits {
			return nil, fmt.Errorf("%w: headers: line %d is not a header "+
				"of %d hexadecimal digits", ErrFormat, n, headerDigits)
		}
		var h wire.BlockHeader
		if err := h.Deserialize(bytes.NewReader(raw)); err != nil {
			return nil, fmt.Errorf("%w: headers: line %d: %w", ErrFormat,
				n, err)
		}
		list = append(list, h)
	}
	return list, in.Err()
}

// NewHeaderChain checks headers of which the first stands at a height. Those of
// the trusted ones that lie among their heights must be among them, and so must
// the blocks that the network embeds.
func NewHeaderChain(params *chaincfg.Params, first uint32,
	headers []wire.BlockHeader, trusted []TrustedHeader) (*HeaderChain, error) {

	if len(headers) == 0 || uint64(first)+uint64(len(headers)) > 1<<32 {
		return nil, fmt.Errorf("%w: headers: there are %d from height %d",
			ErrOptions, len(headers), first)
	}
	work, err := checkHeaders(params, first, headers)
	if err != nil {
		return nil, err
	}
	r := Result{Height: first, Confirmations: len(headers),
		WorkBits: work.BitLen() - 1}
	if err := r.reachAll(params, trusted, headers); err != nil {
		return nil, err
	}
	c := &HeaderChain{first: first, work: work, trust: r.Statement(),
		above: r.Above}
	for i := range headers {
		c.blocks = append(c.blocks,
			[32]byte(displayed(headers[i].BlockHash())))
		c.times = append(c.times, headers[i].Timestamp.Unix())
	}
	return c, nil
}

// Range returns the heights of the first and the last block.
func (c *HeaderChain) Range() (first, last uint32) {
	return c.first, c.first + uint32(len(c.blocks)-1)
}

// Block returns the hash of the block at a height, in the byte order that
// explorers print, and whether the height is among those of the chain.
func (c *HeaderChain) Block(height uint32) ([32]byte, bool) {
	first, last := c.Range()
	if height < first || height > last {
		return [32]byte{}, false
	}
	return c.blocks[height-first], true
}

// TimeS returns the time of the header at a height, in unix seconds, and
// whether the height is among those of the chain.
func (c *HeaderChain) TimeS(height uint32) (int64, bool) {
	first, last := c.Range()
	if height < first || height > last {
		return 0, false
	}
	return c.times[height-first], true
}

// WorkBits is log2 of the hashes that the headers took on average, rounded
// down.
func (c *HeaderChain) WorkBits() int { return c.work.BitLen() - 1 }

// Claimed returns how many headers at the end stand above the newest known
// block, which vouches for none of them: see Result.Above.
func (c *HeaderChain) Claimed() int { return c.above }

// Statement says in one line what the chain rests on.
func (c *HeaderChain) Statement() string { return c.trust }
