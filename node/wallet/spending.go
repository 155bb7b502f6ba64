package wallet

import (
	"slices"
	"time"
)

// spendingWindow is how long a payment counts against Config.MaxTotalSats.
const spendingWindow = 24 * time.Hour

// spending remembers what was spent, and when.
type spending struct{ list []spentAt }

type spentAt struct {
	at   time.Time
	msat int64
}

// note adds a payment that was handed to the node. One whose end is not known
// counts with the most that its route may cost.
func (s *spending) note(now time.Time, amountMsat int64, p Payment) {
	switch p.State {
	case Failed, NotFound:
	case Succeeded:
		s.list = append(s.list, spentAt{now, amountMsat + p.FeeMsat})
	default:
		s.list = append(s.list, spentAt{now, amountMsat + FeeLimitMsat(amountMsat)})
	}
}

// since is the sum, in msat, of what was spent after an instant. Older payments are
// forgotten.
func (s *spending) since(from time.Time) (sum int64) {
	s.list = slices.DeleteFunc(s.list, func(p spentAt) bool { return !p.at.After(from) })
	for _, p := range s.list {
		sum += p.msat
	}
	return sum
}
