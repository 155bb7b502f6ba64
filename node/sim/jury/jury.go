// Package jury computes what winning a jury costs by a track's own rule of disputes:
// the exact chance of who holds a share of the field's weight, the chance met by
// draws of the ledger's own function, and the sats and the stake that it takes.
//
// It guarantees integers: chances are in parts per million, rounded to the nearest.
// It refuses to know how votes are bought: whoever holds a share of the field here
// votes as one, everybody else against it, and all reveal.
package jury

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/econd/econd/voting"
)

// Config is what to compute. Shares are parts per million of the field's weight.
type Config struct {
	Rule          voting.DisputeRule
	JurorBondSat  int64
	ReceiptMinSat int64
	SharesPPM     []int64 // each 0 to 1,000,000
	Keys          int     // over which each side spreads its weight in the draws, 1 to 1,000
	Draws         int     // for each share and jury, 0 to 1,000,000
	Seed          uint64
}

// Row is one share.
type Row struct {
	SharePPM int64 `json:"share_ppm"`
	// StakePPM is the least share of all stake that can have this share of a field
	// which holds just the least score, rounded up: flows of trust give x of the stake
	// at most 2x/(1+x) of all trust.
	StakePPM int64  `json:"stake_ppm"`
	Juries   []Jury `json:"juries"`
	// FinalPPM is the chance that the last jury upholds: that of a challenge where who
	// loses a round always appeals.
	FinalPPM int64 `json:"final_ppm"`
	// LossSat is what one such challenge loses on average: bonds of challenge and
	// appeals where the last jury refuses, rounded to the nearest. Bonds of jurors come
	// to it.
	LossSat int64 `json:"loss_sat"`
	// EvenTries is how many challenges give an even chance to win one, 0 if none does.
	EvenTries int64 `json:"even_tries"`
}

// Jury is the chance of one jury.
type Jury struct {
	Seats    int64 `json:"seats"`
	ExactPPM int64 `json:"exact_ppm"` // a share of the weight, however divided
	DrawnPPM int64 `json:"drawn_ppm"` // met in Draws draws
}

// Result is all rows, with what they rest on.
type Result struct {
	Seats           string `json:"seats"`
	FieldCandidates int    `json:"field_candidates"` // least
	LeastScorePPM   int64  `json:"least_score_ppm"`
	ReceiptsSat     int64  `json:"receipts_sat"` // paid for scores of a field of one's own: to oneself
	FieldBondsSat   int64  `json:"field_bonds_sat"`
	AloneStakePPM   int64  `json:"alone_stake_ppm"` // least share of stake that can be a field by itself
	ChallengeSat    int64  `json:"challenge_sat"`
	AppealsSat      int64  `json:"appeals_sat"`
	LongestS        int64  `json:"longest_s"`
	Draws           int    `json:"draws"`
	Seed            uint64 `json:"seed"`
	Keys            int    `json:"keys"`
	Rows            []Row  `json:"rows"`
}

// ErrConfig is that a value of a Config is out of its range.
var ErrConfig = errors.New("jury")

// Price computes the rows of a Config.
func Price(c Config) (Result, error) {
	if err := c.validate(); err != nil {
		return Result{}, err
	}
	last := int(c.Rule.MaxRounds) - 1
	candidates := 0
	for round := range c.Rule.MaxRounds {
		candidates = max(candidates, c.Rule.Candidates(int(round)))
	}
	r := Result{Seats: c.Rule.Seats, FieldCandidates: candidates, LeastScorePPM: c.Rule.ScorePPM(),
		ReceiptsSat: int64(candidates) * c.ReceiptMinSat, FieldBondsSat: int64(candidates) * c.JurorBondSat,
		AloneStakePPM: StakeFor(c.Rule.ScorePPM()), ChallengeSat: c.Rule.BondAfter(0), LongestS: c.Rule.LongestS(voting.DrawBlocks),
		Draws: c.Draws, Seed: c.Seed, Keys: c.Keys}
	for round := 1; round <= last; round++ {
		r.AppealsSat += c.Rule.BondAfter(round)
	}
	for _, share := range c.SharesPPM {
		r.Rows = append(r.Rows, c.row(share, r))
	}
	return r, nil
}

func (c Config) validate() error {
	if !c.Rule.ByWeight() {
		return fmt.Errorf("%w: dispute.seats: is %q; who divides its weight has more than its part of a jury, so no share has one chance", ErrConfig, c.Rule.Seats)
	}
	if c.Keys < 1 || c.Keys > 1000 {
		return fmt.Errorf("%w: keys: is %d, must be between 1 and 1000", ErrConfig, c.Keys)
	}
	if c.Draws < 0 || c.Draws > 1_000_000 {
		return fmt.Errorf("%w: draws: is %d, must be between 0 and 1000000", ErrConfig, c.Draws)
	}
	for _, x := range c.SharesPPM {
		if x < 0 || x > voting.PPM {
			return fmt.Errorf("%w: share: is %d ppm, must be between 0 and %d", ErrConfig, x, voting.PPM)
		}
	}
	return nil
}

func (c Config) row(share int64, r Result) Row {
	row := Row{SharePPM: share, StakePPM: StakeFor(ceilPPM(share, r.LeastScorePPM))}
	for round := range int(c.Rule.MaxRounds) {
		n := int64(c.Rule.JurorsIn(round))
		j := Jury{Seats: n, ExactPPM: ppmOf(Exact(n, share))}
		if c.Draws > 0 {
			j.DrawnPPM = c.drawn(share, round)
		}
		row.Juries = append(row.Juries, j)
	}
	final := Exact(int64(c.Rule.JurorsIn(int(c.Rule.MaxRounds)-1)), share)
	row.FinalPPM = ppmOf(final)
	lost := new(big.Rat).Sub(big.NewRat(1, 1), final)
	row.LossSat = nearest(lost.Mul(lost, c.stakes(share)))
	row.EvenTries = evenTries(final)
	return row
}

// stakes is what the challenging side has locked on average when the last jury sits:
// the challenge, and each appeal that came after a round which refused.
func (c Config) stakes(share int64) *big.Rat {
	sum := new(big.Rat).SetInt64(c.Rule.BondAfter(0))
	for round := 1; round < int(c.Rule.MaxRounds); round++ {
		refused := new(big.Rat).Sub(big.NewRat(1, 1), Exact(int64(c.Rule.JurorsIn(round-1)), share))
		sum.Add(sum, refused.Mul(refused, new(big.Rat).SetInt64(c.Rule.BondAfter(round))))
	}
	return sum
}

// Exact is the chance that a share of the weight has the seats that uphold, of n that
// are each drawn over the whole: the sum over k > n/2 of C(n,k) x^k (1-x)^(n-k).
func Exact(n, sharePPM int64) *big.Rat {
	num := new(big.Int)
	x, y := big.NewInt(sharePPM), big.NewInt(voting.PPM-sharePPM)
	for k := int64(0); k <= n; k++ {
		if !voting.Upholds(k, n) {
			continue
		}
		term := new(big.Int).Binomial(n, k)
		term.Mul(term, new(big.Int).Exp(x, big.NewInt(k), nil))
		num.Add(num, term.Mul(term, new(big.Int).Exp(y, big.NewInt(n-k), nil)))
	}
	return new(big.Rat).SetFrac(num, new(big.Int).Exp(big.NewInt(voting.PPM), big.NewInt(n), nil))
}

// ByKeys is the same where each candidate has at most one seat and all weigh the
// same, as juries were drawn before: of all keys so many are bought, n are drawn. It is
// 0 where fewer than n are there.
func ByKeys(n, all, bought int64) *big.Rat {
	num := new(big.Int)
	for k := int64(0); k <= n && all >= n; k++ {
		if voting.Upholds(k, n) && n-k <= all-bought {
			term := new(big.Int).Binomial(bought, k)
			num.Add(num, term.Mul(term, new(big.Int).Binomial(all-bought, n-k)))
		}
	}
	den := new(big.Int).Binomial(all, n)
	if den.Sign() == 0 {
		return new(big.Rat)
	}
	return new(big.Rat).SetFrac(num, den)
}

// drawn draws juries with the ledger's function, each side's weight divided among
// Keys keys, and counts those that uphold.
func (c Config) drawn(share int64, round int) int64 {
	weights := make([]uint64, 0, 2*c.Keys)
	for _, side := range []int64{share, voting.PPM - share} {
		for range c.Keys {
			weights = append(weights, uint64(side)<<20/uint64(c.Keys))
		}
	}
	won := int64(0)
	for i := range c.Draws {
		seed := binary.BigEndian.AppendUint64([]byte("econsim/jury"), c.Seed)
		seed = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(seed, uint64(share)), uint64(round))
		seats, theirs := c.Rule.DrawJury(sha256.Sum256(binary.BigEndian.AppendUint64(seed, uint64(i))), weights, round), int64(0)
		for _, at := range seats {
			if at < c.Keys {
				theirs++
			}
		}
		if voting.Upholds(theirs, int64(len(seats))) {
			won++
		}
	}
	return nearest(big.NewRat(won*voting.PPM, int64(c.Draws)))
}

// StakeFor is the least share of all stake that can hold a share t of all trust, both
// ppm, rounded up: x with 2x/(1+x) = t is t/(2-t).
func StakeFor(trustPPM int64) int64 {
	return (trustPPM*voting.PPM + 2*voting.PPM - trustPPM - 1) / (2*voting.PPM - trustPPM)
}

// ceilPPM is a share of a number, rounded up.
func ceilPPM(share, of int64) int64 { return (share*of + voting.PPM - 1) / voting.PPM }

// evenTries is the least n with 1-(1-p)^n at least one half, 0 where p is below one in a
// million.
func evenTries(p *big.Rat) int64 {
	if p.Cmp(big.NewRat(1, voting.PPM)) < 0 {
		return 0
	}
	// In parts of 2^64, rounded down: what is lost by that is far below a try.
	one := new(big.Int).Lsh(big.NewInt(1), 64)
	fail := new(big.Int).Sub(p.Denom(), p.Num())
	fail.Mul(fail, one).Div(fail, p.Denom())
	left, half := new(big.Int).Set(one), new(big.Int).Rsh(one, 1)
	n := int64(0)
	for left.Cmp(half) > 0 {
		left.Rsh(left.Mul(left, fail), 64)
		n++
	}
	return n
}

// ppmOf is a chance in parts per million, rounded to the nearest.
func ppmOf(p *big.Rat) int64 { return nearest(new(big.Rat).Mul(p, new(big.Rat).SetInt64(voting.PPM))) }

// nearest rounds a number that is not negative, halves up.
func nearest(x *big.Rat) int64 {
	x = new(big.Rat).Add(x, big.NewRat(1, 2))
	return new(big.Int).Quo(x.Num(), x.Denom()).Int64()
}
