package witness

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/notekey"
)

// Limits of a policy. A note has a hundred signatures at most, the log's among them.
const (
	maxPolicy    = 1 << 20
	maxLogs      = 256
	maxWitnesses = 96
	maxGroups    = 256
)

// none is the name of the quorum that asks for no cosignature.
const none = "none"

// Policy tells which logs are known, and whose cosignatures are enough (C2SP
// tlog-policy). It does not change and may be used concurrently.
type Policy struct {
	Logs      []LogKey // none: the log is known from elsewhere
	Witnesses []Named
	groups    []group
	names     map[string]member
	quorum    *member // nil: none
	quorumOf  string
	text      []byte
}

// LogKey is a log that a policy names.
type LogKey struct {
	Key      notekey.Key // its name is the log's origin
	Verifier note.Verifier
	URL      string
}

// Named is a witness that a policy names.
type Named struct {
	Name     string // means something in this policy alone
	Verifier *Verifier
	URL      string // empty, or where it takes requests
}

// group has witnessed once need of its members have.
type group struct {
	name    string
	need    int
	members []string
}

// member says what a name stands for.
type member struct {
	group bool
	index int
	taken bool // by a group
}

// PolicyError says what is wrong with a policy. It is of kind ErrPolicy.
type PolicyError struct {
	Line int    // from 1; 0: the whole
	Rule string // kebab-case
	Text string
}

func (e *PolicyError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("policy: %s [%s]", e.Text, e.Rule)
	}
	return fmt.Sprintf("policy, line %d: %s [%s]", e.Line, e.Text, e.Rule)
}

// Unwrap returns ErrPolicy.
func (e *PolicyError) Unwrap() error { return ErrPolicy }

// ParsePolicy reads a policy. Errors are *PolicyError.
func ParsePolicy(text []byte) (*Policy, error) {
	p := &policyParser{Policy: Policy{names: map[string]member{}, text: bytes.Clone(text)}, keys: map[string]int{}}
	if len(text) > maxPolicy {
		return nil, p.fail("too-long", "is longer than %d bytes", maxPolicy)
	}
	rest := string(text)
	for rest != "" {
		line, after, ended := strings.Cut(rest, "\n")
		p.line++
		if i := strings.IndexFunc(line, func(r rune) bool { return r < 0x20 && r != '\t' || r == 0x7f }); i >= 0 {
			return nil, p.fail("octet", "has the control character 0x%02x; only tab and newline may stand in a policy", line[i])
		}
		if !ended {
			return nil, p.fail("line-end", "is not ended by a newline: the file may have been cut off")
		}
		if err := p.take(line); err != nil {
			return nil, err
		}
		rest = after
	}
	if p.quorumOf == "" {
		p.line = 0
		return nil, p.fail("quorum-missing", "has no quorum line; \"quorum none\" asks for no cosignature")
	}
	return &p.Policy, nil
}

// policyParser is a policy being read.
type policyParser struct {
	Policy
	line int
	keys map[string]int // key material of a kind of line, and where it stood
}

func (p *policyParser) fail(rule, format string, args ...any) error {
	return &PolicyError{p.line, rule, fmt.Sprintf(format, args...)}
}

// take reads one line.
func (p *policyParser) take(line string) error {
	fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(fields) == 0 || fields[0][0] == '#' {
		return nil
	}
	switch args := fields[1:]; fields[0] {
	case "log":
		return p.takeLog(args)
	case "witness":
		return p.takeWitness(args)
	case "group":
		return p.takeGroup(args)
	case "quorum":
		return p.takeQuorum(args)
	}
	return p.fail("keyword", "%+q is not log, witness, group or quorum", clip(fields[0]))
}

func (p *policyParser) takeLog(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return p.fail("log-form", "is not \"log KEY [URL]\"")
	}
	if len(p.Logs) == maxLogs {
		return p.fail("too-many", "names more than %d logs", maxLogs)
	}
	k, err := notekey.Parse(args[0])
	if err != nil {
		return p.fail("log-key", "%v", err)
	}
	v, err := k.LogVerifier()
	if err != nil {
		return p.fail("log-key", "%v", err)
	}
	if err := p.once("log", k); err != nil {
		return err
	}
	p.Logs = append(p.Logs, LogKey{k, v, strings.Join(args[1:], "")})
	return nil
}

func (p *policyParser) takeWitness(args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return p.fail("witness-form", "is not \"witness NAME KEY [URL]\"")
	}
	if len(p.Witnesses) == maxWitnesses {
		return p.fail("too-many", "names more than %d witnesses", maxWitnesses)
	}
	v, err := ParseVerifier(args[1])
	if err != nil {
		return p.fail("witness-key", "%v", err)
	}
	if err := p.once("witness", v.Key()); err != nil {
		return err
	}
	if err := p.define(args[0], member{index: len(p.Witnesses)}); err != nil {
		return err
	}
	p.Witnesses = append(p.Witnesses, Named{args[0], v, strings.Join(args[2:], "")})
	return nil
}

func (p *policyParser) takeGroup(args []string) error {
	if len(args) < 3 {
		return p.fail("group-form", "is not \"group NAME all|any|K MEMBER...\" with one member at least")
	}
	if len(p.groups) == maxGroups {
		return p.fail("too-many", "has more than %d groups", maxGroups)
	}
	g := group{name: args[0], members: args[2:]}
	switch args[1] {
	case "all":
		g.need = len(g.members)
	case "any":
		g.need = 1
	default:
		k, err := strconv.Atoi(args[1])
		if err != nil || strconv.Itoa(k) != args[1] || k < 1 || k > len(g.members) {
			return p.fail("group-threshold", "%+q is not all, any, or a plain decimal from 1 to %d, the number of members", clip(args[1]), len(g.members))
		}
		g.need = k
	}
	for _, name := range g.members {
		m, ok := p.names[name]
		switch {
		case name == none:
			return p.fail("member-none", "none cannot be the member of a group")
		case !ok:
			return p.fail("member-unknown", "%+q is not defined on a line before", clip(name))
		case m.taken:
			return p.fail("member-twice", "%+q is the member of a group already, and may be of one alone", clip(name))
		}
		m.taken = true
		p.names[name] = m
	}
	if err := p.define(g.name, member{group: true, index: len(p.groups)}); err != nil {
		return err
	}
	p.groups = append(p.groups, g)
	return nil
}

func (p *policyParser) takeQuorum(args []string) error {
	if len(args) != 1 {
		return p.fail("quorum-form", "is not \"quorum NAME\" or \"quorum none\"")
	}
	if p.quorumOf != "" {
		return p.fail("quorum-twice", "says the quorum again, which is %+q", p.quorumOf)
	}
	p.quorumOf = args[0]
	if args[0] == none {
		return nil
	}
	m, ok := p.names[args[0]]
	if !ok {
		return p.fail("quorum-unknown", "%+q is not defined on a line before", clip(args[0]))
	}
	p.quorum = &m
	return nil
}

// define gives a name its meaning, once.
func (p *policyParser) define(name string, m member) error {
	if name == none {
		return p.fail("name-none", "none is the name of the quorum that asks for nobody")
	}
	if _, taken := p.names[name]; taken {
		return p.fail("name-twice", "%+q is defined on a line before", clip(name))
	}
	p.names[name] = m
	return nil
}

// once refuses a public key that another line of the kind has, whatever its name, and a key whose
// name and ID another line has: a note that either signed could not be opened (C2SP signed-note).
func (p *policyParser) once(kind string, k notekey.Key) error {
	id := kind + "\x00" + string(k.Public)
	if before := p.keys[id]; before != 0 {
		return p.fail(kind+"-twice", "has the public key of line %d", before)
	}
	known := fmt.Sprintf("%s+%08x", k.Name, k.ID())
	if before := p.keys[known]; before != 0 {
		return p.fail("key-id-twice", "has the key name and the key ID of line %d, so no signature tells which of the two signed", before)
	}
	p.keys[id], p.keys[known] = p.line, p.line
	return nil
}

// Text is the policy as it was read.
func (p *Policy) Text() []byte { return bytes.Clone(p.text) }

// Quorum is the name of the witness or group that has to witness; "none" for nobody.
func (p *Policy) Quorum() string { return p.quorumOf }

// KnowsLog tells whether the policy knows a log by this key; one without logs knows all.
func (p *Policy) KnowsLog(key notekey.Key) bool {
	for _, l := range p.Logs {
		if l.Key.String() == key.String() {
			return true
		}
	}
	return len(p.Logs) == 0
}

// Verifiers are those of all its witnesses.
func (p *Policy) Verifiers() []note.Verifier {
	list := make([]note.Verifier, len(p.Witnesses))
	for i, w := range p.Witnesses {
		list[i] = w.Verifier
	}
	return list
}

// Cosigned is a witness whose cosignature is on a checkpoint.
type Cosigned struct {
	Witness Named
	Unix    int64 // when it signed, by its own clock
}

// QuorumError says whose cosignatures are missing. It is of kind ErrQuorum.
type QuorumError struct {
	Quorum  string
	Missing []string // names of witnesses that the quorum may need, in the policy's order
	text    string
}

func (e *QuorumError) Error() string {
	return fmt.Sprintf("the quorum %+q is not reached: %s", e.Quorum, e.text)
}

// Unwrap returns ErrQuorum.
func (e *QuorumError) Unwrap() error { return ErrQuorum }

// Check tells who cosigned, of signatures that were verified (note.Note.Sigs) with
// Verifiers, and whether that is the quorum: *QuorumError if it is not.
func (p *Policy) Check(verified []note.Signature) ([]Cosigned, error) {
	signed := make([]bool, len(p.Witnesses))
	var list []Cosigned
	for i, w := range p.Witnesses {
		for _, sig := range verified {
			if sig.Name == w.Verifier.Name() && sig.Hash == w.Verifier.KeyHash() {
				signed[i] = true
				list = append(list, Cosigned{w, TimeOf(sig)})
				break
			}
		}
	}
	return list, p.CheckWitnesses(func(i int) bool { return signed[i] })
}

// Between returns instants that a quorum vouches for, of cosignatures that Check returned and that are
// the quorum, unix seconds: by the first one a quorum had cosigned, and a quorum cosigned at the
// second one or later. Who is no witness of the policy, and a single clock that is wrong in a
// quorum of several, moves neither. ok is false where the policy asks for nobody.
func (p *Policy) Between(list []Cosigned) (by, since int64, ok bool) {
	if p.quorum == nil || len(list) == 0 {
		return 0, 0, false
	}
	times := make([]int64, len(list))
	for i, c := range list {
		times[i] = c.Unix
	}
	slices.Sort(times)
	quorum := func(has func(unix int64) bool) bool {
		return p.CheckWitnesses(func(i int) bool {
			return slices.ContainsFunc(list, func(c Cosigned) bool { return c.Witness.Name == p.Witnesses[i].Name && has(c.Unix) })
		}) == nil
	}
	for _, t := range times {
		if !ok && quorum(func(unix int64) bool { return unix <= t }) {
			by, ok = t, true
		}
		if quorum(func(unix int64) bool { return unix >= t }) {
			since = t
		}
	}
	return by, since, ok
}

// CheckWitnesses is Check for who is told by the place in Witnesses.
func (p *Policy) CheckWitnesses(signed func(i int) bool) error {
	if p.quorum == nil {
		return nil
	}
	e := &QuorumError{Quorum: p.quorumOf}
	ok, text := p.witnessed(*p.quorum, signed, e)
	if ok {
		return nil
	}
	e.text = text
	return e
}

// witnessed tells whether a member has witnessed, else what it lacks. Names of a policy
// form trees, so each is looked at once.
func (p *Policy) witnessed(m member, signed func(int) bool, e *QuorumError) (bool, string) {
	if !m.group {
		if signed(m.index) {
			return true, ""
		}
		e.Missing = append(e.Missing, p.Witnesses[m.index].Name)
		return false, fmt.Sprintf("the cosignature of witness %s is missing", p.called(m.index))
	}
	g := p.groups[m.index]
	have, before := 0, len(e.Missing)
	var lacks []string
	for _, name := range g.members {
		ok, text := p.witnessed(p.names[name], signed, e)
		if ok {
			have++
		} else {
			lacks = append(lacks, text)
		}
	}
	if have >= g.need {
		e.Missing = e.Missing[:before]
		return true, ""
	}
	return false, fmt.Sprintf("group %+q has %d of the %d that it needs of %d: %s", g.name, have, g.need, len(g.members), strings.Join(lacks, "; "))
}

// called names a witness by its name here and by that of its key.
func (p *Policy) called(i int) string {
	w := p.Witnesses[i]
	if w.Name == w.Verifier.Name() {
		return strconv.QuoteToASCII(w.Name)
	}
	return fmt.Sprintf("%+q (%s)", w.Name, w.Verifier.Name())
}
