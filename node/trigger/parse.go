package trigger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// kind is what a part of a condition gives.
type kind uint8

const (
	number kind = iota
	truth
)

func (k kind) String() string { return [...]string{"a number", "true or false"}[k] }

// operand is a part and what it gives.
type operand struct {
	at int // index of the part
	of kind
}

// parser reads a condition by recursive descent, one token ahead.
type parser struct {
	text    string
	pos     int    // behind the token
	token   string // "" at the end
	peeked  bool   // the token was not taken yet
	depth   int
	parts   []part
	metrics []string
}

// condition reads a whole expression: or ? or : condition.
func (p *parser) condition() (operand, error) {
	if p.depth++; p.depth > maxDepth {
		return operand{}, fmt.Errorf("%w: nested deeper than %d", ErrCondition, maxDepth)
	}
	defer func() { p.depth-- }()
	when, err := p.binary(0)
	if err != nil || !p.take("?") {
		return when, err
	}
	then, err := p.binary(0)
	if err != nil {
		return then, err
	}
	if err := p.want(":"); err != nil {
		return then, err
	}
	other, err := p.condition()
	switch {
	case err != nil:
		return other, err
	case when.of != truth || then.of != other.of:
		return other, fmt.Errorf("%w: ?: is between two of a kind by what is true or false, not between %s and %s by %s", ErrCondition, then.of, other.of, when.of)
	}
	return p.add(part{do: doChoose, args: [3]int{when.at, then.at, other.at}}, then.of)
}

// levels lists the operators between two operands, those that bind weakest first;
// all of them bind to the left.
var levels = [...][]struct {
	text string
	do   operation
	of   kind // operands; == and != take both kinds
	is   kind
}{
	{{"||", doOr, truth, truth}},
	{{"&&", doAnd, truth, truth}},
	{{"==", doEqual, number, truth}, {"!=", doUnequal, number, truth}, {"<", doLess, number, truth}, {"<=", doAtMost, number, truth},
		{">", doMore, number, truth}, {">=", doAtLeast, number, truth}},
	{{"+", doAdd, number, number}, {"-", doSubtract, number, number}},
	{{"*", doMultiply, number, number}, {"/", doDivide, number, number}, {"%", doModulo, number, number}},
}

func (p *parser) binary(level int) (operand, error) {
	if level == len(levels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		p.peek()
		i := 0
		for i < len(levels[level]) && levels[level][i].text != p.token {
			i++
		}
		if i == len(levels[level]) {
			return left, nil
		}
		p.peeked = false
		o := levels[level][i]
		var right operand
		if right, err = p.binary(level + 1); err != nil {
			break
		}
		of := o.of
		if o.do == doEqual || o.do == doUnequal {
			of = left.of
		}
		if left.of != of || right.of != of {
			return left, fmt.Errorf("%w: %s is between two of a kind, not between %s and %s", ErrCondition, o.text, left.of, right.of)
		}
		left, err = p.add(part{do: o.do, args: [3]int{left.at, right.at}}, o.is)
	}
	return left, err
}

func (p *parser) unary() (operand, error) {
	not := p.take("!")
	if !not && !p.take("-") {
		return p.primary()
	}
	if p.peek(); !not && isDigit(p.token) {
		p.peeked = false
		return p.literal("-" + p.token)
	}
	if p.depth++; p.depth > maxDepth {
		return operand{}, fmt.Errorf("%w: nested deeper than %d", ErrCondition, maxDepth)
	}
	defer func() { p.depth-- }()
	x, err := p.unary()
	switch {
	case err != nil:
		return x, err
	case not && x.of == truth:
		return p.add(part{do: doNot, args: [3]int{x.at}}, truth)
	case !not && x.of == number:
		return p.add(part{do: doNegate, args: [3]int{x.at}}, number)
	}
	return x, fmt.Errorf("%w: %s cannot be negated so", ErrCondition, x.of)
}

func (p *parser) primary() (operand, error) {
	p.next()
	switch token := p.token; {
	case token == "(":
		x, err := p.condition()
		if err != nil {
			return x, err
		}
		return x, p.want(")")
	case token == "true":
		return p.add(part{do: doLiteral, value: 1}, truth)
	case token == "false":
		return p.add(part{do: doLiteral}, truth)
	case token == "now_s":
		return p.add(part{do: doNow}, number)
	case isDigit(token):
		return p.literal(token)
	}
	for _, f := range functions {
		if f.name == p.token {
			return p.call(f.do, f.span)
		}
	}
	return operand{}, p.unexpected("an integer, true, false, now_s, or a function over figures")
}

var functions = [...]struct {
	name string
	do   operation
	span bool // over seconds
}{{"value", doValue, false}, {"age", doAge, false}, {"mean", doMean, true}, {"count", doCount, true}}

func (p *parser) call(do operation, span bool) (operand, error) {
	if err := p.want("("); err != nil {
		return operand{}, err
	}
	p.next()
	if len(p.token) < 2 || p.token[0] != '"' && p.token[0] != '\'' {
		return operand{}, p.unexpected("the metric of a function, written out")
	}
	x := part{do: do, metric: p.metric(p.token[1 : len(p.token)-1])}
	if span {
		if err := p.want(","); err != nil {
			return operand{}, err
		}
		seconds, err := p.condition()
		switch {
		case err != nil:
			return seconds, err
		case seconds.of != number:
			return seconds, fmt.Errorf("%w: seconds are a number, not %s", ErrCondition, seconds.of)
		}
		x.args[0] = seconds.at
	}
	if err := p.want(")"); err != nil {
		return operand{}, err
	}
	return p.add(x, number)
}

func (p *parser) metric(name string) int {
	if i := slices.Index(p.metrics, name); i >= 0 {
		return i
	}
	p.metrics = append(p.metrics, name)
	return len(p.metrics) - 1
}

func (p *parser) literal(text string) (operand, error) {
	digits, base := strings.TrimPrefix(text, "-"), 10
	if hex, ok := strings.CutPrefix(digits, "0x"); ok {
		digits, base = hex, 16
	}
	if text[0] == '-' {
		digits = "-" + digits
	}
	v, err := strconv.ParseInt(digits, base, 64)
	if err != nil {
		return operand{}, fmt.Errorf("%w: %s is no integer of 64 bits", ErrCondition, text)
	}
	return p.add(part{do: doLiteral, value: v}, number)
}

func (p *parser) add(x part, of kind) (operand, error) {
	if len(p.parts) == MaxParts {
		return operand{}, fmt.Errorf("%w: has more than %d numbers, names, operators and calls", ErrCondition, MaxParts)
	}
	p.parts = append(p.parts, x)
	return operand{len(p.parts) - 1, of}, nil
}

// take takes the next token if it is this one.
func (p *parser) take(token string) bool {
	p.peek()
	if p.token != token {
		return false
	}
	p.peeked = false
	return true
}

func (p *parser) want(token string) error {
	if p.take(token) {
		return nil
	}
	return p.unexpected(strconv.QuoteToASCII(token))
}

func (p *parser) unexpected(want string) error {
	if p.token == "" {
		return fmt.Errorf("%w: ends where %s must stand", ErrCondition, want)
	}
	return fmt.Errorf("%w: %+q at byte %d, where %s must stand", ErrCondition, p.token, p.pos-len(p.token), want)
}

// peek reads the next token and leaves it to be taken.
func (p *parser) peek() {
	p.next()
	p.peeked = true
}

// next takes the next token: a word or number, a quoted name, or an operator.
func (p *parser) next() {
	if p.peeked {
		p.peeked = false
		return
	}
	for p.pos < len(p.text) && strings.IndexByte(" \t\n\r\f", p.text[p.pos]) >= 0 {
		p.pos++
	}
	rest := p.text[p.pos:]
	n := 0
	switch {
	case rest == "":
	case isWord(rest[0]):
		for n < len(rest) && (isWord(rest[n]) || rest[n] == '.') {
			n++
		}
	case rest[0] == '"' || rest[0] == '\'':
		n = quoted(rest)
	case len(rest) > 1 && slices.Contains(pairs, rest[:2]):
		n = 2
	default:
		n = 1
	}
	p.token = rest[:n]
	p.pos += n
}

var pairs = []string{"||", "&&", "==", "!=", "<=", ">="}

// quoted returns the length of the quoted name that a text starts with; of one
// with escapes, or without an end, that of the quote alone, which stands nowhere.
func quoted(text string) int {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == text[0]:
			return i + 1
		case c == '\\' || c < ' ':
			return 1
		}
	}
	return 1
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isDigit(token string) bool { return token != "" && token[0] >= '0' && token[0] <= '9' }
