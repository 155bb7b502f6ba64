package bolt11

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
)

var update = flag.Bool("update", false, "add new vectors to testdata; what stands there may not change")

func btcec32(b byte) []byte {
	key, _ := btcec.PrivKeyFromBytes(bytes32(b))
	return key.PubKey().SerializeCompressed()
}

// says is a line with everything that an invoice says.
func says(i Invoice) string {
	text := fmt.Sprintf("%q", i.Description)
	if i.DescriptionHash != nil {
		text = fmt.Sprintf("%x", *i.DescriptionHash)
	}
	features := []int{}
	for bit := range 5 * len(i.Features) {
		if i.Features.Has(bit) {
			features = append(features, bit)
		}
	}
	return fmt.Sprintf("%s %d msat at %d for %d s, p %x, s %x, text %s, cltv %d, features %v, payee %x named %t",
		i.Prefix, i.AmountMsat, i.TimestampS, i.ExpiryS, i.PaymentHash, i.PaymentSecret, text, i.MinFinalCltv, features, i.Payee, i.Named)
}

// verdict is what Decode makes of a text, in a line.
func verdict(text string) string {
	inv, err := Decode(text)
	var refused *Error
	switch {
	case err == nil:
		return "accepted: " + says(inv)
	case errors.As(err, &refused):
		return fmt.Sprintf("refused: %s [%s]", refused.Field, refused.Rule)
	}
	return "no *Error: " + err.Error()
}

func describe(about, text string) string {
	return fmt.Sprintf("# %s\n%q\n%s\n\n", about, text, verdict(text))
}

// frozen holds blocks of text against a file. With -update new blocks are written to it, and old ones stay.
func frozen(t *testing.T, path, got string) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if *update {
		for block := range strings.SplitSeq(string(old), "\n\n") {
			if !strings.Contains(got, block) {
				t.Fatalf("the vector may not change:\n%s", block)
			}
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	compareBlocks(t, string(old), got)
}

// The vectors of testdata/vectors.txt never change: what an invoice meant once it means for ever.
func TestVectors(t *testing.T) {
	var got strings.Builder
	for _, c := range vectorCases() {
		got.WriteString(describe(c.about, c.text))
	}
	frozen(t, "testdata/vectors.txt", got.String())
}

func compareBlocks(t *testing.T, want, got string) {
	t.Helper()
	w, g := strings.Split(want, "\n\n"), strings.Split(got, "\n\n")
	for i := range max(len(w), len(g)) {
		switch {
		case i >= len(w):
			t.Fatalf("a vector that the file does not have:\n%s", g[i])
		case i >= len(g):
			t.Fatalf("a vector of the file was left out:\n%s", w[i])
		case w[i] != g[i]:
			t.Errorf("the vector\n%s\nis now\n%s", w[i], g[i])
		}
	}
}

// The examples of BOLT 11, in the machine-readable form that is proposed for it.
func TestExamplesOfBOLT11(t *testing.T) {
	file, err := os.ReadFile("testdata/invoice-test.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct {
		Description string
		Valid       bool
		Invoice     string
	}
	if err := json.Unmarshal(file, &examples); err != nil || len(examples) != 28 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	var got strings.Builder
	for _, e := range examples {
		if _, err := Decode(e.Invoice); (err == nil) != e.Valid {
			t.Errorf("%s: valid %t, but %v", e.Description, e.Valid, err)
		}
		got.WriteString(describe(e.Description, e.Invoice))
	}
	frozen(t, "testdata/examples.txt", got.String()) // what each says, or why it is refused
}

// Every rule that Decode can break has a vector.
func TestEveryRuleHasAVector(t *testing.T) {
	var sources []byte
	for _, name := range []string{"invoice.go", "bech32.go", "amount.go", "fields.go", "features.go", "signature.go"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, b...)
	}
	vectors, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	calls := strings.Split(string(sources), "fail(")[1:]
	if len(calls) < 20 {
		t.Fatalf("%d refusals found", len(calls))
	}
	for _, call := range calls {
		rule := strings.Split(call, `"`)[1]
		if first, _, _ := strings.Cut(call, ","); strings.HasPrefix(first, `"`) {
			rule = strings.Split(call, `"`)[3]
		}
		if !bytes.Contains(vectors, []byte(" ["+rule+"]\n")) {
			t.Errorf("no vector of rule %q", rule)
		}
	}
}
