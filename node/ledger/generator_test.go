package ledger

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
)

// leastSeeds is how many it takes for every situation to come about.
const leastSeeds = 24

var (
	generatorSeeds = flag.Int("generator.seeds", leastSeeds, "how many seeds TestDecisionsAtOnce plays")
	generatorFirst = flag.Uint64("generator.first", 1, "the first of them")
)

// Whatever a small crowd does at once, with two or three decisions whose times
// overlap: a second, slow reading of the log (slow) comes to the same sats, weights
// and marks after every entry; what is due is accepted and nothing due is passed
// over; what is refused changes nothing; the log replays to the same state. The
// situations that this is for must have come about.
func TestDecisionsAtOnce(t *testing.T) {
	var lock sync.Mutex
	saw := map[string]int{}
	t.Run("seeds", func(t *testing.T) {
		for n := range uint64(*generatorSeeds) {
			seed := *generatorFirst + n
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				g := newPlayer(t, int(seed%uint64(len(economies))), rand.New(rand.NewPCG(seed, 14)).IntN)
				g.strict = seed/uint64(len(economies))%4 == 0 // which takes as long as all the rest
				if what := g.run(g.improvise); what != "" {
					t.Fatalf("seed %d: %s\n%s", seed, what, shortened(t, g, what))
				}
				lock.Lock()
				defer lock.Unlock()
				for k, v := range g.m.saw {
					saw[k] += v
				}
			})
		}
	})
	t.Log(covered(saw))
	if *generatorSeeds < leastSeeds || t.Failed() {
		return
	}
	for _, want := range situations {
		if saw[want] == 0 {
			t.Errorf("%q never came about", want)
		}
	}
}

// The same with the choices taken from the fuzzer's bytes.
func FuzzDecisionsAtOnce(f *testing.F) {
	for n := range economies {
		r := rand.New(rand.NewPCG(uint64(n), 3))
		choices := make([]byte, 600)
		for i := range choices {
			choices[i] = byte(r.UintN(256))
		}
		f.Add(uint8(n), choices)
	}
	f.Fuzz(func(t *testing.T, economy uint8, choices []byte) {
		g := newPlayer(t, int(economy)%len(economies), nil)
		g.steps, g.strict = len(choices)/4, true
		g.draw = func(n int) int {
			if len(choices) < 2 {
				g.steps = 0
				return 0
			}
			x := int(choices[0])<<8 | int(choices[1])
			choices = choices[2:]
			return x % n
		}
		if what := g.run(g.improvise); what != "" {
			t.Fatalf("%s\n%s", what, shortened(t, g, what))
		}
	})
}

// player is one run of the generator: a scenario that is written while it is played.
type player struct {
	t       testing.TB
	economy int
	draw    func(n int) int // from 0 to below n
	steps   int
	sc      *scenario
	m       *slow
	lines   []string // said so far
	said    int      // labels given
	digest  string   // of the state after len(sc.log) was at
	at      int
	refused func(line string, err error)
	telling bool // a story is on
	strict  bool // refused operations are held against the digest
}

// broken is what a run found, as a panic's value.
type broken string

// caught turns what a scenario would fail its test with into a finding.
type caught struct{ testing.TB }

func (c caught) Fatalf(format string, args ...any) { panic(broken(fmt.Sprintf(format, args...))) }
func (c caught) Fatal(args ...any)                 { panic(broken(fmt.Sprint(args...))) }
func (c caught) Errorf(format string, args ...any) { panic(broken(fmt.Sprintf(format, args...))) }

func newPlayer(t testing.TB, economy int, draw func(int) int) *player {
	g := &player{t: t, economy: economy, draw: draw, steps: 118, m: newSlow()}
	g.sc = newScenario(caught{t})
	g.sc.file = "generated"
	g.sc.follow = g.check
	return g
}

// run begins the economy and plays; it returns what was found, or "".
func (g *player) run(story func()) (what string) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case broken:
			what = string(x)
		default:
			what = fmt.Sprintf("panic: %v\n%s", x, debug.Stack())
		}
	}()
	for _, line := range foundation(g.economy) {
		g.sc.command(strings.Fields(line))
	}
	g.sc.begin()
	story()
	g.sc.enterDue()
	g.sc.checkReplay()
	return ""
}

// say carries one line out. What it was refused for is no finding; that a refusal
// left a trace is.
func (g *player) say(format string, args ...any) error {
	line := fmt.Sprintf(format, args...)
	g.lines = append(g.lines, line)
	f := strings.Fields(line)
	g.sc.line = len(g.lines)
	if f[0] == "wait" || f[0] == "withhold" {
		g.sc.command(f)
		return nil
	}
	if !g.applies(f) {
		return nil
	}
	g.sc.enterDue()
	before, entries := "", len(g.sc.log)
	if g.strict {
		before = g.digestNow()
	}
	err := g.sc.act(f)
	if err != nil && g.refused != nil {
		g.refused(line, err)
	}
	if err == nil || len(g.sc.log) != entries || !g.strict {
		return err
	}
	if after := digest(g.sc.s); after != before {
		panic(broken(fmt.Sprintf("%s was refused (%v) and changed the state: %s", line, err, firstDifference(before, after))))
	}
	return err
}

// digestNow is the digest of the state, worked out once for each entry.
func (g *player) digestNow() string {
	if g.digest == "" || g.at != len(g.sc.log) {
		g.digest, g.at = digest(g.sc.s), len(g.sc.log)
	}
	return g.digest
}
