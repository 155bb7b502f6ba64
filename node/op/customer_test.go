package op

import (
	"strings"
	"testing"
)

// One whole word names the customer; whatever is not exactly that names nobody.
func TestCustomerOf(t *testing.T) {
	secret, err := NewSecretKey(append(make([]byte, 31), 7))
	if err != nil {
		t.Fatal(err)
	}
	key := secret.Public()
	word := NameCustomer(key)
	other, _ := NewSecretKey(append(make([]byte, 31), 8))
	for text, named := range map[string]bool{
		word:                                     true,
		"L402 weather " + word:                   true,
		word + "\tone forecast":                  true,
		"":                                       false,
		"agent= " + key.String():                 false,
		"x" + word:                               false,
		word + ".":                               false,
		strings.ToUpper(word):                    false,
		"agent=" + strings.ToUpper(key.String()): false,
		word[:len(word)-1]:                       false,
		"agent=" + strings.Repeat("0", 64):       false,
		"agent=" + strings.Repeat("f", 64):       false,
		word + " " + word:                        false,
		word + " agent=":                         false,
		"agent=nobody " + word:                   false,
		word + " " + NameCustomer(other.Public()): false,
	} {
		got, ok := CustomerOf(text)
		if ok != named || ok && got != key {
			t.Errorf("%q: names %v, %v; want %v", text, got, ok, named)
		}
	}
}

// Words are separated by exactly these 25 characters, whatever Unicode calls white space later.
func TestSeparatorsOfWords(t *testing.T) {
	secret, err := NewSecretKey(append(make([]byte, 31), 7))
	if err != nil {
		t.Fatal(err)
	}
	word, count := NameCustomer(secret.Public()), 0
	for r := range rune(0x11000) {
		if _, ok := CustomerOf("x" + string(r) + word); ok {
			count++
			if !strings.ContainsRune(separators, r) {
				t.Errorf("%U separates words", r)
			}
		}
	}
	if count != 25 {
		t.Errorf("%d characters separate words", count)
	}
}
