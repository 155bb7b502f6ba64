package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newAgentGroup(a *app) *cobra.Command {
	return cli.Group("agent", "Look at agents",
		lists(a, "list", "List agents in order of registration", whole((*client.Client).Agents),
			table[view.Agent]{"AGENT\tSTAKED SAT\tSCORE\tNAME", func(v view.Agent) string { return cells(v.PubKey, v.StakeSat, share(v.Score), v.Name) }}),
		shows(a, "show [AGENT]", "Show an agent: name, nodes, stake, score; without AGENT, yours", (*app).agentOrSelf, (*client.Client).Agent, nil),
		agentReputation(a))
}

// agentOrSelf is the agent that the arguments name, or the one of the key file.
func (a *app) agentOrSelf(list []string) (op.PublicKey, error) {
	if len(list) == 1 {
		return parseKey("AGENT", list[0])
	}
	return a.self()
}

// agentOrMe is the agent that a flag names, or the one of the key file.
func (a *app) agentOrMe(flag, text string) (op.PublicKey, error) {
	if text != "" {
		return parseKey(flag, text)
	}
	return a.self()
}

// anyAgent is the agent that a flag names; zero for none.
func anyAgent(text string) (op.PublicKey, error) {
	if text == "" {
		return op.PublicKey{}, nil
	}
	return parseKey("agent", text)
}

func newRegister(a *app) *cobra.Command {
	var name string
	var g guarding
	c := submits(a, "register --name NAME", "Become an agent of the economy", op.KindRegister, func([]string) (any, error) {
		if name == "" || len(name) > 64 {
			return nil, cli.Usagef("name: must have 1 to 64 bytes, and has %d", len(name))
		}
		recovery, guardians, err := g.read()
		return op.Register{Name: name, Recovery: recovery, Guardians: guardians}, err
	})
	c.Flags().StringVar(&name, "name", "", "name for people, 1 to 64 bytes")
	g.flags(c)
	return needs(c, "name")
}

// boundView is what `bind` prints as JSON.
type boundView struct {
	done
	Node string `json:"node"`
}

func newBind(a *app) *cobra.Command {
	return command("bind", "Bind your LND to the agent, so that payments to it count as payments to the agent", a.ofSelf(a.bind))
}

func (a *app) bind(ctx context.Context, self op.PublicKey) error {
	about, err := a.econd.Info().Get(ctx)
	if err != nil {
		return err
	}
	if a.dryRun {
		return a.showBind()
	}
	node, err := a.lightning()
	if err != nil {
		return err
	}
	id, err := node.Identity(ctx)
	if err != nil {
		return err
	}
	if id.Network != about.Network {
		return fmt.Errorf("your LND is on %s, the economy %s is on %s", id.Network, about.Economy, about.Network)
	}
	signature, err := node.SignMessage(ctx, op.BindStatement(about.Economy, self))
	if err != nil {
		return err
	}
	d, err := a.submit(ctx, op.KindBindNode, op.BindNode{Node: id.Key, Signature: signature})
	if err != nil {
		return err
	}
	v := boundView{d, op.NodeKey(id.Key).String()}
	return a.print(v, d.line()+"node "+v.Node+"\n")
}

func newReceipt(a *app) *cobra.Command {
	var provider, file, invoice, preimage string
	var rating int64
	c := submits(a, "receipt --provider PUBKEY --rating N (--payment FILE | --invoice BOLT11 --preimage HEX)",
		"Rate a service that you paid for", op.KindReceipt, func([]string) (any, error) {
			if (file == "") == (invoice == "" && preimage == "") || (invoice == "") != (preimage == "") {
				return nil, cli.Usagef("give either --payment, or --invoice and --preimage")
			}
			if file != "" {
				saved, err := readPayment(file)
				if err != nil {
					return nil, err
				}
				invoice, preimage = saved.Invoice, saved.Preimage
			}
			return receiptContent(provider, rating, invoice, preimage)
		})
	c.Flags().StringVar(&provider, "provider", "", "the provider's agent key, hex or npub")
	c.Flags().Int64Var(&rating, "rating", 0, "-10 to 10, not 0")
	c.Flags().StringVar(&file, "payment", "", "`FILE` that econctl call --save-payment wrote")
	c.Flags().StringVar(&invoice, "invoice", "", "the invoice that was paid")
	c.Flags().StringVar(&preimage, "preimage", "", "what the payment gave")
	return needs(c, "provider", "rating")
}

func receiptContent(provider string, rating int64, invoice, preimage string) (r op.Receipt, err error) {
	if r.Provider, err = parseKey("provider", provider); err != nil {
		return r, err
	}
	if rating == 0 || rating < -10 || rating > 10 {
		return r, cli.Usagef("rating: must be from -10 to 10 and not 0")
	}
	proof, err := op.ParseID(preimage) // same spelling: 64 lower-case hex digits
	if err != nil {
		return r, cli.Usagef("preimage: must be 64 lower-case hex digits")
	}
	r.Invoice, r.Preimage, r.Rating = invoice, op.Hash(proof), rating
	return r, nil
}

// savedPayment is the file of `call --save-payment`. With its preimage anybody
// can claim to have made the payment, so it is a secret until it is used.
type savedPayment struct {
	Version    int    `json:"version"` // 1
	URL        string `json:"url"`
	Invoice    string `json:"invoice"`
	Preimage   string `json:"preimage"`
	AmountMsat int64  `json:"amount_msat"`
	FeeMsat    int64  `json:"fee_msat"`
}

func readPayment(path string) (savedPayment, error) {
	var p savedPayment
	data, err := os.ReadFile(path)
	if err != nil {
		return p, cli.Usage(err)
	}
	if json.Unmarshal(data, &p) != nil || p.Version != 1 || p.Invoice == "" || p.Preimage == "" {
		return p, cli.Usagef("%s is no payment file of `econctl call --save-payment`", path)
	}
	return p, nil
}
