package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// shortened takes lines out of a run that found something as long as it still finds
// the like, half of them at a time, then ever fewer, and lists what is left.
func shortened(t testing.TB, g *player, what string) string {
	lines, end := slices.Clone(g.lines), time.Now().Add(time.Minute)
	fails := func(lines []string) bool {
		again := newPlayer(t, g.economy, nil)
		again.strict = g.strict
		return alike(again.run(func() {
			for _, line := range lines {
				_ = again.say("%s", line)
			}
		}), what)
	}
	for size := (len(lines) + 1) / 2; size > 0; size /= 2 {
		for from := 0; from < len(lines) && time.Now().Before(end); {
			less := slices.Delete(slices.Clone(lines), from, min(from+size, len(lines)))
			if fails(less) {
				lines = less
			} else {
				from += size
			}
		}
	}
	return fmt.Sprintf("# economy %d\n%s\n# then\n%s", g.economy, strings.Join(foundation(g.economy), "\n"), strings.Join(lines, "\n"))
}

// alike tells whether two findings are of one kind: all but their figures and ids is
// the same.
func alike(a, b string) bool {
	kind := func(s string) string {
		s, _, _ = strings.Cut(s, ": the state has")
		if _, rest, ok := strings.Cut(s, ": "); ok && strings.HasPrefix(s, "entry") {
			s = rest
		}
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, s[:min(len(s), 60)])
	}
	return a != "" && kind(a) == kind(b)
}

// covered lists what came about and how often.
func covered(saw map[string]int) string {
	var b strings.Builder
	for _, what := range sorted(saw) {
		fmt.Fprintf(&b, "\n%6d %s", saw[what], what)
	}
	return b.String()
}
