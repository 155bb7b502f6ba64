package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
	reputations "github.com/econd/econd/reputation"
)

type reputationFlags struct {
	explain, history bool
	statement, out   string
}

func newAgentGroup(a *app) *cobra.Command {
	return cli.Group("agent", "Look at agents", agentList(a), agentShow(a), agentReputation(a))
}

func agentReputation(a *app) *cobra.Command {
	var f reputationFlags
	c := &cobra.Command{
		Use:   "reputation [AGENT] [--explain | --history | --statement nip85|vc]",
		Short: "Show an agent's standing as of the last epoch, why it is so, its past, or get it signed",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			who, err := a.agentOrSelf(list)
			if err != nil {
				return err
			}
			path := "/v1/agents/" + who.String() + "/reputation"
			switch {
			case f.explain && f.history, (f.explain || f.history) && f.statement != "":
				return cli.Usagef("give one of --explain, --history and --statement")
			case f.statement != "":
				return a.signedStanding(c, path, f)
			case f.out != "":
				return cli.Usagef("--out is for the file of a --statement")
			case f.history:
				return a.standingHistory(c.Context(), path)
			}
			return a.standing(c.Context(), path, f.explain)
		},
	}
	c.Flags().BoolVar(&f.explain, "explain", false, "list the receipts it rests on, and what each gave")
	c.Flags().BoolVar(&f.history, "history", false, "list the standing at each epoch")
	c.Flags().StringVar(&f.statement, "statement", "", "get it signed by the operator: nip85 (Nostr event) or vc (Verifiable Credential)")
	c.Flags().StringVar(&f.out, "out", "", "file for the statement (default and -: the standard output)")
	return readsState(a, c)
}

// standing is what econd says of one epoch. Shares are integers of 2^60,
// evidence is in units of 2^-32.
type standing struct {
	Epoch    int64  `json:"epoch"`
	Seq      uint64 `json:"seq"`
	TimeMs   int64  `json:"time_ms"`
	Score    string `json:"score"`
	Flow     string `json:"flow"`
	Quality  string `json:"quality"`
	Positive string `json:"positive"`
	Negative string `json:"negative"`
}

// reputation is one page of a standing and what it rests on, or all of them.
type reputation struct {
	PubKey string `json:"pubkey"`
	standing
	UntilMs       int64    `json:"until_ms"`
	ReceiptsSince int      `json:"receipts_since"`
	Items         []source `json:"items"`
	Next          string   `json:"next,omitempty"`
}

// source is what one consumer gave.
type source struct {
	Consumer     string           `json:"consumer"`
	ConsumerFlow string           `json:"consumer_flow"`
	Trust        string           `json:"trust"`
	EdgeWeight   uint64           `json:"edge_weight"`
	EdgeTotal    uint64           `json:"edge_total"`
	FlowGiven    string           `json:"flow_given"`
	Positive     string           `json:"positive"`
	Negative     string           `json:"negative"`
	Receipts     []weighedReceipt `json:"receipts"`
}

type weighedReceipt struct {
	Seq      uint64 `json:"seq"`
	TimeMs   int64  `json:"time_ms"`
	Sats     uint64 `json:"sats"`
	Rating   int64  `json:"rating"`
	Part     uint64 `json:"part"`
	AgeDays  int64  `json:"age_days"`
	Decay    uint64 `json:"decay"`
	Positive string `json:"positive"`
	Negative string `json:"negative"`
}

func (a *app) standing(ctx context.Context, path string, explain bool) error {
	var v reputation
	raw, err := a.get(ctx, path, nil, &v)
	if err != nil {
		return err
	}
	if !explain {
		var short map[string]json.RawMessage
		if err := json.Unmarshal(raw, &short); err != nil {
			return err
		}
		delete(short, "items")
		delete(short, "next")
		return a.print(short, v.lines())
	}
	through := pages{path: path}
	for last := len(v.Items); ; {
		more, err := through.more(last, v.Next)
		if err != nil {
			return err
		}
		if !more {
			return a.print(v, v.lines()+v.explained())
		}
		var one reputation
		if _, err := a.get(ctx, path, url.Values{"cursor": {v.Next}}, &one); err != nil {
			return err
		}
		v.Items, v.Next, last = append(v.Items, one.Items...), one.Next, len(one.Items)
	}
}

// lines shows a standing to people.
func (v reputation) lines() string {
	text := fmt.Sprintf("agent     %s\nepoch     %d, entry %d, from %s until %s\n", oneLine(v.PubKey), v.Epoch, v.Seq, instant(v.TimeMs), instant(v.UntilMs))
	text += fmt.Sprintf("score     %s\nflow      %s\nquality   %s\nevidence  %s for, %s against\n",
		share(v.Score), share(v.Flow), share(v.Quality), evidence(v.Positive), evidence(v.Negative))
	if v.ReceiptsSince > 0 {
		text += fmt.Sprintf("since     %d receipts, which the next epoch counts\n", v.ReceiptsSince)
	}
	return text
}

// explained lists the sources; what they lack of the flow is the agent's own.
func (v reputation) explained() string {
	var b strings.Builder
	own := figure(v.Flow)
	for _, s := range v.Items {
		own -= min(own, figure(s.FlowGiven))
		fmt.Fprintf(&b, "from      %s  flow %s, %s for, %s against\n", oneLine(s.Consumer), share(s.FlowGiven), evidence(s.Positive), evidence(s.Negative))
		for _, r := range s.Receipts {
			fmt.Fprintf(&b, "  entry %d  %s  %d sat  rating %d%s  %d days old  %s for, %s against\n",
				r.Seq, instant(r.TimeMs), r.Sats, r.Rating, r.counts(), r.AgeDays, evidence(r.Positive), evidence(r.Negative))
		}
	}
	fmt.Fprintf(&b, "own stake gave flow %s\n", reputations.Percent(own))
	return b.String()
}

// counts says how much of a receipt counts, in whole percent, if not all.
func (r weighedReceipt) counts() string {
	if r.Part >= 4096 {
		return ""
	}
	return fmt.Sprintf(", counts %d %%", r.Part*100/4096)
}

// figure reads a number of econd's; what is none counts as zero, for show.
func figure(n string) uint64 {
	x, _ := strconv.ParseUint(n, 10, 64)
	return x
}

func isFigure(n string) bool {
	_, err := strconv.ParseUint(n, 10, 64)
	return err == nil
}

// share is a score, flow or quality as a share of the whole, for people.
func share(n string) string { return reputations.Percent(figure(n)) }

// evidence counts receipts, in units of 2^-32: rounded down to hundredths.
func evidence(n string) string {
	x := figure(n)
	return fmt.Sprintf("%d.%02d", x>>32, (x&(1<<32-1))*100>>32)
}

func (a *app) standingHistory(ctx context.Context, path string) error {
	found, err := a.list(ctx, path+"/history", nil, 0)
	if err != nil {
		return err
	}
	return printTable(a, found, "EPOCH\tENDED\tSCORE\tFLOW\tQUALITY", func(s standing) string {
		return fmt.Sprintf("%d\t%s\t%s\t%s\t%s", s.Epoch, instant(s.TimeMs), share(s.Score), share(s.Flow), share(s.Quality))
	})
}

// signedStanding fetches a statement and takes it only if its signature
// verifies and it is about the agent asked for.
func (a *app) signedStanding(c *cobra.Command, path string, f reputationFlags) error {
	if a.at.given {
		return cli.Usagef("--at: a statement is of the present; the past is signed by nobody")
	}
	name := f.statement
	if name == "vc" {
		name = string(statement.VCJWT)
	}
	form, err := statement.ParseForm(name)
	if err != nil {
		return cli.Usagef("statement: is %q, must be nip85 or vc", f.statement)
	}
	data, err := a.read(c.Context(), request{method: "GET", path: path + "/statement", query: url.Values{"format": {string(form)}}})
	if err != nil {
		return err
	}
	s, got, err := statement.Open(data)
	if err != nil {
		return fmt.Errorf("econd's statement: %w", err)
	}
	if got != form || !strings.Contains(path, s.Subject.String()) {
		return fmt.Errorf("econd's statement is a %s about %s, not what was asked for", got, s.Subject)
	}
	a.served()
	if f.out == "" || f.out == "-" {
		return a.writeOut(f.out, append(data, '\n'), 0o644)
	}
	if err := a.writeOut(f.out, data, 0o644); err != nil {
		return err
	}
	v := fileView{File: f.out, Bytes: int64(len(data)), PaidSat: a.paidSat()}
	return a.print(v, fmt.Sprintf("%s written, %d bytes; check it with: econctl reputation verify %s\n", f.out, v.Bytes, f.out))
}

func newReputation(a *app) *cobra.Command {
	return cli.Group("reputation", "Check signed standings of agents", reputationVerify(a))
}

type verifyFlags struct {
	operator string
	expired  bool
}

func reputationVerify(a *app) *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "Check a signed standing, a NIP-85 event or a Verifiable Credential, without the network",
		Long: "Check a signed standing, a NIP-85 event or a Verifiable Credential, without the\n" +
			"network. The signature proves who said it. That this key is the operator of the\n" +
			"economy is for you to know: name it with --operator; `econctl info` shows it.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, list []string) error { return a.verifyStanding(list[0], f) },
	}
	c.Flags().StringVar(&f.operator, "operator", "", "key that must have signed, hex or npub")
	c.Flags().BoolVar(&f.expired, "expired", false, "accept one that does not hold now")
	return c
}

// statementView is what `reputation verify` prints as JSON.
type statementView struct {
	Form       statement.Form `json:"form"`
	Issuer     op.PublicKey   `json:"issuer"`
	IssuerDID  string         `json:"issuer_did"`
	Subject    op.PublicKey   `json:"subject"`
	SubjectDID string         `json:"subject_did"`
	Economy    string         `json:"economy"`
	Epoch      int64          `json:"epoch"`
	Seq        uint64         `json:"seq"`
	TimeMs     int64          `json:"time_ms"`
	UntilMs    int64          `json:"until_ms"`
	Score      op.Weight      `json:"score"`
	Flow       op.Weight      `json:"flow"`
	Quality    op.Weight      `json:"quality"`
	Positive   op.Weight      `json:"positive"`
	Negative   op.Weight      `json:"negative"`
	Rank       uint64         `json:"rank"`
	Holds      bool           `json:"holds"` // now, by this machine's clock
}

func (a *app) verifyStanding(file string, f verifyFlags) error {
	data, err := a.readFile(file)
	if err != nil {
		return err
	}
	s, form, err := statement.Open(data)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if f.operator != "" {
		want, err := parseKey("operator", f.operator)
		if err != nil {
			return err
		}
		if s.Issuer != want {
			return fmt.Errorf("%s: is signed by %s, not by %s", file, s.Issuer, want)
		}
	}
	holds := s.ValidAt(time.Now().UnixMilli())
	if !holds && !f.expired {
		return fmt.Errorf("%s: the signature is good, but it holds from %s to %s; get a new one with: econctl agent reputation %s --statement nip85 (or accept it with --expired)",
			file, instant(s.TimeMs), instant(s.UntilMs), s.Subject)
	}
	v := statementView{form, s.Issuer, statement.DIDKey(s.Issuer), s.Subject, statement.DIDKey(s.Subject), s.Economy,
		s.Epoch, s.Seq, s.TimeMs, s.UntilMs, op.Weight(s.Score), op.Weight(s.Flow), op.Weight(s.Quality),
		op.Weight(s.Positive), op.Weight(s.Negative), s.Rank(), holds}
	return a.print(v, v.lines())
}

func (v statementView) lines() string {
	text := fmt.Sprintf("the signature is good (%s)\nissuer    %s\n          %s\nagent     %s\n          %s\neconomy   %s\nepoch     %d, entry %d, from %s until %s\n",
		v.Form, v.Issuer, v.IssuerDID, v.Subject, v.SubjectDID, v.Economy, v.Epoch, v.Seq, instant(v.TimeMs), instant(v.UntilMs))
	text += fmt.Sprintf("score     %s\nflow      %s\nquality   %s\nevidence  %s for, %s against\n",
		statement.FormatShare(uint64(v.Score)), statement.FormatShare(uint64(v.Flow)), statement.FormatShare(uint64(v.Quality)),
		statement.FormatEvidence(uint64(v.Positive)), statement.FormatEvidence(uint64(v.Negative)))
	if !v.Holds {
		text += "it does not hold now\n"
	}
	return text
}
