package voting

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"sort"

	"github.com/econd/econd/node/muldiv"
)

// DecayScale is the fixed-point scale D of a conviction decay: 9,000,000 keeps
// nine tenths per unit of time.
const DecayScale = 10_000_000

// ErrConviction is the kind of every refusal to compute conviction. The
// sentence names the field.
var ErrConviction = errors.New("conviction")

// Conviction returns the conviction after t units of time in which stake was
// constant, starting from y0:
//
//	a^t*y0 + stake*(1-a^t)/(1-a), a = decay/DecayScale
//
// in the fixed-point form of the 1Hive Gardens contract: a^t has 128 binary
// digits and is raised by squaring, each product and the result are rounded to
// the nearest (halves up), the quotient by 1-a is rounded down. It is evaluated
// only when a stake changes, with the stake before the change. The result may
// exceed 64 bits.
func Conviction(decay uint32, t uint64, y0, stake *big.Int) (*big.Int, error) {
	if decay >= DecayScale {
		return nil, fmt.Errorf("%w: decay: %d is not below %d", ErrConviction, decay, DecayScale)
	}
	if y0.Sign() < 0 {
		return nil, fmt.Errorf("%w: y0: %s is below 0", ErrConviction, y0)
	}
	if stake.Sign() < 0 {
		return nil, fmt.Errorf("%w: stake: %s is below 0", ErrConviction, stake)
	}
	one := new(big.Int).Lsh(bigU(1), 128)
	at := powFixed(decay, t, one)

	grown := new(big.Int).Mul(stake, bigU(DecayScale))
	grown.Mul(grown, one.Sub(one, at))
	grown.Div(grown, bigU(uint64(DecayScale-decay)))
	y := new(big.Int).Mul(at, y0)
	return roundShift(y.Add(y, grown)), nil
}

// powFixed returns (decay/DecayScale)^t as a count of 2^-128, which is below 1 for
// t above 0: then it fits in 128 binary digits, and no big integer is needed on
// the way.
func powFixed(decay uint32, t uint64, one *big.Int) *big.Int {
	if t == 0 {
		return new(big.Int).Set(one)
	}
	var base fixed
	var rem uint64
	base.hi, rem = bits.Div64(uint64(decay), 0, DecayScale)
	base.lo, _ = bits.Div64(rem, 0, DecayScale)
	for ; t&1 == 0; t >>= 1 {
		base = base.times(base)
	}
	result := base
	for t >>= 1; t > 0; t >>= 1 {
		base = base.times(base)
		if t&1 != 0 {
			result = result.times(base)
		}
	}
	at := bigU(result.hi)
	return at.Lsh(at, 64).Or(at, bigU(result.lo))
}

// fixed is a number below 1 as a count of 2^-128.
type fixed struct{ hi, lo uint64 }

// times returns the product to the nearest, halves up. Neither factor may be so
// near to 1 that this is 1.
func (a fixed) times(b fixed) fixed {
	h00, _ := bits.Mul64(a.lo, b.lo)
	h01, l01 := bits.Mul64(a.lo, b.hi)
	h10, l10 := bits.Mul64(a.hi, b.lo)
	h11, l11 := bits.Mul64(a.hi, b.hi)
	var c, d uint64
	half, c := bits.Add64(h00, l01, 0) // the digits from 2^64 to 2^128
	half, d = bits.Add64(half, l10, 0)
	lo, over := bits.Add64(l11, h01, c)
	hi := h11 + over
	lo, over = bits.Add64(lo, h10, d)
	hi += over
	lo, over = bits.Add64(lo, half>>63, 0)
	return fixed{hi + over, lo}
}

// roundShift returns (v + 2^127) >> 128 in place.
func roundShift(v *big.Int) *big.Int {
	half := new(big.Int).Lsh(bigU(1), 127)
	return v.Rsh(v.Add(v, half), 128)
}

// ConvictionRule is the pass rule of a conviction track. It is a value and safe
// for concurrent use.
type ConvictionRule struct {
	// Decay is what conviction keeps per unit of time, over DecayScale.
	Decay uint32 `json:"decay"`
	// BetaPPM is the largest share of the pool that may be requested; at it
	// or above no conviction suffices.
	BetaPPM uint32 `json:"beta_ppm"`
	// RhoPPM tunes the threshold: see Threshold.
	RhoPPM uint32 `json:"rho_ppm"`
	// LeastStakePPM is the least share of the supply that counts as staked.
	LeastStakePPM uint32 `json:"least_stake_ppm"`
}

// Validate reports the first field that makes the rule unusable.
func (r ConvictionRule) Validate() error {
	return misfit(convictionTable.Misfit(&r))
}

// EffectiveStake returns the S of the threshold: the high-water mark of the
// stake (so that leaving cannot drop the threshold at once), but no less than
// LeastStakePPM of the supply, rounded up.
func (r ConvictionRule) EffectiveStake(highWater, supply uint64) uint64 {
	return max(highWater, muldiv.Ceil(supply, uint64(r.LeastStakePPM), PPM))
}

// Threshold returns rho*S / (1-a) / (beta-r)^2, r = requested/funds, rounded
// down; conviction has to be above it. Reachable is false where r is at least
// beta or the pool is empty: no conviction passes then.
func (r ConvictionRule) Threshold(stake, requested, funds uint64) (least *big.Int, reachable bool) {
	b := r.Bar(requested, funds)
	if b.den == nil {
		return nil, false
	}
	num := bigU(stake)
	return num.Div(num.Mul(num, b.num), b.den), true
}

// Passes reports whether conviction is strictly above the threshold, compared
// exactly and not with its rounded value.
func (r ConvictionRule) Passes(conviction *big.Int, stake, requested, funds uint64) bool {
	return r.Bar(requested, funds).Passes(conviction, stake)
}

// Bar is the threshold for one request from a pool, for any stake: what does not
// depend on the stake is computed once. It is safe for concurrent use.
type Bar struct {
	num, den *big.Int // the exact threshold is stake*num/den; nil where none is reachable
}

// Bar computes it. With shares in parts per million, beta-r = gap / (PPM*funds).
func (r ConvictionRule) Bar(requested, funds uint64) Bar {
	gap := bigMul(uint64(r.BetaPPM), funds)
	gap.Sub(gap, bigMul(requested, PPM))
	if gap.Sign() <= 0 {
		return Bar{}
	}
	whole := bigMul(funds, PPM)
	num := bigMul(uint64(r.RhoPPM), DecayScale)
	num.Mul(num, whole).Mul(num, whole)
	den := bigMul(uint64(DecayScale-r.Decay), PPM)
	return Bar{num, den.Mul(den, gap).Mul(den, gap)}
}

// Passes is ConvictionRule.Passes for the request.
func (b Bar) Passes(conviction *big.Int, stake uint64) bool {
	if b.den == nil {
		return false
	}
	least := bigU(stake)
	return new(big.Int).Mul(b.den, conviction).Cmp(least.Mul(least, b.num)) > 0
}

// HighWater follows the highest value in a moving window of time. A value that
// another takes the place of in the very instant in which it came never held: what
// one entry of a log moves in two steps has no height between them. The zero value
// is a value of zero since ever. It is not safe for concurrent use; its fields
// may be stored and restored.
type HighWater struct {
	// Current is the value since the last change, which was at Since.
	Current uint64 `json:"current"`
	Since   int64  `json:"since"`
	// Past are earlier values that a window may still see, each with the
	// time at which it ceased to hold: times rise and values strictly fall.
	Past []Sample `json:"past"`
}

// Sample is a value that held until a time, and no longer at it.
type Sample struct {
	Until int64  `json:"until"`
	Value uint64 `json:"value"`
}

// Record notes that the value changes at a time, which may not precede the
// change before, and forgets what a window ending there no longer sees.
func (h *HighWater) Record(at int64, value uint64, window int64) {
	if at != h.Since || h.Past == nil {
		h.keep(at, window)
	}
	h.Current, h.Since = value, at
}

// keep makes the current value one of the past, which ceased to hold at a time.
func (h *HighWater) keep(at, window int64) {
	n := len(h.Past)
	for n > 0 && h.Past[n-1].Value <= h.Current { // mutate:same, an equal value kept twice changes no maximum
		n--
	}
	h.Past = append(h.Past[:n], Sample{at, h.Current})
	h.Past = h.Past[h.first(at, window):]
}

// Max returns the highest value that held at any time in [now-window, now].
func (h *HighWater) Max(now, window int64) uint64 {
	if i := h.first(now, window); i < len(h.Past) {
		return max(h.Current, h.Past[i].Value)
	}
	return h.Current
}

// first returns the index of the oldest past value that the window still sees,
// which is the highest of them.
func (h *HighWater) first(now, window int64) int {
	return sort.Search(len(h.Past), func(i int) bool { return h.Past[i].Until > now-window })
}

// Falls lists the times after now at which Max may fall if the value stays, in
// order.
func (h *HighWater) Falls(now, window int64) []int64 {
	var at []int64
	for _, s := range h.Past[h.first(now, window):] {
		at = append(at, s.Until+window)
	}
	return at
}
