package passing

import "testing"

// Members that have not ended stay, in order, and those that have are let go of
// before they are more than those and a few.
func TestWhatEndedIsLetGoOf(t *testing.T) {
	var l List
	ended := func(i int) bool { return i%10 != 0 }
	for i := range 1000 {
		l.Add(i, ended)
		if alive := i/10 + 1; len(l.Members) > 2*alive+16 {
			t.Fatalf("%d members with %d that go on", len(l.Members), alive)
		}
	}
	next := 0
	for _, i := range l.Members {
		if !ended(i) {
			if i != next {
				t.Fatalf("%d where %d is missed", i, next)
			}
			next += 10
		}
	}
	if next != 1000 {
		t.Errorf("the last that goes on is %d", next-10)
	}
}
