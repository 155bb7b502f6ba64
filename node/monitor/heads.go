package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
)

// Head is a signed checkpoint as it was seen first.
type Head struct {
	Size   int64    `json:"size"`
	Root   [32]byte `json:"root"`
	Note   string   `json:"note"`
	Door   string   `json:"door"`
	SeenMs int64    `json:"seen_ms"`
}

// mainDoor is the name of econd itself, ownAnswers of what an agent kept.
const (
	mainDoor   = "econd"
	ownAnswers = "the answers kept"
)

// takeHead fetches econd's head.
func (m *Monitor) takeHead(ctx context.Context) error {
	ask, end := m.within(ctx)
	defer end()
	msg, err := m.cfg.Econd.Checkpoint().Get(ask)
	if err != nil {
		m.fault("econd gives no head", err)
		return nil
	}
	return m.keep(ctx, mainDoor, msg)
}

// keep makes a head durable before anything else is done about it. One that the log's key did not sign
// is an alarm, for nothing else has the form of a signed head.
func (m *Monitor) keep(ctx context.Context, door string, msg []byte) error {
	c, known, err := m.openHead(ctx, msg)
	var own *ownError
	switch {
	case errors.As(err, &own):
		return own.err
	case err != nil && !known:
		m.fault("whether the log's key signed a head of "+door+" is not known yet", err)
		return nil
	case err != nil:
		return m.raise(StrangeHead, door, m.replayed(m.copy.size(), msg), "%s shows a head that the log's key did not sign: %v", door, err)
	}
	if err := m.settle(StrangeHead, door); err != nil {
		return err
	}
	before := m.state.Largest[door]
	largest := int64(0)
	for _, n := range m.state.Largest {
		largest = max(largest, n)
	}
	if c.Size > largest {
		m.state.NewHeadMs = m.now()
	}
	m.state.Largest[door] = max(before, c.Size)
	if m.witnessed(c) {
		m.state.WitnessedMs = m.now()
	}
	h := Head{Size: c.Size, Root: c.Root, Note: string(msg), Door: door, SeenMs: m.now()}
	key := headKey(h.Size, h.Root)
	if m.state.has(bucketHeads, key) {
		if err := m.state.put("head again", nil); err != nil {
			return err
		}
	} else if err := m.keepNew(h); err != nil {
		return err
	}
	if door != mainDoor {
		return nil
	}
	m.latest = &h
	return m.rolledBack(h, before)
}

// maxHeads bounds the heads that the copy does not reach or contradicts, with at most 64 KiB each. Of the others
// only the largest that it agrees with is kept: with the copy it shows all that they do.
const maxHeads = 1000

// keepNew stores a head that was not seen before.
func (m *Monitor) keepNew(h Head) error {
	if m.room() < 0 {
		return fmt.Errorf("%s: %w", m.cfg.Dir, errNoRoom)
	}
	if m.state.count(bucketHeads) >= maxHeads {
		m.fault("a head of "+h.Door+" is not kept", fmt.Errorf("there are %d already that econd gives no entries for, or that contradict its log", maxHeads))
		return m.state.put("no head", nil)
	}
	if err := m.state.put("head", putJSON(bucketHeads, headKey(h.Size, h.Root), h)); err != nil {
		return err
	}
	for _, other := range m.open {
		if other.Size == h.Size && other.Root != h.Root { // proves itself, whatever entries come
			q, err := audit.Contradiction(m.keys(), [][]byte{[]byte(other.Note), []byte(h.Note)})
			if err != nil {
				return fmt.Errorf("two heads of %d entries: %w", h.Size, err)
			}
			if err := m.equivocation(q, other, h); err != nil {
				return err
			}
		}
	}
	m.insert(h)
	return nil
}

func (m *Monitor) insert(h Head) {
	at, _ := slices.BinarySearchFunc(m.open, h, func(a, b Head) int {
		return slices.Compare(headKey(a.Size, a.Root), headKey(b.Size, b.Root))
	})
	m.open = slices.Insert(m.open, at, h)
}

// witnessed tells whether a head has the quorum; before there is a genesis nothing does.
func (m *Monitor) witnessed(c anchor.SignedCheckpoint) bool {
	if m.cfg.Policy == nil || m.log.Size() == 0 {
		return false
	}
	_, err := m.log.Witnessed(c)
	return err == nil
}

// rolledBack watches that econd never goes back: one that signs fewer entries than it signed before
// lost the others, or hides them.
func (m *Monitor) rolledBack(h Head, before int64) error {
	last := m.covered
	if h.Size >= max(before, m.state.Largest[ownAnswers]) {
		return m.settle(RolledBack, "")
	}
	if h.Size < before && last != nil && last.Size > h.Size && uint64(h.Size) <= m.log.Size() && m.log.Root(uint64(h.Size)) == tlog.Hash(h.Root) {
		return m.raise(RolledBack, "", m.replayed(uint64(h.Size), []byte(last.Note)),
			"econd now signs %d entries, and signed %d before: it went back to a backup, or hides the end", h.Size, before)
	}
	return nil
}

// judgeHeads holds the heads that the copy reaches against it.
func (m *Monitor) judgeHeads(ctx context.Context) error {
	var later, agree []Head
	reached, best := []Head{}, m.covered
	for _, h := range m.open {
		switch {
		case uint64(h.Size) > m.log.Size():
			later = append(later, h)
		case m.retired(h) != nil:
			if err := m.strange(h); err != nil {
				return err
			}
		case m.log.Root(uint64(h.Size)) == tlog.Hash(h.Root):
			agree = append(agree, h)
			if best == nil || h.Size > best.Size {
				best = &h
			}
		default:
			reached = append(reached, h)
		}
	}
	if m.covered != nil {
		agree = append(agree, *m.covered)
	}
	m.open, m.covered = later, best
	if err := m.forget(agree); err != nil {
		return err
	}
	for _, h := range reached {
		if err := m.contradiction(h); err != nil {
			return err
		}
	}
	return m.fewerThanPromised(ctx)
}

// forget lets go of heads that the copy agrees with, but for the largest.
func (m *Monitor) forget(agree []Head) error {
	agree = slices.DeleteFunc(agree, func(h Head) bool {
		return h.Size == m.covered.Size || !m.state.has(bucketHeads, headKey(h.Size, h.Root))
	})
	if len(agree) == 0 {
		return nil
	}
	return m.state.put("covered", func(tx *bbolt.Tx) error {
		for _, h := range agree {
			if err := tx.Bucket(bucketHeads).Delete(headKey(h.Size, h.Root)); err != nil {
				return err
			}
		}
		return nil
	})
}

// fewerThanPromised watches that econd has all entries under a head by which it promised the agent something,
// though nobody may be given them any more. An econd in recovery shows a head of before, and has them. Answers are
// read before econd's head, so that is the later of the two.
func (m *Monitor) fewerThanPromised(ctx context.Context) error {
	h := m.latest
	if h == nil || h.Size >= m.state.Largest[ownAnswers] || uint64(h.Size) > m.log.Size() || m.log.Root(uint64(h.Size)) != tlog.Hash(h.Root) {
		return nil
	}
	promised := m.covered
	for i := range m.open {
		if m.open[i].Door == ownAnswers {
			promised = &m.open[i]
		}
	}
	if promised == nil || promised.Size <= h.Size {
		return nil
	}
	ask, end := m.within(ctx)
	defer end()
	about, err := m.cfg.Econd.Info().Get(ask)
	if err != nil {
		m.fault("econd says nothing about itself", err)
		return nil
	}
	if about.Size >= uint64(promised.Size) {
		return nil
	}
	return m.raise(RolledBack, "", m.replayed(uint64(h.Size), []byte(promised.Note)),
		"econd signs %d entries, and gave a promise under a head of %d: it went back to a backup, or hides the end", h.Size, promised.Size)
}

// contradiction proves that a head is not of the copy, which a larger head has.
func (m *Monitor) contradiction(h Head) error {
	if m.covered == nil || m.covered.Size < h.Size {
		m.open = append(m.open, h) // nothing that was signed says that the copy is the log
		slices.SortFunc(m.open, func(a, b Head) int { return slices.Compare(headKey(a.Size, a.Root), headKey(b.Size, b.Root)) })
		return nil
	}
	q, err := audit.Contradiction(m.keys(), [][]byte{[]byte(m.covered.Note), []byte(h.Note)}, m.log.Leaves())
	if err != nil {
		return fmt.Errorf("a head of %d entries that is not of the log: %w", h.Size, err)
	}
	return m.equivocation(q, *m.covered, h)
}

// equivocation raises the alarm that two heads cannot be of one log.
func (m *Monitor) equivocation(q *audit.Equivocation, a, b Head) error {
	r, err := q.Verify(audit.Options{LogKey: m.firstKey()})
	if err != nil {
		return err
	}
	data, err := q.Marshal()
	if err != nil {
		return err
	}
	return m.raise(TwoHistories, "", &evidence{files: map[string][]byte{proofFile: data, checkpointFile: []byte(a.Note), otherHeadFile: []byte(b.Note)},
		command: []string{"equivocation", proofFile, "--log-key", m.firstKey()}},
		"econd signed two histories: one head, of %d entries, came from %s, the other, of %d, from %s. %s", a.Size, a.Door, b.Size, b.Door, r.Proved[1])
}

// consistent demands the proof that a head extends the one before. False: it is not shown.
func (m *Monitor) consistent(ctx context.Context, a, b Head) (ok bool, err error) {
	if a.Size == 0 || a.Size == b.Size {
		return a.Size == 0 || a.Root == b.Root, nil
	}
	ask, end := m.within(ctx)
	defer end()
	v, err := m.cfg.Econd.Consistency(uint64(a.Size), uint64(b.Size)).Get(ask)
	if err != nil {
		return false, err
	}
	if len(v.Hashes) > 2*64 {
		return false, nil
	}
	proof := make(tlog.TreeProof, len(v.Hashes))
	for i, h := range v.Hashes {
		proof[i] = tlog.Hash(h)
	}
	return tlog.CheckTree(proof, b.Size, tlog.Hash(b.Root), a.Size, tlog.Hash(a.Root)) == nil, nil
}
