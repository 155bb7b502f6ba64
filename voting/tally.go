package voting

import (
	"fmt"
	"math/big"
)

// Ballot is one valid ballot and the weight behind it. Under QuadraticCredits
// the weight is the credits the ballot may spend.
type Ballot struct {
	Weight *big.Int
	Choice Choice
}

// Outcome is the result of a tally with several options.
type Outcome struct {
	// Scores are per option, in order, each rounded half to even.
	Scores []Score `json:"scores"`
	// Total is the weight of all ballots counted.
	Total Score `json:"total"`
	// Counted is the number of ballots counted.
	Counted int `json:"counted"`
	// Winner is the option with the highest score; of several the lowest
	// number. It is 0 when no option has a score.
	Winner int `json:"winner"`
	// Ties lists every tie that was broken by the lowest option number.
	Ties []Tie `json:"ties,omitempty"`
}

// Tie records that options were level and what was done about it.
type Tie struct {
	// Round is the runoff round from 1, or 0 for the final result.
	Round int `json:"round"`
	// Options were level.
	Options []int `json:"options"`
	// Chosen is the lowest of them: eliminated in a round, winner at the end.
	Chosen int `json:"chosen"`
}

// Tally counts ballots that ParseChoice accepted for the same method and number
// of options. Weights are at least 0 and count units of 10^-digits. Scores
// follow Snapshot's voting systems (snapshot.js 0.17):
//
//   - SingleChoice, Approval: the sum of weights per option.
//   - Weighted: each weight divided in proportion to the ballot's shares.
//   - Quadratic: the total weight divided in proportion to the squares of the
//     sums of the roots of (share of the ballot * weight).
//   - RankedChoice: the last round of an instant runoff. See runoff.
//   - Copeland: see copelandScores.
//
// and for the two methods that are not Snapshot's:
//
//   - QuadraticCredits: the sum of voices per option; a ballot that costs more
//     than its weight is not counted.
//   - Fractional: the sum of the parts of SplitFractional.
//
// The order of the ballots does not matter. The only error is an unknown
// method or a number of options out of range.
func Tally(m Method, options, digits int, ballots []Ballot) (Outcome, error) {
	if !m.Known() {
		return Outcome{}, fmt.Errorf("%w: no method %+q", ErrBallot, m)
	}
	if options < 1 || options > MaxOptions {
		return Outcome{}, fmt.Errorf("%w: %d options: a vote has 1 to %d", ErrBallot, options, MaxOptions)
	}
	if m == QuadraticCredits {
		ballots = affordable(ballots, digits)
	}
	total := new(big.Int)
	for i := range ballots {
		total.Add(total, ballots[i].Weight)
	}
	out := Outcome{Total: NewScore(total, digits), Counted: len(ballots)}
	t := tally{options: options, digits: digits, total: total, ballots: ballots, out: &out}
	switch m {
	case SingleChoice, Approval:
		t.sums()
	case Weighted:
		t.weighted()
	case Quadratic:
		t.quadratic()
	case RankedChoice:
		t.runoff()
	case Copeland:
		t.copeland()
	case QuadraticCredits:
		t.voices()
	case Fractional:
		t.fractional()
	}
	out.pickWinner()
	return out, nil
}

// tally is one count in progress.
type tally struct {
	options, digits int
	total           *big.Int
	ballots         []Ballot
	out             *Outcome
}

// set publishes integer scores in units of 10^-digits.
func (t *tally) set(scores []*big.Int, digits int) {
	t.out.Scores = make([]Score, t.options)
	for i, s := range scores {
		t.out.Scores[i] = NewScore(s, digits)
	}
}

func (t *tally) zeros() []*big.Int {
	z := make([]*big.Int, t.options)
	for i := range z {
		z[i] = new(big.Int)
	}
	return z
}

func (t *tally) sums() {
	scores := t.zeros()
	for i := range t.ballots {
		for _, o := range t.ballots[i].Choice.Options {
			scores[o-1].Add(scores[o-1], t.ballots[i].Weight)
		}
	}
	t.set(scores, t.digits)
}

// voices adds up what credits bought; a voice has no unit of weight.
func (t *tally) voices() {
	scores := t.zeros()
	for i := range t.ballots {
		for _, p := range t.ballots[i].Choice.Portions {
			scores[p.Option-1].Add(scores[p.Option-1], p.Amount)
		}
	}
	t.set(scores, 0)
}

// affordable drops ballots that cost more than their credits.
func affordable(ballots []Ballot, digits int) []Ballot {
	kept := make([]Ballot, 0, len(ballots))
	scale := pow10(digits)
	for _, b := range ballots {
		if cost := creditCost(b.Choice); cost.Mul(cost, scale).Cmp(b.Weight) <= 0 {
			kept = append(kept, b)
		}
	}
	return kept
}

func (t *tally) fractional() {
	scores := t.zeros()
	for i := range t.ballots {
		rest := new(big.Int).Set(t.ballots[i].Weight)
		for _, p := range t.ballots[i].Choice.Portions {
			if p.Option == OptionAbstain {
				continue
			}
			part := new(big.Int).Mul(t.ballots[i].Weight, p.Amount)
			part.Div(part, big.NewInt(PPM))
			rest.Sub(rest, part)
			scores[p.Option-1].Add(scores[p.Option-1], part)
		}
		if t.options >= OptionAbstain {
			scores[OptionAbstain-1].Add(scores[OptionAbstain-1], rest)
		}
	}
	t.set(scores, t.digits)
}

// pickWinner names the highest score and any tie for it.
func (o *Outcome) pickWinner() {
	best := 0
	for i := range o.Scores {
		if o.Scores[i].Cmp(o.Scores[best]) > 0 {
			best = i
		}
	}
	if o.Scores[best].IsZero() {
		return
	}
	o.Winner = best + 1
	var level []int
	for i := range o.Scores {
		if o.Scores[i].Cmp(o.Scores[best]) == 0 {
			level = append(level, i+1)
		}
	}
	if len(level) > 1 {
		o.Ties = append(o.Ties, Tie{Options: level, Chosen: o.Winner})
	}
}
