package ledger

import (
	"reflect"
	"strings"
	"testing"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Five agents of weight 1 each. A price change needs 3 of 5 to take part and
// 60 % for it. The clock starts at 2027-01-15 08:00:00 UTC.
const explainStart = `
set tracks.price.weight {kind: one}
set tracks.price.propose_stake_sat 0
set tracks.price.quorum {kind: eligible, share_ppm: 600000}
set tracks.price.opposition {r1_ppm: 0, r2_ppm: 1000000, max_delay: 18}
set tracks.signal.weight {kind: one}
set tracks.signal.propose_stake_sat 0
track poll signal
set tracks.poll.counting approval
track strict signal
set tracks.strict.pass {kind: share, share_ppm: 1000000, early: certain}
set tracks.strict.final_votes true
set tracks.strict.quorum {kind: for, share_ppm: 400000}
track turnout signal
set tracks.turnout.quorum {kind: turnout, min_ppm: 200000, max_ppm: 900000}
guardians 2 gina gus
agent a b c d e
wait 1s
`

const explainVote = explainStart + `
a propose p price operations 2 10
lock p
wait 2s
`

const explainPassed = explainVote + `
a vote p for
b vote p for
c vote p for
d vote p against
wait 12001ms
`

// passedSentences explain the vote of explainPassed.
var passedSentences = []string{
	"The vote ended at 2027-01-15 08:00:15 UTC.",
	"Quorum: weight 4 took part in all, 3 was needed: met.",
	"Passing: 3 is for and 1 against; it needs 2 for: met.",
	"So it passed.",
}

func afterPassed(more ...string) []string { return append(passedSentences[:4:4], more...) }

// Each state is explained in sentences with the figures that matter there.
func TestExplain(t *testing.T) {
	for _, c := range []struct {
		name, commands string
		want           []string
	}{
		{"draft", explainStart + "a propose p price operations 2 10", []string{
			"It waits for its collateral: 5000 sat, to be paid to its hold invoice by 2027-01-15 08:10:01 UTC; unpaid, it is cancelled.",
			"Once the collateral is locked the vote starts after 2s and lasts 12s.",
		}},
		{"pending", explainStart + "a propose p price operations 2 10\nlock p\nwait 1s", []string{
			"The vote starts at 2027-01-15 08:00:03 UTC, 1s from now, and lasts until 2027-01-15 08:00:15 UTC.",
			"Weights are those of everything recorded before it starts; until then its proposer can cancel it.",
			"Its collateral of 5000 sat is locked.",
		}},
		{"active, both missing", explainVote + "a vote p for\nb vote p against", []string{
			"The vote runs until 2027-01-15 08:00:15 UTC, 12s from now; a ballot at that instant counts.",
			"Quorum: weight 2 of the 3 needed took part so far, 1 is missing.",
			"Passing: 1 is for and 1 against; it needs 2 for, 1 more.",
			"If ballots reach the quorum less than 3s before the deadline, it moves to 3s after the one that does.",
			"Its collateral of 5000 sat is locked.",
		}},
		{"active, met by delegation", explainVote + "a vote p for\nb vote p against\nc delegate a\nwait 1s", []string{
			"The vote runs until 2027-01-15 08:00:15 UTC, 11s from now; a ballot at that instant counts.",
			"Quorum: weight 3 took part so far, 3 was needed: met.",
			"Passing: 2 is for and 1 against; it needs 2 for: met.",
			"Of these, 1 is delegated weight, which can be recalled until the deadline.",
			"If ballots reach the quorum less than 3s before the deadline, it moves to 3s after the one that does.",
			"Its collateral of 5000 sat is locked.",
		}},
		{"active, unanimity", explainStart + "a propose p strict\nwait 2s\na vote p for\nb vote p for", []string{
			"The vote runs until 2027-01-15 08:00:15 UTC, 12s from now; a ballot at that instant counts.",
			"Quorum: weight 2 was for it so far, 2 was needed: met.",
			"Passing: 2 is for and 0 against; it needs 1 for: met.",
			"It ends early once no ballot still to come can change the result.",
		}},
		{"decided early", explainStart + "a propose p strict\nwait 2s\na vote p against\nwait 1s\nstate p defeated", []string{
			"The vote ended early at 2027-01-15 08:00:03 UTC, when nothing could change its result any more.",
			"Quorum: weight 0 of the 2 needed was for it in all, 2 is missing.",
			"Passing: 0 is for and 1 against; while any weight is against, it cannot pass.",
			"So it was defeated by the rule quorum.",
		}},
		{"defeated by quorum", explainVote + "a vote p for\nb vote p against\nwait 12001ms\nstate p defeated", []string{
			"The vote ended at 2027-01-15 08:00:15 UTC.",
			"Quorum: weight 2 of the 3 needed took part in all, 1 is missing.",
			"Passing: 1 is for and 1 against; it needs 2 for, 1 more.",
			"So it was defeated by the rule quorum.",
			"Its collateral of 5000 sat is being returned.",
		}},
		{"defeated by the pass rule", explainVote + "d delegate c\na vote p for\nb vote p against\nc vote p against\nwait 12001ms\nstate p defeated", []string{
			"The vote ended at 2027-01-15 08:00:15 UTC.",
			"Quorum: weight 4 took part in all, 3 was needed: met.",
			"Passing: 1 is for and 3 against; it needs 5 for, 4 more.",
			"Of these, 1 was delegated weight.",
			"So it was defeated by the rule pass-rule.",
			"Its collateral of 5000 sat is being returned.",
		}},
		{"succeeded, quorum by turnout", explainStart + "a propose p turnout\nwait 2s\na vote p for\nwait 13s\nstate p succeeded", []string{
			"The vote ended at 2027-01-15 08:00:15 UTC.",
			"Weight 1 of 5 took part; the quorum followed the turnout of earlier votes.",
			"Passing: 1 is for and 0 against; it needs 1 for: met.",
			"So it passed.",
			"It carries nothing out.",
		}},
		{"options", explainStart + "a poll p poll tea coffee\nwait 2s\na vote p [2]\nb vote p [1,2]", []string{
			"The vote runs until 2027-01-15 08:00:15 UTC, 12s from now; a ballot at that instant counts.",
			"Quorum: weight 2 took part so far, 1 was needed: met.",
			"Of the 2 options the one with the highest score wins.",
		}},
		{"options, a tie", explainStart + "a poll p poll tea coffee\nwait 2s\na vote p [1,2]\nwait 13s\nstate p succeeded", []string{
			"The vote ended at 2027-01-15 08:00:15 UTC.",
			"Quorum: weight 1 took part in all, 1 was needed: met.",
			"Option 1 has the highest score, 1: tea.",
			"So it passed; 2 options level, option 1 wins by the lowest number.",
			"It carries nothing out.",
		}},
		{"queued", explainPassed + "gina veto p\nwait 1s", afterPassed(
			"Its timelock lasts until 2027-01-15 08:00:25.001 UTC, 9s from now; it is executed right after.",
			"Opposition made the timelock 2s longer.",
			"The operator, or 2 guardians, of whom 1 signed, may veto it until then.",
			"As things stand its actions can be executed.",
			"Not executed by 2027-01-15 08:05:25.001 UTC it expires.",
			"Its collateral of 5000 sat is locked.",
		)},
		{"paused", explainPassed + "operator pause price 30s", afterPassed(
			"Its timelock lasts until 2027-01-15 08:00:45.001 UTC, 30s from now; it is executed right after.",
			"Opposition made the timelock 2s longer.",
			"Track price is paused until 2027-01-15 08:00:45.001 UTC: nothing is executed before.",
			"The operator, or 2 guardians, of whom 0 signed, may veto it until then.",
			"As things stand its actions can be executed.",
			"Not executed by 2027-01-15 08:05:45.001 UTC it expires.",
			"Its collateral of 5000 sat is locked.",
		)},
		{"executed", explainPassed + "state p queued\nwait 11s\nstate p executed", afterPassed(
			"Its actions were executed.",
			"Its collateral of 5000 sat is being returned.",
		)},
		{"vetoed", explainPassed + "operator veto p", afterPassed(
			"It is vetoed: harmful",
			"Its collateral of 5000 sat is being forfeited.",
		)},
		{"cancelled", explainVote + "operator cancel p", []string{
			"It is cancelled: on second thoughts",
			"Its collateral of 5000 sat is being returned.",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := explainAfter(t, c.commands)
			if !reflect.DeepEqual(x.Sentences, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(x.Sentences, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// explainAfter runs commands of a scenario and explains proposal p.
func explainAfter(t *testing.T, commands string) view.Explanation {
	t.Helper()
	sc := newScenario(t)
	sc.file = t.Name()
	for i, line := range strings.Split(commands, "\n") {
		sc.line = i + 1
		if f := strings.Fields(line); len(f) > 0 {
			sc.command(f)
		}
	}
	sc.enterDue()
	before := digest(sc.s)
	x, ok := sc.s.Explain(sc.labels["p"], sc.at.TimeMs)
	p, _ := sc.s.Proposal(sc.labels["p"], sc.at.TimeMs)
	if !ok || x.State != p.State || x.Proposal != p.ID {
		t.Fatalf("explains %+v, the proposal is %s", x, p.State)
	}
	if digest(sc.s) != before {
		t.Error("explaining changed the state")
	}
	return x
}

// A proposal whose precondition another one broke says so while there is time,
// and its failure names the same text.
func TestExplainBrokenPrecondition(t *testing.T) {
	const both = explainStart + `
b propose q price operations 3 10
lock q
wait 1s
a propose p price operations 2 10
lock p
wait 2s
a vote q for
b vote q for
c vote q for
a vote p for
b vote p for
c vote p for
wait 11001ms
state q queued
wait 1s
state p queued
wait 7001ms
state q executed
`
	const refusal = "content.actions[0]: set-price: expect_sat: precondition: price of operations is 3 sat, the action expects 10"
	queued := explainAfter(t, both)
	if queued.Queue == nil || queued.Queue.Refusal != refusal {
		t.Errorf("queued: %+v", queued.Queue)
	}
	failed := explainAfter(t, both+"wait 2s\nstate p failed")
	if want := "It is failed: " + refusal; failed.Sentences[4] != want {
		t.Errorf("failed: %q, want %q", failed.Sentences[4], want)
	}
}

// The figures are those that the close of the vote states.
func TestExplainFigures(t *testing.T) {
	x := explainAfter(t, explainVote+"a vote p for\nb vote p against")
	v := x.Vote
	if v == nil || v.QuorumHave != 2 || *v.QuorumNeed != 3 || v.QuorumMissing != 1 || *v.PassNeed != 2 || v.PassMissing != 1 ||
		v.Eligible != 5 || x.NextMs != v.DeadlineMs {

		t.Errorf("%+v", v)
	}
	if x := explainAfter(t, explainPassed); x.Queue.OppositionMs != 2000 || x.Queue.VetoUntilMs != x.Queue.ExecuteAfterMs ||
		x.NextMs != x.Queue.ExecuteAfterMs || x.Queue.VetoesNeeded != 2 {

		t.Errorf("%+v", x.Queue)
	}
	if _, ok := New().Explain(op.ID{1}, 0); ok {
		t.Error("explained a proposal that does not exist")
	}
}
