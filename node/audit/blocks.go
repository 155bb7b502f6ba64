package audit

import (
	"fmt"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/op"
)

// BlockReport says how the blocks that entries are stamped with stand in
// Bitcoin's chain. What is drawn at random in a log rests on them.
type BlockReport struct {
	From     uint32        `json:"from"` // heights of the headers given
	To       uint32        `json:"to"`
	WorkBits int           `json:"work_bits"` // log2 of the hashes the headers took
	Found    int           `json:"found"`     // blocks of stamps that are among them
	Outside  int           `json:"outside"`   // blocks of stamps below From or above To
	Strange  []StampReport `json:"strange"`   // within, and another block stands there
}

// StampReport is a block that an entry is stamped with.
type StampReport struct {
	Height uint32  `json:"height"`
	Block  op.Hash `json:"block"`
	Seq    uint64  `json:"seq"` // the first entry stamped with it
}

// noteBlock compares the block of an entry's stamp with the headers given, once
// for each block: the ledger lets a height have only one. A strange block may
// have lost against another of its height after the entry.
func (p *replayer) noteBlock(e *op.Entry) error {
	if e.Seq == 0 && len(p.o.Headers) > 0 {
		if err := p.readHeaders(); err != nil {
			return err
		}
	} else if e.Seq > 0 && e.Stamp.Height == p.height {
		return nil
	}
	p.height = e.Stamp.Height
	if p.chain == nil {
		return nil
	}
	switch block, ok := p.chain.Block(e.Stamp.Height); {
	case !ok:
		p.blocks.Outside++
	case block == e.Stamp.BlockHash:
		p.blocks.Found++
	default:
		p.blocks.Strange = append(p.blocks.Strange, StampReport{e.Stamp.Height, e.Stamp.BlockHash, e.Seq})
	}
	return nil
}

// readHeaders checks the headers given, once the genesis has named the network.
func (p *replayer) readHeaders() error {
	params, err := anchor.Params(p.id.network)
	if err != nil {
		return reject(ErrOptions, "headers", "%w", err)
	}
	p.chain, err = anchor.NewHeaderChain(params, p.o.HeadersFrom, p.o.Headers, p.o.Trusted)
	if err != nil {
		return reject(ErrAnchor, "headers", "%w", err)
	}
	first, last := p.chain.Range()
	p.blocks = &BlockReport{From: first, To: last, WorkBits: p.chain.WorkBits(), Strange: []StampReport{}}
	return nil
}

// blockTrust says what the blocks of the stamps rest on.
func (p *replayer) blockTrust() []string {
	if p.chain == nil {
		return []string{"That entries are stamped with blocks of Bitcoin's chain is the log's own claim: no headers were given."}
	}
	list := []string{fmt.Sprintf("Blocks of stamps: headers of heights %d to %d were given; %s.", p.blocks.From, p.blocks.To, p.chain.Statement())}
	if p.blocks.Outside > 0 {
		list = append(list, fmt.Sprintf("%d blocks of stamps lie at other heights and were not checked.", p.blocks.Outside))
	}
	return list
}
