package ledger

import (
	"errors"
	"testing"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// From version 2 of the rules on the genesis names the operator's Lightning node, before it
// must not: programs of version 1 do not know the member.
func TestGenesisNamesTheNode(t *testing.T) {
	good := op.NodeKey(nodeOf("operator").PubKey().SerializeCompressed())
	for _, c := range []struct {
		name, version string
		key           op.NodeKey
		rule          string
	}{
		{"version 1 without", "1", op.NodeKey{}, ""},
		{"version 1 with", "1", good, "rules-since"},
		{"version 2 with", "2", good, ""},
		{"version 2 without", "2", op.NodeKey{}, "node-key"},
		{"no key", "2", op.NodeKey{4, 1}, "node-key"},
		{"no point", "2", op.NodeKey{2, 31: 0, 32: 5}, "node-key"},
	} {
		sc := newScenario(t)
		sc.set("version", c.version)
		sc.startChain()
		g := op.Genesis{Economy: scenarioEconomy, Network: "regtest", LogVerifier: scenarioLogKey(), Constitution: sc.constitutionJSON(), NodeKey: c.key}
		err := sc.enter("operator", op.KindGenesis, g)
		var r *refusal.Refusal
		if refused := errors.As(err, &r); refused != (c.rule != "") || refused && (r.Rule != c.rule || r.Field != "content.node_key") {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.rule == "" && sc.s.NodeKey() != c.key {
			t.Errorf("%s: the node is %s", c.name, sc.s.NodeKey())
		}
	}
}

// The origin names an economy's log in every checkpoint and anchor.
func TestOrigin(t *testing.T) {
	if got := Origin("3f2a"); got != "econd/3f2a" {
		t.Errorf("Origin is %q", got)
	}
}
