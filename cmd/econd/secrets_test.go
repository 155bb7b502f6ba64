package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/lnd"
	"github.com/econd/econd/node/lnd/lndtest"
)

// command runs econd and returns what it prints on both outputs.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := newRoot()
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs(args)
	err := c.ExecuteContext(t.Context())
	return out.String(), err
}

// econd macaroons saves three that econd itself takes, readable by their owner alone,
// and nothing of the one it was given.
func TestMacaroonsAreSaved(t *testing.T) {
	l := lndtest.Start(t, &chaincfg.RegressionNetParams)
	dir := t.TempDir()
	c := defaultConfig(dir)
	c.LND.Address, c.LND.TLSCert = l.Addr, l.TLSCertPath
	path := filepath.Join(dir, "econd.yaml")
	require.NoError(t, writeConfig(path, c))
	admin := filepath.Join(t.TempDir(), "admin.macaroon")
	secret := lndtest.Macaroon(t, "/lnrpc.Lightning/BakeMacaroon")
	require.NoError(t, os.WriteFile(admin, secret, 0o600))

	refused := filepath.Join(t.TempDir(), "read.macaroon")
	require.NoError(t, os.WriteFile(refused, lndtest.Macaroon(t, "/lnrpc.Lightning/GetInfo"), 0o600))
	_, err := command(t, "macaroons", "--config", path, "--admin-macaroon", refused)
	require.ErrorIs(t, err, lnd.ErrPermission)
	require.ErrorContains(t, err, "--admin-macaroon must be one that may bake macaroons")

	said, err := command(t, "macaroons", "--config", path, "--admin-macaroon", admin)
	require.NoError(t, err)
	for _, f := range c.macaroonFiles() {
		require.Contains(t, said, string(f.role)+" macaroon saved in "+f.path+"\n")
		info, err := os.Stat(f.path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	client, err := lnd.Dial(lnd.Config{Address: l.Addr, TLSCertPath: l.TLSCertPath, PayMacaroonPath: c.LND.PayMacaroon,
		RecvMacaroonPath: c.LND.RecvMacaroon, AnchorMacaroonPath: c.LND.AnchorMacaroon})
	require.NoError(t, err)
	_, err = client.Info(t.Context())
	require.NoError(t, err)
	require.NoError(t, client.Close())
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, list, 4, "three macaroons and the configuration")

	_, err = command(t, "macaroons", "--config", path, "--admin-macaroon", admin)
	require.ErrorContains(t, err, "exists: move it away first")
}

func TestPassphraseIsChanged(t *testing.T) {
	dir := t.TempDir()
	c := defaultConfig(dir)
	fresh := filepath.Join(dir, "new")
	for file, text := range map[string]string{c.PassphraseFile: "the old passphrase\n", fresh: "another one, quite long\n"} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	path := filepath.Join(dir, "econd.yaml")
	require.NoError(t, writeConfig(path, c))
	drawn, err := keyfile.NewOperator()
	require.NoError(t, err)
	require.NoError(t, keyfile.Seal(c.keyFile(), []byte("the old passphrase"), drawn, keyfile.WorkFactor(keyfile.MinWorkFactor)))

	_, err = command(t, "passphrase", "--config", path, "--new-passphrase-file", c.PassphraseFile)
	require.ErrorContains(t, err, "put the new one into another file")
	said, err := command(t, "passphrase", "--config", path, "--new-passphrase-file", fresh)
	require.NoError(t, err)
	require.Contains(t, said, "was read back")
	require.Contains(t, said, "Next: put the new passphrase into "+c.PassphraseFile)
	require.NotContains(t, said, "another one", "secrets are not printed")
	_, err = openSecrets(c.keyFile(), c.PassphraseFile)
	require.ErrorIs(t, err, keyfile.ErrPassphrase)
	_, err = openSecrets(c.keyFile(), fresh)
	require.NoError(t, err)
}
