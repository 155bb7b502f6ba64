package node

import (
	"fmt"
	"slices"
	"strings"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Difference is something that the Lightning node, or Bitcoin, knows and the log
// does not, or the other way round.
type Difference struct {
	Subject     string   `json:"subject"` // what it is about: a hold or a payout, by its id, or a payment hash
	PaymentHash op.Hash  `json:"payment_hash,omitzero"`
	LND         string   `json:"lnd"`
	Log         string   `json:"log"`
	Msat        int64    `json:"msat"`                // that are at stake
	Rule        string   `json:"rule,omitempty"`      // what econd does by itself once it goes on
	Decisions   []string `json:"decisions,omitempty"` // of the operator, where no rule does

	// Anchor is what it is about if not sats: then LND is what the wallet and
	// the chain say.
	Anchor *LostAnchor `json:"anchor,omitempty"`

	payment PaymentRecord
}

// LostAnchor is an anchor of this log that its publisher does not know.
type LostAnchor struct {
	Txid   op.Hash `json:"txid"`
	Digest op.Hash `json:"digest"`           // SHA-256 of the checkpoint's text
	Height uint32  `json:"height,omitempty"` // of its block; 0: it waits for one
}

// Undecided tells whether the operator has to decide.
func (d Difference) Undecided() bool { return d.Rule == "" }

// Offers tells whether a decision, by the word that reconcile takes it by, is one
// of those that fit.
func (d Difference) Offers(decision string) bool {
	return slices.ContainsFunc(d.Decisions, func(text string) bool {
		word, _, _ := strings.Cut(text, ":")
		word, _, _ = strings.Cut(word, " ")
		return word == decision
	})
}

// offered refuses a decision that does not fit the difference.
func (d Difference) offered(decision string) error {
	if d.Offers(decision) {
		return nil
	}
	return &refusal.Refusal{Kind: refusal.ErrRule, Field: decision, Rule: "decision-offered",
		Text: fmt.Sprintf("does not fit %s (LND: %s, log: %s); what does: %s", d.Subject, d.LND, d.Log, strings.Join(d.Decisions, "; or "))}
}

// Comparison is the log against the Lightning node. Amounts are in msat.
type Comparison struct {
	Differences []Difference `json:"differences"`

	In   int64 `json:"lnd_in_msat"`   // settled holds of this economy at LND
	Out  int64 `json:"lnd_out_msat"`  // payouts that it paid
	Fees int64 `json:"lnd_fees_msat"` // what their routes cost
	Held int64 `json:"lnd_held_msat"` // accepted HTLCs of holds

	// What the same LND did beside the economy's sats, the operator's own: with
	// In, Out and Fees all that it was paid and paid.
	Income   int64 `json:"income_msat"`    // settled invoices of L402 tokens
	OwnIn    int64 `json:"own_in_msat"`    // other settled invoices
	OwnSpent int64 `json:"own_spent_msat"` // other payments, with their routes

	// Coming is by how much the log's own sums are known to be off: what the
	// rules are about to enter of what LND did, and contradictions that the
	// operator has noted.
	Coming Sums `json:"coming"`

	Invoices int `json:"invoices"` // looked at
	Payments int `json:"payments"`

	lost []anchor.Lost
}

// Sums are amounts in msat: of holds settled, payouts paid, their routes, and holds
// locked.
type Sums struct {
	In   int64 `json:"in_msat"`
	Out  int64 `json:"out_msat"`
	Fees int64 `json:"fees_msat"`
	Held int64 `json:"held_msat"`
}

// Off is by how much LND and the log disagree once the rules have entered what
// they enter by themselves: 0 where every msat is accounted for, what is locked
// among them. It adds amounts up as they are, so that a surplus here does not
// hide what lacks there.
func (c Comparison) Off(b ledger.Books) int64 {
	abs := func(x int64) int64 { return max(x, -x) }
	return abs(c.In-b.In-c.Coming.In) + abs(c.Out-b.Paid-c.Coming.Out) + abs(c.Fees-b.Fees-c.Coming.Fees) +
		abs(c.Held-b.Locked-c.Coming.Held) + abs(b.Left()-b.Kept())
}

// Undecided lists the differences that wait for the operator.
func (c Comparison) Undecided() []Difference {
	var list []Difference
	for _, d := range c.Differences {
		if d.Undecided() {
			list = append(list, d)
		}
	}
	return list
}

// LostAnchors is how many anchors wait for Resume to put them on the record.
func (c Comparison) LostAnchors() int {
	n := 0
	for _, d := range c.Undecided() {
		if d.Anchor != nil {
			n++
		}
	}
	return n
}
