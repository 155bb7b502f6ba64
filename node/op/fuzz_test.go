package op

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func sha256Hex(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// Whatever Decode accepts has one canonical encoding, which decodes to itself.
func FuzzDecode(f *testing.F) {
	f.Add(signed(f, `{"proposal":"00","choice":"for"}`).Marshal())
	f.Add([]byte(`{"id":"","pubkey":"","created_at":1,"kind":2,"tags":[["economy","x"]],"content":"\ud83d\ude00","sig":""}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := Decode(in)
		if err != nil {
			return
		}
		canonical := e.Marshal()
		again, err := Decode(canonical)
		if err != nil {
			t.Fatalf("canonical form refused: %v\n%s", err, canonical)
		}
		if !bytes.Equal(again.Marshal(), canonical) || again.Hash() != e.Hash() {
			t.Fatalf("second encoding differs:\n%s\n%s", canonical, again.Marshal())
		}
	})
}

// DecodeEntry accepts nothing but what Marshal writes.
func FuzzDecodeEntry(f *testing.F) {
	f.Add((&Entry{Seq: 3, Event: signed(f, `{}`)}).Marshal())
	f.Fuzz(func(t *testing.T, in []byte) {
		if e, err := DecodeEntry(in); err == nil && !bytes.Equal(e.Marshal(), in) {
			t.Fatalf("accepted a second spelling: %q", in)
		}
	})
}

// Content decoding never panics, whatever the text.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"track":"price","title":"t","text":"","actions":[{"a":1}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var p Propose
		if Unmarshal(in, "content", &p) == nil {
			var again Propose
			if err := Unmarshal([]byte(EncodeContent(p)), "content", &again); err != nil {
				t.Fatalf("re-encoded content refused: %v", err)
			}
		}
	})
}

func BenchmarkDecodeVote(b *testing.B) {
	raw := signed(b, `{"proposal":"`+sha256Hex("x")+`","choice":"for"}`).Marshal()
	for b.Loop() {
		if _, err := Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeVoteContent(b *testing.B) {
	raw := []byte(`{"proposal":"` + sha256Hex("x") + `","choice":"for"}`)
	for b.Loop() {
		var v Vote
		if err := Unmarshal(raw, "content", &v); err != nil {
			b.Fatal(err)
		}
	}
}
