package op

import (
	"testing"
	"unicode"
)

// Pointers are refused for control characters, so which those are is part of the
// rules: the two ranges of Unicode's category Cc, which never change.
func TestControlCharacters(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := r < 0x20 || r >= 0x7f && r < 0xa0
		if unicode.IsControl(r) != want {
			t.Fatalf("%U: control character %t, must be %t", r, !want, want)
		}
	}
}
