package ledger

import (
	"strings"

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
	book, err := reputation.NewBook(c.Reputation)
	if err != nil {
		return refusal.New(refusal.ErrInvalid, "content.constitution.reputation", "range", "%v", err)
	}
	s.found(g, e.Event.PubKey)
	s.agents.speak(s.operator)
	s.scores.found(book, e.Stamp.TimeMs+c.EpochS*1000)
	s.enact(c, op.ID{})
	s.agenda.add(s.scores.epochMs, op.KindEpoch, 0)
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
