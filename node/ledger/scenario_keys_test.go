package ledger

import (
	"strings"

	"github.com/econd/econd/node/op"
)

// Operations about the keys of agents, from version 3 of the rules on:
//
//	NAME rotates NEW [by SIGNER] [of AGENT]
//
//	NAME revokes AGENT [NEW [by SIGNER] [of AGENT]]
//	NAME recovers AGENT NEW | NAME stops AGENT NEW
//	NAME trusts RECOVERY|- [M NAME,... WAIT-S]    set-recovery
//	newcomer NAME RECOVERY|- [M NAME,... WAIT-S]  register with it
//
// The first hands the agent for which NAME speaks over to the key of that name; SIGNER signs in its place,
// AGENT is whom it says it takes over, where those are not who should. The look "keys of NAME =
// KEY..." lists what the agent had, in order, the last with a ! where it is revoked.
func init() {
	verbs["rotates"] = func(sc *scenario, who string, f []string) error {
		o := sc.options(f[1:])
		return sc.enter(who, op.KindRotateKey, op.RotateKey{NewKey: secretOf(f[0]).Public(), Signature: takeOver(otherwise(o["of"], who), f[0], otherwise(o["by"], f[0]))})
	}
	verbs["revokes"] = func(sc *scenario, who string, f []string) error {
		c := op.RevokeKey{Agent: secretOf(f[0]).Public()}
		if len(f) > 1 {
			o := sc.options(f[2:])
			c.NewKey, c.Signature = secretOf(f[1]).Public(), takeOver(otherwise(o["of"], f[0]), f[1], otherwise(o["by"], f[1]))
		}
		return sc.enter(who, op.KindRevokeKey, c)
	}
	verbs["recovers"] = func(sc *scenario, who string, f []string) error {
		return sc.enter(who, op.KindRecoverKey, op.RecoverKey{Agent: secretOf(f[0]).Public(), NewKey: secretOf(f[1]).Public(), Signature: takeOver(f[0], f[1], f[1])})
	}
	verbs["stops"] = func(sc *scenario, who string, f []string) error {
		return sc.enter(who, op.KindStopRecovery, op.StopRecovery{Agent: secretOf(f[0]).Public(), NewKey: secretOf(f[1]).Public()})
	}
	verbs["trusts"] = func(sc *scenario, who string, f []string) error {
		var c op.SetRecovery
		c.Recovery, c.Guardians = recoveryOf(sc, f)
		return sc.enter(who, op.KindSetRecovery, c)
	}
	facts["newcomer"] = func(sc *scenario, f []string) error {
		c := op.Register{Name: f[0]}
		c.Recovery, c.Guardians = recoveryOf(sc, f[1:])
		return sc.enter(f[0], op.KindRegister, c)
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
func nameOf(name string, key op.PublicKey) string {
	first := strings.TrimRight(name, "0123456789")
	for _, n := range []string{"", "2", "3", "4", "5"} {
		if secretOf(first+n).Public() == key {
			return first + n
		}
	}
	return key.String()
}

// recoveryOf reads RECOVERY|- [M NAME,... WAIT-S].
func recoveryOf(sc *scenario, f []string) (recovery op.PublicKey, g *op.KeyGuardians) {
	if f[0] != "-" {
		recovery = secretOf(f[0]).Public()
	}
	if len(f) > 1 {
		g = &op.KeyGuardians{M: sc.number(f[1]), WaitS: sc.number(f[3])}
		for _, name := range strings.Split(f[2], ",") {
			g.Keys = append(g.Keys, secretOf(name).Public())
		}
	}
	return recovery, g
}
