package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/notekey"
)

// errNotThere is that a head is over more entries than econd gives.
var errNotThere = errors.New("econd does not give the entries under it")

// keys are those of the log as far as the copy goes; before there is a genesis, the one that is expected.
func (m *Monitor) keys() logkey.Keys {
	if m.log != nil && m.log.Size() > 0 {
		return m.log.Keys()
	}
	k, _ := logkey.First(m.state.LogKey) // none if it is no key: then nothing opens
	return k
}

// firstKey is the key of the log that every export of it has.
func (m *Monitor) firstKey() string {
	if list := m.keys().All(); len(list) > 0 {
		return list[0].Text
	}
	return m.state.LogKey
}

// currentKey is the key that signs the newest heads.
func (m *Monitor) currentKey() string {
	if list := m.keys().All(); len(list) > 0 {
		return list[len(list)-1].Text
	}
	return m.state.LogKey
}

// openHead checks the signature of a head. One that no key known so far signed may be by one that the log goes over
// to further on, so what econd has under it is fetched first. Known: the entries under it tell its key.
func (m *Monitor) openHead(ctx context.Context, msg []byte) (c anchor.SignedCheckpoint, known bool, err error) {
	if c, err = m.openNow(msg); err == nil {
		return c, true, nil
	}
	claims, not := anchor.Unopened(msg)
	if not != nil {
		return c, true, err
	}
	if known, not = m.reach(ctx, claims); not != nil || !known {
		return c, known, not
	}
	c, err = m.openNow(msg)
	return c, true, err
}

// openNow checks the signature of a head by the keys that are known.
func (m *Monitor) openNow(msg []byte) (anchor.SignedCheckpoint, error) {
	if m.log.Size() == 0 {
		return audit.OpenedBy(m.state.LogKey, msg)
	}
	return m.log.Open(msg)
}

// reach fetches what the copy lacks of the entries under a head that nobody known signed. The error of one that is
// not known is a fault, or the monitor's own.
func (m *Monitor) reach(ctx context.Context, c anchor.Checkpoint) (known bool, err error) {
	if uint64(c.Size) <= m.log.Size() {
		return true, nil
	}
	if m.contradicted() {
		return false, errors.New("the log is followed no further")
	}
	ask, end := m.within(ctx)
	defer end()
	about, err := m.cfg.Econd.Info().Get(ask)
	if err != nil {
		return false, err
	}
	if about.Size < uint64(c.Size) {
		return true, nil // the key is entered before it signs
	}
	if err := m.fetchTo(ctx, Head{Size: c.Size, Root: c.Root}); err != nil {
		return false, &ownError{err}
	}
	if uint64(c.Size) > m.log.Size() {
		return false, errNotThere
	}
	return true, nil
}

// fetchTo fetches entries under a head that nobody known signed: what does not fit is no proof of anything.
func (m *Monitor) fetchTo(ctx context.Context, h Head) error {
	why, err := m.fetch(ctx, h)
	if why != nil && err == nil && ctx.Err() == nil {
		return m.garbled(why)
	}
	return err
}

// wentOver demands, at the first contact, that the log which names another key than expected had the expected one.
func (m *Monitor) wentOver(ctx context.Context, size uint64) (bool, error) {
	m.log = audit.NewFollower(audit.ReplayOptions{Workers: m.cfg.Workers})
	why, err := m.fetch(ctx, Head{Size: int64(size)})
	if err == nil && why == nil && m.log.Size() == size && size > 0 && m.log.Keys().Has(m.cfg.LogKey) {
		return true, nil
	}
	short := m.log.Size() < size
	if err == nil {
		err = m.copy.cut(0)
	}
	if err == nil {
		err = m.recompute(ctx)
	}
	switch {
	case err != nil || ctx.Err() != nil:
		return false, errors.Join(err, ctx.Err())
	case why != nil:
		return false, m.garbled(why)
	case short:
		m.fault("whether the log went over to the key that econd names is not known yet", errNotThere)
		return false, nil
	}
	return false, fmt.Errorf("%w: econd there keeps a log that the key %.200q never signed", ErrConfig, m.cfg.LogKey)
}

// hasExpectedKey holds a copy that is the whole log against the key that is expected.
func (m *Monitor) hasExpectedKey() error {
	if m.cfg.LogKey == "" || m.cfg.LogKey == m.state.LogKey || m.log.Keys().Has(m.cfg.LogKey) {
		return nil
	}
	return fmt.Errorf("%w: the folder is of the log %s, which never went over to %s: choose another folder", ErrConfig, m.state.LogKey, m.cfg.LogKey)
}

// sameLog tells whether two keys are of logs of one name.
func sameLog(a, b string) bool {
	x, errA := notekey.LogVerifier(a)
	y, errB := notekey.LogVerifier(b)
	return errA == nil && errB == nil && x.Name() == y.Name()
}

// retired says why a head that the copy reaches is not signed by the key of its size; nil if it is.
func (m *Monitor) retired(h Head) error {
	_, err := m.log.Open([]byte(h.Note))
	return err
}

// strange raises the alarm that another key of the log signed a head than that of its size. The head is
// in the evidence, and no more one of the log's.
func (m *Monitor) strange(h Head) error {
	if err := m.raise(StrangeHead, h.Door, m.replayed(m.copy.size(), []byte(h.Note)), "a head of %d entries that %s showed is no word of the log: %v", h.Size, h.Door, m.retired(h)); err != nil {
		return err
	}
	return m.state.put("strange", remove(bucketHeads, headKey(h.Size, h.Root)))
}

// reopen takes up answers whose key was not known when they were read.
func (m *Monitor) reopen(ctx context.Context) error {
	list := m.answers.unopened
	m.answers.unopened = nil
	for _, line := range list {
		a, err := m.openAnswer(line)
		switch {
		case err == nil:
			if err := m.takeAnswer(ctx, a); err != nil {
				return err
			}
		case m.latest == nil || uint64(m.latest.Size) > m.log.Size():
			m.answers.unopened = append(m.answers.unopened, line)
		default:
			m.fault("an answer that was kept cannot be used", err)
		}
	}
	return nil
}

// waits tells whether an answer is waiting to be judged.
func (a *answers) waits(key []byte) bool {
	return slices.ContainsFunc(a.wait, func(x answer) bool { return string(x.key) == string(key) })
}
