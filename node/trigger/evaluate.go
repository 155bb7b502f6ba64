package trigger

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// operation is what a part of a condition does.
type operation uint8

const (
	doLiteral operation = iota
	doNow
	doValue
	doAge
	doMean
	doCount
	doNegate
	doNot
	doAdd
	doSubtract
	doMultiply
	doDivide
	doModulo
	doLess
	doAtMost
	doMore
	doAtLeast
	doEqual
	doUnequal
	doAnd
	doOr
	doChoose
)

// part is a number, a name, an operator or a call.
type part struct {
	do     operation
	metric int    // of functions over figures: index
	args   [3]int // indices of the parts that it is of
	value  int64  // of a literal; true is 1
}

// Why a condition has no answer.
var (
	errOverflow = errors.New("integer overflow")
	errDivision = errors.New("division by zero")
	errModulus  = errors.New("modulus by zero")
)

type noFigure string

func (e noFigure) Error() string { return "no figure of " + string(e) }

type badSpan struct {
	metric  string
	seconds int64
}

func (e badSpan) Error() string {
	return fmt.Sprintf("%s over %d seconds: there must be at least 1", e.metric, e.seconds)
}

// evaluation is one look at the figures.
type evaluation struct {
	c    *Condition
	s    Series
	nowS int64
}

// at evaluates a part; truth values are 0 and 1. Each part is evaluated at most
// once, for it is an operand of one other.
func (x *evaluation) at(i int) (int64, error) {
	p := &x.c.parts[i]
	switch p.do {
	case doLiteral:
		return p.value, nil
	case doNow:
		return x.nowS, nil
	case doValue, doAge, doMean, doCount:
		return x.figure(p)
	case doAnd:
		return x.either(p, 0)
	case doOr:
		return x.either(p, 1)
	}
	a, err := x.at(p.args[0])
	if err != nil {
		return 0, err
	}
	switch p.do {
	case doNot:
		return 1 - a, nil
	case doNegate:
		return subtract(0, a)
	case doChoose:
		if a != 0 {
			return x.at(p.args[1])
		}
		return x.at(p.args[2])
	}
	b, err := x.at(p.args[1])
	if err != nil {
		return 0, err
	}
	return calculate(p.do, a, b)
}

// either is && (decided by 0) or || (decided by 1): one operand that decides is
// enough, whether or not the other has an answer.
func (x *evaluation) either(p *part, decides int64) (int64, error) {
	a, errA := x.at(p.args[0])
	if errA == nil && a == decides {
		return decides, nil
	}
	b, errB := x.at(p.args[1])
	switch {
	case errB == nil && b == decides:
		return decides, nil
	case errA != nil:
		return 0, errA
	case errB != nil:
		return 0, errB
	}
	return 1 - decides, nil
}

func (x *evaluation) figure(p *part) (v int64, err error) {
	metric, ok, seconds := x.c.metrics[p.metric], true, int64(0)
	if p.do == doMean || p.do == doCount {
		if seconds, err = x.at(p.args[0]); err != nil {
			return 0, err
		}
		if seconds < 1 {
			return 0, badSpan{metric, seconds}
		}
	}
	switch p.do {
	case doValue:
		v, ok = x.s.Value(metric)
	case doAge:
		v, ok = x.s.Age(metric)
	case doMean:
		v, ok = x.s.Mean(metric, seconds)
	default:
		v = x.s.Count(metric, seconds)
	}
	if !ok {
		return 0, noFigure(metric)
	}
	return v, nil
}

func calculate(do operation, a, b int64) (int64, error) {
	switch do {
	case doAdd:
		return add(a, b)
	case doSubtract:
		return subtract(a, b)
	case doMultiply:
		return multiply(a, b)
	case doDivide:
		if b == 0 {
			return 0, errDivision
		}
	case doModulo:
		if b == 0 {
			return 0, errModulus
		}
	case doLess:
		return is(a < b), nil
	case doAtMost:
		return is(a <= b), nil
	case doMore:
		return is(a > b), nil
	case doAtLeast:
		return is(a >= b), nil
	case doEqual:
		return is(a == b), nil
	default: // doUnequal
		return is(a != b), nil
	}
	if a == math.MinInt64 && b == -1 {
		return 0, errOverflow
	}
	if do == doDivide {
		return a / b, nil
	}
	return a % b, nil
}

func is(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

func add(a, b int64) (int64, error) {
	if sum := a + b; (sum > a) == (b > 0) {
		return sum, nil
	}
	return 0, errOverflow
}

func subtract(a, b int64) (int64, error) {
	if d := a - b; (d < a) == (b > 0) {
		return d, nil
	}
	return 0, errOverflow
}

func multiply(a, b int64) (int64, error) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	negative := (a < 0) != (b < 0)
	switch {
	case hi == 0 && lo <= math.MaxInt64 && !negative:
		return int64(lo), nil
	case hi == 0 && lo <= 1<<63 && negative:
		return int64(-lo), nil
	}
	return 0, errOverflow
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}
