package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// decisions are what the operator decides in one call, each as KEY or KEY=VALUE.
type decisions struct {
	paid, found, noted, cancel, veto, withdraw []string
}

func newReconcile() *cobra.Command {
	var path string
	var asJSON bool
	var what decisions
	c := &cobra.Command{
		Use:   "reconcile",
		Short: "Hold the log against LND to the msat and against its anchors in Bitcoin, and decide what is to hold where a restore has lost its end",
		Long: `Hold the log against LND to the msat, and against its anchors in Bitcoin. econd must not be running.

Where no rule settles a difference, decide it: each decision is an entry that the
operator signs, stamped as the last one is, so that nothing falls due meanwhile.
Vetoes and cancellations that the log has lost are repeated the same way. Then
econd recover lets the log go on; it is on the record for ever.`,
		Example: `  econd reconcile --config ~/.econd/econd.yaml
  econd reconcile --noted HASH='returned by hand'
  econd recover --reason 'the disk of 3 May was lost'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			return reconcile(c.Context(), cfg, what, asJSON, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringVar(&path, "config", "econd.yaml", "configuration file that econd init wrote")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	f.StringArrayVar(&what.paid, "paid", nil, "`HASH` or HASH=PAYOUT: LND has paid that payout by this payment")
	f.StringArrayVar(&what.found, "found", nil, "`HASH`=POOL: book the sats of a settled hold into a pool")
	f.StringArrayVar(&what.noted, "noted", nil, "`HASH`=NOTE: none of the economy's sats, or returned by hand")
	f.StringArrayVar(&what.cancel, "cancel", nil, "`HASH`: cancel a hold that the log does not know")
	f.StringArrayVar(&what.veto, "veto", nil, "`PROPOSAL`=REASON: repeat a veto")
	f.StringArrayVar(&what.withdraw, "withdraw", nil, "`PROPOSAL`=REASON: repeat a cancellation")
	return c
}

func reconcile(ctx context.Context, cfg config, what decisions, asJSON bool, out, errOut io.Writer) error {
	d, err := openStopped(cfg, errOut)
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.openPublisher(); err != nil {
		return err
	}
	compared, lost, err := d.compareStopped(ctx)
	if err != nil {
		return err
	}
	if err := d.decide(ctx, compared, what, errOut); err != nil {
		return err
	}
	if compared, err = d.node.Compare(ctx, d.client, lost); err != nil {
		return err
	}
	return d.sayBalance(out, asJSON, compared, false)
}

// order is one decision of a call, checked and not recorded yet.
type order struct {
	text string
	do   func() (view.Receipt, error)
}

// orders checks every decision of a call before any is recorded. Vetoes and
// cancellations come first: once the log goes on, the rules take the sats of a
// proposal where its state then says.
func (d *daemon) orders(ctx context.Context, c node.Comparison, what decisions) ([]order, error) {
	var list []order
	for _, kind := range []struct {
		name    string
		list    []string
		kind    op.Kind
		content func(op.ID, string) any
	}{
		{"veto", what.veto, op.KindVeto, func(p op.ID, why string) any { return op.Veto{Proposal: p, Reason: why} }},
		{"withdraw", what.withdraw, op.KindCancel, func(p op.ID, why string) any { return op.Cancel{Proposal: p, Reason: why} }},
	} {
		for _, text := range kind.list {
			id, why, ok := strings.Cut(text, "=")
			p, err := op.ParseID(id)
			if err != nil || !ok || why == "" {
				return nil, cli.Usagef("--%s: %q is not PROPOSAL=REASON", kind.name, text)
			}
			list = append(list, order{kind.name + " of proposal " + id, func() (view.Receipt, error) { return d.node.Decide(kind.kind, kind.content(p, why)) }})
		}
	}
	about := map[string]node.Difference{}
	for _, x := range c.Differences {
		if x.Anchor == nil {
			about[x.PaymentHash.String()] = x
		}
	}
	for _, kind := range []struct {
		name string
		list []string
		do   func(x node.Difference, value string) (view.Receipt, error)
	}{
		{"paid", what.paid, d.node.DecidePaid},
		{"found", what.found, d.node.DecideFound},
		{"noted", what.noted, d.node.DecideNoted},
		{"cancel", what.cancel, func(x node.Difference, _ string) (view.Receipt, error) { return d.node.DecideCancelled(ctx, x) }},
	} {
		for _, text := range kind.list {
			hash, value, _ := strings.Cut(text, "=")
			x, ok := about[hash]
			if !ok {
				return nil, fmt.Errorf("--%s: no difference about payment hash %q; nothing was recorded", kind.name, hash)
			}
			if !x.Offers(kind.name) {
				return nil, fmt.Errorf("--%s %s: what fits %s: %s; nothing was recorded", kind.name, hash, x.Subject, strings.Join(x.Decisions, "; or "))
			}
			list = append(list, order{kind.name + " of payment hash " + hash, func() (view.Receipt, error) { return kind.do(x, value) }})
		}
	}
	return list, nil
}

// decide carries out the decisions, one entry each, says what it recorded, and
// stops at the first that is refused.
func (d *daemon) decide(ctx context.Context, c node.Comparison, what decisions, errOut io.Writer) error {
	list, err := d.orders(ctx, c, what)
	if err != nil {
		return err
	}
	for i, o := range list {
		r, err := o.do()
		if err != nil {
			return fmt.Errorf("%s: %w (%d of %d decisions were recorded)", o.text, err, i, len(list))
		}
		fmt.Fprintf(errOut, "recorded as entry %d: %s\n", r.Seq, o.text)
	}
	return nil
}

// balance is what reconcile prints.
type balance struct {
	Entries  uint64          `json:"entries"`
	Recovery []string        `json:"recovery,omitempty"`
	LND      node.Comparison `json:"lnd"`
	Books    ledger.Books    `json:"books"`

	// Off is by how much log and LND disagree, beyond what rules are about to
	// enter: 0 where every msat is accounted for.
	Off     int64 `json:"off_msat"`
	Resumed bool  `json:"resumed,omitempty"`
}

func (d *daemon) sayBalance(out io.Writer, asJSON bool, c node.Comparison, resumed bool) error {
	b := balance{LND: c, Resumed: resumed, Entries: d.node.Size()}
	d.node.View(func(s *ledger.State, _ int64) { b.Books = s.Books() })
	b.Off = c.Off(b.Books)
	if !resumed {
		b.Recovery = d.node.Recovery()
	}
	err := error(nil)
	if asJSON {
		err = json.NewEncoder(out).Encode(b)
	} else {
		_, err = io.WriteString(out, b.text())
	}
	if err == nil && (b.Off != 0 || len(c.Undecided()) > 0) {
		err = errApart
	}
	return err
}

// errApart ends reconcile where log and LND do not agree, so that a program that
// looks at the exit status alone learns of it.
var errApart = errors.New("LND and the log do not agree yet")

// sats writes msat as sats, with the rest where there is one.
func sats(msat int64) string {
	sign, n := "", msat
	if n < 0 {
		sign, n = "-", -n
	}
	if n%1000 == 0 {
		return fmt.Sprintf("%s%d", sign, n/1000)
	}
	return fmt.Sprintf("%s%d.%03d", sign, n/1000, n%1000)
}

// valueOf is what a decision takes beside the payment hash.
var valueOf = map[string]string{"found": "=POOL", "noted": "=NOTE", "paid PAYOUT": "=PAYOUT"}

func (b balance) text() string {
	var t strings.Builder
	for _, why := range b.Recovery {
		fmt.Fprintf(&t, "recovery: %s\n", why)
	}
	for _, x := range b.LND.Differences {
		if x.Anchor != nil {
			fmt.Fprintf(&t, "%s\n  checkpoint digest %s\n  Bitcoin: %s\n  log: %s\n", x.Subject, x.Anchor.Digest, x.LND, x.Log)
		} else {
			fmt.Fprintf(&t, "%s\n  payment hash %s, %s sat\n  LND: %s\n  log: %s\n", x.Subject, x.PaymentHash, sats(x.Msat), x.LND, x.Log)
		}
		if x.Rule != "" {
			fmt.Fprintf(&t, "  by rule: %s\n", x.Rule)
		}
		for _, choice := range x.Decisions {
			word, why, _ := strings.Cut(choice, ": ")
			if x.Anchor != nil {
				fmt.Fprintf(&t, "  decide: econd %s --reason TEXT   (%s)\n", word, why)
				continue
			}
			fmt.Fprintf(&t, "  decide: --%s %s%s   (%s)\n", strings.TrimSuffix(word, " PAYOUT"), x.PaymentHash, valueOf[word], why)
		}
	}
	row := func(name string, lnd, log int64) { fmt.Fprintf(&t, "%-34s %16s %16s\n", name, sats(lnd), sats(log)) }
	fmt.Fprintf(&t, "%-34s %16s %16s   (sat)\n", fmt.Sprintf("%d entries", b.Entries), "LND", "log")
	row("holds settled: came in", b.LND.In, b.Books.In)
	row("payouts: went out", b.LND.Out, b.Books.Paid)
	row("routes of payouts", b.LND.Fees, b.Books.Fees)
	row("holds accepted: locked", b.LND.Held, b.Books.Locked)
	for _, part := range []struct {
		name string
		msat int64
	}{
		{"pools", b.Books.Pools}, {"payouts owed or under way", b.Books.Owed}, {"rewards set aside", b.Books.Aside},
		{"grants", b.Books.Grants}, {"disputes", b.Books.Pots}, {"rests of sats", b.Books.Dust},
		{"paid ahead of decisions", -b.Books.Ahead}, {"operator's own cost of routes", -b.Books.Own},
	} {
		if part.msat != 0 || part.name == "pools" {
			fmt.Fprintf(&t, "  %-49s %16s\n", part.name, sats(part.msat))
		}
	}
	row("left of what came in", b.LND.In-b.LND.Out-b.LND.Fees, b.Books.Kept()-b.Books.Own)
	for _, own := range []struct {
		name string
		msat int64
	}{{"operator's income from L402 tokens", b.LND.Income}, {"operator's own: came in", b.LND.OwnIn}, {"operator's own: went out", -b.LND.OwnSpent}} {
		fmt.Fprintf(&t, "%-34s %16s\n", own.name, sats(own.msat))
	}
	fmt.Fprintf(&t, "difference: %s sat\n", sats(b.Off))
	switch waiting := len(b.LND.Undecided()); {
	case b.Resumed:
		fmt.Fprintln(&t, "the log goes on: start econd")
	case waiting > 0:
		fmt.Fprintf(&t, "%d wait for a decision; repeat vetoes and cancellations that were lost first (--veto, --withdraw)\n", waiting)
	case len(b.Recovery) > 0:
		fmt.Fprintln(&t, "nothing waits: repeat vetoes and cancellations that were lost, then econd recover --reason TEXT; or, if only LND differed, start econd")
	}
	return t.String()
}
