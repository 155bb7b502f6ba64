package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/btcsuite/btcd/btcutil/bech32"
	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/cmd/internal/terminal"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/seed"
)

// keyView is what `key new`, `key import` and `key show` print as JSON.
type keyView struct {
	PubKey  string  `json:"pubkey"`
	Npub    string  `json:"npub"`
	File    string  `json:"file,omitempty"` // absent where the key lies in none
	Sealed  bool    `json:"sealed"`
	Signer  string  `json:"signer,omitempty"`  // where it lies else, as the configuration's signer begins
	Account *uint32 `json:"account,omitempty"` // of the file's seed; absent where the file holds one key alone
}

func newKey(a *app) *cobra.Command {
	return cli.Group("key", "Make and show the agent's key", keyNew(a), keyImport(a), keyShow(a), keyWords(a), keyBunker(a), keyRotate(a),
		keyAgree(a), keyRevoke(a), keyRecover(a), keyStopRecovery(a), keyGuard(a))
}

// keyFlags say how a new key file is written.
type keyFlags struct {
	out   string
	plain bool
	work  int
}

func (f *keyFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.out, "out", "", "file to write (default the configured key file)")
	c.Flags().BoolVar(&f.plain, "plain", false, "do not seal it: for an agent that starts with nobody there to type a passphrase")
	c.Flags().IntVar(&f.work, "work-factor", keyfile.DefaultWorkFactor, "scrypt cost as a power of two; lower is weaker")
}

// ready tells whether the file can be written, before anything secret is asked for.
func (f *keyFlags) ready(a *app) error {
	if f.elsewhere(a) {
		if f.plain {
			return cli.Usagef("plain: is for a key file; signer names another place, and --out a file")
		}
		kept, _, err := a.custodian(a.running)
		if err != nil {
			return err
		}
		return kept.Close()
	}
	f.out = cmp.Or(f.out, a.cfg.Key)
	if _, err := os.Lstat(f.out); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists; move it away or name another file with --out", f.out)
	}
	if f.work < keyfile.MinWorkFactor || f.work > keyfile.MaxWorkFactor {
		return cli.Usagef("work-factor: must be from %d to %d", keyfile.MinWorkFactor, keyfile.MaxWorkFactor)
	}
	return nil
}

// elsewhere tells that the key goes to a custodian that signer names, and to no file of its own.
func (f *keyFlags) elsewhere(a *app) bool {
	scheme, _, _ := strings.Cut(a.cfg.Signer, ":")
	return f.out == "" && (scheme == vaultScheme || scheme == kmsScheme)
}

// keep writes the file, or puts the key where signer says, and says which key signs.
func (f *keyFlags) keep(a *app, payload keyfile.Agent) error {
	if f.elsewhere(a) {
		return a.entrust(a.running, payload)
	}
	key, err := payload.Key()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.out), 0o700); err != nil {
		return err
	}
	if f.plain {
		err = keyfile.Write(f.out, payload)
	} else {
		err = f.seal(a, payload)
	}
	if err != nil {
		return err
	}
	var account *uint32
	if payload.Seed != "" {
		account = &payload.Account
	}
	return a.printKey(key.Public(), f.out, !f.plain, account)
}

func (f *keyFlags) seal(a *app, payload keyfile.Agent) error {
	passphrase, err := keyfile.Passphrase(a.cfg.PassphraseFile, true)
	if err != nil {
		return fmt.Errorf("%w; or store the key unsealed with --plain", err)
	}
	defer clear(passphrase)
	return keyfile.Seal(f.out, passphrase, payload, keyfile.WorkFactor(f.work))
}

func keyNew(a *app) *cobra.Command {
	var f keyFlags
	var count int
	c := long(command("new", "Draw a seed and store it in a new file, sealed under a passphrase", func(context.Context, []string) error {
		return a.keyNew(&f, count)
	}),
		"Draw a seed and store it in a new file, sealed under a passphrase. The seed is a BIP-39 mnemonic: at a",
		"terminal its words are shown once, and three are asked back; econctl key words shows them again.",
		"",
		"One seed has a key for each account (NIP-06): --account chooses which one signs, here and later.",
		"",
		"Where signer names Vault or KMS (--signer vault:... or kms:...), the seed is put there, unless --out names a file.")
	f.add(c)
	c.Flags().IntVar(&count, "words", 12, "how many words the mnemonic has: 12, 15, 18, 21 or 24")
	return c
}

func (a *app) keyNew(f *keyFlags, count int) error {
	if err := f.ready(a); err != nil {
		return err
	}
	s, err := seed.New(count)
	if err != nil {
		return cli.Usagef("words: %v", err)
	}
	defer s.Wipe()
	if t := a.terminal(); t != nil {
		defer t.Close()
		if err := terminal.Learnt(t, s.Mnemonic()); err != nil {
			return err
		}
	}
	return f.keep(a, keyfile.NewSeeded(s, a.account()))
}

func keyImport(a *app) *cobra.Command {
	var f keyFlags
	var words, secret string
	c := long(command("import", "Store a key that is there already in a new file, sealed under a passphrase", func(context.Context, []string) error {
		return a.keyImport(&f, words, secret)
	}),
		"Store a key that is there already in a new file, sealed under a passphrase: the words of a BIP-39",
		"mnemonic, from --words-file or else asked for at the terminal, or one secret key from --secret-file.")
	f.add(c)
	c.Flags().StringVar(&words, "words-file", "", "file with the words of a mnemonic, - for the standard input")
	c.Flags().StringVar(&secret, "secret-file", "", "file with one secret key, 64 hex digits or nsec1..., - for the standard input")
	c.MarkFlagsMutuallyExclusive("words-file", "secret-file")
	return c
}

func (a *app) keyImport(f *keyFlags, words, secret string) error {
	if err := f.ready(a); err != nil {
		return err
	}
	if secret != "" {
		key, err := a.readSecret(secret)
		if err != nil {
			return err
		}
		return f.keep(a, keyfile.NewAgent(key))
	}
	text, err := a.readWords(words)
	if err != nil {
		return err
	}
	defer clear(text)
	s, err := seed.Parse(string(text))
	if err != nil {
		return cli.Usagef("words: %v", err)
	}
	defer s.Wipe()
	return f.keep(a, keyfile.NewSeeded(s, a.account()))
}

// maxSecret is longer than what a file with a secret holds.
const maxSecret = 4096

func (a *app) readWords(file string) ([]byte, error) {
	if file != "" {
		return a.readSecretFile(file)
	}
	t := a.terminal()
	if t == nil {
		return nil, cli.Usagef("words-file: there is no terminal to ask for the words at: give --words-file or --secret-file")
	}
	defer t.Close()
	return t.AskHidden("The words, in their order: ")
}

func (a *app) readSecretFile(file string) ([]byte, error) {
	in := a.stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, cli.Usage(err)
		}
		defer opened.Close()
		in = opened
	}
	return io.ReadAll(io.LimitReader(in, maxSecret))
}

// readSecret reads one secret key. No error shows any of it.
func (a *app) readSecret(file string) (op.SecretKey, error) {
	text, err := a.readSecretFile(file)
	defer clear(text)
	if err != nil {
		return op.SecretKey{}, err
	}
	text = bytes.TrimSpace(text)
	raw, err := hex.DecodeString(string(text))
	if prefix, decoded, wrong := bech32.DecodeToBase256(string(text)); wrong == nil && prefix == "nsec" {
		raw, err = decoded, nil
	}
	defer clear(raw)
	if err == nil {
		var key op.SecretKey
		if key, err = op.NewSecretKey(raw); err == nil {
			return key, nil
		}
	}
	return op.SecretKey{}, cli.Usagef("secret-file: must hold one secret key, 64 hex digits or nsec1...")
}

func keyShow(a *app) *cobra.Command {
	return command("show", "Print the public key, in hex and as npub", func(context.Context, []string) error {
		if !a.byKeyfile() {
			return a.printSigner()
		}
		keys, err := a.keys()
		if err != nil {
			return err
		}
		sealed, err := keyfile.Sealed(a.cfg.Key)
		if err != nil {
			return err
		}
		var account *uint32
		if n, ok := keys.Account(); ok {
			account = &n
		}
		return a.printKey(keys.Public(), a.cfg.Key, sealed, account)
	})
}

func keyWords(a *app) *cobra.Command {
	return long(command("words", "Print the words of the key file's seed", func(context.Context, []string) error {
		keys, err := a.keys()
		if err != nil {
			return err
		}
		s, err := keys.Seed()
		if errors.Is(err, keyfile.ErrNoSeed) {
			return fmt.Errorf("%w, so there are no words: back up %s itself", err, a.cfg.Key)
		}
		if err != nil {
			return err
		}
		defer s.Wipe()
		return a.print(map[string]string{"words": s.Mnemonic()}, s.Mnemonic()+"\n")
	}),
		"Print the words of the key file's seed, a BIP-39 mnemonic: who has them has every key of it. Write them",
		"down where nobody reads them; econctl key import takes them, as other wallets do.")
}

func (a *app) printKey(k op.PublicKey, path string, sealed bool, account *uint32) error {
	v := keyView{PubKey: k.String(), Npub: npub(k), File: path, Sealed: sealed}
	how := "sealed"
	if !sealed {
		how = "plain: whoever reads the file has the key"
	}
	text := fmt.Sprintf("pubkey  %s\nnpub    %s\nfile    %s (%s)\n", v.PubKey, v.Npub, v.File, how)
	if account != nil {
		v.Account = account
		text += fmt.Sprintf("seed    account %d; back it up: econctl key words\n", *account)
	}
	return a.print(v, text)
}

// printSigner says which key signs where no file of this folder has it.
func (a *app) printSigner() error {
	self, err := a.self()
	if err != nil {
		return err
	}
	scheme, _, _ := strings.Cut(a.cfg.Signer, ":")
	v := keyView{PubKey: self.String(), Npub: npub(self), Signer: scheme}
	return a.print(v, fmt.Sprintf("pubkey  %s\nnpub    %s\nsigner  %s\n", v.PubKey, v.Npub, v.Signer))
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
