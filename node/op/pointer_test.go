package op

import (
	"strings"
	"testing"
)

const pointed = `{"stake":{"min":1,"max":2},"pools":[{"name":"a","share":1},{"name":"b/c","share":2}],"prices":[{"resource":"events","sat":0}],"seeds":[]}`

func TestPointer(t *testing.T) {
	for _, c := range []struct{ path, was, with, want string }{
		{"/stake/min", `1`, `5`, `{"stake":{"min":5,"max":2}`},
		{"/stake/min", `1`, `null`, `{"stake":{"max":2}`},
		{"/stake", `{"max":2, "min":1}`, `null`, `{"pools":[{"name":"a","share":1}`},
		{"/stake/mid", `null`, `3`, `{"stake":{"min":1,"max":2,"mid":3}`},
		{"/new/deep/er", `null`, `[1]`, `"seeds":[],"new":{"deep":{"er":[1]}}}`},
		{"/new/deep", `null`, `null`, pointed},
		{"/pools/a/share", `1`, `7`, `"pools":[{"name":"a","share":7},{"name":"b/c"`},
		{"/pools/b~1c", `{"name":"b/c","share":2}`, `null`, `"pools":[{"name":"a","share":1}],`},
		{"/pools/d", `null`, `{"name":"d"}`, `{"name":"b/c","share":2},{"name":"d"}]`},
		{"/prices/events/sat", `0`, `9`, `[{"resource":"events","sat":9}]`},
		{"/seeds", `[]`, `["x"]`, `"seeds":["x"]}`},
	} {
		p, err := ParsePointer(c.path, "path")
		if err != nil {
			t.Fatal(err)
		}
		was, err := p.lookup([]byte(pointed))
		if err != nil {
			t.Fatal(err)
		}
		if same, err := sameJSON(was, []byte(c.was), "was"); err != nil || !same {
			t.Errorf("%s: found %s, want %s (%v)", c.path, was, c.was, err)
		}
		got, err := p.replace([]byte(pointed), Raw(c.with), "value")
		if err != nil || !strings.Contains(string(got), c.want) {
			t.Errorf("%s = %s: %s, want it to hold %s (%v)", c.path, c.with, got, c.want, err)
		}
		if now, _ := p.lookup(got); string(now) != c.with {
			t.Errorf("%s: put %s, found %s", c.path, c.with, now)
		}
	}
}

func TestPointerRefusals(t *testing.T) {
	for _, path := range []string{"", "stake", "/", "/stake/", "//x", "/a~2", "/a~", strings.Repeat("/a", maxSteps+1)} {
		if _, err := ParsePointer(path, "path"); err == nil {
			t.Errorf("%q is accepted", path)
		}
	}
	for path, with := range map[string]string{
		"/stake/min/x": `1`,            // through a number
		"/pools/d":     `{"name":"e"}`, // under another name
		"/pools/0":     `1`,            // by index
		"/pools/d/sat": `1`,            // into an item that is not there
		"/stake/max":   `1.5`,          // no strict JSON
	} {
		p, err := ParsePointer(path, "path")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.replace([]byte(pointed), Raw(with), "value"); err == nil {
			t.Errorf("%s = %s gives %s", path, with, got)
		}
	}
}

func TestSameJSON(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{`{"a":1,"b":[1,2]}`, ` { "b" : [1 , 2], "a":1} `}: true,
		{`{"a":1}`, `{"a":1,"b":null}`}:                    false,
		{`{"a":1}`, `{"b":1}`}:                             false,
		{`[1,2]`, `[2,1]`}:                                 false,
		{`"a"`, `"\u0061"`}:                                true,
		{`0`, `false`}:                                     false,
		{`null`, `null`}:                                   true,
	} {
		if got, err := sameJSON([]byte(pair[0]), []byte(pair[1]), "x"); err != nil || got != want {
			t.Errorf("%v: %v %v", pair, got, err)
		}
	}
	if _, err := sameJSON([]byte(`1`), []byte(`01`), "x"); err == nil {
		t.Error("01 is no number")
	}
}

// What Replace gives is strict JSON again, in which the pointer finds what was
// put there.
func FuzzPointer(f *testing.F) {
	f.Add("/stake/min", `5`)
	f.Add("/pools/d", `{"name":"d"}`)
	f.Add("/a~1b/c", `null`)
	f.Add("/stake", `{"x":[true]}`)
	f.Fuzz(func(t *testing.T, path, with string) {
		p, err := ParsePointer(path, "path")
		if err != nil {
			return
		}
		got, err := p.replace([]byte(pointed), Raw(with), "value")
		if err != nil {
			return
		}
		now, err := p.lookup(got)
		if err != nil {
			t.Fatalf("%s = %s gives %s: %v", path, with, got, err)
		}
		if same, err := sameJSON(now, []byte(with), "value"); err != nil || !same {
			t.Fatalf("%s = %s: found %s (%v)", path, with, now, err)
		}
	})
}
