package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/reputation"
)

type reputationFlags struct {
	explain, history bool
	statement, out   string
}

func agentReputation(a *app) *cobra.Command {
	var f reputationFlags
	c := reading(a, "reputation [AGENT] [--explain | --history | --statement nip85|vc]",
		"Show an agent's standing as of the last epoch, why it is so, its past, or get it signed",
		a.ofAgent(func(ctx context.Context, who op.PublicKey) error {
			switch {
			case f.explain && f.history, (f.explain || f.history) && f.statement != "":
				return cli.Usagef("give one of --explain, --history and --statement")
			case f.statement != "":
				return a.signedStanding(ctx, who, f)
			case f.out != "":
				return cli.Usagef("--out is for the file of a --statement")
			case f.history:
				return shownList(ctx, a, a.reads().Standings(who), 0, table[view.Standing]{"EPOCH\tENDED\tSCORE\tFLOW\tQUALITY", func(s view.Standing) string {
					return cells(s.Epoch, instant(s.TimeMs), share(s.Score), share(s.Flow), share(s.Quality))
				}})
			}
			return a.standing(ctx, who, f.explain)
		}))
	c.Flags().BoolVar(&f.explain, "explain", false, "list the receipts it rests on, and what each gave")
	c.Flags().BoolVar(&f.history, "history", false, "list the standing at each epoch")
	c.Flags().StringVar(&f.statement, "statement", "", "get it signed by the operator: nip85 (Nostr event) or vc (Verifiable Credential)")
	c.Flags().StringVar(&f.out, "out", "", "file for the statement (default and -: the standard output)")
	return c
}

// standing shows a standing, and with explain what it rests on, over all pages.
func (a *app) standing(ctx context.Context, who op.PublicKey, explain bool) error {
	all := a.reads().Reputation(who)
	if !explain {
		p, err := all.Page(ctx, "", 0)
		if err != nil {
			return err
		}
		var short map[string]json.RawMessage
		if err := json.Unmarshal(p.Text, &short); err != nil {
			return err
		}
		delete(short, "items")
		delete(short, "next")
		return a.print(short, standingText(p.Answer.Reputation))
	}
	_, sources, last, err := collected(ctx, all, 0)
	if err != nil {
		return err
	}
	v := last.Answer
	v.Items = sources
	return a.print(v, standingText(v.Reputation)+explained(v.Flow, sources))
}

// standingText shows a standing to people.
func standingText(v view.Reputation) string {
	text := fmt.Sprintf("agent     %s\nepoch     %d, entry %d, from %s until %s\n", v.PubKey, v.Epoch, v.Seq, instant(v.TimeMs), instant(v.UntilMs))
	text += fmt.Sprintf("score     %s\nflow      %s\nquality   %s\nevidence  %s for, %s against\n",
		share(v.Score), share(v.Flow), share(v.Quality), evidence(v.Positive), evidence(v.Negative))
	if v.ReceiptsSince > 0 {
		text += fmt.Sprintf("since     %d receipts, which the next epoch counts\n", v.ReceiptsSince)
	}
	return text
}

// explained lists the sources; what they lack of the flow is the agent's own.
func explained(flow op.Weight, sources []view.Source) string {
	var b strings.Builder
	own := flow
	for _, s := range sources {
		own -= min(own, s.FlowGiven)
		fmt.Fprintf(&b, "from      %s  flow %s, %s for, %s against\n", s.Consumer, share(s.FlowGiven), evidence(s.Positive), evidence(s.Negative))
		for _, r := range s.Receipts {
			fmt.Fprintf(&b, "  entry %d  %s  %d sat  rating %d%s  %d days old  %s for, %s against\n",
				r.Seq, instant(r.TimeMs), r.Sats, r.Rating, counts(r), r.AgeDays, evidence(r.Positive), evidence(r.Negative))
		}
	}
	fmt.Fprintf(&b, "own stake gave flow %s\n", share(own))
	return b.String()
}

// counts says how much of a receipt counts, in whole percent, if not all.
func counts(r view.ReceiptWeight) string {
	if r.Part >= 4096 {
		return ""
	}
	return fmt.Sprintf(", counts %d %%", r.Part*100/4096)
}

// share is a score, flow or quality as a share of the whole, for people.
func share(n op.Weight) string { return reputation.Percent(uint64(n)) }

// evidence counts receipts, in units of 2^-32: rounded down to hundredths.
func evidence(n op.Weight) string {
	return fmt.Sprintf("%d.%02d", n>>32, (n&(1<<32-1))*100>>32)
}

// signedStanding fetches a statement, which the client checks.
func (a *app) signedStanding(ctx context.Context, who op.PublicKey, f reputationFlags) error {
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
	data, err := a.econd.SignedStanding(ctx, who, form)
	if err != nil {
		return err
	}
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
	operator, logKey, network string
	blocks                    []string
	expired, anchor, trust    bool
}

// provenStanding checks the proof that a statement carries, and that it says the same; nil
// where it carries none.
func provenStanding(s statement.Statement, f verifyFlags) (*audit.StandingReport, error) {
	if s.Proof == "" {
		if f.anchor || f.trust {
			return nil, errors.New("it carries no proof: it is the operator's word alone")
		}
		return nil, nil
	}
	o := audit.Options{LogKey: f.logKey, RequireAnchor: f.anchor || f.trust, RequireTrust: f.trust, Network: f.network}
	for _, text := range f.blocks {
		h, err := anchor.ParseTrustedHeader(text)
		if err != nil {
			return nil, cli.Usagef("trust-header: %v", err)
		}
		o.Trusted = append(o.Trusted, h)
	}
	r, err := audit.VerifyStatement(s, o)
	if err != nil {
		return nil, fmt.Errorf("its proof: %w", err)
	}
	return &r, nil
}

func reputationVerify(a *app) *cobra.Command {
	var f verifyFlags
	c := long(command("verify FILE", "Check a signed standing, a NIP-85 event or a Verifiable Credential, without the network",
		func(_ context.Context, list []string) error { return a.verifyStanding(list[0], f) }),
		"Check a signed standing, a NIP-85 event or a Verifiable Credential, without the",
		"network. The signature proves who said it. That this key is the operator of the",
		"economy is for you to know: name it with --operator; `econctl info` shows it.")
	c.Flags().StringVar(&f.operator, "operator", "", "key that must have signed, hex or npub")
	c.Flags().StringVar(&f.logKey, "log-key", "", "key of the log's checkpoints that you expect, name+hash+base64")
	c.Flags().StringArrayVar(&f.blocks, "trust-header", nil, "Bitcoin `BLOCK` that you know, HASH@HEIGHT; may be repeated")
	c.Flags().BoolVar(&f.anchor, "require-anchor", false, "reject one that is not proved down from a Bitcoin block")
	c.Flags().BoolVar(&f.trust, "require-trust", false, "reject one whose anchor's headers are not known to be of the network's chain (--trust-header)")
	c.Flags().StringVar(&f.network, "network", "", "network that the log must be anchored in, such as mainnet")
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

	Proof *audit.StandingReport `json:"proof"` // null: the operator's word alone
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
	proof, err := provenStanding(s, f)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	holds := s.ValidAt(time.Now().UnixMilli())
	if !holds && !f.expired {
		return fmt.Errorf("%s: the signature is good, but it holds from %s to %s; get a new one with: econctl agent reputation %s --statement nip85 (or accept it with --expired)",
			file, instant(s.TimeMs), instant(s.UntilMs), s.Subject)
	}
	v := statementView{form, s.Issuer, statement.DIDKey(s.Issuer), s.Subject, statement.DIDKey(s.Subject), s.Economy,
		s.Epoch, s.Seq, s.TimeMs, s.UntilMs, op.Weight(s.Score), op.Weight(s.Flow), op.Weight(s.Quality),
		op.Weight(s.Positive), op.Weight(s.Negative), s.Rank(), holds, proof}
	return a.print(v, v.lines())
}

func (v statementView) lines() string {
	text := fmt.Sprintf("the signature is good (%s)\nissuer    %s\n          %s\nagent     %s\n          %s\neconomy   %s\nepoch     %d, entry %d, from %s until %s\n",
		v.Form, v.Issuer, v.IssuerDID, v.Subject, v.SubjectDID, v.Economy, v.Epoch, v.Seq, instant(v.TimeMs), instant(v.UntilMs))
	text += fmt.Sprintf("score     %s\nflow      %s\nquality   %s\nevidence  %s for, %s against\n",
		statement.FormatShare(uint64(v.Score)), statement.FormatShare(uint64(v.Flow)), statement.FormatShare(uint64(v.Quality)),
		statement.FormatEvidence(uint64(v.Positive)), statement.FormatEvidence(uint64(v.Negative)))
	if v.Proof == nil {
		text += "it carries no proof: it is the operator's word alone\n"
	} else {
		text += "proved\n  " + strings.Join(v.Proof.Proved, "\n  ")
		if len(v.Proof.Claims) > 0 {
			text += "\nclaimed, not proved\n  " + strings.Join(v.Proof.Claims, "\n  ")
		}
		text += "\nwhat this rests on\n  " + strings.Join(v.Proof.RestsOn, "\n  ") + "\n"
	}
	if !v.Holds {
		text += "it does not hold now\n"
	}
	return text
}
