package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

// agreement is a key's word that it takes an agent over, as `key agree` prints it and who
// hands over reads it.
type agreement struct {
	Agent     op.PublicKey    `json:"agent"`
	NewKey    op.PublicKey    `json:"new_key"`
	Signature op.KeySignature `json:"signature"`
}

func keyAgree(a *app) *cobra.Command {
	return prints[agreement](signs(a, long(command("agree AGENT", "Say by the configured key that it takes an agent over", func(ctx context.Context, list []string) error {
		agent, err := parseKey("AGENT", list[0])
		if err != nil {
			return err
		}
		economy, err := a.econd.Economy(ctx)
		if err != nil {
			return err
		}
		self, err := a.self()
		if err != nil || a.dryRun {
			return errorsOr(err, func() error { return a.print(agreement{Agent: agent, NewKey: self}, "nothing was signed\n") })
		}
		s, err := a.signing(ctx)
		if err != nil {
			return err
		}
		v := agreement{Agent: agent, NewKey: self}
		if v.Signature, err = takeOver(ctx, s, economy, agent); err != nil {
			return err
		}
		return a.print(v, op.EncodeContent(v)+"\n")
	}),
		"Say by the configured key that it takes an agent over. What is printed is for who holds",
		"the recovery key (key revoke --agreed FILE) or guards the agent (key recover).",
		"It is no secret, and does nothing by itself."), false))
}

// errorsOr is the error, or what do returns.
func errorsOr(err error, do func() error) error {
	if err != nil {
		return err
	}
	return do()
}

// agreed reads an agreement about an agent.
func (a *app) agreed(file string, agent op.PublicKey) (v agreement, err error) {
	text, err := a.readArg("@" + file)
	if err != nil {
		return v, err
	}
	if err := op.Unmarshal(text, "agreement", &v); err != nil {
		return v, cli.Usage(err)
	}
	if v.Agent != agent {
		return v, cli.Usagef("%s: is about agent %s, not %s", file, v.Agent, agent)
	}
	return v, nil
}

func keyRevoke(a *app) *cobra.Command {
	var file string
	c := long(submits(a, "revoke AGENT [--agreed FILE]", "By its recovery key, say that nothing more counts of an agent's key", op.KindRevokeKey, func(list []string) (any, error) {
		agent, err := parseKey("AGENT", list[0])
		if err != nil || file == "" {
			return op.RevokeKey{Agent: agent}, err
		}
		v, err := a.agreed(file, agent)
		return op.RevokeKey{Agent: agent, NewKey: v.NewKey, Signature: v.Signature}, err
	}),
		"By its recovery key, say that nothing more counts of an agent's key, from this entry on.",
		"The configured key (--key, --signer) is the recovery key; it need not be an agent, and this",
		"works from any machine. With --agreed another key speaks for the agent at once; without",
		"nobody does, until it is revoked again with one. It costs what an operation costs.")
	c.Flags().StringVar(&file, "agreed", "", "`FILE` that the new key printed by key agree")
	return c
}

func keyRecover(a *app) *cobra.Command {
	var file string
	c := long(submits(a, "recover AGENT --agreed FILE", "As a guardian, say which key is to speak for an agent whose key is lost", op.KindRecoverKey, func(list []string) (any, error) {
		agent, err := parseKey("AGENT", list[0])
		if err != nil {
			return nil, err
		}
		v, err := a.agreed(file, agent)
		return op.RecoverKey{Agent: agent, NewKey: v.NewKey, Signature: v.Signature}, err
	}),
		"As a guardian, say which key is to speak for an agent whose key is lost. When as many",
		"said the same as must, the waiting time begins, in which the agent can stop it.")
	c.Flags().StringVar(&file, "agreed", "", "`FILE` that the new key printed by key agree")
	return needs(c, "agreed")
}

func keyStopRecovery(a *app) *cobra.Command {
	return submits(a, "stop-recovery AGENT TO", "Stop what an agent's guardians began: that the key TO speaks for it", op.KindStopRecovery, func(list []string) (any, error) {
		agent, err := parseKey("AGENT", list[0])
		if err != nil {
			return nil, err
		}
		fresh, err := parseKey("TO", list[1])
		return op.StopRecovery{Agent: agent, NewKey: fresh}, err
	})
}

func keyGuard(a *app) *cobra.Command {
	var g guarding
	c := long(submits(a, "guard [--recovery KEY] [--guardian KEY]...", "Name who may revoke your key, and who may hand your agent over if it is lost", op.KindSetRecovery, func([]string) (any, error) {
		recovery, guardians, err := g.read()
		return op.SetRecovery{Recovery: recovery, Guardians: guardians}, err
	}),
		"Name who may revoke your key, and who may hand your agent over if it is lost; who is not",
		"named may not. Where somebody was named before it takes effect after a week, or the",
		"guardians' waiting time if that is longer.")
	g.flags(c)
	return c
}

// guarding is whom an agent names for the case that its key is lost.
type guarding struct {
	recovery  string
	guardians []string
	threshold int64
	wait      time.Duration
}

func (g *guarding) flags(c *cobra.Command) {
	c.Flags().StringVar(&g.recovery, "recovery", "", "`KEY` that may revoke yours, kept elsewhere")
	c.Flags().StringArrayVar(&g.guardians, "guardian", nil, "`KEY` of one who guards you; may be repeated")
	c.Flags().Int64Var(&g.threshold, "threshold", 0, "how many guardians must agree (default: more than half)")
	c.Flags().DurationVar(&g.wait, "wait", 72*time.Hour, "how long guardians must wait")
}

func (g *guarding) read() (recovery op.PublicKey, guardians *op.KeyGuardians, err error) {
	if g.recovery != "" {
		if recovery, err = parseKey("recovery", g.recovery); err != nil {
			return recovery, nil, err
		}
	}
	if len(g.guardians) == 0 {
		return recovery, nil, nil
	}
	guardians = &op.KeyGuardians{M: g.threshold, WaitS: int64(g.wait / time.Second)}
	for i, text := range g.guardians {
		key, err := parseKey(fmt.Sprint("guardian ", i+1), text)
		if err != nil {
			return recovery, nil, err
		}
		guardians.Keys = append(guardians.Keys, key)
	}
	if guardians.M == 0 {
		guardians.M = int64(len(guardians.Keys)/2 + 1)
	}
	return recovery, guardians, nil
}
