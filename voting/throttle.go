package voting

import (
	"fmt"

	"github.com/econd/econd/node/member"
	"github.com/econd/econd/node/muldiv"
)

// ThrottleRule makes collateral dearer while a track is crowded, as the dynamic
// deposits of the Cosmos SDK do (x/gov, ADR "dynamic deposit"): each proposal
// above Target raises what the next one is asked for as long as it is there, and
// for longer if it goes through; each DecayS with fewer than Target lowers it
// again. It is a value and safe for concurrent use.
type ThrottleRule struct {
	Target   int64 `json:"target"`    // proposals on their course, 1 to 10,000
	RisePPM  int64 `json:"rise_ppm"`  // for each one above the target, 1 to 1,000,000
	DecayPPM int64 `json:"decay_ppm"` // each decay_s below it, 10,000 to 1,000,000
	DecayS   int64 `json:"decay_s"`   // seconds
	MaxSat   int64 `json:"max_sat"`   // most that is asked
}

// Validate reports the first field that makes the rule unusable on a track with
// that collateral.
func (r ThrottleRule) Validate(baseSat int64) error {
	if baseSat < 1 {
		return fmt.Errorf("%w: throttle: needs collateral_sat above 0", ErrRule)
	}
	if m := throttleTable.Misfit(&r, member.NoLess("max_sat", baseSat)); m != nil {
		return fmt.Errorf("%w: throttle.%s: %s", ErrRule, m.Field(), m.Sentence())
	}
	return nil
}

// Ask is what a track asks as collateral: the level that proposals have raised
// it to, and from when on the decay below the target counts. The zero value is
// the track's own collateral.
type Ask struct {
	Sat     int64
	SinceMs int64
}

// At is the level at nowMs, after open proposals were running since
// before. Each full decay period with fewer than the target takes its share,
// rounded up and at least a sat, down to the track's own collateral.
func (r ThrottleRule) At(a Ask, baseSat, open, nowMs int64) Ask {
	a.Sat = min(max(a.Sat, baseSat), r.MaxSat)
	if open >= r.Target {
		return a
	}
	for periods := (nowMs - a.SinceMs) / (1000 * r.DecayS); periods > 0 && a.Sat != baseSat; periods-- {
		a.Sat = max(baseSat, a.Sat-int64(muldiv.Ceil(uint64(a.Sat), uint64(r.DecayPPM), PPM)))
	}
	a.SinceMs = nowMs - (nowMs-a.SinceMs)%(1000*r.DecayS)
	return a
}

// Ended is the level after one of the running proposals, itself among them,
// ended at nowMs. One that went through above the target raises it: until then
// its part in what is asked is that of Quote, and with it comes to the same.
// Falling below the target starts the first decay period.
func (r ThrottleRule) Ended(a Ask, baseSat, running int64, through bool, nowMs int64) Ask {
	a = r.At(a, baseSat, running, nowMs)
	if through && running > r.Target {
		a.Sat = r.rise(a.Sat)
	}
	if running == r.Target {
		a.SinceMs = nowMs
	}
	return a
}

// Quote is what the next proposal is asked, with so many running and waiting; of
// drafts that have not locked their collateral yet its proposer's own are among
// these: they count as if they ran, or many could be drafted at the price of one. Those that come to
// nothing leave the level as it is.
func (r ThrottleRule) Quote(a Ask, baseSat, running, waiting, nowMs int64) int64 {
	ask := r.At(a, baseSat, running, nowMs).Sat
	for n := r.Target + 1; n <= running+waiting && ask != r.MaxSat; n++ {
		ask = r.rise(ask)
	}
	return ask
}

// rise is the level after one more proposal above the target, rounded up.
func (r ThrottleRule) rise(sat int64) int64 {
	return min(r.MaxSat, sat+int64(muldiv.Ceil(uint64(sat), uint64(r.RisePPM), PPM)))
}
