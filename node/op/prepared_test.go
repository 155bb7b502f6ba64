package op

import (
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// Every kind has its row: a name of its own, a bound that its example keeps, and the
// type of its example.
func TestKindTable(t *testing.T) {
	names := map[string]bool{}
	for i, x := range kindTable {
		if Kinds()[i] != x.kind || names[x.name] || x.kind.IsFact() != (x.signer == ByOperator) || x.text == "" {
			t.Errorf("%v: out of order, named twice, without a text, or signed by somebody else", x.kind)
		}
		names[x.kind.String()] = true
		if got, want := reflect.TypeOf(x.kind.NewContent()).Elem(), reflect.TypeOf(x.example); got != want {
			t.Errorf("%v: content %v, want %v", x.kind, got, want)
		}
		if most := x.kind.MaxContent(); most < len(EncodeContent(x.example)) || most > MaxEventBytes || x.kind.IsFact() && most != MaxEventBytes {
			t.Errorf("%v: at most %d bytes", x.kind, most)
		}
	}
	for _, k := range []Kind{0, 1, kindBegin, kindEnd - 1, kindEnd, 65535} {
		if k.Known() || k.MaxContent() != 0 || k.NewContent() != nil || k.Signer() != 0 || k.Text() != "" || k.Example() != nil {
			t.Errorf("%d is known", k)
		}
	}
}

// A content is decoded once, and anew where the event was changed.
func TestDecodedIsKept(t *testing.T) {
	e := &Event{Kind: KindRegister, Content: `{"name":"a"}`}
	first, err := e.Decoded()
	if err != nil || first.(*Register).Name != "a" {
		t.Fatal(first, err)
	}
	if err := e.Keep(7); err != nil || e.Kept() != 7 {
		t.Fatal(err, e.Kept())
	}
	if again, _ := e.Decoded(); again != first {
		t.Error("decoded twice")
	}
	copied := *e
	copied.Content = `{"name":"b"}`
	if c, err := copied.Decoded(); err != nil || c.(*Register).Name != "b" || copied.Kept() != nil || e.Kept() != 7 {
		t.Error(c, err, copied.Kept(), e.Kept())
	}
	copied.Kind = KindVoid
	if _, err := copied.Decoded(); err == nil || copied.Kept() != nil {
		t.Error("a content of another kind is taken from the memo")
	}
	copied.Kind = 3999
	if _, err := copied.Decoded(); err == nil {
		t.Error("an unknown kind is decoded")
	}
}

// Both sides of every bound.
func TestContentBounds(t *testing.T) {
	for _, k := range Kinds() {
		e := &Event{Kind: k, Content: strings.Repeat(" ", k.MaxContent())}
		if err := e.CheckContent(); err != nil {
			t.Errorf("%v: %v", k, err)
		}
		e.Content += " "
		if _, err := e.Decoded(); !errors.Is(err, ErrOversize) {
			t.Errorf("%v, a byte too long: %v", k, err)
		}
	}
}

// decodeCost is what decoding allocates, in bytes.
func decodeCost(e *Event) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = e.Decoded()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// most that decoding a byte of content may allocate, beside a base: the parser's part
// and that of the values it is copied into.
const mostDecoded = 3 * mostPerByte

// hostileContents are contents of a kind's full size: as the parser likes them least,
// and the members of its example with a value like that.
func hostileContents(i int) []string {
	x := kindTable[i]
	most := x.kind.MaxContent()
	var list []string
	for _, in := range hostile(most - 64) {
		list = append(list, in)
	}
	text := EncodeContent(x.example)
	if rest := most - len(text); rest > 0 {
		list = append(list, text+strings.Repeat(" ", rest), strings.Replace(text, `":`, `":`+strings.Repeat(" ", rest), 1))
		list = append(list, strings.Replace(text, `["`, `["`+strings.Repeat(`a","`, rest/4), 1), strings.Replace(text, `[{`, `[`+strings.Repeat(`{},`, rest/3)+`{`, 1))
	}
	return list
}

func TestDecodedIsLinear(t *testing.T) {
	for i, x := range kindTable {
		for _, content := range hostileContents(i) {
			e := &Event{Kind: x.kind, Content: content}
			if got, most := decodeCost(e), uint64(mostDecoded*len(content)+mostBase); got > most {
				t.Errorf("%v: %d bytes take %d, at most %d are allowed: %.60s", x.kind, len(content), got, most, content)
			}
		}
	}
}

func FuzzDecoded(f *testing.F) {
	for i := range kindTable {
		f.Add(uint8(i), EncodeContent(kindTable[i].example))
	}
	f.Fuzz(func(t *testing.T, which uint8, content string) {
		e := &Event{Kind: kindTable[int(which)%len(kindTable)].kind, Content: content}
		if got, most := decodeCost(e), uint64(mostDecoded*len(content)+mostBase); got > most {
			t.Fatalf("%v: %d bytes take %d, at most %d are allowed", e.Kind, len(content), got, most)
		}
		c, err := e.Decoded()
		if (err == nil) != (c != nil) {
			t.Fatal(c, err)
		}
	})
}

// BenchmarkDecoded decodes the worst content of each kind at its full size: compare
// the time per byte.
func BenchmarkDecoded(b *testing.B) {
	for i, x := range kindTable {
		for n, content := range hostileContents(i) {
			b.Run(x.kind.String()+"/"+string(rune('a'+n)), func(b *testing.B) {
				b.SetBytes(int64(len(content)))
				b.ReportAllocs()
				for b.Loop() {
					e := &Event{Kind: x.kind, Content: content}
					_, _ = e.Decoded()
				}
			})
		}
	}
}
