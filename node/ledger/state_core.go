package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger/internal/idindex"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
)

// core is where the log stands and the rules that are in force.
type core struct {
	economy      string
	network      string
	operator     op.PublicKey
	nodeKey      op.NodeKey  // of the operator's Lightning node; zero where none is known yet
	logVerifier  string      // of the genesis
	logKeys      logkey.Keys // of the genesis and since; none by rules of version 1, whose key nobody checked
	constitution *constitution.Constitution
	versions     []constitutionVersion // that in force is the last
	knows        int64                 // newest rules that are known: NewestRules

	next  uint64   // sequence number of the next entry
	clock op.Stamp // stamp of the last entry
	ids   idindex.Index
}

// constitutionVersion is one constitution that was ever in force.
type constitutionVersion struct {
	seq      uint64
	timeMs   int64
	proposal op.ID // zero for the genesis
	hash     op.Hash
	text     *constitution.Constitution
}

// found gives the economy what its genesis says.
func (s *core) found(g *op.Genesis, operator op.PublicKey) {
	s.economy, s.network, s.logVerifier, s.operator = g.Economy, g.Network, g.LogVerifier, operator
	s.nodeKey = g.NodeKey
}

// signHeadsBy keeps the keys of the log.
func (s *core) signHeadsBy(keys logkey.Keys) { s.logKeys = keys }

// handTo adds a key by a handover, unless that is refused.
func (s *core) handTo(h logkey.Handover) error {
	keys, err := s.logKeys.Add(h)
	if err == nil {
		s.logKeys = keys
	}
	return err
}

// signedBy keeps the node that signed the first invoice of a hold since the rules ask for one,
// where the genesis is older than they are.
func (s *core) signedBy(node op.NodeKey) {
	if s.nodeKey == (op.NodeKey{}) && s.constitution.Version >= constitution.RulesNodeKey {
		s.nodeKey = node
	}
}

// adopt puts a constitution in force from the entry in work on.
func (s *core) adopt(c *constitution.Constitution, proposal op.ID) {
	s.constitution = c
	s.versions = append(s.versions, constitutionVersion{seq: s.next, timeMs: s.clock.TimeMs, proposal: proposal, hash: c.Hash(), text: c})
}

func (s *core) setClock(stamp op.Stamp) { s.clock = stamp }

// applied counts an entry.
func (s *core) applied(e *op.Entry) {
	s.ids.Put(e.Event.ID, e.Seq)
	s.next++
}
