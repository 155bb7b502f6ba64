package constitution

import (
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// WalletBlocks is the life of a hold that most wallets can pay.
const WalletBlocks = 288

// WalletAsks is what a constitution asks of the wallets of its agents, in blocks
// of about ten minutes.
type WalletAsks struct {
	CltvBlocks  int64 `json:"cltv_blocks"`  // of each hold, on top of its route
	RenewBlocks int64 `json:"renew_blocks"` // after which it is due to be renewed
	LastBlocks  int64 `json:"last_blocks"`  // after which a collateral or bond ends that was not

	Tracks []TrackAsks `json:"tracks"` // those with collateral or disputes
}

// TrackAsks is what a track asks.
type TrackAsks struct {
	Name          string `json:"name"`
	CollateralSat int64  `json:"collateral_sat"`
	// CourseBlocks is the longest that collateral can be bound, with one dispute
	// and the longest evaluation, pauses and further disputes apart; Renewals
	// how often it is renewed in that time.
	CourseBlocks int64 `json:"course_blocks"`
	Renewals     int64 `json:"renewals"`
	// DisputeBlocks is the longest that a bond can be bound, 0 without disputes.
	DisputeBlocks   int64 `json:"dispute_blocks,omitempty"`
	DisputeRenewals int64 `json:"dispute_renewals,omitempty"`
}

// Asks says what the constitution asks of wallets. Times are rounded up to
// blocks.
func (c *Constitution) Asks() WalletAsks {
	n := c.Stake.CltvBlocks
	asks := WalletAsks{CltvBlocks: int64(n), RenewBlocks: int64(stake.RenewHeight(0, n)), LastBlocks: int64(stake.ForfeitHeight(n)), Tracks: []TrackAsks{}}
	for i := range c.Tracks {
		t := &c.Tracks[i]
		if t.CollateralSat == 0 && t.Dispute == nil {
			continue
		}
		a := TrackAsks{Name: t.Name, CollateralSat: t.CollateralSat}
		if t.CollateralSat > 0 {
			a.CourseBlocks = Blocks(courseS(t, c.DrawBlocks()))
			a.Renewals = stake.Renewals(n, a.CourseBlocks)
		}
		if t.Dispute != nil {
			a.DisputeBlocks = Blocks(t.Dispute.LongestS(c.DrawBlocks()))
			a.DisputeRenewals = stake.Renewals(n, a.DisputeBlocks)
		}
		asks.Tracks = append(asks.Tracks, a)
	}
	return asks
}

// courseS is the longest that a proposal can go from its locked collateral to
// the end of its grace or of its evaluation, one dispute included, pauses and
// further disputes apart, in seconds.
func courseS(t *voting.Track, drawBlocks int64) int64 {
	course := t.VotingDelayS + t.VotingPeriodS + t.LateQuorumS + t.TimelockS + t.GraceS
	if t.Opposition != nil {
		course += max(0, t.Opposition.MaxDelay-t.TimelockS)
	}
	if t.Dispute != nil {
		course += t.Dispute.LongestS(drawBlocks)
	}
	if t.Evaluation != nil {
		course += t.Evaluation.MaxPeriodS
	}
	return course
}
