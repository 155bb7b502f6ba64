package jury

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/econd/econd/voting"
)

// Every way to fill up to eleven seats, one by one.
func TestExactAgainstEveryJury(t *testing.T) {
	for _, n := range []int64{1, 2, 3, 4, 5, 11} {
		for _, share := range []int64{0, 50_000, 333_333, 500_000, 1_000_000} {
			want := new(big.Rat)
			for jury := range 1 << n {
				p, theirs := big.NewRat(1, 1), int64(0)
				for seat := range n {
					if jury>>seat&1 == 1 {
						p.Mul(p, big.NewRat(share, voting.PPM))
						theirs++
					} else {
						p.Mul(p, big.NewRat(voting.PPM-share, voting.PPM))
					}
				}
				if 2*theirs > n {
					want.Add(want, p)
				}
			}
			if got := Exact(n, share); got.Cmp(want) != 0 {
				t.Errorf("%d seats, %d ppm: %v, want %v", n, share, got, want)
			}
		}
	}
}

// Juries of one seat a key, against every jury of a field of eight.
func TestByKeysAgainstEveryJury(t *testing.T) {
	const all = 8
	for _, n := range []int64{1, 3, 5, 7} {
		for bought := range int64(all + 1) {
			won, juries := int64(0), int64(0)
			for set := range 1 << all {
				size, theirs := int64(0), int64(0)
				for k := range int64(all) {
					if set>>k&1 == 1 {
						if size++; k < bought {
							theirs++
						}
					}
				}
				if size == n {
					juries++
					if 2*theirs > n {
						won++
					}
				}
			}
			if got, want := ByKeys(n, all, bought), big.NewRat(won, juries); got.Cmp(want) != 0 {
				t.Errorf("%d seats, %d of %d keys bought: %v, want %v", n, bought, all, got, want)
			}
		}
	}
	if got := ByKeys(5, 4, 4); got.Sign() != 0 {
		t.Errorf("a field of 4 fills five seats with chance %v", got)
	}
}

// What is drawn is what was computed: within five standard deviations, whether each
// side has one key or many; and so for juries of one seat a key.
func TestDrawsMeetTheChance(t *testing.T) {
	const draws = 10_000
	near := func(what string, got int64, p *big.Rat) {
		t.Helper()
		want := ppmOf(p)
		// In units of draws: variance p(1-p)*draws.
		x, y := got*draws/voting.PPM, want*draws/voting.PPM
		if d := x - y; d*d > 25*(want*(voting.PPM-want)/voting.PPM*draws/voting.PPM+1) {
			t.Errorf("%s: drawn %d ppm, computed %d ppm", what, got, want)
		}
	}
	for _, keys := range []int{1, 40} {
		r, err := Price(Config{Rule: rule(), Keys: keys, Draws: draws, Seed: 7, SharesPPM: []int64{0, 100_000, 340_000, 510_000, 1_000_000}})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range r.Rows {
			for _, j := range row.Juries {
				near("by weight", j.DrawnPPM, Exact(j.Seats, row.SharePPM))
			}
		}
	}
	weights := make([]uint64, 20)
	for i := range weights {
		weights[i] = 1 << 40
	}
	won := int64(0)
	for i := range uint64(draws) {
		var seed [32]byte
		binary.BigEndian.PutUint64(seed[:], i)
		theirs := 0
		for _, at := range voting.DrawSeats(seed, weights, 5, math.MaxUint64) {
			if at < 8 {
				theirs++
			}
		}
		if theirs > 2 {
			won++
		}
	}
	near("one seat a key", won*voting.PPM/draws, ByKeys(5, 20, 8))
}

func rule() voting.DisputeRule {
	return voting.DisputeRule{Field: "general", WindowS: 1, BondSat: 20_000, Jurors: 5, CommitS: 1, RevealS: 1, AppealS: 1, MaxRounds: 2,
		Seats: voting.SeatsWeight, FieldTimes: 3, LeastScorePPM: 100_000}
}

// 2x/(1+x) of all trust: the least stake reaches the floor, one millionth less does not.
func TestStakeForAFloor(t *testing.T) {
	for _, floor := range []int64{0, 1, 10_000, 50_000, 100_000, 333_333, 1_000_000} {
		x := StakeFor(floor)
		reaches := func(x int64) bool { return 2*x*voting.PPM >= floor*(voting.PPM+x) }
		if !reaches(x) || x > 0 && reaches(x-1) {
			t.Errorf("%d ppm of trust take %d ppm of stake", floor, x)
		}
	}
	if got := StakeFor(100_000); got != 52_632 {
		t.Errorf("a tenth of all trust takes %d ppm of stake", got)
	}
}

func TestPrice(t *testing.T) {
	r, err := Price(Config{Rule: rule(), JurorBondSat: 10_000, ReceiptMinSat: 10, Keys: 1, SharesPPM: []int64{0, 500_000, 1_000_000}})
	if err != nil {
		t.Fatal(err)
	}
	if r.FieldCandidates != 15 || r.FieldBondsSat != 150_000 || r.ReceiptsSat != 150 || r.ChallengeSat != 20_000 || r.AppealsSat != 40_000 {
		t.Errorf("%+v", r)
	}
	// Half of the weight wins half of the last juries: of 60,000 at risk after a lost
	// first round, of 20,000 after a won one, half is lost.
	for i, want := range []Row{{FinalPPM: 0, LossSat: 60_000}, {FinalPPM: 500_000, LossSat: 20_000, EvenTries: 1}, {FinalPPM: 1_000_000, EvenTries: 1}} {
		if got := r.Rows[i]; got.FinalPPM != want.FinalPPM || got.LossSat != want.LossSat || got.EvenTries != want.EvenTries {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	for p, want := range map[int64]int64{499_999: 2, 500_000: 1, 292_893: 3, 292_894: 2, 1: 693_147} {
		if got := evenTries(big.NewRat(p, voting.PPM)); got != want {
			t.Errorf("%d ppm: even after %d tries, want %d", p, got, want)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"spread seats": func(c *Config) { c.Rule.Seats = "" },
		"no key":       func(c *Config) { c.Keys = 0 },
		"many keys":    func(c *Config) { c.Keys = 1001 },
		"many draws":   func(c *Config) { c.Draws = 1_000_001 },
		"share":        func(c *Config) { c.SharesPPM = []int64{voting.PPM + 1} },
	} {
		c := Config{Rule: rule(), Keys: 1}
		if spoil(&c); c.validate() == nil {
			t.Errorf("%s is accepted", name)
		}
		if _, err := Price(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
