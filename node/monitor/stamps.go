package monitor

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/wire"

	"github.com/econd/econd/node/anchor"
)

// Chain gives headers of Bitcoin's chain, from a source that the operator of the log has no hand in.
type Chain interface {
	// Headers gives headers that follow each other, and the height of the first: from is
	// the lowest that is asked for, where it has so old ones.
	Headers(ctx context.Context, from uint32) (first uint32, list []wire.BlockHeader, err error)
}

// FixedChain are headers that were given once.
type FixedChain struct {
	First uint32
	List  []wire.BlockHeader
}

// Headers implements Chain.
func (c FixedChain) Headers(context.Context, uint32) (uint32, []wire.BlockHeader, error) {
	return c.First, c.List, nil
}

// settledDepth is how many blocks lie on one before stamps with it are judged: what is younger may still be
// replaced, and what comes after an instant is not known yet.
const settledDepth = 6

// checkStamps holds stamps against the headers, each once its block is settled.
func (m *Monitor) checkStamps(ctx context.Context) error {
	if m.cfg.Chain == nil || m.log.Size() == 0 || m.log.Newer() != nil {
		return nil
	}
	ask, end := m.within(ctx)
	defer end()
	from, err := m.firstHeight()
	if err != nil {
		return err
	}
	if from == 0 {
		m.fault("stamps cannot be held against Bitcoin's chain", errNoHeight)
		return nil
	}
	first, list, err := m.cfg.Chain.Headers(ask, from)
	if err != nil {
		m.fault("no headers of Bitcoin's chain", err)
		return nil
	}
	params, err := anchor.Params(m.log.Network())
	if err != nil {
		return err
	}
	chain, err := anchor.NewHeaderChain(params, first, list, m.trustedIn(first, list))
	if err != nil {
		m.fault("the headers of Bitcoin's chain do not hold", err)
		return nil
	}
	misfits := m.log.Stamps(chain, settledDepth)
	if _, last := chain.Range(); last >= settledDepth {
		m.stamped = last - settledDepth
	}
	if len(misfits) == 0 {
		return nil
	}
	var head []byte
	if m.covered != nil {
		head = []byte(m.covered.Note)
	}
	e := m.replayed(m.copy.size(), head)
	if head == nil {
		e = &evidence{export: m.whole, bytes: m.copy.bytes(), files: map[string][]byte{}, command: []string{"replay", exportFile}}
	}
	e.files[headersFile] = headerLines(list)
	e.command = append(e.command, "--headers", headersFile)
	e.suffix = map[string]string{headersFile: fmt.Sprintf("@%d", first)}
	x := misfits[0]
	return m.raise(Stamps, "", e, "%d stamps do not fit Bitcoin's chain, the first of entry %d: %s", len(misfits), x.Seq, x.Why)
}

// errNoHeight says that a log names no block at all.
var errNoHeight = errors.New("no entry of the log names the height of a block")

// firstHeight is that of the first entry that has one: by version 2 of the rules that is the one after
// the first headers. 0: none has.
func (m *Monitor) firstHeight() (uint32, error) {
	for ; m.from == 0 && m.unstamped < m.copy.size(); m.unstamped++ {
		line, err := m.copy.line(m.unstamped)
		if err != nil {
			return 0, err
		}
		at, err := stampOf(line)
		if err != nil {
			return 0, err
		}
		m.from = at.Height
	}
	return m.from, nil
}

// trustedIn are the trusted blocks that the headers reach.
func (m *Monitor) trustedIn(first uint32, list []wire.BlockHeader) (known []anchor.TrustedHeader) {
	for _, t := range m.cfg.Trusted {
		if t.Height >= first && uint64(t.Height) < uint64(first)+uint64(len(list)) {
			known = append(known, t)
		}
	}
	return known
}

// headerLines is the file that econaudit reads.
func headerLines(list []wire.BlockHeader) []byte {
	var out strings.Builder
	for i := range list {
		var raw bytes.Buffer
		_ = list[i].Serialize(&raw) // into memory
		out.WriteString(hex.EncodeToString(raw.Bytes()) + "\n")
	}
	return []byte(out.String())
}
