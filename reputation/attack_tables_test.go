package reputation

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the attack tables of docs/reputation.md anew")

// attackDoc holds the tables that the scenarios measure, between its markers.
const attackDoc = "../docs/reputation.md"

// attackTables are the rows of docs/reputation.md, in order.
type attackTables struct{ sybils, others []string }

// sybil adds a row with a figure for each number of sybils.
func (a *attackTables) sybil(attack string, figures []string) {
	a.sybils = append(a.sybils, "| "+attack+" | "+strings.Join(figures, " | ")+" |")
}

// add adds a row of an attack that is not about numbers of accounts.
func (a *attackTables) add(attack, format string, args ...any) {
	a.others = append(a.others, "| "+attack+" | "+fmt.Sprintf(format, args...)+" |")
}

// Every attack keeps to its bound, and the figures in the documentation are
// those measured.
func TestAttacks(t *testing.T) {
	var tables attackTables
	ran := 0
	attacks := []struct {
		name string
		run  func(*testing.T, *attackTables)
	}{
		{"SybilsWithoutStake", attackSybilsWithoutStake},
		{"SybilsWithStake", attackSybilsWithStake},
		{"RingWithCustomers", attackRingWithCustomers},
		{"Ring", attackRing},
		{"Whitewashing", attackWhitewashing},
		{"Slander", attackSlander},
		{"Oscillation", attackOscillation},
		{"BoughtPraise", attackBoughtPraise},
		{"Flood", attackFlood},
	}
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) { ran++; a.run(t, &tables) })
	}
	if ran < len(attacks) || t.Failed() {
		return // some were left out by -run, or failed: there is nothing to compare
	}
	text, err := os.ReadFile(attackDoc)
	require.NoError(t, err)
	want := replaceTable(t, string(text), "sybils", "| attack | 1 | 100 | 10,000 sybils |\n|---|---|---|---|", tables.sybils)
	want = replaceTable(t, want, "attacks", "| attack | result |\n|---|---|", tables.others)
	if *update {
		require.NoError(t, os.WriteFile(attackDoc, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "write it anew with: go test ./reputation -run TestAttacks -update")
}

// replaceTable puts a table between the markers of its name.
func replaceTable(t *testing.T, text, name, head string, rows []string) string {
	begin, end := "<!-- measured: "+name+" -->\n", "<!-- end: "+name+" -->"
	before, rest, ok := strings.Cut(text, begin)
	require.True(t, ok, "%s has no %q", attackDoc, begin)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "%s has no %q", attackDoc, end)
	return before + begin + head + "\n" + strings.Join(rows, "\n") + "\n" + end + after
}

// words puts figures in a row, in one format.
func words[T any](format string, figures []T) string {
	list := make([]string, len(figures))
	for i, f := range figures {
		list[i] = fmt.Sprintf(format, f)
	}
	return strings.Join(list, ", ")
}

// percents is words for shares of one, in percent with three places.
func percents(shares []uint64) []string {
	list := make([]string, len(shares))
	for i, s := range shares {
		list[i] = fmt.Sprintf("%.3f %%", percent(s))
	}
	return list
}
