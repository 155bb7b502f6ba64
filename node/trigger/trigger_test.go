package trigger

import (
	"errors"
	"strings"
	"testing"
)

// figures has 12 for "rate", 10 as its mean, came 30 seconds ago, 4 times.
type figures struct{}

func (figures) Value(m string) (int64, bool)         { return 12, m == "rate" }
func (figures) Mean(m string, s int64) (int64, bool) { return 10, m == "rate" && s > 1 }
func (figures) Age(m string) (int64, bool)           { return 30, m == "rate" }
func (figures) Count(m string, s int64) int64        { return 4 }

func TestTrue(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
		err  string
	}{
		{`value("rate") * 100 >= mean("rate", 604800) * 120`, true, ""},
		{`value("rate") * 100 >= mean("rate", 604800) * 121`, false, ""},
		{`value("rate") == 12 && age("rate") <= 30 && count("rate", 60) != 5`, true, ""},
		{`now_s % 86400 < 3600 ? value("rate") > 1 : false`, true, ""},
		{`-7 / 2 == -3 && !(1 > 2) && (true || value("other") > 0)`, true, ""},
		{`value("other") > 0 || true`, true, ""}, // CEL's || is commutative
		{`value("other") > 0`, false, "no figure of other"},
		{`mean("rate", 1) > 0`, false, "no figure"},
		{`mean("rate", 0) > 0`, false, "at least 1"},
		{`1 / (value("rate") - 12) > 0`, false, "division by zero"},
		{`value("rate") * 9223372036854775807 > 0`, false, "overflow"},
	} {
		x, err := Compile(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		got, err := x.True(figures{}, 864000)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, %v", c.text, got, err)
		}
	}
	x, _ := Compile(`value("a") > value("b") || value("a") > 1`)
	if got := strings.Join(x.Metrics(), ","); got != "a,b" {
		t.Errorf("metrics %s", got)
	}
}

// Nothing but integers, truth values and metrics that are written out.
func TestRefused(t *testing.T) {
	for _, text := range []string{
		``, `1`, `1.5 > 1.0`, `value("rate") > 1.5`, `double(1) > 0.0`, `1u < 2u`, `"a" == "b"`, `"a" < "b"`, `b"a" == b"a"`,
		`value(rate) > 1`, `value("ra" + "te") > 1`, `value(true ? "a" : "b") > 1`, `value(1) > 1`, `mean("rate") > 1`,
		`[1, 2].exists(x, x > 1)`, `[1][0] == 1`, `{"a": 1}.a == 1`, `size("abc") > 1`, `"abc".matches("a+")`, `int("1") > 0`,
		`timestamp("2026-01-01T00:00:00Z") > timestamp("2025-01-01T00:00:00Z")`, `duration("1s") > duration("2s")`, `now() > 1`,
		`has(x.y)`, `null == null`, `type(1) == int`, `value("a") > 1 &&`, `true; false`, `dyn(1) == 1`,
		strings.Repeat("(", 100) + "true" + strings.Repeat(")", 100),
		"true" + strings.Repeat(" ", MaxText),
		`value("a\x41") > 1`, `value("a) > 1`, `value('a") > 1`, `1 < 2 < 3`, `true && 1`, `-true`, `!1`, `true ? 1 : false`, `9223372036854775808 > 1`,
		`1.e3 > 1`, `1e3 > 1`, `0x > 1`, `01x > 1`, `mean("a", true) > 1`, `value("a", 1) > 1`, `now_s() > 1`, `1 > 2 ? true`, `a ? b : c`,
	} {
		if _, err := Compile(text); !errors.Is(err, ErrCondition) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Both sides of every bound: bytes, parts, nesting.
func TestBounds(t *testing.T) {
	sum := func(n int) string { return "1" + strings.Repeat("+1", n-1) + "<0" } // 2n+1 parts
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{"true" + strings.Repeat(" ", MaxText-4), true},
		{"true" + strings.Repeat(" ", MaxText-3), false},
		{sum((MaxParts - 1) / 2), true},
		{sum((MaxParts-1)/2 + 1), false},
		{`count("a",1)` + strings.Repeat(`+count("a",1)`, MaxSpans-1) + "<0", true},
		{`count("a",1)` + strings.Repeat(`+count("a",1)`, MaxSpans) + "<0", false},
		{strings.Repeat("(", maxDepth-1) + "true" + strings.Repeat(")", maxDepth-1), true},
		{strings.Repeat("(", maxDepth) + "true" + strings.Repeat(")", maxDepth), false},
		{strings.Repeat("!", maxDepth-1) + "true", true},
		{strings.Repeat("!", maxDepth) + "true", false},
	} {
		if _, err := Compile(c.text); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.text, err)
		}
	}
	x, err := Compile(`mean("a", 5) > value("a") && count("b", 60) > 2`)
	if err != nil || x.Parts() != 9 || x.Spans() != 2 {
		t.Errorf("%d parts, %d spans, %v", x.Parts(), x.Spans(), err)
	}
}

// Whatever is compiled: no panic, and the same answer twice.
func FuzzCompile(f *testing.F) {
	f.Add(`value("rate") * 100 >= mean("rate", 604800) * 120`)
	f.Add(`now_s % 2 == 0 ? true : count("x", 5) > 1`)
	f.Add(`1.0 == 1`)
	f.Fuzz(func(t *testing.T, text string) {
		x, err := Compile(text)
		if err != nil {
			return
		}
		a, errA := x.True(figures{}, 7)
		again, err := Compile(x.String())
		if err != nil {
			t.Fatal(err)
		}
		if b, errB := again.True(figures{}, 7); a != b || (errA == nil) != (errB == nil) {
			t.Fatalf("%q: %v %v, then %v %v", text, a, errA, b, errB)
		}
	})
}

func BenchmarkTrue(b *testing.B) {
	x, err := Compile(`value("rate") * 100 >= mean("rate", 604800) * 120`)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := x.True(figures{}, 7); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Compile(`value("rate") * 100 >= mean("rate", 604800) * 120`); err != nil {
			b.Fatal(err)
		}
	}
}

// The longest condition that is refused for nothing but its last part.
func BenchmarkCompileLongest(b *testing.B) {
	text := "1" + strings.Repeat("   +   1", (MaxParts-2)/2) + "<0 || 1"
	for b.Loop() {
		if _, err := Compile(text); err == nil {
			b.Fatal("taken")
		}
	}
	b.ReportMetric(float64(len(text)), "bytes")
}
