package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/terminal"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/lnd/lndtest"
	"github.com/econd/econd/node/op"
)

// formed founds an economy in a folder and returns what init prints.
func formed(t *testing.T, dir string, tty terminal.Terminal, agents string, args ...string) (string, error) {
	t.Helper()
	beside := t.TempDir()
	pass := filepath.Join(beside, "passphrase")
	require.NoError(t, os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600))
	if agents != "" {
		file := filepath.Join(beside, "agents")
		require.NoError(t, os.WriteFile(file, []byte(agents), 0o600))
		args = append(args, "--agents", file)
	}
	c := (&initFlags{tty: func() terminal.Terminal { return tty }}).command()
	var out bytes.Buffer
	c.SetOut(&out)
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetArgs(append([]string{"--data-dir", dir, "--network", "regtest", "--passphrase-file", pass, "--node-key", lndtest.NodeKey().String()}, args...))
	err := c.Execute()
	return out.String(), err
}

// genesisOf reads the genesis of a folder, and the keys of the seed beside it.
func genesisOf(t *testing.T, dir string, accounts int) (*op.Genesis, []op.PublicKey) {
	t.Helper()
	store, err := ballotstore.Open(ballotstore.Config{Path: filepath.Join(dir, "ballots.db")})
	require.NoError(t, err)
	defer store.Close()
	g, err := founded(store)
	require.NoError(t, err)
	var held keyfile.Agent
	require.NoError(t, keyfile.Open(filepath.Join(dir, "agents.key"), []byte("correct horse battery staple"), &held))
	var keys []op.PublicKey
	for i := range accounts {
		key, err := held.KeyOf(uint32(i))
		require.NoError(t, err)
		keys = append(keys, key.Public())
	}
	return g, keys
}

// Every economy begins with an operator wallet, whose owner's key is account 0 of a seed.
func TestInitMakesTheOperatorWallet(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "econd")
	out, err := formed(t, dir, nil, "")
	require.NoError(t, err)
	g, keys := genesisOf(t, dir, 1)
	require.Equal(t, []op.FirstAgent{{Key: keys[0], Name: "operator"}}, g.Agents)
	require.Equal(t, []op.FirstWallet{{Owner: keys[0], Name: "operator"}}, g.Wallets)
	require.Contains(t, out, "account 0     "+keys[0].String()+"  operator\n")
	require.Contains(t, out, "operator: nothing is spent until it gets a budget")
	require.Contains(t, out, "agents.key    sealed;")
}

func TestInitTakesNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "econd")
	out, err := formed(t, dir, nil, "# ours\nbuyer one\n\n  seller\n", "--json")
	require.NoError(t, err)
	g, keys := genesisOf(t, dir, 3)
	require.Equal(t, []op.FirstAgent{{Key: keys[0], Name: "operator"}, {Key: keys[1], Name: "buyer one"}, {Key: keys[2], Name: "seller"}}, g.Agents)
	require.Equal(t, []op.FirstWallet{{Owner: keys[0], Name: "operator"}, {Owner: keys[1], Name: "main"}, {Owner: keys[2], Name: "main"}}, g.Wallets)
	var said struct {
		Agents    []formedAgent
		AgentsKey string `json:"agents_key"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &said))
	require.Len(t, said.Agents, 3)
	require.Equal(t, 2, said.Agents[2].Account)
	require.True(t, strings.HasPrefix(said.Agents[2].Wallets[0].ID, "wallet-"))
	require.Equal(t, filepath.Join(dir, "agents.key"), said.AgentsKey)
}

// formationYAML has budgets for a year.
var formationYAML = strings.ReplaceAll(`
# who begins
operator:
  wallets:
    - name: mission
      budget: {pool: performance, refill_msat: 5000000, ceiling_msat: 5000000, period_s: 86400, cap_msat: 1000000, recipients: [any], until_ms: UNTIL}
agents:
  - name: buyer
    wallets:
      - name: calls
        budget: {pool: performance, refill_msat: 100000, ceiling_msat: 100000, period_s: 3600, cap_msat: 2000, recipients: ["origin:https://api.example"], until_ms: UNTIL}
      - name: spare
  - name: watcher
    wallets: []
`, "UNTIL", strconv.FormatInt(time.Now().AddDate(1, 0, 0).UnixMilli(), 10))

func TestInitTakesBudgets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "econd")
	out, err := formed(t, dir, nil, formationYAML)
	require.NoError(t, err)
	g, keys := genesisOf(t, dir, 3)
	require.Len(t, g.Agents, 3)
	require.Len(t, g.Wallets, 3)
	require.Equal(t, "mission", g.Wallets[0].Name)
	require.Equal(t, keys[1], g.Wallets[1].Owner)
	require.EqualValues(t, 2000, g.Wallets[1].Terms.CapMsat)
	require.Nil(t, g.Wallets[2].Terms)
	require.Contains(t, out, "calls: 100000 msat each 3600 s from pool performance, at most 2000 a payment")
}

// What the rules refuse is named, and nothing is left behind: no folder, no key.
func TestInitRefusesAWrongFormation(t *testing.T) {
	for agents, want := range map[string]string{
		"alice\n" + strings.Repeat("x", 65):     "content.agents[2].name",
		"agents:\n  - {}\n":                     "content.agents[1].name",
		"agents:\n  - name: a\n    purse: []\n": `unknown field "purse"`,
		"agents: [":                             "not valid YAML",
		strings.Replace(formationYAML, "pool: performance", "pool: gold", 1): "no pool \"gold\"",
		strings.Replace(formationYAML, "spare", "calls", 1):                  "two wallets calls",
		strings.Replace(formationYAML, "cap_msat: 2000", "cap_msat: 0", 1):   "content.wallets[1].terms.cap_msat",
		strings.Repeat("n\n", 300):                                           "at most 256",
		strings.Repeat("#", maxAgentsFile+1):                                 "larger than 1048576 bytes",
	} {
		dir := filepath.Join(t.TempDir(), "econd")
		_, err := formed(t, dir, nil, agents)
		require.ErrorContains(t, err, want)
		require.NoFileExists(t, filepath.Join(dir, "operator.key"))
		require.NoFileExists(t, filepath.Join(dir, "agents.key"))
	}
	dir := filepath.Join(t.TempDir(), "econd")
	_, err := formed(t, dir, nil, "alice\n", "--constitution", rulesOf(t, constitution.RulesNodeKey))
	require.ErrorContains(t, err, "--agents: the constitution is of version 2")
	_, err = formed(t, dir, nil, "", "--constitution", rulesOf(t, constitution.RulesNodeKey))
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(dir, "agents.key"))
}

// reader is a human who reads words and types them back, or something else.
type reader struct {
	shown  strings.Builder
	wrong  bool
	closed bool
}

func (h *reader) Write(p []byte) (int, error)      { return h.shown.Write(p) }
func (h *reader) Close() error                     { h.closed = true; return nil }
func (h *reader) AskHidden(string) ([]byte, error) { panic("nothing hidden is asked for") }
func (h *reader) words() map[string]string {
	words := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^ *(\d+)  ([a-z]+)$`).FindAllStringSubmatch(h.shown.String(), -1) {
		words[m[1]] = m[2]
	}
	return words
}

func (h *reader) Read(p []byte) (int, error) {
	if h.wrong {
		return copy(p, "zebra\n"), nil
	}
	text := h.shown.String()
	asked := regexp.MustCompile(`Word (\d+): $`).FindStringSubmatch(text)
	return copy(p, h.words()[asked[1]]+"\n"), nil
}

// At a terminal the words are shown once and asked back; who cannot say them has founded nothing.
func TestInitShowsTheWords(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "econd")
	human := &reader{wrong: true}
	_, err := formed(t, dir, human, "alice\n")
	require.ErrorIs(t, err, terminal.ErrNotLearnt)
	require.True(t, human.closed)
	require.NoDirExists(t, dir)

	human = &reader{}
	out, err := formed(t, dir, human, "alice\n")
	require.NoError(t, err)
	require.Len(t, human.words(), 12)
	var held keyfile.Agent
	require.NoError(t, keyfile.Open(filepath.Join(dir, "agents.key"), []byte("correct horse battery staple"), &held))
	s, err := held.OpenSeed()
	require.NoError(t, err)
	for i, word := range strings.Fields(s.Mnemonic()) {
		require.Equal(t, word, human.words()[strconv.Itoa(i+1)])
	}
	require.NotContains(t, out, s.Mnemonic())

	silent := &reader{}
	_, err = formed(t, filepath.Join(t.TempDir(), "econd"), silent, "", "--json")
	require.NoError(t, err)
	require.Empty(t, silent.shown.String())
}
