package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/keystore"
	"github.com/econd/econd/node/signer/lndsigner"
)

// opener is one place where the agent's key may lie, by the scheme of the URI that the configuration
// gives as signer. What else it needs to know stands in the configuration beside it; no secret stands
// in a URI that may come from a command line.
type opener struct {
	scheme string
	form   string // of the URI
	text   string // where the key lies

	// open makes the signer. rest is what follows the scheme and its colon, "" where nothing does. What
	// is wrong with it is a cli.Usage error.
	open func(ctx context.Context, a *app, rest string) (signer.Signer, error)
}

// keystoreScheme is what signs unless something else is configured.
const keystoreScheme = "keystore"

// openers are all places, as help lists them. A further one is one row.
func openers() []opener {
	return []opener{
		{keystoreScheme, "keystore[:FILE]", "a key file, sealed under a passphrase (default the configured one)", openKeystore},
		{"lnd", "lnd[:FAMILY/INDEX]", "inside your LND (default 1237/0)", openLND},
		{bunkerScheme, "bunker[:FILE]", "a remote signer (NIP-46), connected to by econctl key bunker", openBunker},
		{vaultScheme, "vault:MOUNT/PATH[#VERSION]", "a KV store of version 2 in Vault or OpenBao", openCustody},
		{kmsScheme, "kms:FILE", "a file sealed under a key of AWS KMS", openCustody},
	}
}

// openerOf finds who opens a URI, and what is left of it.
func (a *app) openerOf(uri string) (opener, string, error) {
	scheme, rest, _ := strings.Cut(uri, ":")
	var forms []string
	for _, o := range a.openers {
		if o.scheme == scheme {
			return o, rest, nil
		}
		forms = append(forms, o.form)
	}
	return opener{}, "", cli.Usagef("signer: begins with %q, must be one of: %s", oneLine(scheme), strings.Join(forms, ", "))
}

// signerForms lists what a URI may be, for help.
func signerForms() string {
	var list []string
	for _, o := range openers() {
		list = append(list, o.form+", "+o.text)
	}
	return strings.Join(list, "; ")
}

// signing opens what signs, once: a passphrase is asked for once.
func (a *app) signing(ctx context.Context) (signer.Signer, error) {
	if a.signer == nil {
		o, rest, err := a.openerOf(a.cfg.Signer)
		if err != nil {
			return nil, err
		}
		opened, err := o.open(ctx, a, rest)
		if err != nil {
			return nil, err
		}
		a.signer = opened
	}
	return a.signer, nil
}

// openKeystore opens the key file; configure has put the URI's in the place of the configured one.
func openKeystore(_ context.Context, a *app, _ string) (signer.Signer, error) { return a.keys() }

// openLND has the agent's LND sign, with a macaroon of its own.
func openLND(ctx context.Context, a *app, rest string) (signer.Signer, error) {
	key, err := lndsigner.ParseKey(rest)
	if err != nil {
		return nil, cli.Usagef("signer: %v", err)
	}
	if a.cfg.LND.SignMacaroon == "" {
		return nil, cli.Usagef("lnd.sign_macaroon: is not set; make the macaroon with: %s", lndsigner.BakeCommand(""))
	}
	return lndsigner.Dial(ctx, lndsigner.Config{Address: a.cfg.LND.Address, TLSCertPath: a.cfg.LND.TLS, MacaroonPath: a.cfg.LND.SignMacaroon, Key: key})
}

// keys opens the key file, once.
func (a *app) keys() (*keystore.Keystore, error) {
	if a.keystore == nil {
		opened, err := keystore.Open(keystore.Config{Path: a.cfg.Key, Account: a.cfg.Account,
			Passphrase: func() ([]byte, error) {
				if a.known != nil {
					return slices.Clone(a.known), nil
				}
				return keyfile.Passphrase(a.cfg.PassphraseFile, false)
			}})
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%w; make a key with: econctl key new", err)
		}
		if err != nil {
			return nil, err
		}
		a.keystore = opened
	}
	return a.keystore, nil
}

// byKeyfile tells that the key file signs, and nothing else.
func (a *app) byKeyfile() bool {
	scheme, _, _ := strings.Cut(a.cfg.Signer, ":")
	return scheme == keystoreScheme
}

// asks tells that somebody would be asked for a passphrase before the key file is open, or that it cannot be.
func (a *app) asks() bool {
	sealed, err := keyfile.Sealed(a.cfg.Key)
	return err != nil || sealed && a.cfg.PassphraseFile == "" && a.keystore == nil
}

// self is the agent whose key signs.
func (a *app) self() (op.PublicKey, error) {
	s, err := a.signing(a.running)
	if err != nil {
		return op.PublicKey{}, err
	}
	return s.Public(), nil
}

// lazily signs by what signs, which the first event opens. It is a client.Signer.
type lazily struct{ app *app }

// Sign implements client.Signer.
func (l lazily) Sign(ctx context.Context, e *op.Event) error {
	if l.app.dryRun {
		return l.app.shown(e)
	}
	s, err := l.app.signing(ctx)
	if err != nil {
		return err
	}
	return s.Sign(ctx, e)
}
