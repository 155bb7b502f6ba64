package ledger

import (
	"fmt"
	"strings"

	"github.com/econd/econd/node/op"
)

// Words on what agents say of their locks:
//
//	NAME confirms X [SAT] [until HEIGHT] [hash LABEL]   its node holds the HTLCs of hold X: what is
//	                               locked, or what X asks for, or what is given
//	vouched X = agent|renewal|operator|none
//	contradicts X = lock|amount|expiry|end|nothing
//	contradictions = KIND N ...    how many there are of each kind
func init() {
	verbs["confirms"] = (*scenario).confirms
	looks["vouched"] = func(sc *scenario, f []string) string {
		h, _ := sc.s.HoldSeen(sc.labels[f[0]], Moment{sc.at.TimeMs, sc.at.Height})
		return "= " + orElse(h.Confirmed, "none")
	}
	looks["contradictions"] = func(sc *scenario, _ []string) string {
		var list []string
		for _, c := range sc.s.ContradictionCounts(sc.at.TimeMs) {
			if c.Count > 0 {
				list = append(list, fmt.Sprintf("%s %d", c.In, c.Count))
			}
		}
		return orElse(strings.Join(list, " "), "nothing")
	}
	looks["contradicts"] = func(sc *scenario, f []string) string {
		h, _ := sc.s.HoldSeen(sc.labels[f[0]], Moment{sc.at.TimeMs, sc.at.Height})
		return "= " + orElse(h.Contradicts, "nothing")
	}
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func (sc *scenario) confirms(who string, f []string) error {
	h, _ := sc.s.Hold(sc.labels[f[0]])
	c := op.HoldConfirmed{Hold: h.ID, AmountSat: max(h.AmountSat, h.PaidSat), ExpiryHeight: h.ExpiryHeight}
	if h.PaymentHash != nil {
		c.PaymentHash = *h.PaymentHash
	}
	if c.ExpiryHeight == 0 {
		c.ExpiryHeight = sc.expiryOf(h.ID)
	}
	f = f[1:]
	if len(f) > 0 && strings.Trim(f[0], "0123456789") == "" {
		c.AmountSat, f = sc.number(f[0]), f[1:]
	}
	given := sc.options(f)
	if until, ok := given["until"]; ok {
		c.ExpiryHeight = uint32(sc.number(until))
	}
	if label, ok := given["hash"]; ok {
		other, _ := sc.s.Hold(sc.labels[label])
		c.PaymentHash = *other.PaymentHash
	}
	return sc.enter(who, op.KindHoldConfirmed, c)
}
