package anchor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// VerifyLine checks that the transactions of these proofs are one line: anchors
// of one log in one chain, of which each but the first spends the line output
// of the one before it, unless Options.Ends lets another line begin after that
// one. It returns what each proof shows, in the order of the
// chain and each transaction once; their Checkpoints are empty, for what the
// payloads commit to is the caller's to check.
//
// Errors wrap those of Verify, or ErrLine: with ErrFork for two that spend the
// same output, or for one that spends that of a line which had ended, with ErrGap for one that spends none of the others.
func VerifyLine(proofs []*Proof, o Options) ([]Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(proofs) == 0 {
		return nil, fmt.Errorf("%w: there are no anchors", ErrLine)
	}
	var line []place
	blocks := map[uint32]wire.BlockHeader{}
	for i, p := range proofs {
		r, headers, err := p.open(o)
		if err != nil {
			return nil, fmt.Errorf("anchor %d of %d: %w", i+1, len(proofs),
				err)
		}
		if err := joinChain(blocks, r.Height, headers); err != nil {
			return nil, fmt.Errorf("%v: %w", r.Anchor.Txid, err)
		}
		line = append(line, place{r, p.TxIndex})
	}
	slices.SortStableFunc(line, place.compare)
	line = slices.CompactFunc(line, func(a, b place) bool {
		return a.Anchor.Txid == b.Anchor.Txid
	})
	out := make([]Result, len(line))
	for i := range line {
		out[i] = line[i].Result
		if i == 0 {
			continue
		}
		err := follows(out[:i], out[i].Anchor)
		if errors.Is(err, ErrGap) &&
			slices.Contains(o.Ends, out[i-1].Anchor.Txid) {

			err = nil
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// place is an anchor and where in its block it stands.
type place struct {
	Result
	index uint32
}

// compare puts anchors into the order of the chain; of proofs of the same one,
// the one under the most blocks comes first.
func (a place) compare(b place) int {
	return cmp.Or(cmp.Compare(a.Height, b.Height),
		cmp.Compare(a.index, b.index),
		cmp.Compare(b.Confirmations, a.Confirmations))
}

// joinChain adds a proof's headers to those that are known, and refuses them
// where they are of another chain.
func joinChain(blocks map[uint32]wire.BlockHeader, first uint32,
	headers []wire.BlockHeader) error {

	for i, h := range headers {
		height := first + uint32(i)
		if known, ok := blocks[height]; ok &&
			known.BlockHash() != h.BlockHash() {

			return fmt.Errorf("%w: at height %d it has %v, the proof of "+
				"another anchor %v: one of them is not Bitcoin's",
				ErrHeaders, height, h.BlockHash(), known.BlockHash())
		}
		if below, ok := blocks[height-1]; ok && height > 0 &&
			below.BlockHash() != h.PrevBlock {

			return otherParent(height, h.PrevBlock, below.BlockHash())
		}
		if above, ok := blocks[height+1]; ok &&
			above.PrevBlock != h.BlockHash() {

			return otherParent(height+1, above.PrevBlock, h.BlockHash())
		}
		blocks[height] = h
	}
	return nil
}

func otherParent(height uint32, names, known chainhash.Hash) error {
	return fmt.Errorf("%w: the block at height %d follows %v, the proof of "+
		"another anchor has %v there: one of them is not Bitcoin's",
		ErrHeaders, height, names, known)
}

// follows checks that next spends the line output of the last of those before
// it, and says what it is if it does not.
func follows(before []Result, next AnchorTx) error {
	last := before[len(before)-1].Anchor
	err := Follows(last, next)
	if err == nil || last.Payload.LogID() != next.Payload.LogID() {
		return err
	}
	spends := map[wire.OutPoint]bool{}
	for _, in := range next.Inputs {
		spends[in] = true
	}
	for _, b := range before {
		for _, in := range b.Anchor.Inputs {
			if spends[in] {
				return fmt.Errorf("%w: %w: %v and %v both spend %v, which "+
					"one chain lets happen once: one of the two is not "+
					"in Bitcoin's, and two histories were anchored",
					ErrLine, ErrFork, b.Anchor.Txid, next.Txid, in)
			}
		}
	}
	for _, b := range before[:len(before)-1] {
		if spends[b.Anchor.Line] {
			return fmt.Errorf("%w: %w: %v spends %v, and a second line began "+
				"before it: the coin of the first was not gone, and two "+
				"histories were anchored", ErrLine, ErrFork, next.Txid,
				b.Anchor.Line)
		}
	}
	return fmt.Errorf("%w: %w: %w; an anchor between them is missing, or a "+
		"second line was started beside this one", ErrLine, ErrGap, err)
}
