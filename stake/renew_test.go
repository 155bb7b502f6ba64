package stake

import "testing"

func TestRenewHeight(t *testing.T) {
	for _, c := range []struct{ locked, expiry, want uint32 }{
		{0, 288, 168},      // 252 are usable, a third is 84
		{1000, 1288, 1168}, // the same later
		{0, 36 + 216, 144}, // a third of 216 is 72: both bounds meet
		{0, 36 + 215, 143}, // 71 of a third; 72 count
		{0, 36 + 144, 72},  // 72 are a half
		{0, 36 + 143, 72},  // a half of 143 is 71
		{0, 144, 54},       // a half of 108
		{0, 48, 6},         // the shortest hold
		{500, 535, 500},    // locked too late to be of use
		{500, 536, 500},    // and at the very last
		{500, 537, 501},    // a half of 1 is 0
		{0, 1008, 648},     // 972, a third is 324
		{4294967000, 10, 4294967000},
	} {
		if got := RenewHeight(c.locked, c.expiry); got != c.want {
			t.Errorf("RenewHeight(%d, %d) = %d, want %d", c.locked, c.expiry, got, c.want)
		}
	}
}

// Renewed each time it is due, the holds are one behind the other without a gap
// to the end of the course, and one renewal less would not do.
func TestRenewals(t *testing.T) {
	for _, c := range []struct {
		cltv   uint32
		course int64
		want   int64
	}{{288, 0, 0}, {288, 252, 0}, {288, 253, 1}, {288, 420, 1}, {288, 421, 2}, {1008, 972, 0}, {48, 12, 0}, {48, 13, 1}, {48, 18, 1}, {48, 19, 2}} {
		if got := Renewals(c.cltv, c.course); got != c.want {
			t.Errorf("Renewals(%d, %d) = %d, want %d", c.cltv, c.course, got, c.want)
		}
	}
	for cltv := uint32(MinCltvBlocks); cltv <= MaxCltvBlocks; cltv++ {
		for course := int64(1); course < 4000; course += 97 {
			n := Renewals(cltv, course)
			reach := func(n int64) int64 { return n*int64(RenewHeight(0, cltv)) + int64(ForfeitHeight(cltv)) }
			if reach(n) < course || n > 0 && reach(n-1) >= course {
				t.Fatalf("Renewals(%d, %d) = %d", cltv, course, n)
			}
		}
	}
}
