package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/custody"
	"github.com/econd/econd/node/signer/kms"
	"github.com/econd/econd/node/signer/kms/awskms"
	"github.com/econd/econd/node/signer/vault"
)

// vaultConfig says how one gets in to Vault or OpenBao; where the key lies there is in the URI.
type vaultConfig struct {
	Address      string `yaml:"address"`
	Namespace    string `yaml:"namespace"`
	CA           string `yaml:"ca"`
	RoleID       string `yaml:"role_id"`
	SecretIDFile string `yaml:"secret_id_file"`
	AppRoleMount string `yaml:"approle_mount"`
	TokenFile    string `yaml:"token_file"`
}

// kmsConfig names the key of AWS KMS and who uses it.
type kmsConfig struct {
	Key      string `yaml:"key"`
	Region   string `yaml:"region"`
	Profile  string `yaml:"profile"`
	Endpoint string `yaml:"endpoint"`
	Economy  string `yaml:"economy"`
}

// custodyConfig says how a key is held that somebody else lends.
type custodyConfig struct {
	Check string `yaml:"check"`
	Grace string `yaml:"grace"`
}

// The defaults of custody, as flags show them.
const (
	defaultCheck = "1m0s"
	defaultGrace = "10m0s"
)

// Schemes of keys in custody.
const (
	vaultScheme = "vault"
	kmsScheme   = "kms"
)

// custodyText is a member of these that is text, with its flag.
type custodyText struct {
	name string
	to   *string

	fallback, help string
}

func (c *config) custodyTexts() []custodyText {
	return []custodyText{
		{"vault", &c.Vault.Address, "", "address of Vault or OpenBao, https://host:port (default BAO_ADDR, else VAULT_ADDR)"},
		{"vault-namespace", &c.Vault.Namespace, "", "namespace in Vault"},
		{"vault-ca", &c.Vault.CA, "", "certificates that Vault's is signed by, PEM (default the system's)"},
		{"vault-role-id", &c.Vault.RoleID, "", "role_id of the AppRole that lets in to Vault"},
		{"vault-secret-id-file", &c.Vault.SecretIDFile, "", "file with the AppRole's secret_id"},
		{"vault-approle-mount", &c.Vault.AppRoleMount, vault.DefaultAppRole, "where Vault has AppRole"},
		{"vault-token-file", &c.Vault.TokenFile, "", "file with a token for Vault, where no AppRole lets in (default BAO_TOKEN, else VAULT_TOKEN, themselves)"},
		{"kms-key", &c.KMS.Key, "", "key of AWS KMS under which a new key is sealed: ARN, id or alias/NAME"},
		{"kms-region", &c.KMS.Region, "", "region of AWS (default that of the ARN, else of the environment or profile)"},
		{"kms-profile", &c.KMS.Profile, "", "profile of AWS's shared files"},
		{"kms-endpoint", &c.KMS.Endpoint, "", "URL of KMS, where it is not the region's"},
		{"kms-economy", &c.KMS.Economy, "", "economy to which a new key is bound in KMS"},
		{"custody-check", &c.Custody.Check, defaultCheck, "how often Vault or KMS is asked again whether the key is lent still"},
		{"custody-grace", &c.Custody.Grace, defaultGrace, "how long the key signs on while Vault or KMS gives no answer"},
	}
}

func (a *app) addCustodyFlags(f *pflag.FlagSet) {
	for _, t := range a.flags.custodyTexts() {
		f.StringVar(t.to, t.name, t.fallback, t.help)
	}
}

// store is a custodian that takes a new key, too.
type store interface {
	custody.Custodian
	fmt.Stringer
}

// custodian is the place that signer names where key new and key import put a key, besides a file, and
// how a key is put there.
func (a *app) custodian(ctx context.Context) (store, func(*custody.Key) error, error) {
	scheme, rest, _ := strings.Cut(a.cfg.Signer, ":")
	switch scheme {
	case vaultScheme:
		s, err := a.vault(rest)
		if err != nil {
			return nil, nil, err
		}
		return s, func(k *custody.Key) error { return s.Put(ctx, k) }, nil
	case kmsScheme:
		b, err := a.kms(ctx, rest)
		if err != nil {
			return nil, nil, err
		}
		return b, func(k *custody.Key) error { return b.Put(ctx, k, a.cfg.KMS.Economy) }, nil
	}
	return nil, nil, cli.Usagef("signer: %s is no custodian of keys", oneLine(scheme))
}

// vault is the place that MOUNT/PATH or MOUNT:PATH names, and perhaps #VERSION after it.
func (a *app) vault(rest string) (*vault.Store, error) {
	place, number, versioned := strings.Cut(rest, "#")
	mount, path, ok := strings.Cut(place, ":")
	if !ok {
		mount, path, ok = strings.Cut(place, "/")
	}
	version, err := strconv.Atoi(cmp.Or(number, "1"))
	if !ok || mount == "" || path == "" || versioned && (err != nil || version < 1) {
		return nil, cli.Usagef("signer: must be vault:MOUNT/PATH like vault:secret/econd/agents/alice, with MOUNT:PATH where the mount has a slash, and #VERSION for another version than 1")
	}
	c := a.cfg.Vault
	s, err := vault.New(vault.Config{Address: cmp.Or(c.Address, os.Getenv("BAO_ADDR"), os.Getenv("VAULT_ADDR")), Namespace: c.Namespace, Mount: mount, Path: path, Version: version,
		RoleID: c.RoleID, SecretIDFile: c.SecretIDFile, AppRoleMount: c.AppRoleMount, TokenFile: c.TokenFile, CAFile: c.CA})
	if err != nil {
		return nil, cli.Usage(err)
	}
	return s, nil
}

// kms is the envelope at a path.
func (a *app) kms(ctx context.Context, path string) (*kms.Box, error) {
	if path == "" {
		return nil, cli.Usagef("signer: must be kms:FILE, the file with the envelope")
	}
	c := a.cfg.KMS
	service, err := awskms.New(ctx, awskms.Config{Key: c.Key, Region: c.Region, Profile: c.Profile, Endpoint: c.Endpoint})
	if err != nil {
		return nil, cli.Usage(err)
	}
	return kms.New(service, path)
}

// openCustody opens what custodian finds.
func openCustody(ctx context.Context, a *app, _ string) (signer.Signer, error) {
	kept, _, err := a.custodian(ctx)
	if err != nil {
		return nil, err
	}
	check, err := custodyTime("custody.check", a.cfg.Custody.Check)
	if err != nil {
		return nil, err
	}
	grace, err := custodyTime("custody.grace", a.cfg.Custody.Grace)
	if err != nil {
		return nil, err
	}
	s, err := custody.Open(ctx, custody.Config{Custodian: kept, Account: a.cfg.Account, Check: check, Grace: grace, Tell: func(reason error) {
		if reason == nil {
			fmt.Fprintln(a.stderr, "econctl: signs again")
			return
		}
		fmt.Fprintf(a.stderr, "econctl: signs nothing any more: %v\n", reason)
	}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kept, err)
	}
	return s, nil
}

func custodyTime(name, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second {
		return 0, cli.Usagef("%s: must be a duration like 1m, at least 1s", name)
	}
	return d, nil
}

// entrust puts a key where the configuration says that it lies, and says which key signs.
func (a *app) entrust(ctx context.Context, payload keyfile.Agent) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return errors.New("the key has no encoding")
	}
	defer clear(text)
	key, err := custody.Decode(text)
	if err != nil {
		return err
	}
	defer key.Wipe()
	kept, put, err := a.custodian(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(put(key), kept.Close()); err != nil {
		return fmt.Errorf("%s: %w", kept, err)
	}
	return a.printSigner()
}
