package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/lnd"
	"github.com/econd/econd/node/lnd/lndtest"
)

// initialised runs econd init and returns what it prints.
func initialised(t *testing.T, args ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	pass := filepath.Join(dir, "passphrase")
	require.NoError(t, os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600))
	c := newInit()
	var out bytes.Buffer
	c.SetOut(&out)
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetArgs(append([]string{"--data-dir", filepath.Join(dir, "econd"), "--network", "regtest", "--passphrase-file", pass, "--node-key", lndtest.NodeKey().String()}, args...))
	err := c.Execute()
	return out.String(), err
}

// What agents' wallets must do stands first, track by track.
func TestInitSaysWhatWalletsMustDo(t *testing.T) {
	out, err := initialised(t)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(out, `What agents' wallets must do: pay hold invoices of 288 blocks (about 48 hours),
and renew each after 168 blocks (econctl stake keep); collateral and bonds that
are bound and not renewed after 252 are forfeited. Renewals that the longest course takes:
  price          collateral of 5000 sat for up to 576 blocks: 2
  guardians      collateral of 20000 sat for up to 576 blocks: 2
  parameter      collateral of 10000 sat for up to 936 blocks: 5; bonds up to 360 blocks: 1
  treasury       collateral of 10000 sat for up to 936 blocks: 5; bonds up to 360 blocks: 1
  grant          collateral of 20000 sat for up to 936 blocks: 5; bonds up to 360 blocks: 1
  budget         collateral of 10000 sat for up to 936 blocks: 5; bonds up to 360 blocks: 1
  registry       collateral of 5000 sat for up to 576 blocks: 2
  upgrade        collateral of 20000 sat for up to 2952 blocks: 17; bonds up to 360 blocks: 1
  constitution   collateral of 50000 sat for up to 576 blocks: 2

economy       econ-`), out)
	require.NotContains(t, out, "warning")
	require.NotContains(t, out, "correct horse")
}

// A constitution whose holds many wallets do not pay is warned of, from 289 blocks
// on, the shipped one having 288, and founded all the same.
func TestInitWarnsOfLongHolds(t *testing.T) {
	shipped, err := os.ReadFile("../../node/constitution/yamlfile/default.yaml")
	require.NoError(t, err)
	for _, blocks := range []string{"289", "960"} {
		file := filepath.Join(t.TempDir(), "constitution.yaml")
		require.NoError(t, os.WriteFile(file, bytes.Replace(shipped, []byte("cltv_blocks: 288"), []byte("cltv_blocks: "+blocks), 1), 0o600))
		out, err := initialised(t, "--constitution", file, "--json")
		require.NoError(t, err)
		var said struct {
			Advice  []string
			Wallets constitution.WalletAsks
		}
		require.NoError(t, json.Unmarshal([]byte(out), &said))
		require.Contains(t, strings.Join(said.Advice, "\n"), "stake.cltv_blocks: is "+blocks+"; many wallets pay no hold over 288 blocks")
		if blocks != "960" {
			continue
		}
		require.Equal(t, int64(616), said.Wallets.RenewBlocks)
		require.Equal(t, int64(924), said.Wallets.LastBlocks)
		for _, track := range said.Wallets.Tracks {
			want := map[string]int64{"upgrade": 4, "parameter": 1, "treasury": 1, "grant": 1, "budget": 1}[track.Name]
			require.Equal(t, want, track.Renewals, track.Name)
		}
	}
}

// A passphrase that everybody may read, or that others may write, seals nothing. A
// group may read it: so secret stores hand files to a service.
func TestInitRefusesAnOpenPassphrase(t *testing.T) {
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620} {
		pass := filepath.Join(t.TempDir(), "passphrase")
		require.NoError(t, os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600))
		require.NoError(t, os.Chmod(pass, mode))
		out, err := initialised(t, "--passphrase-file", pass)
		if mode == 0o640 {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, keyfile.ErrPermissions)
		require.ErrorContains(t, err, "run chmod 600 on it")
		require.Empty(t, out)
	}
}

// From version 2 of the rules on init asks for the LND that signs, by its key or by asking it.
func TestInitNamesTheNode(t *testing.T) {
	rules := rulesOf(t, constitution.RulesNodeKey)
	out, err := initialised(t, "--constitution", rules)
	require.NoError(t, err)
	require.Contains(t, out, "Lightning     "+lndtest.NodeKey().String())

	_, err = initialised(t, "--constitution", rules, "--node-key", "")
	require.ErrorContains(t, err, "lncli getinfo")
	_, err = initialised(t, "--constitution", rules, "--node-key", "02ab")
	require.ErrorContains(t, err, "--node-key")

	l := lndtest.Start(t, &chaincfg.RegressionNetParams)
	out, err = initialised(t, "--constitution", rules, "--node-key", "", "--lnd", l.Addr, "--lnd-tls", l.TLSCertPath, "--lnd-macaroon", lndtest.MacaroonFile(t, t.TempDir(), lnd.RoleRecv))
	require.NoError(t, err)
	require.Contains(t, out, "Lightning     "+lndtest.NodeKey().String())
}
