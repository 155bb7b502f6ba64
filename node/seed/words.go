package seed

import (
	_ "embed"
	"strings"
)

// english.txt is the list of BIP-39; its SHA-256 is held by a test.
//
//go:embed english.txt
var english string

// words are those of the list, in order; a place in it has bits bits.
var words = strings.Fields(english)

const bits = 11

// numbers tells a word's place in the list.
var numbers = func() map[string]int {
	m := make(map[string]int, len(words))
	for i, w := range words {
		m[w] = i
	}
	return m
}()
