package monitor

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/promise"
)

// answersAtOnce bounds what is read of an agent's answers in one round, bytes.
const answersAtOnce = 16 << 20

// answers are what an agent kept, as far as the log does not reach them.
type answers struct {
	at   int64 // byte of the file up to which it was read
	wait []answer

	unopened [][]byte // lines signed by no key that is known so far
}

// answer is one that was not judged yet.
type answer struct {
	key  []byte
	line []byte
	audit.Answer
	size uint64 // of the log that can judge it
	head []byte // that a promise is under

	early *audit.AnswerReport // of a refusal, by the log without the entry that comes next; nil: none
}

// kept is an answer on disk. One that the log bears out is proof of nothing any more: its verdict is all that is kept.
type kept struct {
	Line    string        `json:"line,omitempty"`
	Verdict audit.Verdict `json:"verdict,omitempty"` // "": not judged
}

// stopAt tells whether a refusal is judged after so many entries.
func (a *answers) stopAt(size uint64) bool {
	return slices.ContainsFunc(a.wait, func(x answer) bool { return x.Kept.Refusal != "" && x.size == size })
}

// readAnswers takes up what was not judged.
func (m *Monitor) readAnswers() error {
	return each(m.state, bucketAnswers, func(_ []byte, k kept) error {
		if k.Verdict != "" {
			return nil
		}
		a, err := m.openAnswer([]byte(k.Line))
		if err != nil { // the copy was cut to before the key that signed it
			m.answers.unopened = append(m.answers.unopened, []byte(k.Line))
			return nil
		}
		m.answers.wait = append(m.answers.wait, a)
		return nil
	})
}

// takeAnswers copies new answers of the agent before anything is made of them. A promise's head
// is one of those that are kept.
func (m *Monitor) takeAnswers(ctx context.Context) error {
	if m.cfg.Answers == "" {
		return nil
	}
	lines, err := m.newAnswers()
	if err != nil {
		m.fault("the answers that were kept cannot be read", err)
	}
	for _, line := range lines {
		_, e, err := promise.ParseKept(line)
		if err != nil { // torn by a full disk, perhaps; said at each start, and no fault of anybody's who watches
			m.say(printable("an answer that was kept is none: " + err.Error()))
			continue
		}
		if e.Economy() != m.state.Economy {
			continue // the key is used in another economy, too
		}
		a, err := m.openAnswer(line)
		if err != nil { // signed by a key that the log goes over to further on, perhaps
			m.answers.unopened = append(m.answers.unopened, line)
			continue
		}
		if err := m.takeAnswer(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// takeAnswer copies an answer, and keeps the head of a promise.
func (m *Monitor) takeAnswer(ctx context.Context, a answer) error {
	if m.answers.waits(a.key) || m.judgedBefore(a.key) {
		return nil
	}
	if err := m.state.put("answer", putJSON(bucketAnswers, a.key, kept{Line: string(a.line)})); err != nil {
		return err
	}
	m.answers.wait = append(m.answers.wait, a)
	if a.head == nil {
		return nil
	}
	return m.keep(ctx, ownAnswers, a.head)
}

// judgedBefore tells whether an answer has its verdict.
func (m *Monitor) judgedBefore(key []byte) bool {
	var k kept
	return m.state.get(bucketAnswers, key, &k) && k.Verdict != ""
}

// newAnswers reads whole lines that came since.
func (m *Monitor) newAnswers() ([][]byte, error) {
	f, err := os.Open(m.cfg.Answers)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the agent has sent nothing yet
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if info.Size() < m.answers.at {
		m.answers.at = 0
	}
	data, err := io.ReadAll(io.NewSectionReader(f, m.answers.at, answersAtOnce))
	if err != nil {
		return nil, err
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	m.answers.at += int64(len(data))
	if len(data) == 0 {
		return nil, nil
	}
	return bytes.Split(data[:len(data)-1], []byte("\n")), nil
}

// openAnswer reads a line and finds out which log can judge it.
func (m *Monitor) openAnswer(line []byte) (answer, error) {
	k, e, err := promise.ParseKept(line)
	if err != nil {
		return answer{}, err
	}
	a := answer{line: line, Answer: audit.Answer{Event: e, Kept: k}}
	if k.Refusal != "" {
		r, err := openedBy(m.keys(), func(key logkey.Key) (promise.Refusal, error) {
			return promise.OpenRefusalOf(e.ID, []byte(k.Refusal), key)
		})
		a.key, a.size = append([]byte("refusal "), e.ID[:]...), r.Size
		return a, err
	}
	p, err := anchor.ParseInclusion([]byte(k.Promise))
	if err != nil {
		return answer{}, err
	}
	c, err := openedBy(m.keys(), func(key logkey.Key) (anchor.SignedCheckpoint, error) { return audit.OpenedBy(key.Text, p.Checkpoint) })
	a.key, a.size, a.head = append([]byte("promise "), e.ID[:]...), max(k.Seq+1, uint64(c.Size)), p.Checkpoint
	return a, err
}

// openedBy is what one of a log's keys signed, whichever: by which of them it should be the log tells.
func openedBy[T any](keys logkey.Keys, open func(logkey.Key) (T, error)) (v T, err error) {
	for _, key := range keys.All() {
		if v, err = open(key); err == nil {
			return v, nil
		}
	}
	return v, err
}

// judgeAnswers holds against the log what it reaches now. A refusal that the log is beyond
// takes another replay, for all of them together.
func (m *Monitor) judgeAnswers(ctx context.Context) error {
	if err := m.judgeReached(ctx); err != nil {
		return err
	}
	late := m.lateRefusals()
	if len(late) == 0 || m.log.Newer() != nil { // by newer rules they wait for a program that knows them
		return nil
	}
	list := make([]audit.Answer, len(late))
	for i, a := range late {
		list[i] = a.Answer
	}
	o := m.premises()
	o.Policy, o.ClockMs, o.Checked = nil, m.now(), m.log.Leaves()
	r, err := audit.VerifyAnswers(ctx, m.copy.first(m.copy.size()), list, o)
	if rejected := (*audit.Rejection)(nil); errors.As(err, &rejected) {
		m.fault("answers that were kept cannot be judged", err)
		return nil
	}
	if err != nil {
		return err
	}
	for i, v := range r.Answers {
		if err := m.judged(late[i], v); err != nil {
			return err
		}
	}
	return nil
}

func (m *Monitor) lateRefusals() (list []answer) {
	for _, a := range m.answers.wait {
		if a.Kept.Refusal != "" && a.size < m.log.Size() {
			list = append(list, a)
		}
	}
	return list
}

// judgeReached holds answers against the log as it stands in the replay.
func (m *Monitor) judgeReached(ctx context.Context) error {
	if m.log.Size() == 0 || m.log.Newer() != nil {
		return nil
	}
	for _, a := range slices.Clone(m.answers.wait) {
		r, done, err := m.reached(a)
		var rejected *audit.Rejection
		switch {
		case errors.As(err, &rejected):
			r, done = audit.AnswerReport{Event: a.Event.ID, Verdict: audit.VerdictUnknown, Statement: err.Error()}, true
			m.fault("an answer that was kept cannot be judged", err)
		case err != nil:
			return err
		}
		if done {
			if err := m.judged(a, r); err != nil {
				return err
			}
		}
		if m.log.Spoiled() {
			if err := m.recompute(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// reached is what the log says of an answer; not done: it does not say it yet, or not any more.
func (m *Monitor) reached(a answer) (r audit.AnswerReport, done bool, err error) {
	size := m.log.Size()
	switch {
	case a.size > size, a.size < size && (m.covered == nil || uint64(m.covered.Size) <= a.size), a.Kept.Promise != "" && (m.covered == nil || uint64(m.covered.Size) < a.size):
		return r, false, nil // or nothing signed would show where the log contradicts it
	case a.Kept.Promise != "":
		line, err := m.copy.line(a.Kept.Seq)
		if err != nil {
			return r, false, err
		}
		r, err = m.log.Promise(a.Answer, line)
		return r, true, err
	case a.size == size && a.early != nil:
		return r, false, nil
	case a.size == size:
		r, err = m.log.Refusal(a.Answer, m.now())
		if err == nil && r.Verdict != audit.VerdictUnjust {
			m.answers.note(a, r)
			return r, false, nil
		}
		return r, true, err
	case a.early == nil:
		return r, false, nil
	}
	line, err := m.copy.line(a.size)
	if err != nil {
		return r, false, err
	}
	next, err := stampOf(line)
	if err != nil {
		return r, false, err
	}
	r, err = m.log.Overtaken(a.Answer, *a.early, next)
	return r, true, err
}

// note keeps a report until the entry that comes next can be held against it.
func (a *answers) note(of answer, r audit.AnswerReport) {
	for i := range a.wait {
		if bytes.Equal(a.wait[i].key, of.key) {
			a.wait[i].early = &r
		}
	}
}

// judged records what the log says of an answer, the alarm first.
func (m *Monitor) judged(a answer, r audit.AnswerReport) error {
	kind := map[audit.Verdict]Kind{audit.VerdictBroken: PromiseBroken, audit.VerdictUnjust: UnjustRefusal}[r.Verdict]
	if kind != "" {
		e := &evidence{files: map[string][]byte{answersFile: append(bytes.Clone(a.line), '\n')}, export: m.whole, bytes: m.copy.bytes(),
			command: []string{"answers", answersFile, exportFile, "--log-key", m.firstKey()}}
		if m.covered != nil {
			e.files[checkpointFile] = []byte(m.covered.Note)
			e.command = append(e.command, "--checkpoint", checkpointFile)
		}
		if err := m.raise(kind, a.Event.ID.String(), e, "%s", r.Statement); err != nil {
			return err
		}
	}
	m.answers.wait = slices.DeleteFunc(m.answers.wait, func(x answer) bool { return bytes.Equal(x.key, a.key) })
	k := kept{Verdict: r.Verdict}
	switch r.Verdict {
	case audit.VerdictKept, audit.VerdictRight, audit.VerdictOther:
	default:
		k.Line = string(a.line)
	}
	return m.state.put("judged", putJSON(bucketAnswers, a.key, k))
}
