package trigger

import (
	"errors"
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Limits of a condition.
const (
	MaxText  = 1000   // bytes
	maxSteps = 10_000 // of CEL's cost
	maxDepth = 32     // of nesting
)

// ErrCondition is the kind of every condition that does not compile.
var ErrCondition = errors.New("invalid condition")

// Series are the figures that a condition looks at; the second result is false
// where there is none.
type Series interface {
	// Value is the last figure.
	Value(metric string) (int64, bool)
	// Mean is the mean of the figures of the last seconds, the last one
	// included, rounded down.
	Mean(metric string, seconds int64) (int64, bool)
	// Age is how many seconds ago the last figure came, rounded down.
	Age(metric string) (int64, bool)
	// Count is the number of figures of the last seconds.
	Count(metric string, seconds int64) int64
}

// Condition is a compiled expression. It must not be used concurrently.
type Condition struct {
	text    string
	metrics []string
	program cel.Program
	series  Series // of the call in work
}

// String returns the text that was compiled.
func (c *Condition) String() string { return c.text }

// Metrics lists the metrics that it names, in order of their first appearance.
func (c *Condition) Metrics() []string { return slices.Clone(c.metrics) }

// Compile reads a condition. Beside integers, true, false and the variable now_s
// (unix seconds of the entry) it knows
//
//	value("m")  mean("m", seconds)  age("m")  count("m", seconds)
//	+ - * / %  < <= > >= == !=  && || !  ?:
//
// where m is written out. Division rounds toward zero.
func Compile(text string) (*Condition, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("%w: has %d bytes, at most %d are allowed", ErrCondition, len(text), MaxText)
	}
	c := &Condition{text: text}
	e, err := cel.NewCustomEnv(c.options()...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCondition, err)
	}
	checked, issues := e.Compile(text)
	if err := issues.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCondition, err)
	}
	if checked.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("%w: gives %s, must give true or false", ErrCondition, checked.OutputType())
	}
	if err := c.admit(checked.NativeRep().Expr(), false); err != nil {
		return nil, err
	}
	if c.program, err = e.Program(checked, cel.CostLimit(maxSteps)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCondition, err)
	}
	return c, nil
}

// True evaluates the condition at an instant. An error, such as a figure that
// there is not yet, a division by 0 or an overflow, is no answer.
func (c *Condition) True(s Series, nowS int64) (bool, error) {
	c.series = s
	defer func() { c.series = nil }()
	out, _, err := c.program.Eval(map[string]any{"now_s": nowS})
	if err != nil {
		return false, err
	}
	return out == types.True, nil
}

// admit refuses every expression but calls, integers, truth values, now_s and,
// as first argument of a function over figures, the name of a metric.
func (c *Condition) admit(e ast.Expr, name bool) error {
	switch e.Kind() {
	case ast.IdentKind:
		if !name && e.AsIdent() == "now_s" {
			return nil
		}
	case ast.LiteralKind:
		return c.admitLiteral(e.AsLiteral(), name)
	case ast.CallKind:
		if name || e.AsCall().IsMemberFunction() {
			break
		}
		call := e.AsCall()
		for i, arg := range call.Args() {
			if err := c.admit(arg, i == 0 && slices.Contains(functions, call.FunctionName())); err != nil {
				return err
			}
		}
		return nil
	}
	if name {
		return fmt.Errorf("%w: the metric of a function must be written out", ErrCondition)
	}
	return fmt.Errorf("%w: there are integers, truth values, now_s and calls of functions, nothing else", ErrCondition)
}

func (c *Condition) admitLiteral(v ref.Val, name bool) error {
	switch v := v.(type) {
	case types.Int, types.Bool:
		if !name {
			return nil
		}
	case types.String:
		if name {
			if !slices.Contains(c.metrics, string(v)) {
				c.metrics = append(c.metrics, string(v))
			}
			return nil
		}
	}
	return fmt.Errorf("%w: %v of type %v has no place here", ErrCondition, v.Value(), v.Type())
}

// functions over figures; the first argument is the metric.
var functions = []string{"value", "mean", "age", "count"}

// operators are what is taken from CEL's standard library: those over integers
// and truth values.
var operators = []struct {
	name      string
	overloads []string
}{
	{"_+_", []string{"add_int64"}}, {"_-_", []string{"subtract_int64"}}, {"_*_", []string{"multiply_int64"}},
	{"_/_", []string{"divide_int64"}}, {"_%_", []string{"modulo_int64"}}, {"-_", []string{"negate_int64"}},
	{"_<_", []string{"less_int64"}}, {"_<=_", []string{"less_equals_int64"}},
	{"_>_", []string{"greater_int64"}}, {"_>=_", []string{"greater_equals_int64"}},
	{"_==_", []string{"equals"}}, {"_!=_", []string{"not_equals"}},
	{"_&&_", []string{"logical_and"}}, {"_||_", []string{"logical_or"}}, {"!_", []string{"logical_not"}},
	{"_?_:_", []string{"conditional"}},
}

func subset() *env.LibrarySubset {
	s := &env.LibrarySubset{DisableMacros: true}
	for _, o := range operators {
		f := &env.Function{Name: o.name}
		for _, id := range o.overloads {
			f.Overloads = append(f.Overloads, &env.Overload{ID: id})
		}
		s.IncludeFunctions = append(s.IncludeFunctions, f)
	}
	return s
}

func (c *Condition) options() []cel.EnvOption {
	return []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset())), cel.ParserRecursionLimit(maxDepth), cel.ParserExpressionSizeLimit(MaxText),
		cel.Variable("now_s", cel.IntType),
		c.overMetric("value", func(m string) (int64, bool) { return c.series.Value(m) }),
		c.overMetric("age", func(m string) (int64, bool) { return c.series.Age(m) }),
		c.overSpan("mean", func(m string, s int64) (int64, bool) { return c.series.Mean(m, s) }),
		c.overSpan("count", func(m string, s int64) (int64, bool) { return c.series.Count(m, s), true }),
	}
}

func (c *Condition) overMetric(name string, f func(string) (int64, bool)) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_metric", []*cel.Type{cel.StringType}, cel.IntType,
		cel.UnaryBinding(func(m ref.Val) ref.Val {
			metric, _ := m.Value().(string)
			return figure(metric)(f(metric))
		})))
}

func (c *Condition) overSpan(name string, f func(string, int64) (int64, bool)) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_metric_seconds", []*cel.Type{cel.StringType, cel.IntType}, cel.IntType,
		cel.BinaryBinding(func(m, s ref.Val) ref.Val {
			metric, _ := m.Value().(string)
			seconds, _ := s.Value().(int64)
			if seconds < 1 {
				return types.NewErr("%s of %s over %d seconds: there must be at least 1", name, metric, seconds)
			}
			return figure(metric)(f(metric, seconds))
		})))
}

func figure(metric string) func(int64, bool) ref.Val {
	return func(v int64, ok bool) ref.Val {
		if !ok {
			return types.NewErr("no figure of %s", metric)
		}
		return types.Int(v)
	}
}
