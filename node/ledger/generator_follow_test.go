package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/econd/econd/node/op"
)

// slow is a second, naive reading of a log: it is fed with the entries alone,
// keeps every past value in a list, looks through all of everything each time, and
// shares no code with the ledger. It takes over what facts state only where that is
// no arithmetic of money, weight or marks: which jurors a block draws, how a jury
// voted, what was reported.
//
// What it follows by subject stands in generator_money_test.go, _weight_, _marks_,
// _holds_, _course_ and _disputes_test.go; generator_compare_test.go holds a state
// against it.
type slow struct {
	rules    map[string]any // the constitution
	at       op.Stamp
	seq      uint64
	operator op.PublicKey
	agents   []*slowAgent // in order of registration
	holds    []*slowHold
	props    []*slowProp
	disputes []*slowDispute
	jurors   []*slowJuror
	payouts  []*slowPayout
	grants   []*slowGrant
	pools    map[string]int64
	dust     int64 // msat
	inflows  []*slowInflow
	left     []slowLeft
	locked   slowPast             // all locked stake
	behind   map[string]*slowPast // stake behind the proposals of conviction tracks
	pauses   []slowPause
	watch    []*slowRule
	turnouts map[string]int64
	crowds   map[string]*slowCrowd
	effects  []Effect // of the entry
	wrong    string   // the first thing that the entries themselves have wrong
	saw      map[string]int
	executed map[int64]int // decisions executed at each stamp
}

func newSlow() *slow {
	return &slow{pools: map[string]int64{}, turnouts: map[string]int64{}, crowds: map[string]*slowCrowd{},
		saw: map[string]int{}, behind: map[string]*slowPast{}, executed: map[int64]int{}}
}

type slowAgent struct {
	key     op.PublicKey
	sinceMs int64
	leftMs  int64
	stake   slowPast
	sure    slowPast              // of it, what is confirmed
	given   map[string][]slowEdge // delegations by track, "" for all
	exit    *slowExit             // announced
}

// slowPast is every value that something ever had.
type slowPast []struct{ ms, value int64 }

func (p *slowPast) add(ms, by int64) {
	now := p.now() + by
	*p = append(*p, struct{ ms, value int64 }{ms, now})
}

func (p slowPast) now() int64 {
	if len(p) == 0 {
		return 0
	}
	return p[len(p)-1].value
}

// before is the value that everything strictly before an instant left.
func (p slowPast) before(ms int64) (v int64) {
	for _, x := range p {
		if x.ms < ms {
			v = x.value
		}
	}
	return v
}

// held lists the values that held for longer than no time from an instant on, the
// one that held right before it included.
func (p slowPast) held(ms int64) []int64 {
	list := []int64{p.before(ms)}
	for i, x := range p {
		if x.ms >= ms && (i+1 == len(p) || p[i+1].ms > x.ms) {
			list = append(list, x.value)
		}
	}
	return list
}

func (m *slow) fail(format string, args ...any) {
	if m.wrong == "" {
		m.wrong = fmt.Sprintf(format, args...)
	}
}

func (m *slow) note(what string) { m.saw[what]++ }

func (m *slow) agent(key op.PublicKey) *slowAgent {
	for _, a := range m.agents {
		if a.key == key {
			return a
		}
	}
	return nil
}

func (m *slow) prop(id op.ID) *slowProp {
	for _, p := range m.props {
		if p.id == id {
			return p
		}
	}
	return nil
}

func (m *slow) hold(id op.ID) *slowHold {
	for _, h := range m.holds {
		if h.id == id {
			return h
		}
	}
	return nil
}

// parse reads JSON with exact numbers.
func parse(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return v
}

func write(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// look finds a value by names, items of lists by their name or resource.
func look(v any, path ...string) any {
	for _, name := range path {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			v = byName(x, name)
		default:
			return nil
		}
	}
	return v
}

func number(v any, path ...string) int64 {
	n, ok := look(v, path...).(json.Number)
	if !ok {
		return 0
	}
	i, err := n.Int64()
	if err != nil {
		panic(err)
	}
	return i
}

func text(v any, path ...string) string {
	s, _ := look(v, path...).(string)
	return s
}

func truth(v any, path ...string) bool {
	b, _ := look(v, path...).(bool)
	return b
}

func or(n, otherwise int64) int64 {
	if n == 0 {
		return otherwise
	}
	return n
}

func (m *slow) track(name string) map[string]any {
	t, _ := look(m.rules, "tracks", name).(map[string]any)
	return t
}

// changed returns the constitution with another value at a path. Nothing of the one
// given changes: proposals keep the track that they were made on.
func changed(rules map[string]any, path []string, value any) map[string]any {
	next := parse(write(rules)).(map[string]any)
	var at any = next
	for _, name := range path[:len(path)-1] {
		at = look(at, name)
	}
	last := path[len(path)-1]
	if list, ok := at.([]any); ok {
		i := slices.IndexFunc(list, func(x any) bool { return text(x, "name") == last })
		switch {
		case i < 0:
			list = append(list, value)
		case value == nil:
			list = slices.Delete(list, i, i+1)
		default:
			list[i] = value
		}
		if len(path) == 2 {
			next[path[0]] = list
		}
		return next
	}
	if value == nil {
		delete(at.(map[string]any), last)
	} else {
		at.(map[string]any)[last] = value
	}
	return next
}

// enter follows one entry.
func (m *slow) enter(e *op.Entry, effects []Effect) {
	m.at, m.seq, m.effects = e.Stamp, e.Seq, effects
	by := m.agent(e.Event.PubKey)
	switch k := e.Event.Kind; k {
	case op.KindGenesis:
		m.operator = e.Event.PubKey
		m.rules = parse(string(read[op.Genesis](e.Event).Constitution)).(map[string]any)
		for _, p := range look(m.rules, "pools").([]any) {
			m.pools[text(p, "name")] = 0
		}
	case op.KindRegister:
		m.agents = append(m.agents, &slowAgent{key: e.Event.PubKey, sinceMs: m.at.TimeMs, given: map[string][]slowEdge{}})
	case op.KindLockStake:
		m.ask(e, by, "stake", read[op.LockStake](e.Event).AmountSat)
	case op.KindDeposit:
		c := read[op.Deposit](e.Event)
		m.ask(e, by, "deposit", c.AmountSat).pool = c.Pool
	case op.KindPropose:
		m.propose(e, by)
	case op.KindVote:
		m.vote(e, by)
	case op.KindDelegate:
		m.delegate(by, read[op.Delegate](e.Event))
	case op.KindUndelegate:
		m.undelegate(by, read[op.Undelegate](e.Event))
	case op.KindReport:
		m.report(e)
	case op.KindExit:
		m.announce(e, by)
	case op.KindCancel, op.KindVeto:
		m.stop(e, by)
	case op.KindPause:
		m.pause(e)
	case op.KindClose:
		m.close(read[op.Close](e.Event))
	case op.KindExecute, op.KindExpire:
		m.finish(e)
	case op.KindEvaluate:
		m.evaluate(read[op.Evaluate](e.Event))
	default:
		if !m.enterHold(e, by) && !m.enterMoney(e, by) {
			m.enterDispute(e, by)
		}
	}
	m.noteBehind()
	m.foresee()
	for _, x := range effects {
		if h := m.hold(x.Hold); x.Kind == EffectOpenHold && h.asked != x.AmountSat {
			m.fail("hold %s asks for %d sat, must for %d", h.why, x.AmountSat, h.asked)
		}
	}
}

func sorted[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }
