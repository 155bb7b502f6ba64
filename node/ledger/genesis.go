package ledger

import (
	"fmt"
	"slices"
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
	if err := s.checkFirst(g, c, e.Stamp.TimeMs); err != nil {
		return err
	}
	s.found(g, e.Event.PubKey)
	s.signHeadsBy(keys)
	s.agents.speak(s.operator)
	s.scores.found(book, e.Stamp.TimeMs+c.EpochS*1000)
	s.enact(c, op.ID{})
	s.agenda.add(s.scores.epochMs, op.KindEpoch, 0)
	for i := range g.Agents {
		s.addAgent(g.Agents[i].Key, g.Agents[i].Name, e.Seq)
	}
	for i := range g.Wallets {
		s.openFirst(&g.Wallets[i])
	}
	return nil
}

// maxFirst bounds the agents of a genesis, and its wallets.
const maxFirst = 256

// checkFirst checks agents and wallets of a genesis, before anything of it is done.
func (s *State) checkFirst(g *op.Genesis, c *constitution.Constitution, nowMs int64) error {
	if c.Version < constitution.RulesWallets {
		if len(g.Agents)+len(g.Wallets) > 0 {
			return unknownBefore(constitution.RulesWallets, c.Version, "content.agents", "an agent or a wallet of the genesis")
		}
		return nil
	}
	if len(g.Agents) > maxFirst || len(g.Wallets) > maxFirst {
		return refusal.New(refusal.ErrInvalid, "content.agents", "length", "has %d agents and %d wallets, at most %d of each are allowed", len(g.Agents), len(g.Wallets), maxFirst)
	}
	known := map[op.PublicKey]map[string]bool{}
	for i, a := range g.Agents {
		field := fmt.Sprintf("content.agents[%d]", i)
		if _, err := op.ParsePublicKey(a.Key.String()); err != nil {
			return refusal.New(refusal.ErrInvalid, field+".key", "key", "%v", err)
		}
		if known[a.Key] != nil {
			return refusal.New(refusal.ErrInvalid, field+".key", "unique", "%s appears twice", a.Key)
		}
		known[a.Key] = map[string]bool{}
		if err := refusal.TextWithin(field+".name", a.Name, 1, 64); err != nil {
			return err
		}
	}
	for i := range g.Wallets {
		w, field := &g.Wallets[i], fmt.Sprintf("content.wallets[%d]", i)
		names, ok := known[w.Owner]
		switch {
		case !ok:
			return refusal.New(refusal.ErrInvalid, field+".owner", "registered", "%s is no agent of the genesis", w.Owner)
		case names[w.Name]:
			return refusal.New(refusal.ErrInvalid, field+".name", "wallet-once", "%s has two wallets %s", w.Owner, w.Name)
		case int64(len(names)) >= c.Wallets.WalletsPerAgent():
			return refusal.New(refusal.ErrRule, field+".name", "max-wallets", "%s has more than %d wallets", w.Owner, len(names))
		}
		names[w.Name] = true
		if err := checkFirstWallet(field, w, c, nowMs); err != nil {
			return err
		}
	}
	return nil
}

func checkFirstWallet(field string, w *op.FirstWallet, c *constitution.Constitution, nowMs int64) error {
	if err := walletText(field+".name", w.Name); err != nil {
		return err
	}
	if err := checkSpender(field+".spender", w.Spender); err != nil {
		return err
	}
	if w.Terms == nil {
		return nil
	}
	if err := checkTerms(field+".terms", w.Terms, nowMs); err != nil {
		return err
	}
	if !slices.ContainsFunc(c.Pools, func(p constitution.PoolShare) bool { return p.Name == w.Terms.Pool }) {
		return refusal.New(refusal.ErrNotFound, field+".terms.pool", "pool", "no pool %+q in the constitution", w.Terms.Pool)
	}
	return nil
}

// openFirst opens a wallet of the genesis.
func (s *State) openFirst(f *op.FirstWallet) {
	w := wallet{id: WalletID(s.economy, f.Owner, f.Name), name: f.Name, owner: s.agents.at[f.Owner], parent: -1, spender: f.Spender, seq: s.next}
	i := s.wallets.add(w)
	s.agents.speak(s.wallets.list[i].speakers()...)
	if f.Terms != nil {
		s.setWalletBudget(i, walletBudget{terms: f.Terms, by: byGenesis, seq: s.next})
	}
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
