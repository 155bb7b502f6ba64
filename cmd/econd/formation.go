package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/cmd/internal/terminal"
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/seed"
)

// operatorName is the agent that owns the operator wallet, account 0 of the seed, and that wallet;
// firstWallet is the wallet of an agent of whom the file says nothing else.
const (
	operatorName = "operator"
	firstWallet  = "main"
)

// seedWords is how many words the agents' seed has.
const seedWords = 12

// maxAgentsFile bounds the file of --agents.
const maxAgentsFile = 1 << 20

// formation is whom an economy begins with, beside its operator's keys.
type formation struct {
	Operator firstAgent   `json:"operator"` // account 0 of the seed
	Agents   []firstAgent `json:"agents"`   // accounts 1 and so on, in their order

	seed seed.Seed
}

// firstAgent is an agent of the genesis.
type firstAgent struct {
	Name    string       `json:"name"`
	Wallets []walletPlan `json:"wallets"` // absent: one without a budget

	key op.PublicKey
}

// walletPlan is a wallet of the genesis. Without a budget nothing is spent from it until one is set.
type walletPlan struct {
	Name   string        `json:"name"`
	Budget *budget.Terms `json:"budget"`
}

// readFormation reads the file of --agents; "" names nobody but the operator's agent.
func readFormation(path string) (*formation, error) {
	f := &formation{}
	if path != "" {
		text, err := readBounded(path)
		if err == nil {
			err = f.parse(text)
		}
		if err != nil {
			return nil, cli.Usagef("--agents: %v", err)
		}
	}
	if f.Operator.Name == "" {
		f.Operator.Name = operatorName
	}
	for i, a := range f.all() {
		if a.Wallets == nil {
			a.Wallets = []walletPlan{{Name: firstWallet}}
			if i == 0 {
				a.Wallets[0].Name = operatorName
			}
		}
	}
	return f, nil
}

func readBounded(path string) ([]byte, error) {
	opened, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, maxAgentsFile+1))
	if err == nil && len(text) > maxAgentsFile {
		err = fmt.Errorf("%s: larger than %d bytes", path, maxAgentsFile)
	}
	return text, err
}

// parse reads names, one a line, or YAML with the members operator and agents. Lines that begin with
// # say nothing.
func (f *formation) parse(text []byte) error {
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case len(f.Agents) == 0 && (strings.HasPrefix(line, "agents:") || strings.HasPrefix(line, "operator:")):
			return f.parseYAML(text)
		default:
			f.Agents = append(f.Agents, firstAgent{Name: line})
		}
	}
	return nil
}

func (f *formation) parseYAML(text []byte) error {
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		return fmt.Errorf("not valid YAML: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(f)
}

// draw makes the seed and the keys of its accounts. At a terminal the words are shown, and asked back.
func (f *formation) draw(tty terminal.Terminal) (err error) {
	if f.seed, err = seed.New(seedWords); err != nil {
		return err
	}
	for i, a := range f.all() {
		if a.key, err = f.account(uint32(i)); err != nil {
			return err
		}
	}
	if tty != nil {
		return terminal.Learnt(tty, f.seed.Mnemonic())
	}
	return nil
}

// account is the public key of an account.
func (f *formation) account(n uint32) (op.PublicKey, error) {
	raw, err := f.seed.Secret(n)
	if err != nil {
		return op.PublicKey{}, err
	}
	defer clear(raw)
	key, err := op.NewSecretKey(raw)
	if err != nil {
		return op.PublicKey{}, err
	}
	defer key.Wipe()
	return key.Public(), nil
}

// all are the agents by account; nobody where there is no formation.
func (f *formation) all() (list []*firstAgent) {
	if f == nil {
		return nil
	}
	list = append(list, &f.Operator)
	for i := range f.Agents {
		list = append(list, &f.Agents[i])
	}
	return list
}

// members are what the genesis says of them.
func (f *formation) members() (agents []op.FirstAgent, wallets []op.FirstWallet) {
	for _, a := range f.all() {
		agents = append(agents, op.FirstAgent{Key: a.key, Name: a.Name})
		for _, w := range a.Wallets {
			wallets = append(wallets, op.FirstWallet{Owner: a.key, Name: w.Name, Terms: w.Budget})
		}
	}
	return agents, wallets
}

// seal writes the seed under the passphrase, and wipes it.
func (f *formation) seal(path string, passphrase []byte) error {
	defer f.seed.Wipe()
	return keyfile.Seal(path, passphrase, keyfile.NewSeeded(f.seed, 0))
}

// formedAgent is what init says of an agent as JSON.
type formedAgent struct {
	Name    string         `json:"name"`
	Account int            `json:"account"`
	PubKey  string         `json:"pubkey"`
	Wallets []formedWallet `json:"wallets"`
}

// formedWallet is what init says of a wallet as JSON.
type formedWallet struct {
	ID     string        `json:"id"`
	Name   string        `json:"name"`
	Budget *budget.Terms `json:"budget,omitempty"`
}

func (f *formation) view(economy string) (list []formedAgent) {
	for i, a := range f.all() {
		v := formedAgent{Name: a.Name, Account: i, PubKey: a.key.String(), Wallets: []formedWallet{}}
		for _, w := range a.Wallets {
			v.Wallets = append(v.Wallets, formedWallet{ledger.WalletID(economy, a.key, w.Name), w.Name, w.Budget})
		}
		list = append(list, v)
	}
	return list
}

// text says the same to people.
func (f *formation) text(economy string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nFirst agents, and their wallets:\n")
	for _, a := range f.view(economy) {
		fmt.Fprintf(&b, "  account %-4d  %s  %s\n", a.Account, a.PubKey, a.Name)
		for _, w := range a.Wallets {
			spends := "nothing is spent until it gets a budget"
			if w.Budget != nil {
				spends = fmt.Sprintf("%d msat each %d s from pool %s, at most %d a payment", w.Budget.RefillMsat, w.Budget.PeriodS, w.Budget.Pool, w.Budget.CapMsat)
			}
			fmt.Fprintf(&b, "                %s  %s: %s\n", w.ID, w.Name, spends)
		}
	}
	return b.String()
}
