package trigger

import (
	"errors"
	"fmt"
	"slices"
)

// Limits of a condition.
const (
	MaxText  = 1000 // bytes
	MaxParts = 128  // numbers, names, operators and calls
	MaxSpans = 16   // means and counts among them
	maxDepth = 32   // of nesting
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

// Condition is a compiled expression. It is a value that never changes, and safe
// for concurrent use.
type Condition struct {
	text    string
	metrics []string
	parts   []part // operands before what they are of; the last is the whole
}

// String returns the text that was compiled.
func (c *Condition) String() string { return c.text }

// Metrics lists the metrics that it names, in order of their first appearance.
func (c *Condition) Metrics() []string { return slices.Clone(c.metrics) }

// Parts is the number of numbers, names, operators and calls that it is made of,
// and the most steps that one evaluation takes.
func (c *Condition) Parts() int { return len(c.parts) }

// Spans is the number of means and counts among them, each of which makes Series
// look for the start of its time.
func (c *Condition) Spans() int {
	n := 0
	for _, p := range c.parts {
		if p.do == doMean || p.do == doCount {
			n++
		}
	}
	return n
}

// Compile reads a condition. Beside integers, true, false and the variable now_s
// (unix seconds of the entry) it knows
//
//	value("m")  mean("m", seconds)  age("m")  count("m", seconds)
//	+ - * / %  < <= > >= == !=  && || !  ?:
//
// where m is written out, in double or single quotes and without escapes. They
// bind and mean what they do in CEL: numbers have 64 bits, division rounds toward
// zero, and an operand of && or || that has no answer does not matter where the
// other one decides.
func Compile(text string) (*Condition, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("%w: has %d bytes, at most %d are allowed", ErrCondition, len(text), MaxText)
	}
	p := parser{text: text}
	whole, err := p.condition()
	if err != nil {
		return nil, err
	}
	if p.next(); p.token != "" {
		return nil, p.unexpected("the end")
	}
	if whole.of != truth {
		return nil, fmt.Errorf("%w: gives %s, must give %s", ErrCondition, whole.of, truth)
	}
	c := &Condition{text: text, metrics: p.metrics, parts: p.parts}
	if n := c.Spans(); n > MaxSpans {
		return nil, fmt.Errorf("%w: has %d means and counts, at most %d are allowed", ErrCondition, n, MaxSpans)
	}
	return c, nil
}

// True evaluates the condition at an instant. An error, such as a figure that
// there is not yet, a division by 0 or an overflow, is no answer.
func (c *Condition) True(s Series, nowS int64) (bool, error) {
	v, err := (&evaluation{c, s, nowS}).at(len(c.parts) - 1)
	return v != 0 && err == nil, err
}
