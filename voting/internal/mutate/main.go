// Mutate checks that the tests of package voting notice a threshold that moved
// by one. It flips each comparison operator of the given files, one at a time
// (< and <=, > and >=, == and !=), runs the package's tests on the changed
// source through a build overlay, and lists every change that no test noticed.
//
// Run it from the root of the module:
//
//	go run ./voting/internal/mutate
//
// It exits 1 when a change survived. The source is never touched.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// flip names the operator that each comparison is replaced by.
var flip = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS,
	token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL,
}

// equivalent marks a line whose comparison may be flipped without any change
// in behaviour; the reason stands behind it.
const equivalent = "mutate:same"

// mutant is one changed operator.
type mutant struct {
	file     string
	at       token.Position
	from, to token.Token
	line     string
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d:%d: %s to %s: %s", m.file, m.at.Line, m.at.Column, m.from, m.to, strings.TrimSpace(m.line))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	survivors, err := run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate: "+err.Error())
		os.Exit(2)
	}
	if survivors > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context) (survivors int, err error) {
	dir := flag.String("dir", "voting", "directory of the package")
	files := flag.String("files", "threshold.go,rules.go,deadline.go,conviction.go,weight.go,"+
		"delegation.go,delegation_shares.go,concentration.go,tally_ranked.go,lifecycle.go,track.go", "files to change, by comma")
	workers := flag.Int("workers", 2, "test runs at once")
	limit := flag.Duration("limit", time.Minute, "longest test run; one that takes longer counts as failed")
	flag.Parse()

	var mutants []mutant
	for _, name := range strings.Split(*files, ",") {
		found, err := find(filepath.Join(*dir, name))
		if err != nil {
			return 0, err
		}
		mutants = append(mutants, found...)
	}
	if len(mutants) == 0 {
		return 0, errors.New("found no comparison to change")
	}
	tmp, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)

	r := runner{dir: *dir, tmp: tmp, limit: *limit}
	// The unchanged source has to pass, or every change would look noticed.
	if passed, out, err := r.test(ctx, -1, nil); err != nil || !passed {
		return 0, errors.Join(fmt.Errorf("the tests fail without any change:\n%s", out), err)
	}
	fmt.Printf("%d comparisons\n", len(mutants))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(*workers)
	var mu sync.Mutex
	for i := range mutants {
		group.Go(func() error {
			passed, _, err := r.test(ctx, i, &mutants[i])
			if err != nil {
				return err
			}
			if passed {
				mu.Lock()
				defer mu.Unlock()
				survivors++
				fmt.Println("survived: " + mutants[i].String())
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	fmt.Printf("%d noticed, %d survived\n", len(mutants)-survivors, survivors)
	return survivors, nil
}

// find lists the comparisons of a file that are not marked as equivalent.
func find(path string) ([]mutant, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(source), "\n")
	var mutants []mutant
	ast.Inspect(parsed, func(n ast.Node) bool {
		binary, ok := n.(*ast.BinaryExpr)
		if !ok {
			return true
		}
		to, ok := flip[binary.Op]
		if !ok {
			return true
		}
		at := set.Position(binary.OpPos)
		line := lines[at.Line-1]
		if !strings.Contains(line, equivalent) {
			mutants = append(mutants, mutant{path, at, binary.Op, to, line})
		}
		return true
	})
	return mutants, nil
}

// runner tests one package under overlays kept in tmp.
type runner struct {
	dir, tmp string
	limit    time.Duration
}

// test runs the package's tests with the mutant, or as it is for nil, and
// reports whether they passed. A mutant that does not build or never ends
// counts as noticed.
func (r runner) test(ctx context.Context, number int, m *mutant) (passed bool, output string, err error) {
	args := []string{"test", "-count=1", "-failfast", fmt.Sprintf("-timeout=%s", r.limit)}
	if m != nil {
		overlay, err := r.overlay(number, *m)
		if err != nil {
			return false, "", err
		}
		args = append(args, "-overlay="+overlay)
	}
	// Counterexamples against a mutant are of no use to the true source; more
	// draws than usual make sure of changes that few inputs show.
	args = append(args, "./"+filepath.ToSlash(r.dir), "-rapid.nofailfile", "-rapid.checks=1000")
	cmd := exec.CommandContext(ctx, "go", args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return true, out.String(), nil
	case ctx.Err() != nil:
		return false, "", ctx.Err()
	case errors.As(err, &exit):
		return false, out.String(), nil
	}
	return false, "", err
}

// overlay writes the changed file and the map that puts it in place.
func (r runner) overlay(number int, m mutant) (string, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	end := m.at.Offset + len(m.from.String())
	changed := string(source[:m.at.Offset]) + m.to.String() + string(source[end:])
	base := filepath.Join(r.tmp, fmt.Sprint(number))
	if err := os.WriteFile(base+".go", []byte(changed), 0o600); err != nil {
		return "", err
	}
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {original: base + ".go"}})
	if err != nil {
		return "", err
	}
	return base + ".json", os.WriteFile(base+".json", text, 0o600)
}
