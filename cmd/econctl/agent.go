package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

func newRegister(a *app) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "register --name NAME",
		Short: "Become an agent of the economy",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if name == "" || len(name) > 64 {
				return cli.Usagef("name: must have 1 to 64 bytes, and has %d", len(name))
			}
			d, err := a.submit(c.Context(), op.KindRegister, op.Register{Name: name})
			if err != nil {
				return err
			}
			return a.print(d, d.line())
		},
	}
	c.Flags().StringVar(&name, "name", "", "name for people, 1 to 64 bytes")
	_ = c.MarkFlagRequired("name")
	return c
}

// boundView is what `bind` prints as JSON.
type boundView struct {
	done
	Node string `json:"node"`
}

func newBind(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "bind",
		Short: "Bind your LND to the agent, so that payments to it count as payments to the agent",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return a.bind(c.Context()) },
	}
}

func (a *app) bind(ctx context.Context) error {
	key, err := a.key()
	if err != nil {
		return err
	}
	about, err := a.info(ctx)
	if err != nil {
		return err
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
	signature, err := node.SignMessage(ctx, op.BindStatement(about.Economy, key.Public()))
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
	c := &cobra.Command{
		Use:   "receipt --provider PUBKEY --rating N (--payment FILE | --invoice BOLT11 --preimage HEX)",
		Short: "Rate a service that you paid for",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if (file == "") == (invoice == "" && preimage == "") || (invoice == "") != (preimage == "") {
				return cli.Usagef("give either --payment, or --invoice and --preimage")
			}
			if file != "" {
				saved, err := readPayment(file)
				if err != nil {
					return err
				}
				invoice, preimage = saved.Invoice, saved.Preimage
			}
			return a.receipt(c.Context(), provider, rating, invoice, preimage)
		},
	}
	c.Flags().StringVar(&provider, "provider", "", "the provider's agent key, hex or npub")
	c.Flags().Int64Var(&rating, "rating", 0, "-10 to 10, not 0")
	c.Flags().StringVar(&file, "payment", "", "`FILE` that econctl call --save-payment wrote")
	c.Flags().StringVar(&invoice, "invoice", "", "the invoice that was paid")
	c.Flags().StringVar(&preimage, "preimage", "", "what the payment gave")
	_ = c.MarkFlagRequired("provider")
	_ = c.MarkFlagRequired("rating")
	return c
}

func (a *app) receipt(ctx context.Context, provider string, rating int64, invoice, preimage string) error {
	who, err := parseKey("provider", provider)
	if err != nil {
		return err
	}
	if rating == 0 || rating < -10 || rating > 10 {
		return cli.Usagef("rating: must be from -10 to 10 and not 0")
	}
	proof, err := op.ParseID(preimage) // same spelling: 64 lower-case hex digits
	if err != nil {
		return cli.Usagef("preimage: must be 64 lower-case hex digits")
	}
	d, err := a.submit(ctx, op.KindReceipt, op.Receipt{Provider: who, Invoice: invoice, Preimage: op.Hash(proof), Rating: rating})
	if err != nil {
		return err
	}
	return a.print(d, d.line())
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

func newInfo(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Show which economy econd keeps, its prices and the state of its log",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			v, err := a.info(c.Context())
			if err != nil {
				return err
			}
			text := fmt.Sprintf("economy      %s on %s\noperator     %s\nlog          %s, %d entries\nlog key      %s\nblock        %d\nversion      %s\n",
				oneLine(v.Economy), oneLine(v.Network), oneLine(v.Operator), oneLine(v.Log.Origin), v.Size,
				oneLine(v.Log.VerifierKey), v.Clock.Height, oneLine(v.Version))
			for _, p := range v.Prices {
				text += fmt.Sprintf("price        %d sat for %s\n", p.Sat, oneLine(p.Resource))
			}
			return a.print(v.raw, text+v.Outside.text())
		},
	}
}

// page is a list answer of econd.
type page struct {
	Items []json.RawMessage `json:"items"`
	Next  string            `json:"next,omitempty"`

	Statements []json.RawMessage `json:"statements,omitempty"` // beside delegations
}

// complete tells what makes an answer a list.
func (p *page) complete() error {
	if p.Items == nil {
		return errors.New("has no items")
	}
	return nil
}

// list collects a list over its pages, at most limit items; 0 for all.
func (a *app) list(ctx context.Context, path string, query url.Values, limit int) (page, error) {
	all := page{Items: []json.RawMessage{}}
	if query == nil {
		query = url.Values{}
	}
	through := pages{path: path}
	for {
		if limit > 0 {
			query.Set("limit", strconv.Itoa(min(limit-len(all.Items), 100)))
		}
		var one page
		if _, err := a.get(ctx, path, query, &one); err != nil {
			return all, err
		}
		all.Items = append(all.Items, one.Items...)
		all.Next, all.Statements = one.Next, one.Statements
		if limit > 0 && len(all.Items) >= limit {
			return all, nil
		}
		if more, err := through.more(len(one.Items), one.Next); !more {
			return all, err
		}
		query.Set("cursor", one.Next)
	}
}
