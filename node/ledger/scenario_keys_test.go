package ledger

import (
	"strings"

	"github.com/econd/econd/node/op"
)

// Operations about the keys of agents, from version 3 of the rules on:
//
//	NAME rotates NEW [by SIGNER] [of AGENT]
//
// hands the agent for which NAME speaks over to the key of that name; SIGNER signs in its place,
// AGENT is whom it says it takes over, where those are not who should. The look "keys of NAME =
// KEY..." lists what the agent had, in order, the last with a ! where it is revoked.
func init() {
	verbs["rotates"] = func(sc *scenario, who string, f []string) error {
		o := sc.options(f[1:])
		return sc.enter(who, op.KindRotateKey, op.RotateKey{NewKey: secretOf(f[0]).Public(), Signature: takeOver(otherwise(o["of"], who), f[0], otherwise(o["by"], f[0]))})
	}
	looks["keys"] = func(sc *scenario, f []string) string {
		at, ok := sc.s.agents.at[secretOf(f[0]).Public()]
		if !ok {
			return "= nobody"
		}
		a := &sc.s.agents.list[at]
		var names []string
		for _, b := range a.before {
			names = append(names, nameOf(f[0], b.key))
		}
		names = append(names, nameOf(f[0], a.key))
		if a.revoked != 0 {
			names[len(names)-1] += "!"
		}
		return "= " + strings.Join(names, " ")
	}
}

func otherwise(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// takeOver is what a key signs that takes an agent over.
func takeOver(agent, key, by string) op.KeySignature {
	e := op.TakeOver(scenarioEconomy, secretOf(agent).Public(), secretOf(key).Public())
	if err := e.Sign(secretOf(by)); err != nil {
		panic(err)
	}
	return e.Sig
}

// nameOf is the name of a key of an agent: its first one, and a number behind it.
func nameOf(any string, key op.PublicKey) string {
	first := strings.TrimRight(any, "0123456789")
	for _, n := range []string{"", "2", "3", "4", "5"} {
		if secretOf(first+n).Public() == key {
			return first + n
		}
	}
	return key.String()
}
