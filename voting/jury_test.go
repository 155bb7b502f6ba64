package voting

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slowDraw lays every unit of weight out as one ticket.
func slowDraw(seed [32]byte, weights []uint64, n int) []int {
	var jury []int
	for k := 0; len(jury) < n; k++ {
		var tickets []int
		for i, w := range weights {
			if !slices.Contains(jury, i) {
				for range w {
					tickets = append(tickets, i)
				}
			}
		}
		if len(tickets) == 0 {
			return jury
		}
		hash := sha256.Sum256(append(slices.Clone(seed[:]), byte(k>>24), byte(k>>16), byte(k>>8), byte(k)))
		at := new(big.Int).Mod(new(big.Int).SetBytes(hash[:]), big.NewInt(int64(len(tickets))))
		jury = append(jury, tickets[at.Int64()])
	}
	return jury
}

func TestDrawJuryAgainstTickets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var seed [32]byte
		binary.BigEndian.PutUint64(seed[:], rapid.Uint64().Draw(t, "seed"))
		weights := rapid.SliceOfN(rapid.Uint64Range(0, 9), 0, 12).Draw(t, "weights")
		n := rapid.IntRange(0, 12).Draw(t, "n")
		if got, want := DrawJury(seed, weights, n), slowDraw(seed, weights, n); !slices.Equal(got, want) {
			t.Fatalf("%v of %v: %v, want %v", n, weights, got, want)
		}
	})
}

// Over many seeds the first seat goes to each candidate in proportion to its
// weight: 1, 2, 3 and 4 tenths of 20,000, within five standard deviations.
func TestDrawJuryFollowsTheWeights(t *testing.T) {
	const draws = 20_000
	var first [4]int
	for i := range uint64(draws) {
		var seed [32]byte
		binary.BigEndian.PutUint64(seed[:], i)
		first[DrawJury(seed, []uint64{1 << 58, 2 << 58, 3 << 58, 4 << 58}, 3)[0]]++
	}
	for i, got := range first {
		want := draws * (i + 1) / 10
		variance := want * (9 - i) / 10
		if d := got - want; d*d > 25*variance {
			t.Errorf("candidate %d was drawn %d times, want %d with a variance of %d", i, got, want, variance)
		}
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
	if a, b, c := good.BondAfter(0), good.BondAfter(3), good.BondAfter(99); a != 100 || b != 800 || c != 102400 {
		t.Errorf("bonds %d, %d, %d", a, b, c)
	}
	if got := good.Winner(101); got != 50 {
		t.Errorf("half of 101, rounded down, is %d", got)
	}
	// Three rounds of 1 + 2 s, two appeals of 3 s, two blocks before each jury.
	if got := good.LongestS(); got != 3*3+2*3+3*1200 {
		t.Errorf("longest %d", got)
	}
	if got := good.RestS(2); got != 3 {
		t.Errorf("the last round takes %d", got)
	}
}
