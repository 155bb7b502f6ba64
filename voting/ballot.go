package voting

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"

	"github.com/econd/econd/node/muldiv"
)

// ErrBallot is the kind of every refusal of a ballot. The sentence says which
// rule of the method it breaks.
var ErrBallot = errors.New("ballot is not valid")

// MaxOptions bounds the options of one vote: a pairwise count is quadratic in
// them.
const MaxOptions = 1000

// Method names how a ballot is filled in and counted.
type Method string

const (
	// SingleChoice gives the whole weight to one option.
	SingleChoice Method = "single-choice"
	// Fractional splits one weight between for, against and abstain, in
	// parts per million that sum to the whole.
	Fractional Method = "fractional"
	// Approval gives the whole weight to every option named, possibly none.
	Approval Method = "approval"
	// RankedChoice ranks every option; counted by instant runoff.
	RankedChoice Method = "ranked-choice"
	// Copeland ranks every option; counted by pairwise wins.
	Copeland Method = "copeland"
	// Weighted splits the weight in proportion to the shares named.
	Weighted Method = "weighted"
	// Quadratic splits the weight in proportion to the shares named and adds
	// up square roots, as Snapshot's quadratic voting does.
	Quadratic Method = "quadratic"
	// QuadraticCredits buys v voices for an option with v^2 credits.
	QuadraticCredits Method = "quadratic-credits"
)

// Methods lists all methods.
func Methods() []Method {
	return []Method{SingleChoice, Fractional, Approval, RankedChoice, Copeland, Weighted, Quadratic, QuadraticCredits}
}

// The options of a vote on a proposal, in this order, under SingleChoice and
// Fractional.
const (
	OptionFor     = 1
	OptionAgainst = 2
	OptionAbstain = 3
)

// Linear reports whether the tally of several weights behind one ballot equals
// the tally of their sum, so that a delegate's ballot may be counted once with
// all it carries. Otherwise each principal has to be counted by itself: a
// delegate carries the sum of its principals' roots, never the root of the sum.
func (m Method) Linear() bool { return m != Quadratic && m != QuadraticCredits }

// HasOptions reports whether the method chooses between options that each vote
// names, rather than between for, against and abstain.
func (m Method) HasOptions() bool { return m.Known() && m != SingleChoice && m != Fractional }

// Known reports whether m is one of the methods above.
func (m Method) Known() bool {
	return slices.Contains(Methods(), m)
}

// Choice is what a valid ballot says. Options are numbered from 1.
type Choice struct {
	// Options is the option chosen (SingleChoice), those approved
	// (Approval), or all of them from best to worst (RankedChoice,
	// Copeland).
	Options []int
	// Portions are the shares named (Fractional, Weighted, Quadratic,
	// QuadraticCredits), by rising option.
	Portions []Portion
}

// Portion is one option's part of a split ballot. Amounts are whole numbers:
// decimal shares are scaled up together, which leaves their proportions alone.
type Portion struct {
	Option int
	Amount *big.Int
}

// ParseChoice reads the JSON form of a ballot and checks it against the method:
// a number (SingleChoice), an array of numbers (Approval, RankedChoice,
// Copeland) or an object from option number to share (the others). Every error
// is an ErrBallot.
func ParseChoice(m Method, options int, raw []byte) (Choice, error) {
	switch m {
	case SingleChoice:
		option, err := parseOption(raw, options)
		if err != nil {
			return Choice{}, err
		}
		return Choice{Options: []int{option}}, nil
	case Approval, RankedChoice, Copeland:
		return parseList(m, options, raw)
	case Weighted, Quadratic, QuadraticCredits, Fractional:
		return parseSplit(m, options, raw)
	}
	return Choice{}, fmt.Errorf("%w: no method %+q", ErrBallot, m)
}

func parseOption(raw []byte, options int) (int, error) {
	units, digits, err := ParseDecimal(string(bytes.TrimSpace(raw)))
	if err != nil {
		return 0, fmt.Errorf("%w: option: %w", ErrBallot, err)
	}
	whole, rem := new(big.Int).QuoRem(units, pow10(digits), new(big.Int))
	if rem.Sign() != 0 {
		return 0, fmt.Errorf("%w: option %s is not a whole number", ErrBallot, raw)
	}
	if whole.Sign() <= 0 || whole.Cmp(big.NewInt(int64(options))) > 0 {
		return 0, fmt.Errorf("%w: option %s is not between 1 and %d", ErrBallot, raw, options)
	}
	return int(whole.Int64()), nil
}

func parseList(m Method, options int, raw []byte) (Choice, error) {
	if !startsWith(raw, '[') {
		return Choice{}, fmt.Errorf("%w: %s needs an array of options", ErrBallot, m)
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return Choice{}, fmt.Errorf("%w: %w", ErrBallot, err)
	}
	if len(items) > options {
		return Choice{}, fmt.Errorf("%w: %d options named, %d exist", ErrBallot, len(items), options)
	}
	if m != Approval && len(items) != options {
		return Choice{}, fmt.Errorf("%w: %d of %d options ranked: a ranking names every option once", ErrBallot, len(items), options)
	}
	seen := make([]bool, options+1)
	c := Choice{Options: make([]int, 0, len(items))}
	for _, item := range items {
		option, err := parseOption(item, options)
		if err != nil {
			return Choice{}, err
		}
		if seen[option] {
			return Choice{}, fmt.Errorf("%w: option %d is named twice", ErrBallot, option)
		}
		seen[option] = true
		c.Options = append(c.Options, option)
	}
	return c, nil
}

// startsWith reports whether the first byte after white space is c.
func startsWith(raw []byte, c byte) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == c
}

type decimalShare struct {
	option int
	units  *big.Int
	digits int
}

func parseSplit(m Method, options int, raw []byte) (Choice, error) {
	shares, err := parseShares(m, options, raw)
	if err != nil {
		return Choice{}, err
	}
	slices.SortFunc(shares, func(a, b decimalShare) int { return a.option - b.option })
	most := 0
	for i, s := range shares {
		if i > 0 && shares[i-1].option == s.option {
			return Choice{}, fmt.Errorf("%w: option %d is named twice", ErrBallot, s.option)
		}
		most = max(most, s.digits)
	}
	c := Choice{Portions: make([]Portion, 0, len(shares))}
	sum := new(big.Int)
	for _, s := range shares {
		s.units.Mul(s.units, pow10(most-s.digits))
		sum.Add(sum, s.units)
		c.Portions = append(c.Portions, Portion{s.option, s.units})
	}
	if sum.Sign() == 0 {
		return Choice{}, fmt.Errorf("%w: no share is above 0", ErrBallot)
	}
	return c, checkSplit(m, sum, most)
}

// checkSplit applies what a method asks beyond shares of existing options.
func checkSplit(m Method, sum *big.Int, digits int) error {
	if (m == Fractional || m == QuadraticCredits) && digits > 0 {
		return fmt.Errorf("%w: %s takes whole numbers", ErrBallot, m)
	}
	if m == Fractional && sum.Cmp(big.NewInt(PPM)) != 0 {
		return fmt.Errorf("%w: shares sum to %s, not to %d", ErrBallot, sum, PPM)
	}
	return nil
}

// parseShares reads the members in the order written.
func parseShares(m Method, options int, raw []byte) ([]decimalShare, error) {
	if !startsWith(raw, '{') {
		return nil, fmt.Errorf("%w: %s needs an object from option to share", ErrBallot, m)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBallot, err)
	}
	var shares []decimalShare
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBallot, err)
		}
		name := key.(string) // the decoder allows nothing else before a colon
		option, err := strconv.Atoi(name)
		if err != nil || strconv.Itoa(option) != name || option < 1 || option > options {
			return nil, fmt.Errorf("%w: %+q is not an option between 1 and %d", ErrBallot, name, options)
		}
		value, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBallot, err)
		}
		number, ok := value.(json.Number)
		if !ok {
			return nil, fmt.Errorf("%w: share of option %d is not a number", ErrBallot, option)
		}
		units, digits, err := ParseDecimal(number.String())
		if err != nil {
			return nil, fmt.Errorf("%w: share of option %d: %w", ErrBallot, option, err)
		}
		if units.Sign() < 0 {
			return nil, fmt.Errorf("%w: share of option %d is below 0", ErrBallot, option)
		}
		shares = append(shares, decimalShare{option, units, digits})
		if len(shares) > options {
			return nil, fmt.Errorf("%w: more shares than the %d options", ErrBallot, options)
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBallot, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: more than one value", ErrBallot)
	}
	return shares, nil
}

// CheckCredits reports whether a QuadraticCredits ballot is paid for: the sum
// of squares may reach the credits but not exceed them.
func CheckCredits(c Choice, credits *big.Int) error {
	if cost := creditCost(c); cost.Cmp(credits) > 0 {
		return fmt.Errorf("%w: the voices cost %s credits, there are %s", ErrBallot, cost, credits)
	}
	return nil
}

func creditCost(c Choice) *big.Int {
	cost := new(big.Int)
	for _, p := range c.Portions {
		cost.Add(cost, new(big.Int).Mul(p.Amount, p.Amount))
	}
	return cost
}

// SplitFractional divides a weight as a Fractional ballot says. The parts for
// and against are rounded down and the remainder abstains, so nothing is lost
// and rounding never helps either side.
func SplitFractional(c Choice, weight uint64) Counts {
	var counts Counts
	for _, p := range c.Portions {
		part := muldiv.Floor(weight, min(p.Amount.Uint64(), PPM), PPM)
		switch p.Option {
		case OptionFor:
			counts.For = part
		case OptionAgainst:
			counts.Against = part
		}
	}
	counts.Abstain = weight - counts.For - counts.Against
	return counts
}
