package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/btcsuite/btcd/btcutil/bech32"
	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
)

// keyView is what `key new` and `key show` print as JSON.
type keyView struct {
	PubKey string `json:"pubkey"`
	Npub   string `json:"npub"`
	File   string `json:"file"`
	Sealed bool   `json:"sealed"`
}

func newKey(a *app) *cobra.Command {
	return cli.Group("key", "Make and show the agent's key", keyNew(a), keyShow(a))
}

func keyNew(a *app) *cobra.Command {
	var out string
	var isPlain bool
	var work int
	c := command("new", "Draw a key and store it in a new file, sealed under a passphrase", func(context.Context, []string) error {
		return a.keyNew(cmp.Or(out, a.cfg.Key), isPlain, work)
	})
	c.Flags().StringVar(&out, "out", "", "file to write (default the configured key file)")
	c.Flags().BoolVar(&isPlain, "plain", false, "do not seal it: for an agent that starts with nobody there to type a passphrase")
	c.Flags().IntVar(&work, "work-factor", keyfile.DefaultWorkFactor, "scrypt cost as a power of two; lower is weaker")
	return c
}

func (a *app) keyNew(path string, isPlain bool, work int) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists; move it away or name another file with --out", path)
	}
	if work < keyfile.MinWorkFactor || work > keyfile.MaxWorkFactor {
		return cli.Usagef("work-factor: must be from %d to %d", keyfile.MinWorkFactor, keyfile.MaxWorkFactor)
	}
	key, err := keyfile.NewSecretKey()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if isPlain {
		err = keyfile.Write(path, keyfile.NewAgent(key))
	} else {
		err = a.seal(path, key, work)
	}
	if err != nil {
		return err
	}
	return a.printKey(key.Public(), path, !isPlain)
}

func (a *app) seal(path string, key op.SecretKey, work int) error {
	passphrase, err := keyfile.Passphrase(a.cfg.PassphraseFile, true)
	if err != nil {
		return fmt.Errorf("%w; or store the key unsealed with --plain", err)
	}
	defer clear(passphrase)
	return keyfile.Seal(path, passphrase, keyfile.NewAgent(key), keyfile.WorkFactor(work))
}

func keyShow(a *app) *cobra.Command {
	return command("show", "Print the public key, in hex and as npub", a.ofSelf(func(_ context.Context, self op.PublicKey) error {
		sealed, err := keyfile.Sealed(a.cfg.Key)
		if err != nil {
			return err
		}
		return a.printKey(self, a.cfg.Key, sealed)
	}))
}

func (a *app) printKey(k op.PublicKey, path string, sealed bool) error {
	v := keyView{PubKey: k.String(), Npub: npub(k), File: path, Sealed: sealed}
	how := "sealed"
	if !sealed {
		how = "plain: whoever reads the file has the key"
	}
	return a.print(v, fmt.Sprintf("pubkey  %s\nnpub    %s\nfile    %s (%s)\n", v.PubKey, v.Npub, v.File, how))
}

// npub spells a public key as NIP-19 has it: bech32 with the prefix npub.
func npub(k op.PublicKey) string {
	text, err := bech32.EncodeFromBase256("npub", k[:])
	if err != nil {
		panic("econctl: 32 bytes do not encode as bech32: " + err.Error())
	}
	return text
}

// parseKey reads a public key in hex or as npub.
func parseKey(name, text string) (op.PublicKey, error) {
	if prefix, raw, err := bech32.DecodeToBase256(text); err == nil && prefix == "npub" && len(raw) == 32 {
		text = op.PublicKey(raw).String()
	}
	k, err := op.ParsePublicKey(text)
	if err != nil {
		return k, cli.Usagef("%s: must be a public key, 64 hex digits or npub1...: %v", name, err)
	}
	return k, nil
}

// parseID reads the id of an operation, stake or proposal.
func parseID(name, text string) (op.ID, error) {
	id, err := op.ParseID(text)
	if err != nil {
		return id, cli.Usagef("%s: is %q, must be an id, 64 hex digits, or its first %d or more", name, text, shortest)
	}
	return id, nil
}
