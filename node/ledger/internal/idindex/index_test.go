package idindex

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
)

// Every id that was put is found, no other is, and each is walked once.
func TestIndex(t *testing.T) {
	id := func(n int) [32]byte { return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	var x Index
	first := map[uint64]int{}
	for n := range 1000 {
		if _, ok := x.Get(id(n)); ok {
			t.Fatalf("%d is there before it was put", n)
		}
		x.Put(id(n), uint64(n))
		for _, m := range []int{0, n / 2, n} {
			if seq, ok := x.Get(id(m)); !ok || seq != uint64(m) {
				t.Fatalf("of %d: %d %v", m, seq, ok)
			}
		}
		i := id(n)
		first[binary.BigEndian.Uint64(i[:])]++
	}
	x.Each(func(hi uint64) { first[hi]-- })
	for hi, n := range first {
		if n != 0 {
			t.Errorf("%x is walked %d times too few", hi, n)
		}
	}
}
