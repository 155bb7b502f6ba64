package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/witness"
)

// Defaults of Config.
const (
	DefaultSilence  = 24 * time.Hour
	DefaultOverdue  = time.Hour
	DefaultStall    = time.Minute
	DefaultMaxBytes = 16 << 30
)

// ErrConfig says that a configuration cannot work.
var ErrConfig = errors.New("monitor configuration")

// Config sets up a Monitor. Econd and Dir are required.
type Config struct {
	Econd *client.Client // the log's own door
	Doors []Door         // others that show heads of the log: mirrors, witnesses

	// Dir is the folder of the monitor's state, its own alone.
	Dir string

	// LogKey is a key of the log's checkpoints that is expected (name+hash+base64), whichever it has
	// or had, Economy its economy. "": what econd says first, for as long as the folder lives. Keys that
	// the log goes over to from it are followed.
	LogKey, Economy string

	Policy  *witness.Policy        // whose quorum heads must have; nil: nobody's
	Trusted []anchor.TrustedHeader // blocks that are known from elsewhere
	Chain   Chain                  // whose headers stamps are held against; nil: none

	// Answers is the file of answers that an agent keeps, as econctl does beside its key; "": none.
	Answers string

	Silence  time.Duration // how long no new head, entry or cosignature may come; 0: DefaultSilence, below 0: for ever
	Overdue  time.Duration // from when on what is due or unanswered is told; 0: DefaultOverdue
	Stall    time.Duration // how long a request may bring nothing; 0: DefaultStall
	MaxBytes int64         // of the folder; 0: DefaultMaxBytes
	Workers  int           // signatures checked at a time; 0: as many as there are cores

	Now   func() time.Time // nil: time.Now
	Alarm func(Alarm)      // is told each alarm once, when it is on disk; nil: nobody
	Say   func(string)     // is told, for people, what is no alarm; nil: nobody
}

// Monitor watches one log. One goroutine uses it.
type Monitor struct {
	cfg    Config
	state  *state
	copy   *logCopy
	log    *audit.Follower
	alarms map[string]Alarm // all, by key

	latest    *Head  // econd's, of this round; nil: it gave none
	covered   *Head  // the largest head that the copy reaches and agrees with
	open      []Head // heads that the copy does not reach, by size
	from      uint32 // height of the log's first stamp; 0: not known
	unstamped uint64 // how many entries before it are known to have none
	anchors   anchors
	answers   answers
	due       *audit.EndReport
	faults    []string // of the round
	before    []string // of the one before it
	stamped   uint32   // height up to which stamps were held against headers
}

// New opens the folder and recomputes the copy in it. It asks nobody anything.
func New(ctx context.Context, cfg Config) (*Monitor, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	m := &Monitor{cfg: cfg, alarms: map[string]Alarm{}}
	var err error
	if m.state, err = openState(cfg.Dir); err != nil {
		return nil, err
	}
	if m.copy, err = openCopy(cfg.Dir); err == nil {
		err = m.resume(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

func (c *Config) complete() error {
	switch {
	case c.Econd == nil:
		return fmt.Errorf("%w: no econd to watch", ErrConfig)
	case c.Dir == "":
		return fmt.Errorf("%w: no folder for what is kept", ErrConfig)
	case c.MaxBytes < 0:
		return fmt.Errorf("%w: MaxBytes is %d", ErrConfig, c.MaxBytes)
	}
	for _, d := range []struct {
		of   *time.Duration
		none time.Duration
	}{{&c.Silence, DefaultSilence}, {&c.Overdue, DefaultOverdue}, {&c.Stall, DefaultStall}} {
		if *d.of == 0 {
			*d.of = d.none
		}
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

// resume reads the folder: what was kept is held against the copy anew.
func (m *Monitor) resume(ctx context.Context) error {
	if err := m.recompute(ctx); err != nil {
		return err
	}
	if err := m.pin(); err != nil {
		return err
	}
	err := each(m.state, bucketAlarms, func(_ []byte, a Alarm) error {
		m.alarms[string(a.key())] = a
		return nil
	})
	if err != nil {
		return err
	}
	if err := each(m.state, bucketHeads, func(_ []byte, h Head) error { m.open = append(m.open, h); return nil }); err != nil {
		return err
	}
	if err := m.readAnchors(); err != nil {
		return err
	}
	if err := m.readAnswers(); err != nil {
		return err
	}
	return m.judgeHeads(ctx)
}

// pin holds what is expected against what was learnt before. A key that is not known yet may be one
// that the log went over to since: see hasExpectedKey.
func (m *Monitor) pin() error {
	c, s := m.cfg, m.state
	if s.LogKey == "" {
		return nil
	}
	if c.LogKey != "" && !sameLog(c.LogKey, s.LogKey) {
		return fmt.Errorf("%w: the folder is of the log %s, not %s: choose another folder", ErrConfig, s.LogKey, c.LogKey)
	}
	if c.Economy != "" && c.Economy != s.Economy {
		return fmt.Errorf("%w: the folder is of economy %s, not %s: choose another folder", ErrConfig, s.Economy, c.Economy)
	}
	return nil
}

// recompute replays the copy. What this process saw of it before has signatures that are good.
func (m *Monitor) recompute(ctx context.Context) error {
	o := m.premises()
	if m.log != nil {
		o.Checked = m.log.Leaves().First(min(m.log.Size(), m.copy.size()))
	}
	m.log, m.stamped = audit.NewFollower(o), 0
	if err := m.log.Add(ctx, m.copy.first(m.copy.size())); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return fmt.Errorf("%s is not as it was written: %w; %s", m.copy.path, err, remedy)
	}
	return nil
}

// premises are those that the log is recomputed by.
func (m *Monitor) premises() audit.ReplayOptions {
	return audit.ReplayOptions{Workers: m.cfg.Workers,
		Options: audit.Options{Economy: m.state.Economy, LogKey: m.firstKey(), Policy: m.cfg.Policy, Trusted: m.cfg.Trusted}}
}

// Close closes the folder.
func (m *Monitor) Close() error {
	err := m.state.db.Close()
	if m.copy != nil {
		err = errors.Join(err, m.copy.close())
	}
	return err
}

func (m *Monitor) now() int64 { return m.cfg.Now().UnixMilli() }

func (m *Monitor) say(text string) {
	if m.cfg.Say != nil {
		m.cfg.Say(text)
	}
}

// fault notes what could not be done in this round. It is no alarm.
func (m *Monitor) fault(what string, err error) {
	text := printable(what + ": " + err.Error())
	m.faults = append(m.faults, text)
	if !slices.Contains(m.before, text) {
		m.say(text)
	}
}

// tooLong tells whether something has lasted longer than silence may.
func (m *Monitor) tooLong(sinceMs int64) bool {
	return m.cfg.Silence > 0 && m.now()-sinceMs > m.cfg.Silence.Milliseconds()
}

// contradicted tells whether the log cannot be followed further: what econd serves is not what it signed.
func (m *Monitor) contradicted() bool {
	for _, a := range m.alarms {
		switch a.Kind {
		case TwoHistories, RefusedLog:
			return true
		}
	}
	return false
}

// stampOf reads the number and stamp of a line that was recomputed.
func stampOf(line []byte) (op.Stamp, error) {
	e, err := op.DecodeEntry(line)
	if err != nil {
		return op.Stamp{}, err
	}
	return e.Stamp, nil
}
