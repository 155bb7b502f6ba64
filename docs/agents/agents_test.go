// Package agents_test holds docs/agents.md against the programs that it quotes.
// What the programs do is tested by make test-clients.
package agents_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every piece of code in docs/agents.md stands in its program, whole lines in one
// piece, and both programs are quoted.
func TestExcerptsAreOfThePrograms(t *testing.T) {
	page := read(t, "../agents.md")
	programs := map[string]string{"python": read(t, "agent.py"), "js": read(t, "agent.mjs")}
	quoted := map[string]int{}
	for _, m := range regexp.MustCompile("(?s)```([a-z]+)\n(.*?)```").FindAllStringSubmatch(page, -1) {
		language, code := m[1], m[2]
		if language == "go" {
			continue // an Example of node/client, whose tests hold the page against it
		}
		program, ok := programs[language]
		if !ok {
			t.Errorf("a piece in %s, of which there is no program", language)
			continue
		}
		quoted[language]++
		if !strings.Contains("\n"+program, "\n"+code) {
			t.Errorf("this is not in the program in %s:\n%s", language, code)
		}
	}
	if quoted["python"] < 5 || quoted["js"] < 3 {
		t.Errorf("quoted: %v", quoted)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
