package ledger

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ledger/internal/deadlines"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// checkFirstDue holds the entry that comes next in a replay, if it is a fact that was
// due, against a log without it, one that has the two entries in the other order, and
// one that has any other fact that is due by then before it: the state lets none in.
func (sc *scenario) checkFirstDue(s *State, i int) {
	sc.t.Helper()
	e := sc.log[i]
	if ruleFor(e.Event.Kind).ends == 0 {
		return
	}
	// One hold may lapse twice in a row: the second fact says the same as the first.
	if i+1 < len(sc.log) && (sc.log[i+1].Event.Kind != e.Event.Kind || sc.log[i+1].Event.Content != e.Event.Content) {
		next := sc.log[i+1]
		if next.Event.Kind == op.KindBlocks { // they may come before
			return
		}
		sc.mustRefuse(s, &op.Entry{Seq: e.Seq, Stamp: e.Stamp, Event: next.Event})
		// Who waits with a fact of a height finds what instants made due before it.
		if !ruleFor(e.Event.Kind).byHeight || ruleFor(next.Event.Kind).ends == 0 {
			sc.mustRefuse(s, &op.Entry{Seq: e.Seq, Stamp: next.Stamp, Event: next.Event})
		}
	}
	for n, f := range dueBeside(s, e.Stamp) {
		err := sc.mustRefuse(s, &op.Entry{Seq: e.Seq, Stamp: e.Stamp, Event: &op.Event{ID: sha256.Sum256(fmt.Appendf(nil, "%d beside %d", n, i)),
			PubKey: s.Operator(), CreatedAt: e.Stamp.TimeMs / 1000, Kind: f.Kind, Content: op.EncodeContent(f.Content), Tags: e.Event.Tags}})
		require.ErrorIs(sc.t, err, refusal.ErrOverdue)
	}
}

// mustRefuse applies an entry, which the state must not let in before what is due.
func (sc *scenario) mustRefuse(s *State, e *op.Entry) error {
	sc.t.Helper()
	first, _ := s.nextDue(e.Stamp)
	due := s.dueText(first)
	_, err := ApplyVerified(s, e)
	if err == nil {
		sc.fatalf("entry %d, %s %s, was let in before the %s", e.Seq, e.Event.Kind, e.Event.Content, due)
	}
	return err
}

// dueBeside computes the facts that are due beside the first.
func dueBeside(s *State, at op.Stamp) (list []*Fact) {
	first, ok := s.nextDue(at)
	if !ok {
		return nil
	}
	last := s.clock
	s.clock = at
	defer func() { s.clock, s.entry.ready = last, ready{} }()
	for heap, limit := range map[*deadlines.Heap]int64{&s.agenda.due: at.TimeMs - 1, &s.agenda.heights: int64(at.Height)} {
		for _, d := range *heap {
			if d.At <= limit && (d.Kind != first.Kind || d.Index != first.Index) && s.stillDue(d) {
				list = append(list, ruleFor(d.Kind).fact(s, d.Index))
			}
		}
	}
	return list
}

// lines runs commands of the scenario language.
func (sc *scenario) lines(text string) {
	for _, line := range strings.Split(text, "\n") {
		if f := strings.Fields(line); len(f) > 0 {
			sc.command(f)
		}
	}
}

// Two decisions of which the first that is executed leaves no room for the other: who
// writes the log waits until both are due, and cannot choose.
func TestOperatorDoesNotChooseTheOrderOfExecutions(t *testing.T) {
	const begin = "set tracks.price.collateral_sat 0\nset tracks.price.actions [set-price,pay]\nagent alice\nalice stake a 20000\nlock a\n"
	const decide = "wait 2s\nalice vote p for\nalice vote q for\nwait 15s\nstate p queued\nstate q queued"
	pay := `price [{"type":"pay","pool":"reserve","to":"@alice","sat":900}]`
	for name, story := range map[string]string{
		"prices":   begin + "wait 1s\nalice propose p price operations 25 10\nwait 3s\nalice propose q price operations 30 10\n" + decide,
		"payments": begin + "alice deposit d reserve 1000\nlock d\nsettled d\nwait 1s\nalice act p " + pay + "\nwait 3s\nalice act q " + pay + "\n" + decide,
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScenario(t)
			sc.lines(story)
			sc.at.TimeMs += 9000 // both can be executed
			for f := sc.s.Due(sc.at); f.Kind == op.KindEpoch; f = sc.s.Due(sc.at) {
				require.NoError(t, sc.apply("operator", f.Kind, f.Content))
			}
			require.Equal(t, op.Execute{Proposal: sc.labels["p"]}, sc.s.Due(sc.at).Content)
			var refused *refusal.Refusal
			q := sc.labels["q"]
			for kind, fact := range map[op.Kind]any{op.KindExecute: op.Execute{Proposal: q}, op.KindExpire: op.Expire{Proposal: q}} {
				require.ErrorAs(t, sc.apply("operator", kind, fact), &refused)
				require.Equal(t, "deadline", refused.Rule)
			}
			sc.lines("state p executed\nstate q failed")
			sc.checkReplay()
		})
	}
}

// A fact that is not due is refused whatever it states.
func TestFactsThatAreNotDue(t *testing.T) {
	sc := newScenario(t)
	sc.lines("agent alice")
	for _, kind := range op.Kinds() {
		if ruleFor(kind).ends == 0 {
			continue
		}
		var refused *refusal.Refusal
		require.ErrorAs(t, sc.apply("operator", kind, struct{}{}), &refused, kind)
		require.Equal(t, "not-due", refused.Rule, kind)
	}
}
