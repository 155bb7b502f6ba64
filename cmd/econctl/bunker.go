package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/bunker"
)

// bunkerScheme is the remote signer's.
const bunkerScheme = "bunker"

// bunkerFile is where the connection to a remote signer lies: rest, or beside the configuration.
func (a *app) bunkerFile(rest string) (string, error) {
	if rest != "" {
		return rest, nil
	}
	config, err := a.configPath()
	return filepath.Join(filepath.Dir(config), "bunker.key"), err
}

func (a *app) bunkerOptions() bunker.Options {
	return bunker.Options{AuthURL: func(text string) {
		fmt.Fprintf(a.stderr, "the remote signer waits until you have opened %s\n", oneLine(text))
	}}
}

// openBunker has a remote signer sign (NIP-46).
func openBunker(_ context.Context, a *app, rest string) (signer.Signer, error) {
	file, err := a.bunkerFile(rest)
	if err != nil {
		return nil, err
	}
	state, err := bunker.Load(file, func() ([]byte, error) { return keyfile.Passphrase(a.cfg.PassphraseFile, false) })
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w; connect with: econctl key bunker", err)
	}
	if err != nil {
		return nil, err
	}
	return bunker.Open(state, a.bunkerOptions())
}

func keyBunker(a *app) *cobra.Command {
	var uri, out string
	work := keyfile.DefaultWorkFactor
	c := long(command("bunker", "Connect to a remote signer and store the connection, sealed under a passphrase", func(ctx context.Context, _ []string) error {
		return a.keyBunker(ctx, uri, out, work)
	}),
		"Connect to a remote signer (NIP-46) and store the connection in a new file, sealed under a passphrase. The",
		"signer shows a URI, bunker://..., which holds a secret: it is read from --uri-file, or asked for at the",
		"terminal. Then sign with signer: bunker in the configuration.")
	c.Flags().StringVar(&uri, "uri-file", "", "file with the URI that the remote signer shows, - for the standard input")
	c.Flags().StringVar(&out, "out", "", "file to write (default bunker.key beside the configuration file)")
	c.Flags().IntVar(&work, "work-factor", work, "scrypt cost as a power of two; lower is weaker")
	return c
}

func (a *app) keyBunker(ctx context.Context, uriFile, out string, work int) error {
	file, err := a.bunkerFile(out)
	if err != nil {
		return err
	}
	f := keyFlags{out: file, work: work}
	if err := f.ready(a); err != nil {
		return err
	}
	uri, err := a.readURI(uriFile)
	if err != nil {
		return err
	}
	defer clear(uri)
	if _, err := bunker.Parse(strings.TrimSpace(string(uri))); err != nil {
		return cli.Usage(err)
	}
	// The URI is good once: what can fail before it is used is done before.
	passphrase, err := keyfile.Passphrase(a.cfg.PassphraseFile, true)
	if err != nil {
		return err
	}
	defer clear(passphrase)
	if err := os.MkdirAll(filepath.Dir(f.out), 0o700); err != nil {
		return err
	}
	state, err := bunker.Connect(ctx, strings.TrimSpace(string(uri)), a.bunkerOptions())
	if err != nil {
		return err
	}
	if err := bunker.Seal(f.out, passphrase, state, keyfile.WorkFactor(work)); err != nil {
		return err
	}
	v := keyView{PubKey: state.User.String(), Npub: npub(state.User), File: f.out, Sealed: true, Signer: bunkerScheme}
	return a.print(v, fmt.Sprintf("pubkey  %s\nnpub    %s\nfile    %s (sealed; the key itself stays with the remote signer)\nsigner  %s\n",
		v.PubKey, v.Npub, v.File, cmp.Or(bunkerURI(out), bunkerScheme)))
}

// bunkerURI is what the configuration gives as signer for a file that was named.
func bunkerURI(out string) string {
	if out == "" {
		return ""
	}
	return bunkerScheme + ":" + out
}

func (a *app) readURI(file string) ([]byte, error) {
	if file != "" {
		return a.readSecretFile(file)
	}
	t := a.terminal()
	if t == nil {
		return nil, cli.Usagef("uri-file: there is no terminal to ask for the URI at: give --uri-file")
	}
	defer t.Close()
	return t.AskHidden("The URI that the remote signer shows, bunker://...: ")
}
