package cheat

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
	"github.com/econd/econd/node/view"
)

// trusted is what nothing catches: the operator's word, and why.
type trusted struct {
	name  string
	tries string
	why   string // and what makes it small

	// passes plays it and returns econaudit's error, which must be nil: a row that is caught
	// belongs into the table of cheats. nil: it leaves nothing that could be checked.
	passes func(t *testing.T, s *story) error
}

var stillTrust = []trusted{
	{name: "lock-stated", tries: "states that a stake, a collateral, a bond or a deposit is locked which nobody paid",
		why: "who holds an HTLC only the two nodes know. So it can have weight, propose, challenge and judge at no risk, and have sats in a pool that LND has not. On a track that sets `weight.unconfirmed_ppm` (version 2 of the rules; the shipped constitutions set none) a stake that its agent does not confirm weighs at most that part of itself; nothing makes the others small, and econaudit replay counts the sats that are locked by the operator's word alone. An agent that says so together with the operator is believed",
		passes: func(t *testing.T, s *story) error {
			s, _ = s.newBlocks(12, 0)
			s.Lock(s.Do(s.Agents[1], op.KindLockStake, op.LockStake{AmountSat: 9000}))
			r, err := s.report()
			require.Equal(t, audit.LockReport{Sat: 10_000, OperatorSat: 10_000, OperatorOnly: 2, Contradicted: []view.Hold{}}, r.Locks)
			return err
		}},
	{name: "payment-not-tried", tries: "states that a payment, or a spend of a wallet, failed which it never tried, or which it made; or keeps a spend set aside for ever",
		why: "the agent may name another invoice while claims and time are left, else [it has failed](governance.md#payments-and-webhooks). Of one that was never tried its agent knows that nobody tried; of one that was made the pool has sats that LND has not, and its agent has the preimage"},
	{name: "keysend-not-made", tries: "states a keysend, or a spend by l402 or lnurl, with a preimage that it made itself, or at a higher price than was asked, up to what the agent signed, and keeps the sats",
		why: "it ends as paid; its agent, whom nothing reached, knows. Claim with an invoice: its hash holds the operator to the payee's preimage [preimage]"},
	{name: "fee-raised", tries: "states a higher fee than the route of a payment cost",
		why: "routes are not in the log. It is bounded by the limit that a spend was signed with, or by the payout's, 1 % and 10 sat if the constitution says nothing else ([payment-sent](operations.md#3964-payment-sent))"},
	{name: "found-by-word", tries: "states by reconciled that sats were found, or a payout paid",
		why: "only its LND knows. econaudit replay lists each as the operator's word, and the agent that was not paid can contradict"},
	{name: "breaker-without-cause", tries: "opens a breaker without cause, again after each reset, or closes none where there are no guardians",
		why: "what was measured is not in the log. It stops new spends alone, is on the record with its cause, and takes no sats; where there are guardians, or approvers, the operator cannot close it"},
	{name: "webhook-stated", tries: "states otherwise how a call of a webhook ended",
		why: "views show it, and no rule rests on it; the receiver knows"},
	{name: "price-of-calls", tries: "asks another price in a 402 challenge than was decided",
		why: "payments for calls are not in the log. Who is asked sees it before paying: the invoice's amount against the price of the log"},
	{name: "payment-among-friends", tries: "pays itself through puppets and has them praise it",
		why: "the payment is real and proved; that two keys are one person no log shows. The flow that puppets pass on is bounded by the stake behind them ([reputation](reputation.md))"},
	{name: "no-answer", tries: "does not answer an agent at all",
		why: "silence leaves no signature, nor does a refusal for no rule (limits, an outage, a fault). An answer is a promise or a signed refusal, so whoever has neither knows to go elsewhere, with the same event, before a deadline"},
	{name: "held-up", tries: "holds one operation back for a while, and stamps it as if it had come then",
		why: "only who sent it knows when. It waits for the answer as long; the stamp fits its block within two hours, and nothing that arrived later is before it in the log unless it was held up too",
		passes: func(t *testing.T, s *story) error {
			id := s.open()
			ev := s.Sign(s.Agents[1], op.KindVote, op.Vote{Proposal: id, Choice: "against"})
			s.Pass(30 * time.Minute)
			s.Enter(ev)
			return replayed(s.Lines, audit.ReplayOptions{})
		}},
	{name: "silent-past-several", tries: "is silent until several facts are due, and goes on with a stamp past all of them",
		why: "they come in the order of their instants all the same; but what is due from a height on comes after what instants made due by then. Whoever reads the log sees the time between two stamps",
		passes: func(t *testing.T, s *story) error {
			s.open()
			s.Pass(72 * time.Hour)
			return replayed(s.Lines, audit.ReplayOptions{})
		}},
	{name: "shown-to-one-alone", tries: "shows one agent a history that nobody else ever sees, and keeps the two apart for ever",
		why: "two heads that contradict each other are a proof only once somebody has both. Anchors and witnesses bring them together: demand them with --require-anchor, --line and --policy"},
	{name: "chain-of-its-own", tries: "makes headers with real work beside Bitcoin's chain",
		why: "work costs what it costs: econaudit says how much, and that no header is known, until a block that the verifier knows is among them (--trust-header)",
		passes: func(t *testing.T, s *story) error {
			r, err := audit.Verify(s.bundle(s.AnchorOf(6)), audit.Options{})
			require.True(t, r.Anchor.Unanchored)
			return err
		}},
	{name: "headers-late", tries: "enters headers up to two hours late, and so knows the next blocks when it opens a draw or stamps an entry",
		why: "nobody can tell a slow node from one that waits. By version 1 of the rules, and on test networks, it can choose among blocks for a draw; on mainnet and signet by version 2 a draw is with a block that is not mined yet by far. Each answer names the newest block of the log: an agent that knows the chain sees the lag",
		passes: func(t *testing.T, s *story) error {
			s, known := s.newBlocks(12, 0)
			next := headers.Mine(known[11].Hash(), known[11].TimeS(), 600, 13, 0)
			s.Pass(time.Duration(next[11].TimeS()*1000-s.At.TimeMs) * time.Millisecond)
			s.Agent("stamped with a block that has twelve after it")
			s.EnterHeaders(chainFrom+12, next)
			s.Agent("after them")
			return s.replay(audit.ReplayOptions{Headers: wireHeaders(t, slices.Concat(known, next)), HeadersFrom: chainFrom}).err
		}},
	{name: "hours-at-the-end-of-a-vote", tries: "keeps headers back over the end of a vote, or lets its clock run up to two hours ahead, so that ballots are refused",
		why: "blocks come hours apart by themselves once in years, so no rule can tell. econaudit replay says how late headers came and from when to when; the refusal is signed, and has the ballot's own time beside its stamp. A vote of days loses two hours; one of hours is at the operator's mercy",
		passes: func(t *testing.T, s *story) error {
			s, known := s.newBlocks(12, 0)
			next := headers.Mine(known[11].Hash(), known[11].TimeS(), 600, 13, 0)
			s.Pass(time.Duration(next[11].TimeS()*1000-s.At.TimeMs) * time.Millisecond)
			s.EnterHeaders(chainFrom+12, next)
			r, err := audit.Replay(t.Context(), bytes.NewReader(s.Export()), audit.ReplayOptions{})
			require.NotEmpty(t, r.Lags, "said, and not refused")
			return err
		}},
	{name: "all-kept-back", tries: "stops log, clock and headers at once, and goes on later as of then",
		why: "the stamps fit the blocks of then. Whoever asked meanwhile got no answer, and every head that was shown, cosigned or anchored stays; econaudit replay says since when a log has been silent",
		passes: func(t *testing.T, s *story) error {
			s, known := s.newBlocks(12, 0)
			next := headers.Mine(known[11].Hash(), known[11].TimeS(), 600, 1000, 0)
			s.Agent("a week later")
			return s.replay(audit.ReplayOptions{Headers: wireHeaders(t, slices.Concat(known, next)), HeadersFrom: chainFrom, NowMs: next[999].TimeS() * 1000}).err
		}},
	{name: "standing-kept-up", tries: "states of an old standing that it still holds",
		why: "no proof shows until when a standing holds: that is until the next epoch ends. The proof has the time of its own epoch: who needs a fresh one looks at that",
		passes: func(_ *testing.T, s *story) error {
			s = s.rated()
			return s.stated(s.statement(func(said *statement.Statement) { said.UntilMs += (365 * 24 * time.Hour).Milliseconds() }), audit.Options{}).err
		}},
	{name: "key-given-away", tries: "gives its keys to somebody else, or loses them",
		why: "a signature says which key, not whose hand"},
	{name: "epoch-by-version-1", tries: "states flow and evidence otherwise than an epoch of version 1 gave them",
		why: "by version 1 of the rules an epoch's root has the scores alone; raise the version. An export shows it",
		passes: func(t *testing.T, s *story) error {
			_, err := audit.Replay(context.Background(), strings.NewReader(string(s.Export())), audit.ReplayOptions{})
			require.EqualValues(t, 1, audittest.Constitution().Version)
			return err
		}},
}

// What is called trust is not caught by anything.
func TestTrustIsTrust(t *testing.T) {
	for _, c := range stillTrust {
		if c.passes != nil {
			require.NoError(t, c.passes(t, newStory(t)), "%s is caught now: it belongs into the table of cheats", c.name)
		}
	}
}

var update = flag.Bool("update", false, "write the tables of docs/trust.md anew")

const trustFile = "../../../docs/trust.md"

// trustTables are the generated part of docs/trust.md.
func trustTables() string {
	var b strings.Builder
	b.WriteString("| the operator tries | what catches it | who holds the proof | what is still trust | test |\n|---|---|---|---|---|\n")
	for _, c := range table() {
		trust := c.trust
		if trust == "" {
			trust = "-"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | `%s` |\n", c.tries, c.catches, c.holder, trust, c.name)
	}
	fmt.Fprintf(&b, "\nTested in logs by version 2 of the rules, which have what they are held against; do not count on them in a log by version 1: `%s`.\n",
		strings.Join(sinceVersion2, "`, `"))
	b.WriteString("\n## What is still trust\n\n| the operator | why nothing catches it, and what makes it small | test |\n|---|---|---|\n")
	for _, c := range stillTrust {
		test := "none: it leaves nothing to check"
		if c.passes != nil {
			test = "`" + c.name + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.tries, c.why, test)
	}
	return b.String()
}

// docs/trust.md has the rows of these tables, so that each names a test that there is.
func TestTrustDocument(t *testing.T) {
	raw, err := os.ReadFile(trustFile)
	require.NoError(t, err)
	const begin, end = "<!-- begin: go test ./node/audit/cheat -update -->\n", "<!-- end -->\n"
	before, rest, ok := strings.Cut(string(raw), begin)
	require.True(t, ok)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok)
	want := before + begin + "\n" + trustTables() + "\n" + end + after
	if *update {
		require.NoError(t, os.WriteFile(trustFile, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(raw), "out of date; run: go test ./node/audit/cheat -update")
}
