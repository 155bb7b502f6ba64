package ledger

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/econd/econd/node/op"
)

// Words of the scenario language that belong to one subject stand in that
// subject's own test file and enter themselves here.
var (
	verbs = map[string]func(sc *scenario, who string, f []string) error{} // NAME verb ...
	facts = map[string]func(sc *scenario, f []string) error{}             // fact ...
	looks = map[string]func(sc *scenario, f []string) string{}            // look X = expectation
)

func init() {
	verbs["act"] = func(sc *scenario, who string, f []string) error {
		var actions struct {
			List []op.Raw `json:"list"`
		}
		if err := op.Unmarshal([]byte(`{"list":`+sc.fillIn(strings.Join(f[2:], " "))+`}`), "actions", &actions); err != nil {
			return err
		}
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: f[1], Title: f[0], Actions: actions.List})
	}
	verbs["orders"] = func(sc *scenario, who string, f []string) error {
		return sc.send(who, f, func(who, label string, kind op.Kind, content any) error {
			if err := sc.enter(who, kind, content); err != nil {
				return err
			}
			id := sc.log[len(sc.log)-1].Event.ID
			sc.labels[label], sc.names[id] = id, label
			return nil
		})
	}
	verbs["send"] = func(sc *scenario, who string, f []string) error { return sc.send(who, f, sc.request) }
}

// send hands an operation on that is written as KIND JSON [as X].
func (sc *scenario) send(who string, f []string, enter func(who, label string, kind op.Kind, content any) error) error {
	label := ""
	if n := len(f); f[n-2] == "as" {
		label, f = f[n-1], f[:n-2]
	}
	for _, k := range op.Kinds() {
		if k.String() == f[0] {
			return enter(who, label, k, op.Raw(sc.fillIn(strings.Join(f[1:], " "))))
		}
	}
	sc.fatalf("no kind %q", f[0])
	return nil
}

var placeholder = regexp.MustCompile(`"node:@[a-z]+-node|"[@%][A-Za-z0-9-]+|"\$[a-z]+/[a-z-]+|"&[0-9]+|~[0-9a-z]+|\^[a-z-]+`)

// fillIn replaces, in strings of a JSON text, @NAME by an agent's key, @NAME-node
// by its node's, %X by the id that goes by X, $NAME/WALLET by that of a wallet and &N by
// that of the n-th spend; outside of strings ~DURATION by
// the instant so long from now, ^RULE by the entry that added an algorithmic rule.
func (sc *scenario) fillIn(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(s string) string {
		if s[0] == '~' {
			d, err := time.ParseDuration(s[1:])
			if err != nil {
				sc.fatalf("%v", err)
			}
			return op.EncodeContent(sc.at.TimeMs + d.Milliseconds())
		}
		if s[0] == '^' {
			rules := sc.s.figures.rules
			return strconv.FormatUint(rules[ruleIndex(rules, s[1:])].seq, 10)
		}
		name := s[2:]
		if agent, ok := strings.CutPrefix(s, `"node:@`); ok {
			return `"node:` + op.NodeKey(nodeOf(strings.TrimSuffix(agent, "-node")).PubKey().SerializeCompressed()).String()
		}
		if s[1] == '$' {
			owner, wallet, _ := strings.Cut(name, "/")
			return `"` + WalletID(scenarioEconomy, secretOf(owner).Public(), wallet)
		}
		if s[1] == '&' {
			n, _ := strconv.Atoi(name)
			return `"` + sc.s.wallets.spends[n-1].id
		}
		if s[1] == '%' {
			return `"` + sc.labels[name].String()
		}
		if agent, ok := strings.CutSuffix(name, "-node"); ok {
			return `"` + op.NodeKey(nodeOf(agent).PubKey().SerializeCompressed()).String()
		}
		return `"` + secretOf(name).Public().String()
	})
}
