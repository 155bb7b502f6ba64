package notify

import (
	"strings"
	"testing"
)

var id = "ntc_" + strings.Repeat("0a", 16)

// Every cursor has one spelling, and nothing else is read as one.
func TestCursorText(t *testing.T) {
	for _, c := range []Cursor{{}, {Seq: 7, TimeMs: 1_800_000_000_000, Height: 900_000},
		{Seq: 1, TimeMs: 2, Height: 3, Axis: ByEntry, After: id}, {Axis: ByTime, After: id}, {Axis: ByHeight, After: id}} {
		got, err := ParseCursor(c.String())
		if err != nil || got != c {
			t.Errorf("%s: %+v, %v", c, got, err)
		}
	}
	for _, text := range []string{"", "1", "1-2", "1-2-3-4", "-1-2-3", "01-2-3", "1-2-+3", "1-2-3.", "1-2-3.e", "1-2-3.e." + id[1:],
		"1-2-3.x." + id, "1-2-3.e." + strings.ToUpper(id), "1-2-4294967296", "9007199254740993-2-3", "1-2-3 ", "1--2-3"} {
		if c, err := ParseCursor(text); err == nil {
			t.Errorf("%q is read as %+v", text, c)
		}
	}
}

func FuzzCursor(f *testing.F) {
	for _, text := range []string{"0-0-0", "7-1800000000000-500.t." + id, "1-2-3.e.ntc_"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ParseCursor(text); err == nil && c.String() != text {
			t.Errorf("%q is also spelled %q", text, c)
		}
	})
}

func TestInterest(t *testing.T) {
	for _, tc := range []struct {
		who   Interest
		field string // "" is good
	}{
		{Interest{}, ""},
		{Interest{Kinds: Kinds(), Tracks: []string{"a", "b"}}, ""},
		{Interest{Kinds: []Kind{"news"}}, "kinds[0]"},
		{Interest{Kinds: []Kind{VoteNeeded, VoteNeeded}}, "kinds[1]"},
		{Interest{Tracks: []string{""}}, "tracks[0]"},
		{Interest{Tracks: []string{"a", "a"}}, "tracks[1]"},
		{Interest{Tracks: make([]string, MaxTracks+1)}, "tracks"},
	} {
		err := tc.who.Check()
		e, _ := err.(*InterestError)
		if (err == nil) != (tc.field == "") || e != nil && e.Field != tc.field {
			t.Errorf("%+v: %v, want %q", tc.who, err, tc.field)
		}
	}
}
