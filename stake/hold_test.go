package stake

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// Every pair of state and event, and where it leads; a pair that is not listed
// is refused and leaves the state alone.
func TestNext(t *testing.T) {
	want := map[State]map[Event]State{
		Requested:  {Offer: Offered, Release: Releasing, Cancel: Expired},
		Offered:    {Accept: Locked, Release: Releasing, Cancel: Expired, Take: Taken},
		Locked:     {Release: Releasing, Forfeit: Forfeiting, Cancel: Lapsed, Take: Taken},
		Releasing:  {Cancel: Released, Take: Taken},
		Forfeiting: {Settle: Forfeited, Cancel: Lapsed, Release: Releasing},
	}
	for s := Requested; s <= Taken; s++ {
		for e := Offer; e <= Take; e++ {
			next, ok := want[s][e]
			got, err := s.Next(e)
			if ok && (err != nil || got != next) {
				t.Errorf("%v + %v = %v, %v; want %v", s, e, got, err, next)
			}
			if !ok && (!errors.Is(err, ErrTransition) || got != s) {
				t.Errorf("%v + %v = %v, %v; want a refusal that leaves %v", s, e, got, err, s)
			}
		}
	}
}

// Whatever happens in whatever order, a hold is settled only after a rule
// forfeited it, and an ended hold never moves again.
func TestSettledOnlyAfterForfeit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, forfeited := Requested, false
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			e := Event(rapid.IntRange(int(Offer), int(Take)).Draw(t, "event"))
			next, err := s.Next(e)
			if err != nil {
				continue
			}
			if s.Ended() {
				t.Fatalf("%v moved to %v by %v", s, next, e)
			}
			forfeited = forfeited || e == Forfeit
			if next == Forfeited && !forfeited {
				t.Fatalf("settled without forfeiture")
			}
			s = next
		}
	})
}

func TestLapseHeight(t *testing.T) {
	for _, c := range []struct{ expiry, want uint32 }{{0, 0}, {23, 0}, {24, 0}, {25, 1}, {1000, 976}} {
		if got := LapseHeight(c.expiry); got != c.want {
			t.Errorf("LapseHeight(%d) = %d, want %d", c.expiry, got, c.want)
		}
	}
}

func TestForfeitHeight(t *testing.T) {
	for _, c := range []struct{ expiry, want uint32 }{{0, 0}, {35, 0}, {36, 0}, {37, 1}, {1000, 964}} {
		if got := ForfeitHeight(c.expiry); got != c.want {
			t.Errorf("ForfeitHeight(%d) = %d, want %d", c.expiry, got, c.want)
		}
	}
}
