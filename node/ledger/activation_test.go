package ledger

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Who does not know the newer rules stops where they are first spoken of, and says so,
// whatever stands in the log after that.
func TestOlderProgramsStopAtNewerRules(t *testing.T) {
	sc := newScenario(t)
	sc.run("testdata/rules_version.txt")
	older := New()
	older.knows = 1
	for _, e := range sc.log {
		_, err := Apply(older, e)
		if err == nil {
			continue
		}
		if !errors.Is(err, refusal.ErrRules) || !strings.Contains(err.Error(), "knows the rules up to version 1") {
			t.Fatalf("entry %d: %v", e.Seq, err)
		}
		if e.Event.Kind != op.KindPropose || !strings.Contains(e.Event.Content, "/version") {
			t.Fatalf("stopped at entry %d, %v", e.Seq, e.Event.Kind)
		}
		return
	}
	t.Fatal("an older program replayed newer rules")
}

// A genesis by newer rules is not taken for a wrong one.
func TestGenesisByNewerRules(t *testing.T) {
	sc := newScenario(t)
	newest := strconv.Itoa(constitution.NewestRules + 1)
	sc.set("version", newest)
	_, err := constitution.Decode(sc.constitutionJSON())
	if !errors.Is(err, refusal.ErrRules) {
		t.Fatalf("version %s: %v", newest, err)
	}
	newer := strings.Replace(string(sc.constitutionJSON()), `"version"`, `"new_in_it":{"a":[1]},"version"`, 1)
	if _, err = constitution.Decode([]byte(newer)); !errors.Is(err, refusal.ErrRules) {
		t.Fatalf("version %s with a member that came with it: %v", newest, err)
	}
	sc.set("version", "1")
	known := strings.Replace(string(sc.constitutionJSON()), `"version"`, `"new_in_it":{"a":[1]},"version"`, 1)
	if _, err = constitution.Decode([]byte(known)); err == nil || errors.Is(err, refusal.ErrRules) {
		t.Fatalf("version 1 with an unknown member: %v", err)
	}
	sc.set("version", "0")
	if _, err = constitution.Decode(sc.constitutionJSON()); err == nil || errors.Is(err, refusal.ErrRules) {
		t.Fatalf("version 0: %v", err)
	}
}
