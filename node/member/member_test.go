package member

import (
	"strings"
	"testing"
)

type inner struct {
	Share uint32 `json:"share_ppm"`
}

type whole struct {
	Inner inner    `json:"inner"`
	Age   int64    `json:"age_s,omitempty"`
	Kind  string   `json:"kind"`
	Name  string   `json:"name"`
	Unit  string   `json:"unit"`
	Step  int64    `json:"step"`
	List  []string `json:"list"`
	Wide  uint64   `json:"wide"`
	Free  bool     `json:"free"`
}

var table = New[whole]("is {is}, must be between {least} and {most}",
	Within("inner.share_ppm", 1, 1_000_000, ""),
	Within("age_s", 0, 86400, "How old; 0 is {default}, most {most}.").Or(3600),
	OneOf("kind", "", "", "a", "b").Saying("{is} is not one of {enum}"),
	Named("name", Form{Also: "-", Most: 3}, "").Saying("must be {least} to {most} characters"),
	Bytes("unit", 1, 4, "").Saying("has {is} bytes, must have {least} to {most}"),
	steps(),
	List("list", 2, "").Saying("has {is}, at most {most} are allowed"),
	Text("list[]", "In the list."),
	AtLeast("wide", 0, ""),
	Text("free", "A flag."),
)

func steps() Row {
	r := Text("step", "").Saying("must be 0 or 10")
	r.Values, r.As = []int64{0, 10}, "step, stride"
	return r
}

// Both sides of each kind of bound, with its sentence and rule.
func TestMisfits(t *testing.T) {
	fits := whole{Inner: inner{1}, Name: "a-1", Unit: "é"}
	for name, c := range map[string]struct {
		change            func(*whole)
		field, rule, says string // says "": it fits
	}{
		"least":          {func(w *whole) {}, "", "", ""},
		"below":          {func(w *whole) { w.Inner.Share = 0 }, "inner.share_ppm", "range", "is 0, must be between 1 and 1000000"},
		"most":           {func(w *whole) { w.Inner.Share = 1_000_000 }, "", "", ""},
		"above":          {func(w *whole) { w.Inner.Share = 1_000_001 }, "inner.share_ppm", "range", "is 1000001, must be between 1 and 1000000"},
		"negative":       {func(w *whole) { w.Age = -1 }, "age_s", "range", "is -1, must be between 0 and 86400"},
		"choice":         {func(w *whole) { w.Kind = "b" }, "", "", ""},
		"no choice":      {func(w *whole) { w.Kind = "ü" }, "kind", "known", `"\u00fc" is not one of , a, b`},
		"name":           {func(w *whole) { w.Name = "abc" }, "", "", ""},
		"long name":      {func(w *whole) { w.Name = "abcd" }, "name", "name", "must be 1 to 3 characters"},
		"no name":        {func(w *whole) { w.Name = "" }, "name", "name", "must be 1 to 3 characters"},
		"other letters":  {func(w *whole) { w.Name = "A" }, "name", "name", "must be 1 to 3 characters"},
		"bytes":          {func(w *whole) { w.Unit = "éé" }, "", "", ""},
		"too many bytes": {func(w *whole) { w.Unit = "ééé" }, "unit", "length", "has 6 bytes, must have 1 to 4"},
		"value":          {func(w *whole) { w.Step = 10 }, "", "", ""},
		"no value":       {func(w *whole) { w.Step = 9 }, "step, stride", "range", "must be 0 or 10"},
		"items":          {func(w *whole) { w.List = make([]string, 2) }, "", "", ""},
		"too many items": {func(w *whole) { w.List = make([]string, 3) }, "list", "range", "has 3, at most 2 are allowed"},
		"widest":         {func(w *whole) { w.Wide = 1<<64 - 1 }, "", "", ""},
		"the first":      {func(w *whole) { w.Step, w.Age = 9, -1 }, "age_s", "range", "is -1, must be between 0 and 86400"},
	} {
		w := fits
		c.change(&w)
		m := table.Misfit(&w)
		switch {
		case m == nil && c.says != "":
			t.Errorf("%s: fits, want %q", name, c.says)
		case m != nil && (m.Field() != c.field || m.Rule() != c.rule || m.Sentence() != c.says):
			t.Errorf("%s: %s: %s: %s, want %s: %s: %q", name, m.Field(), m.Rule(), m.Sentence(), c.field, c.rule, c.says)
		}
	}
}

// A limit takes the place of one end, for that look alone, and only rows that are asked
// for are looked at.
func TestLimits(t *testing.T) {
	w := whole{Age: 100_000, Step: 9}
	if m := table.MisfitAt(&w, "age_s", NoMore("age_s", 100_000), NoMore("inner.share_ppm", 0)); m != nil {
		t.Error(m.Sentence())
	}
	if m := table.MisfitAt(&w, "age_s", NoLess("age_s", 100_001), NoMore("age_s", 200_000)); m == nil || m.Sentence() != "is 100000, must be between 100001 and 200000" {
		t.Error(m)
	}
	if m := table.MisfitAt(&w, "age_s"); m == nil || m.Sentence() != "is 100000, must be between 0 and 86400" {
		t.Error(m)
	}
	if m := table.MisfitOf(&w, "kind", "kind"); m != nil {
		t.Error(m.Sentence())
	}
}

func TestDescriptions(t *testing.T) {
	if got, want := table.Row("age_s").Description(), "How old; 0 is an hour, most 86,400."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for seconds, want := range map[int64]string{3600: "an hour", 86400: "a day", 7 * 86400: "7 days", 365 * 86400: "a year", 90: "90", 1234: "1,234"} {
		if got := Within("x_s", 0, 1, "{default}").Or(seconds).Description(); got != want {
			t.Errorf("%d s: %q, want %q", seconds, got, want)
		}
	}
	if got := Within("x_sat", 0, 1, "{default}").Or(86_400).Description(); got != "86,400" {
		t.Errorf("sats: %q", got)
	}
	for form, want := range map[Form]string{{}: "", {Prefix: "/"}: "^/", {Also: "_-", Most: 40}: "^[a-z0-9_-]{1,40}$"} {
		if got := form.Pattern(); got != want {
			t.Errorf("%+v: %q, want %q", form, got, want)
		}
	}
	if got := Below("a[].", table.Rows())[0].Path; got != "a[].inner.share_ppm" || table.Rows()[0].Path != "inner.share_ppm" {
		t.Errorf("below: %s", got)
	}
}

// A row whose member is not there does not start.
func TestRowsHaveMembers(t *testing.T) {
	for _, path := range []string{"nothing", "inner.nothing"} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.Contains(s, path) {
					t.Errorf("%s: %v", path, s)
				}
			}()
			New[whole]("", Text(path, ""))
		}()
	}
}

// A row that would be held against nothing does not start: a member of a type that is not
// looked at, or a bound of another type.
func TestRowsAreHeld(t *testing.T) {
	type odd struct {
		Count int            `json:"count"`
		Small int32          `json:"small"`
		Ratio float64        `json:"ratio"`
		Flag  bool           `json:"flag"`
		Maybe *int64         `json:"maybe"`
		Map   map[string]int `json:"map"`
		Name  string         `json:"name"`
		Sat   int64          `json:"sat"`
		List  []string       `json:"list"`
	}
	named := Form{Most: 4}
	for _, r := range []Row{Within("count", 0, 1, ""), AtLeast("small", 1, ""), Within("ratio", 0, 1, ""), Within("flag", 0, 1, ""),
		OneOf("maybe", "", "a"), List("map", 3, ""), Within("name", 0, 3, ""), OneOf("sat", "", "a"), Bytes("sat", 0, 3, ""),
		Bytes("list", 0, 3, ""), Named("list", named, ""), {Path: "count", Values: []int64{1}}} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.Contains(s, r.Path) {
					t.Errorf("%+v: %v", r, s)
				}
			}()
			New[odd]("", r)
		}()
	}
	New[odd]("", Text("count", ""), Text("flag", ""), Text("map", ""), Text("name", ""), Text("sat", ""), Text("list", ""),
		Bytes("name", 0, 3, ""), OneOf("name", "", "a"), Named("name", named, ""), AtLeast("sat", 1, ""), List("list", 3, ""), Within("maybe", 0, 1, ""))
}
