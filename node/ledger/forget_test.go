package ledger

import (
	"encoding/json"
	"errors"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// recall fills a view from a scenario's log.
func (sc *scenario) recall(v view.Recalled) {
	sc.t.Helper()
	if err := v.Recall(func(seq uint64) (*op.Entry, error) {
		if seq >= uint64(len(sc.log)) {
			return nil, errors.New("no such entry")
		}
		return sc.log[seq], nil
	}); err != nil {
		sc.t.Error(err)
	}
}

// checkSize holds what a page counts for a view against its length: at least half.
func (sc *scenario) checkSize(v any, bytes int) {
	sc.t.Helper()
	text, err := json.Marshal(v)
	if err != nil || len(text) > 2*bytes {
		sc.t.Errorf("a page counts %d B for %d B (%v): %s", bytes, len(text), err, text)
	}
}

// checkTexts holds what views say against the log, for what has ended and what has
// not; it follows every scenario.
func (sc *scenario) checkTexts() {
	sc.t.Helper()
	for i := range sc.s.Proposals() {
		p, v := &sc.s.proposals.list[i], sc.s.ProposalAt(i, sc.at.TimeMs)
		sc.recall(&v)
		sc.checkSize(v, p.viewBytes())
		if p.byRule != "" {
			continue
		}
		var c op.Propose
		if err := op.Unmarshal([]byte(sc.log[v.Seq].Event.Content), "content", &c); err != nil {
			sc.t.Fatal(err)
		}
		got := op.Propose{Track: v.Track, Title: v.Title, Text: v.Text, Actions: v.Actions, Options: v.Options, Template: v.Template, Terms: v.Terms, Evaluation: c.Evaluation}
		if !reflect.DeepEqual(got, c) {
			sc.t.Errorf("proposal %s: shown %+v, the log has %+v", v.ID, got, c)
		}
		final := sc.s.phase(p).Final()
		if p.forgotten != final || final && (p.text != "" || p.raw != nil || p.terms != nil) {
			sc.t.Errorf("proposal %s is %s and keeps its texts: %t", v.ID, v.State, !p.forgotten)
		}
		for _, a := range append(v.Vetoes, v.Cancels...) {
			if a.Reason == "" {
				sc.t.Errorf("proposal %s: the reason of entry %d is lost", v.ID, a.Seq)
			}
		}
	}
	for i := range sc.s.Disputes() {
		v := sc.s.DisputeAt(i, sc.at.TimeMs)
		sc.recall(&v)
		sc.checkSize(v, sc.s.disputes.list[i].viewBytes())
		for _, b := range v.Bonds {
			if v.Text == "" || b.Text == "" {
				sc.t.Errorf("dispute %s: a text is lost: %+v", v.ID, v)
			}
		}
	}
}

// held is what the heap holds once what can be freed is.
func held() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What ended for good leaves little behind: before, each of these kept 20 to 40 kB
// for ever, and 20,000 of them 1.15 GB.
func TestWhatEndedLeavesLittleBehind(t *testing.T) {
	const rounds, most = 300, 4 << 10 // bytes each
	text := strings.Repeat("x", maxText-100)
	for name, c := range map[string]struct{ collateral, reason, actions string }{
		"a proposal on a free track":  {"0", "r", `[]`},
		"a draft that nobody paid":    {"1000", "r", `[]`},
		"a long reason":               {"0", strings.Repeat("r", maxReason), `[]`},
		"a webhook with its document": {"0", "r", `[{"type":"webhook","url":"https://a.example","data":{"x":"` + strings.Repeat("y", 10_000) + `"}}]`},
	} {
		sc := newScenario(t)
		for _, line := range []string{"track free signal", "set epoch_s 31622400", "set tracks.free.max_open_per_agent 0", "set tracks.free.voting_delay_s 60",
			"set tracks.free.actions [webhook]", "set tracks.free.collateral_sat " + c.collateral, "agent mallory", "mallory stake m 1000", "lock m"} {
			if c.actions == "[]" && strings.Contains(line, "[webhook]") {
				line = "set tracks.free.actions []"
			}
			sc.command(strings.Fields(line))
		}
		var actions []op.Raw
		if err := op.Unmarshal([]byte(c.actions), "actions", &actions); err != nil {
			t.Fatal(err)
		}
		round := func(i int) {
			sc.at.TimeMs += wastedEveryMs
			label := "p" + strconv.Itoa(i)
			if err := sc.request("mallory", label, op.KindPropose, op.Propose{Track: "free", Title: "Long", Text: text[:maxText-100-len(c.actions)], Actions: actions}); err != nil {
				t.Fatal(name, err)
			}
			if err := sc.enter("mallory", op.KindCancel, op.Cancel{Proposal: sc.labels[label], Reason: c.reason}); err != nil {
				t.Fatal(name, err)
			}
			if _, ok := sc.s.Hold(sc.labels[label]); ok {
				sc.command([]string{"cancelled", label})
			}
			for i := range sc.log {
				sc.log[i] = nil
			}
			sc.effects = nil
		}
		round(rounds)
		before := held()
		for i := range rounds {
			round(i)
		}
		if each := (held() - before) / rounds; each > most {
			t.Errorf("%s: %d B are kept of each, want at most %d", name, each, most)
		} else {
			t.Logf("%s: %d B are kept of each", name, each)
		}
		runtime.KeepAlive(sc)
	}
}

// Withdrawing has its share in time: a place every three minutes, and not a
// millisecond earlier.
func TestWastedDraftsAreForgivenInTime(t *testing.T) {
	s := &State{agents: agents{list: make([]agent, 1)}}
	s.clock.TimeMs = 5
	for range maxWasted {
		if err := s.mayWaste(0); err != nil {
			t.Fatal(err)
		}
		s.waste(&proposal{})
	}
	for _, c := range []struct {
		at int64
		ok bool
	}{{5, false}, {5 + wastedEveryMs - 1, false}, {5 + wastedEveryMs, true}} {
		s.clock.TimeMs = c.at
		if err := s.mayWaste(0); (err == nil) != c.ok {
			t.Errorf("at %d: %v", c.at, err)
		}
	}
}

// A page ends at its limit, after so many looks, and with the element that reaches its
// bytes; the next one starts there, and the last one says that it is.
func TestPagesAreBounded(t *testing.T) {
	for name, c := range map[string]struct{ from, limit, size, bytes, every, got, next int }{
		"empty":                    {0, 10, 0, 1, 1, 0, 0},
		"past the end":             {7, 10, 5, 1, 1, 0, 0},
		"all":                      {0, 10, 10, 1, 1, 10, 0},
		"limit":                    {0, 10, 11, 1, 1, 10, 10},
		"from":                     {4, 10, 11, 1, 1, 7, 0},
		"bytes below":              {0, 10, 3, pageBytes/2 - 1, 1, 3, 0},
		"bytes reached":            {0, 10, 3, pageBytes / 2, 1, 2, 2},
		"one that is larger alone": {0, 10, 3, 5 * pageBytes, 1, 1, 1},
		"few fit":                  {0, 10, pageLooks + 1, 1, 1000, 5, pageLooks},
	} {
		got := 0
		next := pageOf(c.from, c.limit, c.size, func(i int) (int, bool) {
			if i%c.every != 0 {
				return 0, false
			}
			got++
			return c.bytes, true
		})
		if got != c.got || next != c.next {
			t.Errorf("%s: %d elements, next %d, want %d and %d", name, got, next, c.got, c.next)
		}
	}
}
