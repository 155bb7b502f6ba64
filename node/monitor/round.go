package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/econd/econd/node/audit"
)

// Report is how a log stands after a round.
type Report struct {
	Economy string `json:"economy"`
	LogKey  string `json:"log_key"`

	Entries   uint64 `json:"entries"`     // that were recomputed
	HeadSize  int64  `json:"head_size"`   // entries under the largest head that was seen anywhere
	NewHeadMs int64  `json:"new_head_ms"` // when that was first seen
	LastMs    int64  `json:"last_ms"`     // stamp of the last entry that was recomputed
	Height    uint32 `json:"height"`
	StampedTo uint32 `json:"stamps_checked_to"` // height; 0: no headers

	Alarms     []Alarm            `json:"alarms"` // that stand
	Faults     []string           `json:"faults"` // what could not be done in this round
	Due        []string           `json:"due"`    // what has been due for long
	Unanswered []audit.Unanswered `json:"unanswered"`
	Unjudged   string             `json:"unjudged,omitempty"` // why entries are checked in form alone
}

// OK tells whether nothing is wrong and everything could be done.
func (r Report) OK() bool { return len(r.Alarms)+len(r.Faults) == 0 }

// Round looks at everything once: what was signed is kept, then held against the log. An error is the
// monitor's own, such as a full disk; what econd does wrong, or does not do, is in the report.
func (m *Monitor) Round(ctx context.Context) (Report, error) {
	m.faults, m.before, m.latest = nil, m.faults, nil
	for _, step := range []func(context.Context) error{
		m.takeAnswers, m.takeHead, m.askDoors, m.follow, m.reopen, m.judgeHeads, m.judgeAnswers, m.walkAnchors, m.checkStamps, m.watchTime,
	} {
		if m.state.LogKey == "" {
			if ok, err := m.meet(ctx); err != nil || !ok {
				return m.report(), err
			}
		}
		if err := step(ctx); err != nil {
			return m.report(), err
		}
		if ctx.Err() != nil {
			return m.report(), ctx.Err()
		}
	}
	return m.report(), nil
}

// meet learns which log this is.
func (m *Monitor) meet(ctx context.Context) (bool, error) {
	ask, end := m.within(ctx)
	defer end()
	about, err := m.cfg.Econd.Info().Get(ask)
	if err == nil && about.Economy == "" {
		err = errors.New("it names no economy")
	}
	if err != nil {
		m.fault("econd says nothing about itself", err)
		return false, ctx.Err()
	}
	key := about.Log.VerifierKey
	if m.cfg.Economy != "" && about.Economy != m.cfg.Economy || m.cfg.LogKey != "" && key != m.cfg.LogKey && !sameLog(key, m.cfg.LogKey) {
		return false, fmt.Errorf("%w: econd there keeps economy %.100q with the log key %.200q, which are not those expected", ErrConfig, about.Economy, key)
	}
	if m.cfg.LogKey != "" && key != m.cfg.LogKey {
		if ok, err := m.wentOver(ctx, about.Size); err != nil || !ok {
			return false, err
		}
	}
	m.state.Economy, m.state.LogKey, m.state.WitnessedMs, m.state.NewHeadMs = about.Economy, key, m.now(), m.now()
	if err := m.recompute(ctx); err != nil {
		return false, err
	}
	return true, m.state.put("met", nil)
}

// within bounds a request that brings one answer.
func (m *Monitor) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, m.cfg.Stall)
}

// watchTime raises what takes time to be wrong, and says what has been due.
func (m *Monitor) watchTime(context.Context) error {
	none := func() *evidence { return nil }
	if err := m.when(m.tooLong(m.state.NewHeadMs), Silent, "", none,
		"no new head since %s", clock(m.state.NewHeadMs)); err != nil {
		return err
	}
	if m.cfg.Policy != nil {
		if err := m.when(m.tooLong(m.state.WitnessedMs), Unwitnessed, "", m.lastHead, "no head with the quorum of the policy since %s", clock(m.state.WitnessedMs)); err != nil {
			return err
		}
	}
	late := len(m.open) > 0 && m.tooLong(m.open[0].SeenMs) && !m.contradicted()
	var first Head
	if late {
		first = m.open[0]
	}
	if err := m.when(late, Withheld, "", func() *evidence { return m.replayed(m.copy.size(), []byte(first.Note)) },
		"a head of %d entries was shown by %s at %s, and econd has given %d", first.Size, first.Door, clock(first.SeenMs), m.copy.size()); err != nil {
		return err
	}
	m.due = nil
	if m.log.Size() > 0 && m.log.Newer() == nil {
		m.due = m.log.End(m.now())
	}
	return nil
}

// lastHead is the newest head as evidence that it lacks cosignatures.
func (m *Monitor) lastHead() *evidence {
	if m.covered == nil {
		return nil
	}
	return m.replayed(m.copy.size(), []byte(m.covered.Note))
}

func (m *Monitor) report() Report {
	at := m.log.At()
	r := Report{Economy: m.state.Economy, LogKey: m.currentKey(), Entries: m.log.Size(), NewHeadMs: m.state.NewHeadMs,
		LastMs: at.TimeMs, Height: at.Height, StampedTo: m.stamped,
		Alarms: []Alarm{}, Faults: append([]string{}, m.faults...), Due: []string{}, Unanswered: []audit.Unanswered{}}
	for _, n := range m.state.Largest {
		r.HeadSize = max(r.HeadSize, n)
	}
	for _, a := range m.alarms {
		if a.EndedMs == 0 {
			r.Alarms = append(r.Alarms, a)
		}
	}
	slices.SortFunc(r.Alarms, func(a, b Alarm) int { return strings.Compare(string(a.key()), string(b.key())) })
	if err := m.log.Newer(); err != nil {
		r.Unjudged = err.Error()
	}
	if m.due != nil {
		for _, d := range m.due.Due {
			if d.AtMs == 0 || m.now()-d.AtMs > m.cfg.Overdue.Milliseconds() {
				r.Due = append(r.Due, d.Text)
			}
		}
		for _, u := range m.due.Unanswered {
			if u.AgeS > int64(m.cfg.Overdue/time.Second) {
				r.Unanswered = append(r.Unanswered, u)
			}
		}
	}
	return r
}

func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05 UTC") }
