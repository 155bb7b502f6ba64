package monitor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/view"
)

// maxProofs bounds the proofs of anchors that are kept, bytes.
const maxProofs = 256 << 20

// anchors are the proofs that were seen, in no order.
type anchors struct {
	proofs []*anchor.Proof
	bytes  int64
	walked int           // proofs when the line was walked last
	named  []view.Anchor // and what the log said of them
}

// readAnchors takes up what was kept.
func (m *Monitor) readAnchors() error {
	return each(m.state, bucketAnchors, func(_ []byte, raw json.RawMessage) error {
		p, err := anchor.DecodeProof(raw)
		if err != nil {
			return fmt.Errorf("%s: %w; %s", stateName, err, remedy)
		}
		m.anchors.proofs, m.anchors.bytes = append(m.anchors.proofs, p), m.anchors.bytes+int64(len(raw))
		return nil
	})
}

// walkAnchors fetches the proofs of anchors that the log says are final and that are not there yet,
// and walks the line when something of it is new.
func (m *Monitor) walkAnchors(ctx context.Context) error {
	if m.log.Newer() != nil || m.contradicted() {
		return nil
	}
	missing := m.log.Unproved(m.anchors.proofs)
	if len(missing) > 0 && m.latest != nil {
		if err := m.fetchAnchors(ctx); err != nil {
			return err
		}
		missing = m.log.Unproved(m.anchors.proofs)
	}
	if len(missing) > 0 {
		return m.missing(missing)
	}
	if err := m.missing(nil); err != nil {
		return err
	}
	return m.walk()
}

// missing raises the alarm once proofs have been missing for too long: econd makes one as soon as
// an anchor is final.
func (m *Monitor) missing(list []view.Anchor) error {
	if len(list) == 0 {
		m.state.UnprovedMs = 0
		return m.settle(AnchorMissing, "")
	}
	if m.state.UnprovedMs == 0 {
		m.state.UnprovedMs = m.now()
		if err := m.state.put("unproved", nil); err != nil {
			return err
		}
	}
	if !m.tooLong(m.state.UnprovedMs) {
		m.fault("the line of anchors cannot be walked", fmt.Errorf("econd does not give the proof of transaction %s, which entry %d names and the log says is final", list[0].Txid, list[0].Seq))
		return nil
	}
	return m.raise(AnchorMissing, "", m.lineEvidence(), "the log says that %d anchors are final, the first transaction %s, and econd does not give their proofs", len(list), list[0].Txid)
}

// walk holds the line against the log.
func (m *Monitor) walk() error {
	a := &m.anchors
	if len(a.proofs) == 0 || a.walked == len(a.proofs) && slices.Equal(a.named, m.log.Anchors()) {
		return nil
	}
	if _, err := m.log.Line(a.proofs); err != nil {
		if !errors.Is(err, audit.ErrLine) {
			m.fault("the line of anchors cannot be walked", err)
			return nil
		}
		if err := m.raise(AnchorLine, "", m.lineEvidence(), "%v", err); err != nil {
			return err
		}
	}
	a.walked, a.named = len(a.proofs), slices.Clone(m.log.Anchors())
	return nil
}

// lineEvidence are the export and the anchors, which econaudit line walks.
func (m *Monitor) lineEvidence() *evidence {
	var lines bytes.Buffer
	for _, p := range m.anchors.proofs {
		if raw, err := p.Encode(); err == nil {
			lines.Write(append(raw, '\n'))
		}
	}
	e := &evidence{export: m.whole, bytes: m.copy.bytes(), files: map[string][]byte{anchorsFile: lines.Bytes()},
		command: []string{"line", exportFile, anchorsFile, "--log-key", m.firstKey()}}
	if m.covered != nil {
		e.files[checkpointFile] = []byte(m.covered.Note)
		e.command = append(e.command, "--checkpoint", checkpointFile)
	}
	return e
}

// fetchAnchors keeps each proof that is new before it is used.
func (m *Monitor) fetchAnchors(ctx context.Context) error {
	ask, end := m.within(ctx)
	defer end()
	for p, err := range m.cfg.Econd.AnchorProofs().All(ask) {
		if err != nil {
			m.fault("econd does not give the proofs of its anchors", err)
			return nil
		}
		if err := m.keepAnchor(p.Proof); err != nil {
			if errors.Is(err, errUseless) {
				m.fault("econd gives a proof of an anchor that is none", err)
				return nil
			}
			return err
		}
	}
	return nil
}

// errUseless is a proof that cannot be kept.
var errUseless = errors.New("not kept")

func (m *Monitor) keepAnchor(raw []byte) error {
	p, err := anchor.DecodeProof(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", errUseless, err)
	}
	if m.anchors.bytes+int64(len(raw)) > maxProofs || int64(len(raw)) > m.room() {
		return fmt.Errorf("%w: there are %d bytes of proofs", errUseless, m.anchors.bytes)
	}
	key := sha256.Sum256(p.Tx)
	block := sha256.Sum256(p.Header)
	at := append(key[:], block[:]...)
	if m.state.has(bucketAnchors, at) {
		return nil
	}
	if err := m.state.put("anchor", putJSON(bucketAnchors, at, json.RawMessage(raw))); err != nil {
		return err
	}
	m.anchors.proofs, m.anchors.bytes = append(m.anchors.proofs, p), m.anchors.bytes+int64(len(raw))
	return nil
}
