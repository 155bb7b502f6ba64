package trigger

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// celEnvironment is CEL itself with the functions over figures: the second
// implementation that conditions are held against.
func celEnvironment(t testing.TB, s Series) *cel.Env {
	t.Helper()
	one := func(name string, f func(string) (int64, bool)) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_metric", []*cel.Type{cel.StringType}, cel.IntType,
			cel.UnaryBinding(func(m ref.Val) ref.Val { return celFigure(f(m.Value().(string))) })))
	}
	span := func(name string, f func(string, int64) (int64, bool)) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_metric_seconds", []*cel.Type{cel.StringType, cel.IntType}, cel.IntType,
			cel.BinaryBinding(func(m, s ref.Val) ref.Val {
				if s.Value().(int64) < 1 {
					return types.NewErr("at least 1")
				}
				return celFigure(f(m.Value().(string), s.Value().(int64)))
			})))
	}
	e, err := cel.NewEnv(cel.Variable("now_s", cel.IntType), one("value", s.Value), one("age", s.Age), span("mean", s.Mean),
		span("count", func(m string, n int64) (int64, bool) { return s.Count(m, n), true }))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func celFigure(v int64, ok bool) ref.Val {
	if !ok {
		return types.NewErr("no figure")
	}
	return types.Int(v)
}

// Every condition that compiles is CEL, and CEL gives the same answer to it.
func TestAsCEL(t *testing.T) {
	e := celEnvironment(t, figures{})
	rnd := rand.New(rand.NewPCG(3, 4))
	answers := [3]int{}
	for range 1500 {
		text := randomTruth(rnd, 4)
		x, err := Compile(text)
		if err != nil {
			if strings.Contains(err.Error(), "more than") || strings.Contains(err.Error(), "at most") {
				continue
			}
			t.Fatalf("%s: %v", text, err)
		}
		want, wantErr := askCEL(t, e, text)
		got, err := x.True(figures{}, 1000)
		if got != want || (err != nil) != (wantErr != nil) {
			t.Fatalf("%s: %v %v, by CEL %v %v", text, got, err, want, wantErr)
		}
		switch {
		case err != nil:
			answers[2]++
		case got:
			answers[1]++
		default:
			answers[0]++
		}
	}
	if answers[0] < 50 || answers[1] < 50 || answers[2] < 50 {
		t.Fatalf("%v answers of each kind: the cases miss their aim", answers)
	}
}

func askCEL(t *testing.T, e *cel.Env, text string) (bool, error) {
	t.Helper()
	ast, issues := e.Compile(text)
	if issues.Err() != nil {
		t.Fatalf("%s: CEL: %v", text, issues.Err())
	}
	p, err := e.Program(ast)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := p.Eval(map[string]any{"now_s": int64(1000)})
	if err != nil {
		return false, err
	}
	return out == types.True, nil
}

func randomTruth(r *rand.Rand, depth int) string {
	if depth == 0 {
		return []string{"true", "false", "1 < 2", `value("rate") == 12`, `value("other") > 1`}[r.IntN(5)]
	}
	truth, number := func() string { return randomTruth(r, depth-1) }, func() string { return randomNumber(r, depth-1) }
	switch r.IntN(7) {
	case 0:
		return truth() + " && " + truth()
	case 1:
		return truth() + " || " + truth()
	case 2:
		return "!(" + truth() + ")"
	case 3:
		return "(" + truth() + ") ? (" + truth() + ") : " + truth()
	case 4:
		return "(" + truth() + ") == (" + truth() + ")"
	}
	return number() + " " + []string{"<", "<=", ">", ">=", "==", "!="}[r.IntN(6)] + " " + number()
}

func randomNumber(r *rand.Rand, depth int) string {
	if depth == 0 {
		return []string{"0", "1", "-1", "7", "0x10", "now_s", "9223372036854775807", "-9223372036854775808", `value("rate")`, `age('rate')`,
			`mean("rate", 60)`, `count("rate", 5)`, `mean("rate", 0)`, fmt.Sprint(r.IntN(100))}[r.IntN(14)]
	}
	a, b := randomNumber(r, depth-1), randomNumber(r, depth-1)
	switch r.IntN(9) {
	case 0:
		return "-(" + a + ")"
	case 1:
		return "((" + randomTruth(r, depth-1) + ") ? " + a + " : " + b + ")"
	case 2:
		return "(" + a + ") " + []string{"+", "-", "*", "/", "%"}[r.IntN(5)] + " (" + b + ")"
	}
	return a + []string{" + ", " - ", " * ", " / ", " % "}[r.IntN(5)] + b
}
