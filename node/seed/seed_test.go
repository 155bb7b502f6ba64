package seed

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/econd/econd/node/op"
)

// The list is that of BIP-39, english.txt there.
func TestWordList(t *testing.T) {
	const want = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(english))); got != want {
		t.Fatalf("english.txt has SHA-256 %s", got)
	}
	if len(words) != 2048 || !slices.IsSorted(words) || len(numbers) != 2048 {
		t.Fatalf("%d words", len(words))
	}
}

type vector struct{ entropy, mnemonic, master string }

// vectors are those of BIP-39 for English: github.com/trezor/python-mnemonic, vectors.json, with the
// passphrase TREZOR.
func vectors(t *testing.T) (list []vector) {
	t.Helper()
	raw, err := os.ReadFile("testdata/bip39.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		parts := strings.Split(strings.TrimSpace(line), "|")
		list = append(list, vector{parts[0], parts[1], parts[2]})
	}
	if len(list) != 24 {
		t.Fatalf("%d vectors", len(list))
	}
	return list
}

func TestVectorsOfBIP39(t *testing.T) {
	for _, v := range vectors(t) {
		entropy, err := hex.DecodeString(v.entropy)
		if err != nil {
			t.Fatal(err)
		}
		s, err := FromEntropy(entropy)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Mnemonic(); got != v.mnemonic {
			t.Errorf("%s is spelled %q", v.entropy, got)
		}
		again, err := Parse("\n " + strings.ToUpper(strings.ReplaceAll(v.mnemonic, " ", " \n")))
		if err != nil || hex.EncodeToString(again.Entropy()) != v.entropy {
			t.Errorf("%q is read as %x, %v", v.mnemonic, again.Entropy(), err)
		}
		if raw, err := s.master("TREZOR"); err != nil || hex.EncodeToString(raw) != v.master {
			t.Errorf("%s: master %x, %v", v.entropy, raw, err)
		}
	}
}

func TestVectorsOfNIP06(t *testing.T) {
	for mnemonic, want := range map[string][2]string{
		"leader monkey parrot ring guide accident before fence cannon height naive bean": {
			"7f7ff03d123792d6ac594bfa67bf6d0c0ab55b6b1fdb6249303fe861f1ccba9a", "17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917"},
		"what bleak badge arrange retreat wolf trade produce cricket blur garlic valid proud rude strong choose busy staff weather area salt hollow arm fade": {
			"c15d739894c81a2fcfd3a2df85a0d2c0dbc47a280d092799f144d73d7ae78add", "d41b22899549e1f3d335a31002cfd382174006e166d3e658e3a5eecdb6463573"},
	} {
		s, err := Parse(mnemonic)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := s.Secret(0)
		if err != nil {
			t.Fatal(err)
		}
		key, err := op.NewSecretKey(secret)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{hex.EncodeToString(secret), key.Public().String()}; got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// Every word of a mnemonic changed for each other one: what is still taken is as rare as a checksum
// lets it be, and no error shows a word.
func TestEveryWordChanged(t *testing.T) {
	for _, v := range vectors(t)[12:15] {
		list := strings.Fields(v.mnemonic)
		taken := 0
		for i, is := range list {
			for _, other := range words {
				if other == is {
					continue
				}
				list[i] = other
				_, err := Parse(strings.Join(list, " "))
				switch {
				case err == nil:
					taken++
				case !errors.Is(err, ErrMnemonic) || strings.Contains(err.Error(), `"`):
					t.Fatal(err)
				}
			}
			list[i] = is
		}
		// One in 16 for 12 words, one in 256 for 24.
		tried, sumBits := len(list)*2047, len(v.entropy)/8
		if most := 2 * tried >> sumBits; taken > most || taken == 0 {
			t.Errorf("%d words: %d of %d changed ones are taken", len(list), taken, tried)
		}
	}
}

func TestNoMnemonics(t *testing.T) {
	const twelve = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
	for text, want := range map[string]string{
		"":                             "has 0 words, must have 12, 15, 18, 21 or 24",
		"about":                        "has 1 words",
		twelve:                         "has 11 words",
		strings.Repeat("abandon ", 13): "has 13 words",
		strings.Repeat("abandon ", 27): "has 27 words",
		twelve + "abandon":             "the checksum does not fit",
		twelve + "abou":                "word 12 is not in the English list",
		strings.Replace(twelve, "abandon", "secretword", 1) + "about": "word 1 is not in the English list",
	} {
		if _, err := Parse(text); !errors.Is(err, ErrMnemonic) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secretword") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, size := range []int{0, 15, 17, 33, 36} {
		if _, err := FromEntropy(make([]byte, size)); !errors.Is(err, ErrMnemonic) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	for _, count := range []int{0, 11, 13, 25, 27} {
		if _, err := New(count); !errors.Is(err, ErrMnemonic) {
			t.Errorf("%d words: %v", count, err)
		}
	}
}

// One seed has a key for each account, and shows itself nowhere.
func TestKeysOfASeed(t *testing.T) {
	s, err := New(24)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, account := range []uint32{0, 1, 2, MaxAccount} {
		secret, err := s.Secret(account)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(secret)] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d keys of 4 accounts", len(seen))
	}
	if _, err := s.Secret(MaxAccount + 1); err == nil {
		t.Error("an account that is no hardened child")
	}
	if got := fmt.Sprintf("%v %+v %#v %s", s, s, s, s); got != "seed seed seed seed" {
		t.Error(got)
	}
	s.Wipe()
	if _, err := s.Secret(0); !errors.Is(err, ErrMnemonic) {
		t.Errorf("a key after Wipe: %v", err)
	}
}
