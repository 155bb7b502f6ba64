package monitor

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/shell"
)

// Kind is what an alarm is about.
type Kind string

// The kinds of alarm. Those of the first group are proofs against the operator; they stand until the
// monitor begins anew in another folder. The others end when their cause does.
const (
	TwoHistories  Kind = "two-histories"  // one key signed heads that cannot be of one log
	RefusedLog    Kind = "refused-log"    // the log that econd serves under its signed head is refused
	Inconsistent  Kind = "inconsistent"   // econd's consistency proof does not fit the heads that it signed
	PromiseBroken Kind = "promise-broken" // another entry stands where one was promised
	UnjustRefusal Kind = "unjust-refusal" // the rules let in what was refused
	AnchorLine    Kind = "anchor-line"    // the anchors are not one line of this log
	Stamps        Kind = "stamps"         // entries whose times or blocks do not fit Bitcoin's chain
	BackDated     Kind = "back-dated"     // entries stamped long before a head that did not have them
	StrangeHead   Kind = "strange-head"   // a head that the log's key did not sign

	RolledBack    Kind = "rolled-back"    // the head covers fewer entries than one that was signed before
	AnchorMissing Kind = "anchor-missing" // the log says that an anchor is final, and its proof is not served
	Withheld      Kind = "withheld"       // entries under a signed head are not served
	Garbled       Kind = "garbled"        // entries that come are not those under the signed head
	Unwitnessed   Kind = "unwitnessed"    // no head with the policy's quorum
	Silent        Kind = "silent"         // no new head
)

// kinds are all of them.
var kinds = []Kind{TwoHistories, RefusedLog, Inconsistent, PromiseBroken, UnjustRefusal, AnchorLine, Stamps, BackDated, StrangeHead,
	RolledBack, AnchorMissing, Withheld, Garbled, Unwitnessed, Silent}

// Kinds are all kinds of alarm.
func Kinds() []Kind { return slices.Clone(kinds) }

// Alarm is something that the operator has to explain.
type Alarm struct {
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject,omitempty"` // tells alarms of a kind apart
	SinceMs int64  `json:"since_ms"`
	EndedMs int64  `json:"ended_ms,omitempty"` // 0: it stands
	Text    string `json:"text"`

	// Evidence is the folder with the files that prove it, and Command what shows that with
	// econaudit, which rejects what is to be rejected. "" where only the monitor's clock can tell.
	Evidence string `json:"evidence,omitempty"`
	Command  string `json:"command,omitempty"`

	// Earlier are the folders of the times that it was raised before and ended.
	Earlier []string `json:"earlier,omitempty"`
}

func (a Alarm) key() []byte { return []byte(string(a.Kind) + "\n" + a.Subject) }

// String is the alarm in one line.
func (a Alarm) String() string {
	text := fmt.Sprintf("ALARM %s: %s", a.Kind, a.Text)
	if a.Command != "" {
		text += "; " + a.Command
	}
	return text
}

// maxEvidence bounds the folders of evidence, and maxAgain those of one alarm that comes again and again.
const (
	maxEvidence = 64
	maxAgain    = 8
)

// evidence is the files that prove an alarm, by name, and the command of econaudit that takes them.
type evidence struct {
	files   map[string][]byte
	export  func() io.Reader  // of export.log; nil: none
	bytes   int64             // of it
	beyond  bool              // it is not the beginning of the copy
	command []string          // after econaudit; names of files stand in it as they are
	suffix  map[string]string // of such a name in the command
}

// raise records an alarm and tells of it, unless it stands already.
func (m *Monitor) raise(kind Kind, subject string, e *evidence, format string, args ...any) error {
	a := Alarm{Kind: kind, Subject: subject, SinceMs: m.now(), Text: printable(fmt.Sprintf(format, args...))}
	if old, ok := m.alarms[string(a.key())]; ok {
		if old.EndedMs == 0 {
			return nil
		}
		a.Earlier = old.Earlier
		if old.Evidence != "" {
			a.Earlier = append(slices.Clone(old.Earlier), old.Evidence)
		}
	}
	if e != nil {
		if err := m.write(&a, e); err != nil {
			return fmt.Errorf("%v; its evidence cannot be kept: %w", a, err)
		}
	}
	if err := m.state.put("alarm", putJSON(bucketAlarms, a.key(), a)); err != nil {
		return err
	}
	m.alarms[string(a.key())] = a
	if m.cfg.Alarm != nil {
		m.cfg.Alarm(a)
	}
	return nil
}

// settle ends an alarm whose cause is gone.
func (m *Monitor) settle(kind Kind, subject string) error {
	a, ok := m.alarms[string(Alarm{Kind: kind, Subject: subject}.key())]
	if !ok || a.EndedMs != 0 {
		return nil
	}
	a.EndedMs = m.now()
	m.alarms[string(a.key())] = a
	m.say(fmt.Sprintf("alarm %s is over: %s", kind, a.Text))
	return m.state.put("settled", putJSON(bucketAlarms, a.key(), a))
}

// when raises an alarm or ends it.
func (m *Monitor) when(is bool, kind Kind, subject string, e func() *evidence, format string, args ...any) error {
	if !is {
		return m.settle(kind, subject)
	}
	return m.raise(kind, subject, e(), format, args...)
}

// write puts the files of an alarm into a folder of their own. A folder that stands there is of an alarm
// that was not recorded before the monitor ended: it is written anew.
func (m *Monitor) write(a *Alarm, e *evidence) error {
	folders := 0
	for _, other := range m.alarms {
		folders += 1 + len(other.Earlier)
	}
	if folders >= maxEvidence || len(a.Earlier) >= maxAgain {
		a.Text += fmt.Sprintf(" (%d alarms have evidence already, %d of them this one: none is kept of this time)", folders, len(a.Earlier))
		return nil
	}
	dir := filepath.Join(m.cfg.Dir, evidenceName, fmt.Sprintf("%02d-%s", folders+1, a.Kind))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if e.export != nil {
		wrote, err := m.writeExport(filepath.Join(dir, exportFile), e)
		if err != nil {
			return err
		}
		if !wrote && e.beyond {
			a.Text += " (no room for the export)"
		} else if !wrote {
			a.Text += fmt.Sprintf(" (no room for the export; it is made by: head -c %d %s > %s)", e.bytes, shell.Word(m.copy.path), shell.Word(filepath.Join(dir, exportFile)))
		}
	}
	for name, data := range e.files {
		if err := atomicfile.Replace(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	if err := atomicfile.SyncDir(filepath.Dir(dir)); err != nil {
		return err
	}
	a.Evidence = dir
	if len(e.command) > 0 {
		words := []string{"econaudit"}
		for _, w := range e.command {
			if _, ok := e.files[w]; ok || w == exportFile {
				w = filepath.Join(dir, w) + e.suffix[w]
			}
			words = append(words, shell.Word(w))
		}
		a.Command = strings.Join(words, " ")
	}
	return m.state.wrote("evidence")
}

// writeStream is atomicfile.Replace for what does not fit into memory.
func writeStream(path string, r io.Reader) error {
	f, err := atomicfile.Begin(path)
	if err != nil {
		return err
	}
	defer f.Abandon()
	if _, err := io.Copy(f, r); err != nil {
		return err
	}
	return f.Replace()
}

// Names of files of evidence.
const (
	exportFile     = "export.log"
	checkpointFile = "checkpoint.txt"
	otherHeadFile  = "other-checkpoint.txt"
	proofFile      = "equivocation.json"
	answersFile    = "answers.ndjson"
	anchorsFile    = "anchors.ndjson"
	headersFile    = "headers.txt"
)

// replayed is evidence that econaudit replay refuses: the first n entries of the copy, against a head.
func (m *Monitor) replayed(n uint64, head []byte) *evidence {
	return &evidence{export: func() io.Reader { return m.copy.first(n) }, bytes: m.copy.upTo(n),
		files:   map[string][]byte{checkpointFile: head},
		command: []string{"replay", exportFile, "--checkpoint", checkpointFile, "--log-key", m.firstKey()}}
}

// longest bounds a text that others had a part in, bytes.
const longest = 2000

// printable is a text without what terminals take for orders, and not too long.
func printable(text string) string {
	if len(text) > longest {
		text = text[:longest] + "..."
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}
