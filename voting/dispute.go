package voting

import (
	"fmt"

	"github.com/econd/econd/node/member"
	"github.com/econd/econd/node/muldiv"
)

// DisputeRule says how decisions of a track can be challenged. Durations are
// seconds, amounts are sats. It is a value and safe for concurrent use.
type DisputeRule struct {
	// Field is the expertise that jurors must offer.
	Field string `json:"field"`
	// WindowS is how long after its close a queued proposal can be
	// challenged, at most the timelock.
	WindowS int64 `json:"window_s"`
	// AfterS is how long an executed proposal can be challenged whose actions
	// can all be undone; 0: not at all.
	AfterS int64 `json:"after_s,omitempty"`
	// BondSat is what the first challenge of a proposal locks; each further
	// one, and each appeal of the same dispute, locks twice the one before.
	BondSat int64 `json:"bond_sat"`
	// Jurors is how many the first round draws; odd. Each appeal draws twice
	// as many and one.
	Jurors int64 `json:"jurors"`
	// CommitS, RevealS and AppealS are the parts of a round.
	CommitS int64 `json:"commit_s"`
	RevealS int64 `json:"reveal_s"`
	AppealS int64 `json:"appeal_s"`
	// MaxRounds is the most rounds of one dispute, 1 to 4.
	MaxRounds int64 `json:"max_rounds"`
	// WinnerPPM is the winner's part of what the losers forfeit; the rest is
	// shared by the jurors who voted as the final ruling. 0 is one half.
	WinnerPPM int64 `json:"winner_ppm,omitempty"`
	// Seats is how the seats of a jury are drawn, SeatsSpread where absent.
	Seats string `json:"seats,omitempty"`
	// FieldTimes is how many times the first jury the field must be, in
	// candidates; 0 is once. Every jury needs as many candidates as seats.
	FieldTimes int64 `json:"field_times,omitempty"`
	// LeastScorePPM is the least sum of the candidates' scores, as a share of
	// all trust; 0 is DefaultLeastScorePPM.
	LeastScorePPM int64 `json:"least_score_ppm,omitempty"`
	// SeniorityS is how long before the challenge a juror must have offered
	// itself, and had its score.
	SeniorityS int64 `json:"seniority_s,omitempty"`
}

// How seats are drawn.
const (
	// SeatsWeight draws every seat over the whole weights, so that seats follow
	// weight however it is divided among keys. Who sat may sit again, and on
	// several disputes at once.
	SeatsWeight = "weight"
	// SeatsSpread gives nobody more seats than its part of the weight, rounded
	// up, and none to who sat before or sits elsewhere. Whoever divides its weight
	// among many keys gets more than its part.
	SeatsSpread = "spread"
)

// DefaultLeastScorePPM is the floor where a rule names none: one hundredth of all
// trust.
const DefaultLeastScorePPM = 10_000

// maxDoubling is how often bonds of challenges double.
const maxDoubling = 10

// Validate reports the first field that makes the rule unusable beside a
// timelock.
func (r DisputeRule) Validate(timelockS int64) error {
	if m := disputeTable.MisfitOf(&r, "window_s", "seniority_s", member.NoMore("window_s", timelockS)); m != nil {
		return misfit(m)
	}
	if r.Jurors%2 == 0 {
		return fmt.Errorf("%w: jurors: %d is even", ErrRule, r.Jurors)
	}
	return misfit(disputeTable.MisfitOf(&r, "seats", "field"))
}

// JurorsIn is how many jurors a round draws, from round 0: n, 2n+1, ...
func (r DisputeRule) JurorsIn(round int) int {
	n := r.Jurors
	for range round {
		n = 2*n + 1
	}
	return int(n)
}

// Candidates is how many candidates a round needs: the field is FieldTimes the
// first jury, and nobody need sit twice.
func (r DisputeRule) Candidates(round int) int {
	return max(int(r.Jurors*max(r.FieldTimes, 1)), r.JurorsIn(round))
}

// ScorePPM is the least sum of the candidates' scores, as a share of all trust.
func (r DisputeRule) ScorePPM() int64 {
	if r.LeastScorePPM == 0 {
		return DefaultLeastScorePPM
	}
	return r.LeastScorePPM
}

// ByWeight tells whether every seat is drawn over the whole weights.
func (r DisputeRule) ByWeight() bool { return r.Seats == SeatsWeight }

// DrawJury draws the seats of a round as the rule says, see DrawSeats.
func (r DisputeRule) DrawJury(seed [32]byte, weights []uint64, round int) []int {
	n, takes := r.JurorsIn(round), uint64(0)
	if !r.ByWeight() {
		takes = SeatPart(weights, n)
	}
	return DrawSeats(seed, weights, n, takes)
}

// Upholds tells whether votes of so many of all seats uphold a challenge: more than half
// of the seats, so that who does not vote never helps to overturn a decision.
func Upholds(uphold, seats int64) bool { return 2*uphold > seats }

// BondAfter is the bond of a challenge or appeal that comes after n others: it
// doubles with each, ten times at most.
func (r DisputeRule) BondAfter(n int) int64 { return r.BondSat << min(n, maxDoubling) }

// DrawBlocks is how many blocks must come after a bond is locked before a jury
// is drawn, so that whoever locks it cannot know the hash.
const DrawBlocks = 2

// DrawBlocksLagging is DrawBlocks where the log learns of blocks by headers, which it may have two
// hours late: who enters the lock must not know the hash either. Of 34 blocks or more within two
// hours there is a chance of one in ten million (a Poisson distribution of mean twelve).
const DrawBlocksLagging = 36

// LongestS is how long a dispute can last from the lock of its bond, in seconds,
// at ten minutes a block, if each jury is drawn after so many blocks.
func (r DisputeRule) LongestS(drawBlocks int64) int64 {
	return drawBlocks*blockS + r.RestS(0, drawBlocks)
}

// RestS is how long a dispute can still last when the jury of a round, from 0, is
// drawn, in seconds, at ten minutes a block, if later ones are drawn after so many blocks.
func (r DisputeRule) RestS(round int, drawBlocks int64) int64 {
	left := r.MaxRounds - int64(round)
	return left*(r.CommitS+r.RevealS) + (left-1)*(r.AppealS+drawBlocks*blockS)
}

// blockS is the time that Bitcoin aims at between two blocks, in seconds.
const blockS = 600

// Winner is the winner's part of a sum, rounded down.
func (r DisputeRule) Winner(sat int64) int64 {
	ppm := uint64(r.WinnerPPM)
	if ppm == 0 {
		ppm = PPM / 2
	}
	part := muldiv.Floor(uint64(sat), ppm, PPM)
	return int64(part)
}
