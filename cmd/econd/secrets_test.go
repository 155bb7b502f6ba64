package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
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
	l := lndtest.Start(t, &chaincfg.TestNet4Params)
	c := foundedOn(t, "regtest", l)
	dir := t.TempDir()
	c.LND.PayMacaroon, c.LND.RecvMacaroon, c.LND.AnchorMacaroon = filepath.Join(dir, "p.mac"), filepath.Join(dir, "r.mac"), filepath.Join(dir, "a.mac")
	path := filepath.Join(dir, "econd.yaml")
	require.NoError(t, writeConfig(path, c))
	baking := func(methods ...string) (string, error) {
		admin := filepath.Join(t.TempDir(), "admin.macaroon")
		require.NoError(t, os.WriteFile(admin, lndtest.Macaroon(t, methods...), 0o600))
		return command(t, "macaroons", "--config", path, "--admin-macaroon", admin)
	}
	const info, block, bake = "/lnrpc.Lightning/GetInfo", "/chainrpc.ChainKit/GetBlockHash", "/lnrpc.Lightning/BakeMacaroon"
	nothing := func() {
		for _, f := range c.macaroonFiles() {
			require.NoFileExists(t, f.path)
		}
	}

	_, err := baking(info, block, bake)
	require.ErrorIs(t, err, node.ErrOtherNetwork)
	require.ErrorContains(t, err, "is on testnet4, not on regtest; nothing was baked: set lnd.address and lnd.tls_cert")
	nothing()
	l.Claim("regtest")
	_, err = baking(info, block, bake)
	require.ErrorContains(t, err, "its chain begins with block "+chaincfg.TestNet4Params.GenesisHash.String())
	nothing()
	l.Be(&chaincfg.RegressionNetParams)
	_, err = baking(info, block)
	require.ErrorIs(t, err, lnd.ErrPermission)
	require.ErrorContains(t, err, "--admin-macaroon must be one that may bake macaroons")
	nothing()

	said, err := baking(info, block, bake)
	require.NoError(t, err)
	for _, f := range c.macaroonFiles() {
		require.Contains(t, said, string(f.role)+" macaroon saved in "+f.path+"\n")
		stat, err := os.Stat(f.path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), stat.Mode().Perm())
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

	_, err = baking(info, block, bake)
	require.ErrorContains(t, err, "no macaroon is missing: move away the one")

	mine := []byte("as I left it")
	require.NoError(t, os.WriteFile(c.LND.PayMacaroon, mine, 0o600))
	require.NoError(t, os.Remove(c.LND.RecvMacaroon))
	said, err = baking(info, block, bake)
	require.NoError(t, err)
	require.Equal(t, "pay macaroon is kept in "+c.LND.PayMacaroon+"\nanchor macaroon is kept in "+c.LND.AnchorMacaroon+
		"\nrecv macaroon saved in "+c.LND.RecvMacaroon+"\n", said)
	kept, err := os.ReadFile(c.LND.PayMacaroon)
	require.NoError(t, err)
	require.Equal(t, mine, kept)
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
