package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A newcomer finds every file and every story of a rule in one table, and the
// table names none that is not there.
func TestEveryRuleHasItsRow(t *testing.T) {
	raw, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{} // "ledger/x.go", "voting/x.go", "scenario x"
	for _, line := range strings.Split(string(raw), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 6 {
			continue
		}
		for i, prefix := range map[int]string{2: "ledger/", 3: "voting/", 4: "scenario "} {
			for _, name := range strings.Split(cells[i], ",") {
				if name = strings.TrimSpace(name); name != "" && !strings.ContainsAny(name, "`*-") && name != "scenarios" {
					named[prefix+name] = true
				}
			}
		}
	}
	there := map[string]bool{}
	for pattern, prefix := range map[string]string{"*.go": "ledger/", "../../voting/*.go": "voting/", "testdata/*.txt": "scenario "} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, f := range files {
			name := strings.TrimSuffix(filepath.Base(f), ".txt")
			if name == "doc.go" || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "views_") || strings.HasPrefix(name, "state_") {
				continue
			}
			there[prefix+name] = true
		}
	}
	for name := range there {
		if !named[name] {
			t.Errorf("docs/rules.md has no row with %s", name)
		}
	}
	for name := range named {
		if !there[name] {
			t.Errorf("docs/rules.md names %s, which is not there", name)
		}
	}
}
