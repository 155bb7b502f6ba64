package ledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/econd/econd/node/op"
)

// The slow reading of ballots that say more than for or against, and the crowd's
// making of them.

// polls are the tracks of each economy that count otherwise than single-choice.
var polls = [][]string{
	{"approval", "fractional", "weighted"},
	{"ranked-choice", "quadratic-credits", "copeland"},
	{"approval", "quadratic", "ranked-choice"},
}

// pollTracks are the lines that make them.
func pollTracks(economy int) (lines []string) {
	for _, method := range polls[economy] {
		lines = append(lines, "track "+method+" signal", "set tracks."+method+".counting "+method,
			"set tracks."+method+".max_open_per_agent 0", "set tracks."+method+".quorum {kind: eligible, share_ppm: 50000, count_abstain: true}")
		if method != "fractional" {
			lines = append(lines, "set tracks."+method+".delegation {max_depth: 3, cap_ppm: 500000}")
		}
	}
	return append(lines, "set tracks."+polls[economy][0]+".weight {kind: one, bond_sat: 1000}", "set tracks."+polls[economy][1]+".weight {kind: stake, bond_sat: 1000}")
}

// adds is what one ballot of so much weight brings.
func (p *slowProp) adds(c *op.Close, b *slowBallot, weight int64) {
	switch b.choice {
	case "against":
		c.Against += op.Weight(weight)
	case "abstain":
		c.Abstain += op.Weight(weight)
	case "ballot":
		if text(p.track, "counting") == "fractional" {
			yes, no := portion(weight, number(b.said, "1"), 1_000_000), portion(weight, number(b.said, "2"), 1_000_000)
			c.For, c.Against, c.Abstain = c.For+op.Weight(yes), c.Against+op.Weight(no), c.Abstain+op.Weight(weight-yes-no)
			return
		}
		fallthrough
	default:
		c.For += op.Weight(weight)
	}
}

// options is how many a vote chooses between, 0 for none.
func (p *slowProp) choices() int { return len(p.options) }

// score completes the outcome of a vote between options, of ballots that speak with
// these weights.
func (p *slowProp) score(c *op.Close, weights []int64, parts [][]int64, quorate bool) {
	var scores []*big.Rat
	var level []string
	switch method := text(p.track, "counting"); method {
	case "ranked-choice":
		scores, level = p.runoff(weights)
	case "copeland":
		scores = p.contests(weights)
	case "quadratic":
		scores = p.squares(weights, parts)
	default:
		scores = p.sums(method, weights)
	}
	list, best := make([]string, len(scores)), 0
	for i, s := range scores {
		list[i] = spelled(s)
		if rounded(s).Cmp(rounded(scores[best])) > 0 {
			best = i
		}
	}
	even := 0
	for _, s := range scores {
		if rounded(s).Cmp(rounded(scores[best])) == 0 {
			even++
		}
	}
	text, _ := json.Marshal(list)
	if c.Scores = op.Scores(text); rounded(scores[best]).Sign() > 0 {
		c.Winner = int64(best + 1)
	}
	c.Passed = quorate && c.Winner > 0
	switch {
	case c.Passed:
		c.Reason = "passed"
	case !quorate:
		c.Reason = "quorum"
	default:
		c.Reason = "no-winner"
	}
	if c.Winner > 0 && even > 1 {
		level = append(level, fmt.Sprintf("; %d options level, option %d wins by the lowest number", even, c.Winner))
	}
	c.Reason += strings.Join(level, "")
}

// sums adds up what ballots give each option.
func (p *slowProp) sums(method string, weights []int64) []*big.Rat {
	scores := make([]*big.Rat, p.choices())
	for o := range scores {
		scores[o] = new(big.Rat)
		for i, b := range p.ballots {
			if b.choice != "ballot" {
				continue
			}
			switch n := strconv.Itoa(o + 1); method {
			case "approval":
				for _, x := range b.said.([]any) {
					if x.(json.Number).String() == n {
						scores[o].Add(scores[o], big.NewRat(weights[i], 1))
					}
				}
			case "weighted":
				all := int64(0)
				for name := range b.said.(map[string]any) {
					all += number(b.said, name)
				}
				scores[o].Add(scores[o], new(big.Rat).Mul(big.NewRat(weights[i], 1), big.NewRat(number(b.said, n), all)))
			case "quadratic-credits":
				scores[o].Add(scores[o], big.NewRat(number(b.said, n), 1))
			default:
				panic("the slow reading counts no " + method)
			}
		}
	}
	return scores
}

// squares divides all weight as the squares of the sums of roots of what ballots give
// each option: Snapshot's quadratic voting. The roots have far more digits than a
// score.
func (p *slowProp) squares(weights []int64, parts [][]int64) []*big.Rat {
	const digits = 400
	scores, sum, all := make([]*big.Rat, p.choices()), new(big.Rat), int64(0)
	for o := range scores {
		roots := new(big.Float).SetPrec(digits)
		for i, b := range p.ballots {
			if b.choice != "ballot" {
				continue
			}
			shares := int64(0)
			for name := range b.said.(map[string]any) {
				shares += number(b.said, name)
			}
			for _, w := range parts[i] {
				x := new(big.Float).SetPrec(digits).SetRat(big.NewRat(w*number(b.said, strconv.Itoa(o+1)), shares))
				roots.Add(roots, x.Sqrt(x))
			}
		}
		scores[o], _ = roots.Mul(roots, roots).Rat(nil)
		sum.Add(sum, scores[o])
	}
	for i, b := range p.ballots {
		if b.choice == "ballot" {
			all += weights[i]
		}
	}
	for _, s := range scores {
		if sum.Sign() > 0 {
			s.Mul(s, big.NewRat(all, 1)).Quo(s, sum)
		}
	}
	return scores
}

// ranks lists a ballot's options, best first.
func (b *slowBallot) ranks() (list []int) {
	for _, x := range b.said.([]any) {
		n, _ := strconv.Atoi(x.(json.Number).String())
		list = append(list, n)
	}
	return list
}

// runoff removes the option with the fewest first places until two are left or one
// has more than half. It counts anew each time.
func (p *slowProp) runoff(weights []int64) (scores []*big.Rat, level []string) {
	gone := []int{}
	for round := 1; ; round++ {
		first, all := make([]int64, p.choices()), int64(0)
		for i, b := range p.ballots {
			if b.choice != "ballot" {
				continue
			}
			left := slices.DeleteFunc(b.ranks(), func(o int) bool { return slices.Contains(gone, o) })
			first[left[0]-1] += weights[i]
			all += weights[i]
		}
		if most := slices.Max(first); all == 0 || 2*most > all || p.choices()-len(gone) < 3 {
			for _, n := range first {
				scores = append(scores, big.NewRat(n, 1))
			}
			return scores, level
		}
		worst, even := 0, 0
		for o := 1; o <= p.choices(); o++ {
			switch {
			case slices.Contains(gone, o):
			case worst == 0 || first[o-1] < first[worst-1]:
				worst, even = o, 1
			case first[o-1] == first[worst-1]:
				even++
			}
		}
		if gone = append(gone, worst); even > 1 {
			level = append(level, fmt.Sprintf("; round %d: %d options level, option %d removed by the lowest number", round, even, worst))
		}
	}
}

// contests divides the weight by pairwise contests: two points for a win, one for a
// draw, and at most a half for the places of all ballots.
func (p *slowProp) contests(weights []int64) []*big.Rat {
	n, all := p.choices(), int64(0)
	points, sum := make([]*big.Rat, n), new(big.Rat)
	for i, b := range p.ballots {
		if b.choice == "ballot" {
			all += weights[i]
		}
	}
	for a := 1; a <= n; a++ {
		points[a-1] = new(big.Rat)
		if all == 0 {
			continue
		}
		for o := 1; o <= n; o++ {
			above, below := int64(0), int64(0)
			for i, b := range p.ballots {
				if b.choice != "ballot" || o == a {
					continue
				}
				if r := b.ranks(); slices.Index(r, a) < slices.Index(r, o) {
					above += weights[i]
				} else {
					below += weights[i]
				}
			}
			switch {
			case o == a:
			case above > below:
				points[a-1].Add(points[a-1], big.NewRat(2, 1))
			case above == below:
				points[a-1].Add(points[a-1], big.NewRat(1, 1))
			}
			// The places below it, of (n-1) times all, halved.
			points[a-1].Add(points[a-1], big.NewRat(above, 2*int64(n-1)*all))
		}
		sum.Add(sum, points[a-1])
	}
	for i := range points {
		if sum.Sign() > 0 {
			points[i].Mul(points[i], big.NewRat(all, 1)).Quo(points[i], sum)
		}
	}
	return points
}

// rounded is a score in units of its twelfth digit, half to even.
func rounded(x *big.Rat) *big.Int {
	num := new(big.Int).Mul(x.Num(), new(big.Int).Exp(big.NewInt(10), big.NewInt(12), nil))
	q, r := new(big.Int).QuoRem(num, x.Denom(), new(big.Int))
	switch c := r.Lsh(r, 1).Cmp(x.Denom()); {
	case c > 0, c == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return q
}

// spelled spells a score with as many digits as it needs.
func spelled(x *big.Rat) string {
	text := rounded(x).String()
	for len(text) < 13 {
		text = "0" + text
	}
	text = text[:len(text)-12] + "." + text[len(text)-12:]
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// fill makes up a ballot for a proposal.
func (g *player) fill(p *slowProp) string {
	n := max(2, p.choices())
	options := make([]string, n)
	for i := range options {
		options[i] = strconv.Itoa(i + 1)
	}
	for i := range options {
		j := i + g.draw(n-i)
		options[i], options[j] = options[j], options[i]
	}
	shares := map[string]int64{}
	switch text(p.track, "counting") {
	case "approval":
		return "[" + strings.Join(options[:g.draw(n+1)], ",") + "]"
	case "ranked-choice", "copeland":
		return "[" + strings.Join(options, ",") + "]"
	case "fractional":
		yes := int64(g.draw(1_000_001))
		shares = map[string]int64{"1": yes, "2": (1_000_000 - yes) / 2, "3": 1_000_000 - yes - (1_000_000-yes)/2}
	case "weighted", "quadratic":
		for _, o := range options[:1+g.draw(n)] {
			shares[o] = int64(1 + g.draw(7))
		}
	default:
		for _, o := range options[:1+g.draw(n)] {
			shares[o] = int64(1 + g.draw(120))
		}
	}
	var list []string
	for _, o := range slices.Sorted(maps.Keys(shares)) {
		if shares[o] > 0 {
			list = append(list, fmt.Sprintf("%q:%d", o, shares[o]))
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}

// answerPoll has several of the crowd fill in ballots.
func (g *player) answerPoll(label string, p *slowProp) {
	for _, name := range people {
		switch a := g.m.agent(secretOf(name).Public()); {
		case !g.chance(2) || p.ballot(a) != nil && !g.chance(6):
		case g.chance(8):
			g.say("%s vote %s abstain", name, label)
		default:
			g.say("%s vote %s %s", name, label, g.fill(p))
		}
	}
}

// askPoll proposes a question.
func (g *player) askPoll(who, label string) {
	method := g.pick(polls[g.economy]...)
	if method == "fractional" {
		g.say("%s propose %s %s", who, label, method)
		return
	}
	g.say("%s poll %s %s %s", who, label, method, strings.Join([]string{"red", "green", "blue", "grey"}[:2+g.draw(3)], " "))
}
