package ledger

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// disputed is a scenario in which a challenge waits for its jury at height 502.
func disputed(t *testing.T, jurors string) *scenario {
	sc := newScenario(t)
	sc.file = t.Name()
	for _, line := range []string{
		"set disputes {juror_bond_sat: 3000, fields: [models]}",
		"set tracks.price.timelock_s 20",
		"set tracks.price.dispute {field: models, window_s: 20, bond_sat: 2000, jurors: 3, commit_s: 5, reveal_s: 5, appeal_s: 5, max_rounds: 2}",
		"agent alice carol", "alice stake s1 20000", "lock s1", "wait 1s",
		"experts models " + jurors,
		"alice propose p price operations 25 10", "lock p", "wait 3s", "alice vote p for", "wait 13s",
		"carol dispute d p fraud", "lock d", "state p disputed",
	} {
		sc.command(strings.Fields(line))
	}
	return sc
}

// dueOf enters what is due before a fact of that kind, and returns that.
func (sc *scenario) dueOf(kind op.Kind) any {
	for f := sc.s.Due(sc.at); f != nil; f = sc.s.Due(sc.at) {
		if f.Kind == kind {
			return f.Content
		}
		if err := sc.apply("operator", f.Kind, f.Content); err != nil {
			sc.fatalf("due %v: %v", f.Kind, err)
		}
	}
	sc.fatalf("no %v is due", kind)
	return nil
}

// The operator cannot state a draw too early, another one, or none.
func TestDrawIsRecomputed(t *testing.T) {
	sc := disputed(t, "j1 j2 j3 j4 j5")
	early := op.Draw{Dispute: sc.labels["d"], Jurors: []op.PublicKey{}}
	if err := sc.apply("operator", op.KindDraw, early); !errors.Is(err, refusal.ErrFact) {
		t.Errorf("a draw before its block: %v", err)
	}
	sc.command(strings.Fields("block 502 1"))
	due := sc.dueOf(op.KindDraw).(op.Draw)
	if len(due.Jurors) != 3 {
		t.Fatalf("%d jurors were drawn", len(due.Jurors))
	}
	for name, change := range map[string]func(*op.Draw){
		"another order": func(f *op.Draw) { slices.Reverse(f.Jurors) },
		"a party":       func(f *op.Draw) { f.Jurors[0] = secretOf("carol").Public() },
		"too few":       func(f *op.Draw) { f.Jurors = f.Jurors[:2] },
		"nobody":        func(f *op.Draw) { f.Jurors = []op.PublicKey{} },
		"another round": func(f *op.Draw) { f.Round++ },
	} {
		wrong := due
		wrong.Jurors = slices.Clone(due.Jurors)
		change(&wrong)
		before := digest(sc.s)
		if err := sc.apply("operator", op.KindDraw, wrong); !errors.Is(err, refusal.ErrFact) {
			t.Errorf("%s: %v", name, err)
		}
		if digest(sc.s) != before {
			t.Fatalf("%s: the state changed", name)
		}
	}
	if err := sc.apply("alice", op.KindDraw, due); !errors.Is(err, refusal.ErrForbidden) {
		t.Errorf("an agent stated a draw: %v", err)
	}
	of := due
	of.Dispute[0]++
	if err := sc.apply("operator", op.KindDraw, of); !errors.Is(err, refusal.ErrOverdue) {
		t.Errorf("another dispute: %v", err)
	}
	if err := sc.apply("carol", op.KindRegister, op.Register{Name: "x"}); !errors.Is(err, refusal.ErrOverdue) {
		t.Errorf("the draw was passed over: %v", err)
	}

	// Another block gives another jury, for one of the next ones at least.
	other := false
	for b := 2; b < 20 && !other; b++ {
		sc := disputed(t, "j1 j2 j3")
		sc.command([]string{"block", "502", strconv.Itoa(b)})
		other = !slices.Equal(sc.dueOf(op.KindDraw).(op.Draw).Jurors, due.Jurors)
	}
	if !other {
		t.Error("the jury does not depend on the block")
	}
}

// The same for the counts of a round and for the end of a dispute.
func TestRulingIsRecomputed(t *testing.T) {
	sc := disputed(t, "j1 j2 j3")
	for _, line := range []string{"block 502 1", "everybody on d uphold", "wait 5001ms", "opened d uphold", "wait 5s"} {
		sc.command(strings.Fields(line))
	}
	due := sc.dueOf(op.KindRuling).(op.Ruling)
	for name, change := range map[string]func(*op.Ruling){
		"verdict": func(f *op.Ruling) { f.Verdict = verdictRefused },
		"count":   func(f *op.Ruling) { f.Uphold-- },
		"final":   func(f *op.Ruling) { f.Final = true },
	} {
		wrong := due
		change(&wrong)
		if err := sc.apply("operator", op.KindRuling, wrong); !errors.Is(err, refusal.ErrFact) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := sc.apply("operator", op.KindRuling, due); err != nil {
		t.Fatal(err)
	}
	closing := op.DisputeClose{Dispute: sc.labels["d"], Verdict: verdictUpheld}
	if err := sc.apply("operator", op.KindDisputeClose, closing); !errors.Is(err, refusal.ErrFact) {
		t.Errorf("closed within the time for appeals: %v", err)
	}
	sc.at.TimeMs += 5001
	sc.dueOf(op.KindDisputeClose)
	closing.Verdict = verdictRefused
	if err := sc.apply("operator", op.KindDisputeClose, closing); !errors.Is(err, refusal.ErrFact) {
		t.Errorf("closed with another verdict: %v", err)
	}
}

func TestDisputeTerms(t *testing.T) {
	for path, bad := range map[string]string{
		"disputes {juror_bond_sat: 3000, fields: [Models]}":         "disputes.fields[0]",
		"disputes {juror_bond_sat: 3000, fields: [models, models]}": "disputes.fields[1]",
		"disputes {juror_bond_sat: -1, fields: [models]}":           "disputes.juror_bond_sat",
		"disputes {juror_bond_sat: 0, fields: [models]}":            "disputes.juror_bond_sat",
		"disputes {juror_bond_sat: 3000, fields: [tools]}":          "disputes.fields",
		"tracks.price.dispute.commit_s 90000":                       "hold-life",
		"tracks.price.dispute.window_s 9":                           "window_s",
		"tracks.price.dispute.jurors 2":                             "even",
	} {
		sc := newScenario(t)
		sc.command(strings.Fields("set disputes {juror_bond_sat: 3000, fields: [models]}"))
		sc.command(strings.Fields("set tracks.price.dispute {field: models, window_s: 8, bond_sat: 2000, jurors: 3, commit_s: 5, reveal_s: 5, appeal_s: 5, max_rounds: 4}"))
		sc.command(append([]string{"set"}, strings.Fields(path)...))
		if _, err := constitution.Decode(sc.constitutionJSON()); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v, want a refusal of %s", path, err, bad)
		}
	}
}
