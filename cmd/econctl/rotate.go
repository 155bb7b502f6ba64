package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/seed"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/view"
)

// rotatedView is what `key rotate` prints as JSON.
type rotatedView struct {
	PubKey    string `json:"pubkey"` // that speaks for the agent now
	Npub      string `json:"npub"`
	Former    string `json:"former"`
	Seq       uint64 `json:"seq"`                 // entry since which it speaks
	ID        string `json:"id,omitempty"`        // of the operation; absent where an earlier run handed it in
	Replay    bool   `json:"replay"`              // it spoke already
	File      string `json:"file,omitempty"`      // key file that has the new key now
	Old       string `json:"old,omitempty"`       // copy of it with the former key
	Configure string `json:"configure,omitempty"` // what the configuration must say from now on
}

// rotation is a change of the key that is under way.
type rotation struct {
	to      string // where the new key lies: a file or a URI; empty: by account
	account *uint32

	file       string // where to is a key file
	fresh      signer.Signer
	place      func() error // puts it in the key file's place; nil: the configuration has to change
	configure  string
	work       int    // factor by which the key file is sealed anew
	passphrase []byte // of the key file, where it is needed to place the account
}

func keyRotate(a *app) *cobra.Command {
	var r rotation
	var account uint32
	var c *cobra.Command
	c = long(command("rotate (--to SIGNER | --to-account N)", "Have another key speak for the agent, and the present one no more", func(ctx context.Context, _ []string) error {
		if c.Flags().Changed("to-account") {
			r.account = &account
		}
		return a.keyRotate(ctx, &r)
	}),
		"Have another key speak for the agent, and the present one no more. Both sign. Stakes, reputation,",
		"delegations, ballots and wallets stay with the agent; nothing counts that the old key signs later.",
		"",
		"The new key lies in a key file (--to FILE), in another place (--to SIGNER, as signer in the configuration), or",
		"is another account of the same seed (--to-account). Where a key file signs, the new one takes its place once",
		"econd has the change, and the old one stays beside it as FILE.old. Run it again if it was cut off: it ends",
		"the same way.")
	c.Flags().StringVar(&r.to, "to", "", "key file or signer with the new key")
	c.Flags().Uint32Var(&account, "to-account", 0, "account of the same seed whose key is to speak")
	c.Flags().Lookup("to-account").DefValue = ""
	c.MarkFlagsMutuallyExclusive("to", "to-account")
	c.Flags().IntVar(&r.work, "work-factor", keyfile.DefaultWorkFactor, "scrypt cost of a key file that is sealed anew, as a power of two; lower is weaker")
	return prints[rotatedView](signs(a, c, false))
}

func (a *app) keyRotate(ctx context.Context, r *rotation) error {
	defer r.close()
	if err := a.openRotation(ctx, r); err != nil {
		return err
	}
	old, err := a.self()
	if err != nil {
		return err
	}
	fresh := r.fresh.Public()
	if fresh == old {
		return a.rotatedAlready(ctx, fresh)
	}
	economy, err := a.econd.Economy(ctx)
	if err != nil {
		return err
	}
	content := op.RotateKey{NewKey: fresh}
	if !a.dryRun {
		if content.Signature, err = takeOver(ctx, r.fresh, economy, old); err != nil {
			return err
		}
	}
	v := rotatedView{PubKey: fresh.String(), Npub: npub(fresh), Former: old.String()}
	d, err := a.submit(ctx, op.KindRotateKey, content)
	switch p := new(client.Problem); {
	case err == nil:
		v.Seq, v.ID, v.Replay = d.Receipt.Seq, d.ID, d.Receipt.Replay
	case errors.As(err, &p) && p.Rule == "key-current":
		// An earlier run may have done it.
		agent, unknown := a.econd.Agent(old).Get(ctx)
		if unknown != nil || agent.PubKey != fresh || agent.RevokedSeq != 0 {
			return err
		}
		v.Seq, v.Replay = sinceOf(agent.Keys, fresh), true
	default:
		return err
	}
	return a.placed(r, v)
}

// takeOver has a key sign that it takes an agent over.
func takeOver(ctx context.Context, fresh signer.Signer, economy string, agent op.PublicKey) (op.KeySignature, error) {
	e := op.TakeOver(economy, agent, fresh.Public())
	if err := fresh.Sign(ctx, e); err != nil {
		return op.KeySignature{}, fmt.Errorf("the new key: %w", err)
	}
	return e.Sig, nil
}

// sinceOf is the entry since which a key of an agent speaks.
func sinceOf(keys []view.AgentKey, key op.PublicKey) uint64 {
	for _, k := range keys {
		if k.PubKey == key {
			return k.FromSeq
		}
	}
	return 0
}

// placed has the new key sign from now on, and says what is left to do.
func (a *app) placed(r *rotation, v rotatedView) error {
	text := fmt.Sprintf("%s speaks for the agent since entry %d\nformer key %s speaks no more\n", v.PubKey, v.Seq, v.Former)
	if r.place == nil {
		v.Configure = r.configure
		return a.print(v, text+"change the configuration to sign by it:\n    "+oneLine(r.configure)+"\n")
	}
	v.File, v.Old = a.cfg.Key, a.cfg.Key+".old"
	err := keyfile.Backup(v.File, v.Old)
	if err == nil {
		err = r.place()
	}
	if err != nil {
		return fmt.Errorf("%s speaks for the agent since entry %d, but %s still has the former key: %w; mend that and run the same again", v.PubKey, v.Seq, v.File, err)
	}
	text += fmt.Sprintf("file    %s has the new key, %s the former one\n", v.File, v.Old)
	if r.file != "" {
		text += fmt.Sprintf("%s is a copy of it: keep it as a backup or remove it\n", r.file)
	}
	return a.print(v, text)
}

// rotatedAlready is what a run finds that was cut off at its very end.
func (a *app) rotatedAlready(ctx context.Context, fresh op.PublicKey) error {
	agent, err := a.econd.Agent(fresh).Get(ctx)
	if err != nil {
		return err
	}
	if agent.PubKey != fresh || len(agent.Keys) < 2 {
		return cli.Usagef("to: is the key that signs already: %s", fresh)
	}
	v := rotatedView{PubKey: fresh.String(), Npub: npub(fresh), Seq: sinceOf(agent.Keys, fresh), Former: agent.Keys[len(agent.Keys)-2].PubKey.String(), Replay: true}
	if a.byKeyfile() {
		v.File = a.cfg.Key
	}
	return a.print(v, fmt.Sprintf("%s speaks for the agent since entry %d, and signs here already\n", v.PubKey, v.Seq))
}

// openRotation opens the new key, and the present one where both lie in one file.
func (a *app) openRotation(ctx context.Context, r *rotation) (err error) {
	if r.account != nil {
		return a.openAccount(ctx, r)
	}
	if r.fresh, err = a.openOther(ctx, "to", r.to); err != nil {
		return err
	}
	switch r.file = fileOf(a, r.to); {
	case r.file == "":
		r.configure = "signer: " + r.to
	case a.byKeyfile():
		r.place = func() error { return keyfile.CopyTo(r.file, a.cfg.Key) }
	default:
		r.configure = "signer: " + keystoreScheme + ":" + r.file
	}
	return nil
}

func (a *app) openAccount(ctx context.Context, r *rotation) error {
	if *r.account > seed.MaxAccount {
		return cli.Usagef("to-account: is %d, must be at most %d", *r.account, seed.MaxAccount)
	}
	if r.work < keyfile.MinWorkFactor || r.work > keyfile.MaxWorkFactor {
		return cli.Usagef("work-factor: must be from %d to %d", keyfile.MinWorkFactor, keyfile.MaxWorkFactor)
	}
	r.configure = fmt.Sprintf("account: %d", *r.account)
	if !a.byKeyfile() {
		next := a.beside()
		next.cfg.Account = r.account
		var err error
		r.fresh, err = next.signing(ctx)
		return err
	}
	sealed, err := keyfile.Sealed(a.cfg.Key)
	if err != nil {
		return err
	}
	if sealed {
		if r.passphrase, err = keyfile.Passphrase(a.cfg.PassphraseFile, false); err != nil {
			return err
		}
	}
	key, err := keyfile.OpenSigner(a.cfg.Key, r.account, func() ([]byte, error) { return append([]byte{}, r.passphrase...), nil })
	if err != nil {
		return err
	}
	r.fresh = signer.NewMemory(key)
	a.known = r.passphrase
	if a.cfg.Account == nil {
		r.place = func() error {
			return keyfile.SetAccount(a.cfg.Key, r.passphrase, *r.account, keyfile.WorkFactor(r.work))
		}
	}
	return nil
}

// openOther opens a key that lies elsewhere than the one that signs: in a key file, or where a
// URI says. flag names it in errors.
func (a *app) openOther(ctx context.Context, flag, to string) (signer.Signer, error) {
	if to == "" {
		return nil, cli.Usagef("%s: must be a key file or a signer", flag)
	}
	next := a.beside()
	next.cfg.Signer = to
	if file := fileOf(a, to); file != "" {
		next.cfg.Signer, next.cfg.Key = keystoreScheme, file
	}
	s, err := next.signing(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return s, nil
}

// beside is a run with the same configuration and nothing opened.
func (a *app) beside() *app {
	return &app{stdin: a.stdin, stdout: a.stdout, stderr: a.stderr, configFile: a.configFile, asJSON: a.asJSON, cfg: a.cfg, dial: a.dial, ask: a.ask,
		openers: a.openers, running: a.running, tty: a.tty}
}

// fileOf is the key file that a place for a key is; empty where it is another one.
func fileOf(a *app, to string) string {
	scheme, rest, more := strings.Cut(to, ":")
	if scheme == keystoreScheme && more {
		return rest
	}
	if _, err := os.Lstat(to); err == nil {
		return to
	}
	for _, o := range a.openers {
		if o.scheme == scheme {
			return ""
		}
	}
	return to
}

func (r *rotation) close() {
	if r.fresh != nil {
		_ = r.fresh.Close()
	}
	clear(r.passphrase)
}
