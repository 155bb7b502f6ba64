package ledger

import (
	"strconv"

	"github.com/econd/econd/node/op"
)

// Words about spam.
//
//	NAME copies X as Y             the same content, signed by another key
//	NAME replays X                 the very event of X, sent by anybody
//	asks TRACK = SATS              collateral of the next proposal
func init() {
	looks["asks"] = func(sc *scenario, f []string) string {
		return "= " + strconv.FormatInt(sc.s.CollateralSat(f[0], sc.at.TimeMs), 10)
	}
	verbs["copies"] = func(sc *scenario, who string, f []string) error {
		e := sc.eventOf(f[0])
		return sc.request(who, f[2], e.Kind, op.Raw(e.Content))
	}
	verbs["replays"] = func(sc *scenario, _ string, f []string) error {
		sc.enterDue()
		_, err := Apply(sc.s, &op.Entry{Seq: sc.s.Next(), Stamp: sc.at, Event: sc.eventOf(f[0])})
		return err
	}
}

func (sc *scenario) eventOf(label string) *op.Event {
	for _, e := range sc.log {
		if e.Event.ID == sc.labels[label] {
			return e.Event
		}
	}
	sc.fatalf("nothing goes by %s", label)
	return nil
}
