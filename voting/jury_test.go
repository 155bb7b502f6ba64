package voting

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slowDraw lays every unit of weight out as one ticket, and takes so many tickets of
// who got a seat away.
func slowDraw(seed [32]byte, weights []uint64, n int, takes uint64) []int {
	var jury []int
	rest := slices.Clone(weights)
	for k := 0; len(jury) < n; k++ {
		var tickets []int
		for i, w := range rest {
			for range w {
				tickets = append(tickets, i)
			}
		}
		if len(tickets) == 0 {
			return jury
		}
		hash := sha256.Sum256(append(slices.Clone(seed[:]), byte(k>>24), byte(k>>16), byte(k>>8), byte(k)))
		at := new(big.Int).Mod(new(big.Int).SetBytes(hash[:]), big.NewInt(int64(len(tickets))))
		won := tickets[at.Int64()]
		jury = append(jury, won)
		for range takes {
			if rest[won] == 0 {
				break
			}
			rest[won]--
		}
	}
	return jury
}

func TestDrawSeatsAgainstTickets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var seed [32]byte
		binary.BigEndian.PutUint64(seed[:], rapid.Uint64().Draw(t, "seed"))
		weights := rapid.SliceOfN(rapid.Uint64Range(0, 9), 0, 12).Draw(t, "weights")
		n := rapid.IntRange(1, 12).Draw(t, "n")
		for _, takes := range []uint64{0, rapid.Uint64Range(1, 9).Draw(t, "takes"), SeatPart(weights, n), math.MaxUint64} {
			if got, want := DrawSeats(seed, weights, n, takes), slowDraw(seed, weights, n, takes); !slices.Equal(got, want) {
				t.Fatalf("%v of %v, each takes %d: %v, want %v", n, weights, takes, got, want)
			}
		}
	})
}

// However large weights are, seats are drawn from beyond 64 bits of sum, too.
func TestDrawSeatsOfLargeWeights(t *testing.T) {
	weights := []uint64{math.MaxUint64, math.MaxUint64, math.MaxUint64}
	if got := SeatPart(weights, 2); got != math.MaxUint64 {
		t.Errorf("half of three times the largest weight is %d", got)
	}
	if got := SeatPart([]uint64{4000, 3999}, 4); got != 2001+1 {
		t.Errorf("what a seat of four takes of 7999 is %d", got)
	}
	var met [3]bool
	for i := range uint64(64) {
		var seed [32]byte
		binary.BigEndian.PutUint64(seed[:], i)
		for _, at := range DrawSeats(seed, weights, 5, 0) {
			met[at] = true
		}
	}
	if met != [3]bool{true, true, true} {
		t.Errorf("of three large weights these were drawn: %v", met)
	}
}

// Over many seeds the first seat goes to each candidate in proportion to its
// weight: 1, 2, 3 and 4 tenths of 20,000, within five standard deviations. So does
// the third, where seats follow weight.
func TestDrawSeatsFollowsTheWeights(t *testing.T) {
	const draws = 20_000
	var first, third [4]int
	for i := range uint64(draws) {
		var seed [32]byte
		binary.BigEndian.PutUint64(seed[:], i)
		seats := DrawSeats(seed, []uint64{1 << 58, 2 << 58, 3 << 58, 4 << 58}, 3, 0)
		first[seats[0]]++
		third[seats[2]]++
	}
	for i, got := range slices.Concat(first[:], third[:]) {
		share := i%4 + 1
		want := draws * share / 10
		variance := want * (10 - share) / 10
		if d := got - want; d*d > 25*variance {
			t.Errorf("seat of candidate %d was drawn %d times, want %d with a variance of %d", i, got, want, variance)
		}
	}
}

// Spread, candidates of one weight get one seat each, and a whale its part of
// them: of two who hold all but dust, five seats are theirs.
func TestSpreadSeats(t *testing.T) {
	spread := DisputeRule{Jurors: 5}
	for i := range uint64(100) {
		var seed [32]byte
		binary.BigEndian.PutUint64(seed[:], i)
		even := spread.DrawJury(seed, []uint64{1 << 50, 1 << 50, 1 << 50, 1<<50 + 1<<30, 1<<50 - 1<<30}, 0)
		slices.Sort(even)
		if !slices.Equal(even, []int{0, 1, 2, 3, 4}) {
			t.Fatalf("seed %d: five of one weight have the seats %v", i, even)
		}
		seats := spread.DrawJury(seed, []uint64{1 << 50, 1 << 50, 1, 1, 1}, 0)
		var of [5]int
		for _, at := range seats {
			of[at]++
		}
		if len(seats) != 5 || of[0]+of[1] != 5 || max(of[0], of[1]) > 3 {
			t.Fatalf("seed %d: two of weight and three of dust have %v seats", i, of)
		}
	}
}

// Seats that follow weight do not ask how it is divided: 30 % in one key and in a
// thousand win a jury as often, spread seats are won more often by the thousand.
func TestDividedWeightWinsNoMoreSeats(t *testing.T) {
	const draws = 4000
	one, many := []uint64{7000, 3000}, append([]uint64{7000}, slices.Repeat([]uint64{3}, 1000)...)
	won := func(r DisputeRule, weights []uint64) int {
		n := 0
		for i := range uint64(draws) {
			var seed [32]byte
			binary.BigEndian.PutUint64(seed[:], i)
			theirs := 0
			for _, at := range r.DrawJury(seed, weights, 0) {
				if at > 0 {
					theirs++
				}
			}
			if theirs >= 3 {
				n++
			}
		}
		return n
	}
	byWeight := DisputeRule{Jurors: 5, Seats: SeatsWeight}
	// 0.16308 of 4000 with a standard deviation of 23.4.
	for name, got := range map[string]int{"one key": won(byWeight, one), "a thousand": won(byWeight, many)} {
		if got < 652-117 || got > 652+117 {
			t.Errorf("%s of 30 %% wins three of five seats %d times in %d, want about 652", name, got, draws)
		}
	}
	if a, b := won(DisputeRule{Jurors: 5}, one), won(DisputeRule{Jurors: 5}, many); a != 0 || b < 1200 {
		t.Errorf("spread, one key wins %d times and a thousand %d", a, b)
	}
}

func TestDisputeRule(t *testing.T) {
	good := DisputeRule{Field: "models", WindowS: 10, BondSat: 100, Jurors: 3, CommitS: 1, RevealS: 2, AppealS: 3, MaxRounds: 3}
	if err := good.Validate(10); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*DisputeRule){
		"window_s above the timelock": func(r *DisputeRule) { r.WindowS = 11 },
		"window_s 0":                  func(r *DisputeRule) { r.WindowS = 0 },
		"jurors even":                 func(r *DisputeRule) { r.Jurors = 4 },
		"jurors many":                 func(r *DisputeRule) { r.Jurors = 33 },
		"bond_sat":                    func(r *DisputeRule) { r.BondSat = 0 },
		"max_rounds":                  func(r *DisputeRule) { r.MaxRounds = 5 },
		"field":                       func(r *DisputeRule) { r.Field = "Models" },
		"winner_ppm":                  func(r *DisputeRule) { r.WinnerPPM = PPM + 1 },
		"field_times":                 func(r *DisputeRule) { r.FieldTimes = 101 },
		"least_score_ppm":             func(r *DisputeRule) { r.LeastScorePPM = PPM + 1 },
		"seniority_s":                 func(r *DisputeRule) { r.SeniorityS = -1 },
		"seats":                       func(r *DisputeRule) { r.Seats = "each" },
		"commit_s":                    func(r *DisputeRule) { r.CommitS = 0 },
	} {
		r := good
		if spoil(&r); r.Validate(10) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if a, b, c := good.JurorsIn(0), good.JurorsIn(1), good.JurorsIn(2); a != 3 || b != 7 || c != 15 {
		t.Errorf("jurors %d, %d, %d", a, b, c)
	}
	if a, b := good.Candidates(0), good.Candidates(2); a != 3 || b != 15 {
		t.Errorf("candidates %d, %d", a, b)
	}
	times := good
	if times.FieldTimes = 3; times.Candidates(0) != 9 || times.Candidates(1) != 9 || times.Candidates(2) != 15 {
		t.Errorf("candidates %d, %d, %d", times.Candidates(0), times.Candidates(1), times.Candidates(2))
	}
	if a, b, c := good.ScorePPM(), (DisputeRule{LeastScorePPM: 1}).ScorePPM(), Upholds(3, 5); a != 10_000 || b != 1 || !c {
		t.Errorf("floors %d, %d; three of five uphold: %t", a, b, c)
	}
	if Upholds(2, 4) || Upholds(0, 0) || Upholds(2, 5) {
		t.Error("half of the seats or less uphold")
	}
	if a, b, c := good.BondAfter(0), good.BondAfter(3), good.BondAfter(99); a != 100 || b != 800 || c != 102400 {
		t.Errorf("bonds %d, %d, %d", a, b, c)
	}
	if got := good.Winner(101); got != 50 {
		t.Errorf("half of 101, rounded down, is %d", got)
	}
	// Three rounds of 1 + 2 s, two appeals of 3 s, two blocks before each jury.
	if got := good.LongestS(DrawBlocks); got != 3*3+2*3+3*1200 {
		t.Errorf("longest %d", got)
	}
	if got := good.RestS(2, DrawBlocks); got != 3 {
		t.Errorf("the last round takes %d", got)
	}
}
