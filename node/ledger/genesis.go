package ledger

import (
	"strings"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/reputation"
)

// genesis applies entry 0. Its signer becomes the operator.
func (s *State) genesis(e *op.Entry, g *op.Genesis) error {
	if err := CheckEconomyID(g.Economy); err != nil {
		return err
	}
	if got := e.Event.Economy(); got != g.Economy {
		return refusal.New(refusal.ErrEconomy, "tags", "economy", "tag says %+q, content says %+q", got, g.Economy)
	}
	if !knownNetwork(g.Network) {
		return refusal.New(refusal.ErrInvalid, "content.network", "network", "is %+q, must be %s", g.Network, networkNames)
	}
	if !strings.HasPrefix(g.LogVerifier, Origin(g.Economy)+"+") {
		return refusal.New(refusal.ErrInvalid, "content.log_verifier", "origin", "must be a note verifier key named %+q", Origin(g.Economy))
	}
	c, err := constitution.Decode(g.Constitution)
	if err != nil {
		return err
	}
	if err := c.LeastTimes(g.Network); err != nil {
		return err
	}
	if err := checkNodeKey(g.NodeKey, c.Version); err != nil {
		return err
	}
	keys, err := firstLogKey(g.LogVerifier, c.Version)
	if err != nil {
		return err
	}
	book, err := reputation.NewBook(c.Reputation)
	if err != nil {
		return refusal.New(refusal.ErrInvalid, "content.constitution.reputation", "range", "%v", err)
	}
	s.found(g, e.Event.PubKey)
	s.signHeadsBy(keys)
	s.agents.speak(s.operator)
	s.scores.found(book, e.Stamp.TimeMs+c.EpochS*1000)
	s.enact(c, op.ID{})
	s.agenda.add(s.scores.epochMs, op.KindEpoch, 0)
	return nil
}

// checkNodeKey holds the genesis' node key against the version of its rules.
func checkNodeKey(key op.NodeKey, version int64) error {
	const field = "content.node_key"
	if version < constitution.RulesNodeKey {
		if key != (op.NodeKey{}) {
			return unknownBefore(constitution.RulesNodeKey, version, field, "the node's key")
		}
		return nil
	}
	if key == (op.NodeKey{}) {
		return refusal.New(refusal.ErrInvalid, field, "node-key", "is missing: from version %d of the rules on the genesis names the Lightning node that signs the invoices of holds", constitution.RulesNodeKey)
	}
	if _, err := btcec.ParsePubKey(key[:]); err != nil {
		return refusal.New(refusal.ErrInvalid, field, "node-key", "is no compressed public key: %v", err)
	}
	return nil
}

// Origin is the name of an economy's log in checkpoints (C2SP tlog-checkpoint).
func Origin(economy string) string { return "econd/" + economy }

// CheckEconomyID tells whether the text can name an economy: 3 to 64
// characters of a-z, 0-9, '.' and '-'.
func CheckEconomyID(id string) error {
	ok := len(id) >= 3 && len(id) <= 64
	for _, c := range []byte(id) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-')
	}
	if !ok {
		return refusal.New(refusal.ErrInvalid, "economy", "form", "%+q must have 3 to 64 characters of a-z, 0-9, '.' and '-'", id)
	}
	return nil
}
