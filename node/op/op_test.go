package op

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func testKey(t testing.TB, b byte) SecretKey {
	t.Helper()
	key, err := NewSecretKey(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signed(t testing.TB, content string) *Event {
	t.Helper()
	e := &Event{CreatedAt: 1_700_000_000, Kind: KindVote,
		Tags: [][]string{{"economy", "demo-1"}}, Content: content}
	if err := e.Sign(testKey(t, 7)); err != nil {
		t.Fatal(err)
	}
	return e
}

// The NIP-01 serialisation, written out by hand for one event.
func TestHashIsNIP01(t *testing.T) {
	e := signed(t, "{\"a\":\"x\ny\"}")
	serial := `[0,"` + e.PubKey.String() + `",1700000000,3907,[["economy","demo-1"]],"{\"a\":\"x\ny\"}"]`
	want := sha256Hex(strings.ReplaceAll(serial, "\n", `\n`))
	if e.ID.String() != want {
		t.Fatalf("id %s, want %s", e.ID, want)
	}
}

func TestVerifyCatchesEveryField(t *testing.T) {
	for name, change := range map[string]func(*Event){
		"id":         func(e *Event) { e.ID[0] ^= 1 },
		"pubkey":     func(e *Event) { e.PubKey = testKey(t, 8).Public() },
		"created_at": func(e *Event) { e.CreatedAt++ },
		"kind":       func(e *Event) { e.Kind++ },
		"tags":       func(e *Event) { e.Tags = [][]string{{"economy", "demo-2"}} },
		"content":    func(e *Event) { e.Content = "{}" },
		"sig":        func(e *Event) { e.Sig[40] ^= 1 },
	} {
		e := signed(t, `{"x":1}`)
		if err := e.Verify(); err != nil {
			t.Fatal(err)
		}
		change(e)
		if err := e.Verify(); !errors.Is(err, ErrID) && !errors.Is(err, ErrSignature) {
			t.Errorf("changed %s: %v", name, err)
		}
	}
}

// A relation to outside implementations: encoding/json reads the canonical
// form, and any re-ordering or spacing that it writes decodes to the same.
func TestDecodeTakesAnyNostrWriter(t *testing.T) {
	e := signed(t, `{"text":"é <&> \u2028"}`)
	var generic map[string]any
	if err := json.Unmarshal(e.Marshal(), &generic); err != nil {
		t.Fatal(err)
	}
	indented, _ := json.MarshalIndent(generic, "", "\t")
	got, err := Decode(indented)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Marshal(), e.Marshal()) || got.Verify() != nil {
		t.Fatalf("got %s", got.Marshal())
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := string(signed(t, `{"x":1}`).Marshal())
	swap := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	for name, c := range map[string]struct{ in, field string }{
		"empty":            {"", "event"},
		"array":            {"[]", "event"},
		"trailing":         {good + "x", "event"},
		"two events":       {good + good, "event"},
		"unknown member":   {swap(`"kind"`, `"extra":1,"kind"`), "extra"},
		"duplicate":        {swap(`"kind":3907`, `"kind":3907,"kind":3907`), "kind"},
		"missing sig":      {good[:strings.Index(good, `,"sig"`)] + "}", "sig"},
		"upper-case name":  {swap(`"kind"`, `"Kind"`), "Kind"},
		"upper-case hex":   {swap(`"id":"`, `"id":"A`)[:0] + strings.Replace(good, good[7:71], strings.ToUpper(good[7:71]), 1), "id"},
		"short hex":        {swap(`"id":"`+good[7:9], `"id":"`), "id"},
		"fraction":         {swap("1700000000", "1700000000.0"), "created_at"},
		"exponent":         {swap("1700000000", "17e8"), "created_at"},
		"leading zero":     {swap("1700000000", "01700000000"), "created_at"},
		"negative":         {swap("1700000000", "-1"), "created_at"},
		"beyond 2^53":      {swap("1700000000", "9007199254740993"), "created_at"},
		"string number":    {swap("1700000000", `"1700000000"`), "created_at"},
		"kind too large":   {swap("3907", "65536"), "kind"},
		"no economy":       {swap(`["economy","demo-1"]`, ``), "tags"},
		"two economies":    {swap(`["economy","demo-1"]`, `["economy","a"],["economy","b"]`), "tags"},
		"foreign tag":      {swap(`["economy","demo-1"]`, `["economy","a"],["p","b"]`), "tags[1]"},
		"content not text": {swap(`"{\"x\":1}"`, `{"x":1}`), "content"},
		"control char":     {swap(`{\"x\":1}`, "\x01"), "content"},
		"control escape":   {swap(`{\"x\":1}`, `\u0001`), "content"},
		"lone surrogate":   {swap(`{\"x\":1}`, `\ud800`), "content"},
		"invalid UTF-8":    {swap(`{\"x\":1}`, "\xff"), "content"},
		"oversize":         {swap(`{\"x\":1}`, strings.Repeat("a", MaxEventBytes)), "event"},
	} {
		_, err := Decode([]byte(c.in))
		var fe *FieldError
		if !errors.As(err, &fe) {
			t.Errorf("%s: accepted (%v)", name, err)
		} else if fe.Field != c.field {
			t.Errorf("%s: blames %q, want %q (%v)", name, fe.Field, c.field, err)
		}
	}
}

func TestUnmarshalNamesTheField(t *testing.T) {
	type inner struct {
		Sats int64 `json:"sats"`
	}
	type content struct {
		List []inner `json:"list"`
		Hash Hash    `json:"hash"`
		Note string  `json:"note,omitempty"`
	}
	zero := strings.Repeat("00", 32)
	for in, field := range map[string]string{
		`{"list":[{"sats":1},{"sats":"2"}],"hash":"` + zero + `"}`:       "content.list[1].sats",
		`{"list":[{"sats":1,"x":2}],"hash":"` + zero + `"}`:              "content.list[0].x",
		`{"list":[],"hash":"00"}`:                                        "content.hash",
		`{"list":[]}`:                                                    "content.hash",
		`{"list":[],"hash":"` + zero + `","note":1}`:                     "content.note",
		`{"list":[],"list":[],"hash":"` + zero + `"}`:                    "content.list",
		`{"list":[],"hash":"` + zero + `"} 1`:                            "content",
		`{"list":` + strings.Repeat("[", 50) + `,"hash":"` + zero + `"}`: "content.list" + strings.Repeat("[0]", 12),
	} {
		var c content
		var fe *FieldError
		if err := Unmarshal([]byte(in), "content", &c); !errors.As(err, &fe) || fe.Field != field {
			t.Errorf("%s: %v, want blame on %s", in, err, field)
		}
	}
	var c content
	if err := Unmarshal([]byte(`{"hash":"`+zero+`","list":[{"sats":3}]}`), "content", &c); err != nil || c.List[0].Sats != 3 {
		t.Fatalf("%v %v", c, err)
	}
}

func TestSecretKeyHidesItself(t *testing.T) {
	key := testKey(t, 9)
	secret := strings.Repeat("09", 32)
	for _, s := range []string{key.String(), key.GoString()} {
		if strings.Contains(s, secret) || strings.Contains(s, "9, 9") {
			t.Fatalf("shows the secret: %s", s)
		}
	}
}

func TestEntryHasOneEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := &Event{CreatedAt: rapid.Int64Range(0, MaxInteger).Draw(t, "at"),
			Kind: Kind(rapid.Uint16().Draw(t, "kind")), Tags: [][]string{{"economy", "x"}},
			Content: printable(rapid.String().Draw(t, "content"))}
		copy(e.Sig[:], rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "sig"))
		entry := &Entry{Seq: rapid.Uint64Range(0, MaxInteger).Draw(t, "seq"), Event: e,
			Stamp: Stamp{TimeMs: rapid.Int64Range(0, MaxInteger).Draw(t, "ms"), Height: rapid.Uint32().Draw(t, "h")}}
		line := entry.Marshal()
		got, err := DecodeEntry(line)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Marshal(), line) {
			t.Fatal("round trip differs")
		}
		if _, err := DecodeEntry(append([]byte(" "), line...)); err == nil {
			t.Fatal("accepted a second spelling")
		}
	})
}

// printable drops what the envelope refuses: control characters without an
// escape in NIP-01.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && !strings.ContainsRune("\b\t\n\f\r", r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// A misspelt member is named, and not what is missing for it, wherever the two
// stand; the nearest of those that are missing is proposed.
func TestUnmarshalNamesTheMisspeltMember(t *testing.T) {
	type inner struct {
		Share int64  `json:"share_ppm"`
		Name  string `json:"name,omitempty"`
	}
	type outer struct {
		Kind  string  `json:"kind"`
		List  []inner `json:"list"`
		Maybe *inner  `json:"maybe,omitempty"`
	}
	for text, want := range map[string]string{
		`{"list":[]}`: "x.kind: missing",
		`{"kind":"a","list":[{"share_ppm":1},{"share_pmm":2}]}`: "x.list[1].share_pmm: unknown member; did you mean share_ppm?",
		`{"list":[{"share_ppm":1,"naem":"b"}]}`:                 "x.list[0].naem: unknown member; did you mean name?",
		`{"list":[],"maybe":{"share_ppm":1,"colour":1}}`:        "x.maybe.colour: unknown member",
		`{"kind":1,"lists":[]}`:                                 "x.kind: must be a string, is a integer",
		`{"kind":"a","list":[],"kinds":"b"}`:                    "x.kinds: unknown member",
	} {
		err := Unmarshal([]byte(text), "x", new(outer))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
