//go:build clients

package agents_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// vectors are the log's key, the line and the answers of docs/proofs.md.
func vectors(t *testing.T) (cofactor, answers []string) {
	parts := strings.Split(read(t, "../proofs.md"), "```\n")
	return strings.Split(parts[3], "\n"), strings.Split(parts[5], "\n")
}

// check is what both programs are asked, each in its language: the key is KEY, what is to be done DO, and the lines L.
func check(t *testing.T, run func(t *testing.T, key, do string, lines ...string) (string, error), openNote, keep string) {
	cofactor, answers := vectors(t)
	good := func(key, do string, lines ...string) {
		t.Helper()
		if out, err := run(t, key, do, lines...); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	bad := func(says, key, do string, lines ...string) {
		t.Helper()
		if out, err := run(t, key, do, lines...); err == nil || !strings.Contains(out, says) {
			t.Errorf("%v\n%s", err, out)
		}
	}
	good(cofactor[0], openNote, cofactor[1])
	bad("did not sign", cofactor[0], openNote, cofactor[2])
	for _, line := range answers[1:3] {
		good(answers[0], keep, line)
		bad("did not sign", answers[0], keep, regexp.MustCompile(`/BPbP[cd].`).ReplaceAllStringFunc(line, func(s string) string { return s[:6] + string(s[6]^1) }))
	}
	bad("does not hold", answers[0], keep, strings.Replace(answers[1], `"seq":2`, `"seq":3`, 1))
	bad("does not hold", answers[0], keep, strings.Replace(answers[1], `"time_ms":1700000001000`, `"time_ms":1700000001001`, 1))
	bad("no refusal", answers[0], keep, strings.Replace(answers[2], `"id":"91`, `"id":"92`, 1))
}

// The program in Python checks and keeps what econd signs, and nothing else.
func TestPythonChecksWhatIsSigned(t *testing.T) {
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, key, do string, lines ...string) (string, error) {
		return in(t, lines[0], "python3", "-B", "-c", "import sys, json\nsys.path.insert(0, "+quoted(dir)+")\nimport agent\nagent.LOG_KEY = "+quoted(key)+"\nL = sys.argv[1]\n"+do, lines[0])
	}
	check(t, run, "agent.open_note(json.loads(L))", "a = json.loads(L)\nagent.keep(a['event'], {**a, 'proof': a.get('refusal')})")
}

// The program in JavaScript does, too: what checks is taken out of it, as it stands.
func TestJavaScriptChecksWhatIsSigned(t *testing.T) {
	text := read(t, "agent.mjs")
	from, to := strings.Index(text, "const hex = "), strings.Index(text, "function loadKey")
	checks, end := strings.Index(text, "// Ed25519 by node:crypto"), strings.Index(text, "// How many sats")
	run := func(t *testing.T, key, do string, lines ...string) (string, error) {
		return in(t, lines[0], "node", "--input-type=module", "-e", `import { createHash, createPublicKey, verify } from "node:crypto";
import { appendFileSync } from "node:fs";
const ANSWERS = "answers.ndjson", L = process.argv[1], logKey = `+quoted(key)+";\n"+text[from:to]+text[checks:end]+do, "--", lines[0])
	}
	check(t, run, "openNote(JSON.parse(L));", "const a = JSON.parse(L); keep(a.event, { ...a, proof: a.refusal });")
}

func quoted(text string) string { return `"` + text + `"` }

// in runs a program in a folder of its own, and holds what it kept against the line.
func in(t *testing.T, line, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	kept, _ := os.ReadFile(filepath.Join(cmd.Dir, "answers.ndjson"))
	if err != nil && len(kept) > 0 || err == nil && strings.HasPrefix(line, "{") && string(kept) != line+"\n" {
		t.Errorf("kept:\n%s", kept)
	}
	return string(out), err
}
