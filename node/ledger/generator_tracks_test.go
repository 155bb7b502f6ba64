package ledger

import (
	"math/big"
	"slices"

	"github.com/econd/econd/node/op"
)

// The slow reading of tracks: how crowded they are, and what stands still.

// slowCrowd is how crowded a track is.
type slowCrowd struct {
	sat, sinceMs int64 // the level that proposals raised it to
	runs, waits  []*slowProp
}

// level is the crowd's level at an instant, with so many running.
func (c *slowCrowd) level(t map[string]any, running, ms int64) (sat, sinceMs int64) {
	rule, base := t["throttle"], number(t, "collateral_sat")
	sat, sinceMs = min(max(c.sat, base), number(rule, "max_sat")), c.sinceMs
	if running >= number(rule, "target") {
		return sat, sinceMs
	}
	each := 1000 * number(rule, "decay_s")
	for ms-sinceMs >= each && sat > base {
		sat = max(base, sat-(sat*number(rule, "decay_ppm")+999_999)/1_000_000)
		sinceMs += each
	}
	return sat, ms - (ms-c.sinceMs)%each
}

// rise is what one proposal more above the target asks.
func rise(rule any, sat int64) int64 {
	return min(number(rule, "max_sat"), sat+(sat*number(rule, "rise_ppm")+999_999)/1_000_000)
}

// after is the crowd with those running whose vote has started.
func (m *slow) after(name string, ms int64) slowCrowd {
	c := slowCrowd{}
	if have := m.crowds[name]; have != nil {
		c = slowCrowd{have.sat, have.sinceMs, slices.Clone(have.runs), slices.Clone(have.waits)}
	}
	for {
		slices.SortStableFunc(c.waits, func(a, b *slowProp) int { return int(a.startMs() - b.startMs()) })
		if len(c.waits) == 0 || c.waits[0].startMs() > ms {
			return c
		}
		if t := m.track(name); t["throttle"] != nil {
			c.sat, c.sinceMs = c.level(t, int64(len(c.runs)), c.waits[0].startMs())
		}
		c.runs, c.waits = append(c.runs, c.waits[0]), c.waits[1:]
	}
}

func (m *slow) started(p *slowProp) {
	if m.crowds[p.name] == nil {
		m.crowds[p.name] = &slowCrowd{}
	}
	c := m.crowds[p.name]
	c.waits = append(c.waits, p)
}

// offCourse counts a proposal out of its track.
func (m *slow) offCourse(p *slowProp) {
	if p.lockedMs == 0 || m.crowds[p.name] == nil {
		return
	}
	c := m.after(p.name, m.at.TimeMs)
	*m.crowds[p.name] = c
	have := m.crowds[p.name]
	if i := slices.Index(c.waits, p); i >= 0 {
		have.waits = slices.Delete(slices.Clone(c.waits), i, i+1)
		return
	}
	if t := m.track(p.name); t["throttle"] != nil {
		n, target := int64(len(c.runs)), number(t, "throttle", "target")
		have.sat, have.sinceMs = c.level(t, n, m.at.TimeMs)
		if n > target && p.end != "cancelled" && !m.lostHonestly(p) {
			have.sat = rise(t["throttle"], have.sat)
			m.note("a throttle rises")
		}
		if n == target {
			have.sinceMs = m.at.TimeMs
		}
	}
	have.runs = slices.DeleteFunc(slices.Clone(c.runs), func(x *slowProp) bool { return x == p })
}

// lostHonestly tells whether a proposal that was defeated had enough in favour, of
// those who voted or of a least turnout.
func (m *slow) lostHonestly(p *slowProp) bool {
	c := p.outcome
	if p.gathers() {
		sat := int64(c.Conviction.StakeSat)
		return p.closedMs != 0 && !c.Passed && (sat == 0 || atLeast(int64(c.For), sat, number(p.track, "honest_for_ppm")))
	}
	came := big.NewInt(int64(c.Eligible))
	came.Mul(came, big.NewInt(number(p.track, "honest_turnout_ppm"))).Add(came, big.NewInt(999_999)).Quo(came, big.NewInt(1_000_000))
	whole := max(int64(c.For+c.Against), came.Int64())
	return p.closedMs != 0 && !c.Passed && (whole == 0 || atLeast(int64(c.For), whole, number(p.track, "honest_for_ppm")))
}

// asks is the collateral that a track asks of somebody.
func (m *slow) asks(name string, by *slowAgent) int64 {
	t := m.track(name)
	if t["throttle"] == nil {
		return number(t, "collateral_sat")
	}
	c := m.after(name, m.at.TimeMs)
	sat, _ := c.level(t, int64(len(c.runs)), m.at.TimeMs)
	n := int64(len(c.runs) + len(c.waits))
	for _, h := range m.holds {
		if h.why == "collateral" && h.old == nil && h.who == by && h.prop.name == name && (h.state == "requested" || h.state == "offered") {
			n++
		}
	}
	for i := number(t, "throttle", "target"); i < n; i++ {
		sat = rise(t["throttle"], sat)
	}
	return sat
}

type slowPause struct {
	track   string
	untilMs int64
	motion  bool // not agreed yet
	all     string
	signed  []op.PublicKey
}

func (m *slow) lastPause(track string) (last *slowPause) {
	for i := range m.pauses {
		if p := &m.pauses[i]; !p.motion && p.track == track {
			last = p
		}
	}
	return last
}

func (m *slow) pausedUntil(track string) int64 {
	if p := m.lastPause(track); p != nil && m.at.TimeMs <= p.untilMs {
		return p.untilMs
	}
	return 0
}

// pause follows a guardian's word on a pause.
func (m *slow) pause(e *op.Entry) {
	c := read[op.Pause](e.Event)
	slices.Sort(c.Tracks)
	x := slowPause{motion: true, all: write(c)}
	c.Reason = ""
	x.all = write(c)
	for i := range m.pauses {
		if have := m.pauses[i]; have.motion && have.all == x.all {
			x = have
		}
	}
	m.pauses = slices.DeleteFunc(m.pauses, func(p slowPause) bool { return p.motion && p.all == x.all })
	if !m.agreed(&x.signed, e.Event.PubKey) {
		m.pauses = append(m.pauses, x)
		return
	}
	m.note("a pause")
	for _, t := range c.Tracks {
		m.setPause(t, c.UntilMs)
	}
}

// setPause puts a pause into force, or ends it, and moves what is queued.
func (m *slow) setPause(track string, untilMs int64) {
	if untilMs == 0 {
		untilMs = m.at.TimeMs - 1
		m.lastPause(track).untilMs = untilMs
		m.note("a pause lifted")
	} else {
		m.pauses = append(m.pauses, slowPause{track: track, untilMs: untilMs})
	}
	for _, p := range m.props {
		ph := p.phase(m.at.TimeMs)
		if p.name != track || p.unstoppable() || p.end != "" || ph != "queued" && ph != "disputed" {
			continue
		}
		if p.pausedMs = untilMs; p.afterMs() < m.at.TimeMs {
			p.pausedMs = m.at.TimeMs
		}
		m.note("a pause moves an execution")
		if ph == "disputed" {
			m.note("a dispute during a pause")
		}
	}
}
