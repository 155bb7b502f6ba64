package audit

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/view"
)

// errJudged ends a replay whose state a refused event has changed.
var errJudged = errors.New("judged")

// judge holds answers against a log on its way.
type judge struct {
	p       *replayer
	answers []Answer

	// Parallel to the answers.
	reports []AnswerReport
	kept    []promise.Promise // zero for what is none, or not signed by the log's key
	refused []promise.Refusal // likewise
	judged  []bool            // refusals that were applied
	by      []logkey.Key      // who signed

	spoiled bool              // the state is no more that of the log
	at      map[uint64][]int  // refusals by size
	lines   map[uint64][]byte // entries that were promised
}

func newJudge(answers []Answer) *judge {
	n := len(answers)
	j := &judge{answers: answers, reports: make([]AnswerReport, n), kept: make([]promise.Promise, n), refused: make([]promise.Refusal, n),
		judged: make([]bool, n), by: make([]logkey.Key, n), at: map[uint64][]int{}, lines: map[uint64][]byte{}}
	for _, a := range answers {
		if a.Kept.Refusal == "" { // also where a later key signed its head
			j.lines[a.Kept.Seq] = nil
		}
	}
	return j
}

// see is told of each entry after it was applied.
func (j *judge) see(e *op.Entry, _ []ledger.Effect) error {
	if e.Seq == 0 || e.Event.Kind == op.KindLogKey {
		j.open()
	}
	if _, wanted := j.lines[e.Seq]; wanted {
		j.lines[e.Seq] = e.Marshal()
	}
	for _, i := range j.at[e.Seq] {
		j.overtaken(i, e.Stamp)
	}
	for _, i := range j.at[e.Seq+1] {
		if j.judged[i] {
			continue
		}
		j.judged[i] = true
		if j.refusal(i); j.spoiled {
			return errJudged
		}
	}
	return nil
}

// open checks the signatures by the keys of the log so far.
func (j *judge) open() {
	for i, a := range j.answers {
		if j.by[i].Text != "" {
			continue
		}
		to := &j.reports[i]
		*to = AnswerReport{Event: a.Event.ID, Verdict: VerdictUnknown, Seq: a.Kept.Seq}
		if err := j.openBy(i, j.p.id.keys.All()); err != nil {
			to.Verdict, to.Statement = VerdictForeign, fmt.Sprintf("it is no word of this log's key: %v", err)
			if got := a.Event.Economy(); got != j.p.id.economy {
				to.Statement = fmt.Sprintf("it is of economy %+q, the log is of %+q: %v", got, j.p.id.economy, err)
			}
		}
	}
}

// openBy opens an answer by the one of the keys that signed it.
func (j *judge) openBy(i int, keys []logkey.Key) (err error) {
	a, to := j.answers[i], &j.reports[i]
	for _, key := range keys {
		if a.Kept.Refusal == "" {
			if j.kept[i], err = a.Kept.Open(a.Event, key); err == nil {
				j.by[i] = key
				to.Statement = fmt.Sprintf("entry %d was promised; the log ends before it", to.Seq)
				return nil
			}
			continue
		}
		if j.refused[i], err = promise.OpenRefusalOf(a.Event.ID, []byte(a.Kept.Refusal), key); err == nil {
			j.by[i] = key
			j.openRefusal(i)
			return nil
		}
	}
	return err
}

// retired records that an answer is signed by another key than that of the log at its head.
func (j *judge) retired(i int, at op.Stamp) bool {
	size, root := j.headOf(i)
	key := j.p.id.keys.At(size)
	if j.by[i].Text == key.Text {
		return false
	}
	head := anchor.Checkpoint{Origin: j.p.id.origin, Size: int64(size), Root: root}
	j.broken(&j.reports[i], head, at, min(size, j.p.tree.size()), "it is signed by %s at a head of %d entries, which in this log %s signs", j.by[i].Text, size, key.Text)
	return true
}

// openRefusal takes up a refusal that the log's key signed.
func (j *judge) openRefusal(i int) {
	r, to := j.refused[i], &j.reports[i]
	to.Seq = r.Size
	to.Statement = fmt.Sprintf("it was refused at %d entries; the log has fewer", r.Size)
	if r.Size == 0 {
		to.Verdict, to.Statement = VerdictBroken, "it was refused by a log without entries: before the genesis there is none that could judge"
		return
	}
	j.at[r.Size] = append(j.at[r.Size], i)
}

// headOf is the head that an answer is under, size 0 for one that nobody signed.
func (j *judge) headOf(i int) (size uint64, root [32]byte) {
	if j.answers[i].Kept.Refusal != "" {
		return j.refused[i].Size, j.refused[i].Root
	}
	return uint64(j.kept[i].Checkpoint.Size), j.kept[i].Checkpoint.Root
}

// broken records that this log contradicts what was signed over so many entries as of a stamp,
// which rests on its first n. It is lost where the log says so.
func (j *judge) broken(to *AnswerReport, head anchor.Checkpoint, at op.Stamp, n uint64, format string, a ...any) {
	to.Verdict, to.Statement, to.rests = VerdictBroken, fmt.Sprintf(format, a...), n
	if r := j.lost(head, at); r != nil {
		to.Verdict = VerdictLost
		to.Statement += fmt.Sprintf("; entry %d says that the log went on from an older backup, and that its end up to %d entries was lost (%+q)", r.Seq, r.Size, r.Note)
	}
}

// lost is the restoration by which the log says that it lost this head: over more entries than
// the backup had and no more than were ever signed, and not signed after it went on.
func (j *judge) lost(head anchor.Checkpoint, at op.Stamp) *view.Recovery {
	for i, r := range j.p.state.Restorations() {
		size := uint64(head.Size)
		switch {
		case size <= j.p.backup(r.Seq), r.Size != 0 && size > r.Size:
		case size == r.Size && op.Hash(head.Root) != r.Root:
		case i < len(j.p.resumed) && at.TimeMs > j.p.resumed[i].TimeMs+slackMs:
		default:
			return &r
		}
	}
	return nil
}

// backup is how many entries the log had when it was restored: decisions about it stand
// before the entry that says so.
func (p *replayer) backup(restored uint64) uint64 {
	for i := len(p.decisions) - 1; i >= 0 && restored > 0; i-- {
		if p.decisions[i].Seq == restored-1 {
			restored--
		}
	}
	return restored
}

// end judges what takes the whole log.
func (j *judge) end() {
	for i, a := range j.answers {
		switch {
		case j.reports[i].Verdict == VerdictForeign:
		case a.Kept.Refusal == "":
			j.promise(i)
		default:
			j.atEnd(i)
		}
	}
}

// promise holds a promise against the whole log.
func (j *judge) promise(i int) {
	a, p, to := j.answers[i], j.kept[i], &j.reports[i]
	head, at, size, n := p.Checkpoint.Checkpoint, p.Entry.Stamp, uint64(p.Checkpoint.Size), j.p.tree.size()
	line := j.lines[to.Seq]
	switch {
	case size <= n && j.retired(i, at):
	case line != nil && string(p.Entry.Marshal()) != string(line):
		j.broken(to, head, at, to.Seq+1, "entry %d was promised to be %s of %s; in this log another stands there", to.Seq, a.Event.Kind, a.Event.PubKey)
	case size <= n && j.p.head(size).Root != head.Root:
		j.broken(to, head, at, size, "the promise is under a head of %d entries that this log does not have", size)
	case line == nil:
		j.beyond(to, head, at, "entry %d was promised", to.Seq)
	default:
		to.Verdict, to.Statement = VerdictKept, fmt.Sprintf("entry %d stands in the log as promised", to.Seq)
		if size > n {
			to.Statement += fmt.Sprintf("; it is under a signed head of %d entries, and this export lacks the last %d of them", size, size-n)
		}
	}
}

// beyond judges what was signed of more entries than this log has: stamps never go back, so
// a log that is later already can never come to it.
func (j *judge) beyond(to *AnswerReport, head anchor.Checkpoint, at op.Stamp, format string, a ...any) {
	what, n, last := fmt.Sprintf(format, a...), j.p.tree.size(), j.p.state.Clock()
	switch {
	case last.TimeMs > at.TimeMs || last.Height > at.Height:
		j.broken(to, head, at, n, "%s as of %s and height %d; this log was already at %s and height %d with %d entries, so it never comes to that",
			what, clock(at.TimeMs), at.Height, clock(last.TimeMs), last.Height, n)
	case j.lost(head, at) != nil:
		j.broken(to, head, at, n, "%s; the log ends before it", what)
	case j.ahead(at):
		to.Verdict = VerdictBroken
		to.Statement = fmt.Sprintf("%s as of %s, which is more than two hours after now, %s", what, clock(at.TimeMs), clock(j.p.now()))
	}
}

// ahead tells whether a stamp is of the future.
func (j *judge) ahead(at op.Stamp) bool { return j.p.now() != 0 && at.TimeMs > j.p.now()+reachMs }

// witnessed holds the heads of answers against the policy. An answer that holds counts where
// the quorum cosigned its head, or one of this very log that covers it.
func (j *judge) witnessed(head *HeadReport) error {
	if j.p.o.Policy == nil {
		return nil
	}
	known := func(k logkey.Key) bool { return j.p.o.policyOf(j.p.id, k.From) == nil }
	if !slices.ContainsFunc(j.p.id.keys.All(), known) {
		return j.p.o.policyOf(j.p.id, j.p.tree.size())
	}
	most, n := uint64(0), j.p.tree.size()
	if head != nil {
		most = uint64(head.Size)
	}
	why := make([]error, len(j.answers))
	for i := range j.answers {
		size, root := j.headOf(i)
		if why[i] = j.quorum(i); why[i] == nil && size <= n && [32]byte(j.p.head(size).Root) == root {
			most = max(most, size)
		}
	}
	for i := range j.answers {
		to := &j.reports[i]
		if why[i] == nil || to.Verdict != VerdictKept && to.Verdict != VerdictRight && to.Verdict != VerdictOther {
			continue
		}
		if size, _ := j.headOf(i); size <= most {
			to.Statement += fmt.Sprintf("; its own head is not cosigned as your policy demands, and one of %d entries that covers it is", most)
			continue
		}
		to.Verdict = VerdictUnwitnessed
		to.Statement += fmt.Sprintf("; but its head is not cosigned as your policy demands: %v", why[i])
	}
	return nil
}

// quorum says why the head of an answer has not the policy's quorum; nil if it has.
func (j *judge) quorum(i int) error {
	a := j.answers[i]
	if a.Kept.Refusal != "" || j.reports[i].Verdict == VerdictForeign {
		return errors.New("a refusal is cosigned by nobody")
	}
	others := slices.DeleteFunc(j.p.o.known(j.p.id), func(v note.Verifier) bool { return v.Name() == j.by[i].Name() && v.KeyHash() == j.by[i].KeyHash() })
	p, err := a.Kept.Open(a.Event, j.by[i], others...)
	if err != nil {
		return err
	}
	w, err := j.p.o.checkWitnesses(j.p.id, p.Checkpoint)
	if err != nil {
		return err
	}
	return w.timely(p.Entry.Stamp)
}
