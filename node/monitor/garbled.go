package monitor

import (
	"errors"
	"fmt"
	"time"
)

// Waits before entries are asked for again that did not fit the head they were asked for under, each twice the one before:
// an answer may cost something, and whoever changes answers must not make a monitor fetch for ever.
const (
	firstAskMs    = 60 * 1000
	longestAskMs  = 3600 * 1000
	firstHuntMs   = 3600 * 1000
	longestHuntMs = 24 * 3600 * 1000
)

// garbledLooks is how many answers in a row may not fit before that is an alarm: one may be an accident.
const garbledLooks = 3

// trouble is what is remembered, over restarts, of answers that did not fit. Times are by the monitor's clock, unix ms.
type trouble struct {
	Times int64 `json:"times,omitempty"`  // in a row
	AskMs int64 `json:"ask_ms,omitempty"` // when entries may be asked for again

	Hunts  int64 `json:"hunts,omitempty"` // since the copy was last the whole log
	HuntMs int64 `json:"hunt_ms,omitempty"`
}

// doubled is the n-th wait, n from 0.
func doubled(first, longest, n int64) int64 { return min(first<<min(n, 16), longest) }

func (t *trouble) mayAsk(now int64) bool  { return now >= t.AskMs }
func (t *trouble) mayHunt(now int64) bool { return now >= t.HuntMs }

// hunted counts an attempt to have the rest of the log.
func (t *trouble) hunted(now int64) {
	t.HuntMs = now + doubled(firstHuntMs, longestHuntMs, t.Hunts)
	t.Hunts++
}

// errWaits says that entries are not asked for yet.
var errWaits = errors.New("what came the last time did not fit")

// garbled notes that what came is not what econd's key signed. Nobody can be held to it, for anybody between
// econd and the monitor may have changed it, so it is no proof: what lasts is an alarm all the same.
func (m *Monitor) garbled(why error) error {
	t := &m.state.Trouble
	t.AskMs = m.now() + doubled(firstAskMs, longestAskMs, t.Times)
	t.Times++
	if err := m.state.put("garbled", nil); err != nil {
		return err
	}
	m.fault("econd's log cannot be followed", fmt.Errorf("%w; asked for again at %s", why, clock(t.AskMs)))
	if t.Times < garbledLooks {
		return nil
	}
	return m.raise(Garbled, "", nil, "the entries that come are not those under the head that econd's key signed, %d times in a row (%v). "+
		"Something between changes them, or econd gives others: ask by another way, over https and without a proxy or cache, or at another address or mirror of this log. "+
		"What was verified is kept, and the rest asked for at growing waits of at most %v", t.Times, why, longestAskMs*time.Millisecond)
}

// fits ends what garbled began: the copy is the log again.
func (m *Monitor) fits() error {
	m.state.Trouble = trouble{}
	return m.settle(Garbled, "")
}
