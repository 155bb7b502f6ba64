package headers

import (
	"fmt"
	"math"
	"math/big"
	"slices"
)

// MaxFork is how many blocks at the end of a chain may be replaced at once. A deeper fork
// is nothing that a log goes along with by itself.
const MaxFork = 99

// medianOf is how many blocks tell the median time (BIP 113).
const medianOf = 11

// Chain is a run of headers from some height on. Only the end changes. The zero value is
// empty.
type Chain struct {
	first  uint32
	blocks []block
}

// block is what is kept of a header.
type block struct {
	hash  [32]byte
	timeS int64
	bits  uint32
}

// Fault says which header is refused, and by which rule.
type Fault struct {
	Index int // in what was given
	Rule  string
	Text  string
}

// Error says it in one line.
func (f *Fault) Error() string { return fmt.Sprintf("header %d: %s: %s", f.Index, f.Rule, f.Text) }

func fault(i int, rule, format string, args ...any) error {
	return &Fault{i, rule, fmt.Sprintf(format, args...)}
}

// Empty tells whether there is no header yet.
func (c *Chain) Empty() bool { return len(c.blocks) == 0 }

// Range returns the heights of the first and the last block; both are 0 if it is empty.
func (c *Chain) Range() (first, last uint32) {
	return c.first, c.first + uint32(max(len(c.blocks), 1)-1)
}

// Block returns the hash of the block at a height, if there is one.
func (c *Chain) Block(height uint32) ([32]byte, bool) {
	b := c.at(height)
	if b == nil {
		return [32]byte{}, false
	}
	return b.hash, true
}

// TimeS returns the time of the header at a height, in unix seconds, if there is one.
func (c *Chain) TimeS(height uint32) (int64, bool) {
	b := c.at(height)
	if b == nil {
		return 0, false
	}
	return b.timeS, true
}

func (c *Chain) at(height uint32) *block {
	if first, last := c.Range(); c.Empty() || height < first || height > last {
		return nil
	}
	return &c.blocks[height-c.first]
}

// MedianS is the median time of the last eleven headers, or of as many as there are up to
// that height; 0 if there is none.
func (c *Chain) MedianS(height uint32) int64 {
	if c.at(height) == nil {
		return 0
	}
	end := int(height-c.first) + 1
	return medianS(c.blocks[max(end-medianOf, 0):end])
}

// medianS is the median time of blocks, of two the later, as Bitcoin has it.
func medianS(blocks []block) int64 {
	var times []int64
	for i := range blocks {
		times = append(times, blocks[i].timeS)
	}
	slices.Sort(times)
	return times[len(times)/2]
}

// Work is the number of hashes that the chain took on average.
func (c *Chain) Work() *big.Int { return workOf(c.blocks) }

func workOf(blocks []block) *big.Int {
	sum := new(big.Int)
	for i := range blocks {
		if i > 0 && blocks[i].bits == blocks[i-1].bits {
			continue
		}
		same := 1
		for i+same < len(blocks) && blocks[i+same].bits == blocks[i].bits {
			same++
		}
		sum.Add(sum, new(big.Int).Mul(work(blocks[i].bits), big.NewInt(int64(same))))
	}
	return sum
}

// Extend puts headers behind the block below height from, in place of what stands there;
// an empty chain begins with them. What they replace are at most MaxFork blocks of less
// work, and the chain never gets shorter or stays as long: a height that was the last one
// keeps its block until there is a higher one. On an error, a *Fault, nothing changed.
func (c *Chain) Extend(n Network, from uint32, list []Header) error {
	if len(list) == 0 || uint64(from)+uint64(len(list)) > math.MaxUint32 {
		return fault(0, "blocks-some", "there are %d from height %d", len(list), from)
	}
	next := Chain{c.first, c.blocks}
	if c.Empty() {
		next.first = from
	} else if err := c.forks(from, len(list)); err != nil {
		return err
	} else {
		keep := from - c.first
		next.blocks = c.blocks[:keep]
		if int(keep) < len(c.blocks) { // what stands behind may have to stay
			next.blocks = slices.Clone(next.blocks)
		}
	}
	for i := range list {
		b, err := next.check(n, &list[i])
		if err != nil {
			err.Index = i
			return err
		}
		next.blocks = append(next.blocks, b)
	}
	return c.replace(next, from)
}

// forks checks where headers would go.
func (c *Chain) forks(from uint32, count int) error {
	first, last := c.Range()
	if from <= first || from > last+1 {
		return fault(0, "blocks-place", "the first is of height %d; the chain's are %d to %d, what goes behind one of them is of height %d to %d", from, first, last, first+1, last+1)
	}
	if depth := last + 1 - from; depth > MaxFork {
		return fault(0, "blocks-fork", "it replaces %d blocks, at most %d may be", depth, MaxFork)
	}
	if end := from + uint32(count) - 1; end <= last {
		return fault(0, "blocks-higher", "they end at height %d, the chain at %d already; what replaces its end is higher", end, last)
	}
	return nil
}

// replace takes the longer chain, unless what it replaces had as much work.
func (c *Chain) replace(next Chain, from uint32) error {
	if !c.Empty() {
		at := from - c.first
		old, fresh := c.blocks[at:], next.blocks[at:]
		if len(old) > 0 && old[0].hash == fresh[0].hash {
			return fault(0, "blocks-new", "is the block of height %d that is there", from)
		}
		if workOf(fresh).Cmp(workOf(old)) <= 0 {
			return fault(0, "blocks-work", "they took no more work than the %d that they replace", len(old))
		}
	}
	*c = next
	return nil
}

// check reads a header that would come behind the last one.
func (c *Chain) check(n Network, h *Header) (block, *Fault) {
	b := block{h.Hash(), h.TimeS(), h.Bits()}
	target, ok := n.target(b.bits)
	switch {
	case !ok:
		return b, &Fault{Rule: "blocks-bits", Text: fmt.Sprintf("bits %08x are no target that the network allows", b.bits)}
	case !meets(b.hash, target):
		return b, &Fault{Rule: "blocks-proof", Text: fmt.Sprintf("hash %x is above the target of bits %08x", b.hash, b.bits)}
	case c.Empty():
		return b, nil
	}
	_, height := c.Range()
	if last := c.at(height); h.Prev() != last.hash {
		return b, &Fault{Rule: "blocks-link", Text: fmt.Sprintf("comes after block %x, that of height %d is %x", h.Prev(), height, last.hash)}
	}
	if len(c.blocks) >= medianOf && b.timeS <= c.MedianS(height) {
		return b, &Fault{Rule: "blocks-time", Text: fmt.Sprintf("time %d is not after the median time %d of the %d blocks before", b.timeS, c.MedianS(height), medianOf)}
	}
	return b, c.checkBits(n, height+1, b.bits)
}

// checkBits holds the difficulty of the block that comes next against that before: equal in
// a window, and after its last block as the window took; where its first one is not
// there, at most four times more or less. Networks with relief have no such rule.
func (c *Chain) checkBits(n Network, height uint32, bits uint32) *Fault {
	if n.fixed || n.relief {
		return nil
	}
	before := c.at(height - 1)
	if height%window != 0 {
		if bits != before.bits {
			return &Fault{Rule: "blocks-bits", Text: fmt.Sprintf("bits are %08x, before height %d a window's are %08x", bits, height/window*window+window, before.bits)}
		}
		return nil
	}
	if start := c.at(height - window); start != nil {
		if want := n.next(before.bits, before.timeS-start.timeS); bits != want {
			return &Fault{Rule: "blocks-bits", Text: fmt.Sprintf("bits are %08x, after the window before height %d they are %08x", bits, height, want)}
		}
		return nil
	}
	if !n.within(before.bits, bits) {
		return &Fault{Rule: "blocks-bits", Text: fmt.Sprintf("bits are %08x, more than %d times off the %08x before height %d", bits, mostTimes, before.bits, height)}
	}
	return nil
}
