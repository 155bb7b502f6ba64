package ledger

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// Limits of the options of one vote.
const (
	minOptions = 2
	maxOptions = 64
	maxOption  = 200 // bytes
)

// optionsFit checks a proposal's options against its track's counting method.
func optionsFit(t *voting.Track, options []string) error {
	if !t.Method().HasOptions() {
		if len(options) > 0 {
			return refusal.New(refusal.ErrRule, "content.options", "options", "track %s counts %s: it has for, against and abstain only", t.Name, t.Method())
		}
		return nil
	}
	if n := len(options); n < minOptions || n > maxOptions {
		return refusal.New(refusal.ErrRule, "content.options", "options", "has %d, track %s counts %s and needs %d to %d", n, t.Name, t.Method(), minOptions, maxOptions)
	}
	for i, o := range options {
		if err := refusal.TextWithin(fmt.Sprintf("content.options[%d]", i), o, 1, maxOption); err != nil {
			return err
		}
		for j := range i {
			if options[j] == o {
				return refusal.New(refusal.ErrInvalid, fmt.Sprintf("content.options[%d]", i), "unique", "is the same as option %d", j+1)
			}
		}
	}
	return nil
}

// choices is the number of options that ballots of the proposal may name.
func (p *proposal) choices() int {
	if p.track.Method().HasOptions() {
		return len(p.options)
	}
	return voting.OptionAbstain
}

// fill reads a ballot and holds it against the counting method of its track.
func (p *proposal) fill(c Choice, raw op.Raw, weight uint64) (filling, error) {
	m := p.track.Method()
	switch {
	case (c == Filled) != (len(raw) > 0):
		return filling{}, refusal.New(refusal.ErrInvalid, "content.ballot", "ballot", `the choice "ballot" and the member ballot go together`)
	case c == Filled && m == voting.SingleChoice:
		return filling{}, refusal.New(refusal.ErrRule, "content.choice", "counting", "track %s counts %s: choose for, against or abstain", p.track.Name, m)
	case c == For && m.HasOptions(), c == Against && m.HasOptions():
		return filling{}, refusal.New(refusal.ErrRule, "content.choice", "counting", "track %s counts %s between %d options: send a ballot, or abstain", p.track.Name, m, len(p.options))
	case c != Filled:
		return filling{}, nil
	}
	choice, err := voting.ParseChoice(m, p.choices(), raw)
	if err != nil {
		return filling{}, refusal.New(refusal.ErrInvalid, "content.ballot", "ballot", "%v", err)
	}
	if m == voting.QuadraticCredits {
		if err := voting.CheckCredits(choice, new(big.Int).SetUint64(weight)); err != nil {
			return filling{}, refusal.New(refusal.ErrRule, "content.ballot", "credits", "%v", err)
		}
	}
	return filling{choice: choice, raw: raw}, nil
}

// answers says how the weight behind ballot i divides. In a vote between
// options, For is the weight that took part.
func (p *proposal) answers(i int, weight uint64) voting.Counts {
	switch p.ballots[i].choice {
	case For:
		return voting.Counts{For: weight}
	case Against:
		return voting.Counts{Against: weight}
	case Abstain:
		return voting.Counts{Abstain: weight}
	}
	if p.track.Method() == voting.Fractional {
		return voting.SplitFractional(p.filled[i].choice, weight)
	}
	return voting.Counts{For: weight}
}

func plus(a, b voting.Counts) voting.Counts {
	return voting.Counts{For: a.For + b.For, Against: a.Against + b.Against, Abstain: a.Abstain + b.Abstain}
}

// decideOptions scores the options and completes the close entry: the vote
// passes if the quorum is met and some option has a score.
func (p *proposal) decideOptions(said representation, quorate bool, f *op.Close) {
	out := must(voting.Tally(p.track.Method(), len(p.options), 0, p.optionBallots(said)))
	scores := make([]string, len(out.Scores))
	for i, s := range out.Scores {
		scores[i] = s.String()
	}
	f.Scores, f.Winner = op.NewScores(scores), int64(out.Winner)
	f.Passed = quorate && out.Winner > 0
	switch {
	case f.Passed:
		f.Reason = "passed"
	case !quorate:
		f.Reason = "quorum"
	default:
		f.Reason = "no-winner"
	}
	f.Reason += tieText(out.Ties)
}

// optionBallots lists what the tally counts: one ballot with all it speaks
// for, or one for each principal where sums have to be kept apart.
func (p *proposal) optionBallots(said representation) []voting.Ballot {
	var list []voting.Ballot
	for i := range p.ballots {
		if p.ballots[i].choice != Filled {
			continue
		}
		parts := []uint64{said.weight[i]}
		if said.parts != nil {
			parts = said.parts[i]
		}
		for _, w := range parts {
			list = append(list, voting.Ballot{Weight: new(big.Int).SetUint64(w), Choice: p.filled[i].choice})
		}
	}
	return list
}

// answersPerUnit is how many answers of ballots are counted for one unit of work, by
// method; of a copeland count, how many pairs of them.
var answersPerUnit = map[voting.Method]int{voting.Approval: 8, voting.RankedChoice: 16, voting.Copeland: 32,
	voting.Weighted: 4, voting.QuadraticCredits: 8, voting.Fractional: 4, voting.Quadratic: 4}

// answerUnits are the units of work of counting what filled-in ballots say.
func (p *proposal) answerUnits() int64 {
	answers := 0
	for i := range p.filled {
		n := len(p.filled[i].choice.Options) + len(p.filled[i].choice.Portions)
		if p.track.Method() == voting.Copeland {
			n *= n / 2
		}
		answers += n
	}
	if answers == 0 {
		return 0
	}
	return units(answers, answersPerUnit[p.track.Method()])
}

// tieText says which ties were broken by the lowest option number.
func tieText(ties []voting.Tie) string {
	var b strings.Builder
	for _, t := range ties {
		if t.Round == 0 {
			fmt.Fprintf(&b, "; %d options level, option %d wins by the lowest number", len(t.Options), t.Chosen)
			continue
		}
		fmt.Fprintf(&b, "; round %d: %d options level, option %d removed by the lowest number", t.Round, len(t.Options), t.Chosen)
	}
	return b.String()
}
