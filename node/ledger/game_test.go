package ledger

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/voting"
)

// goal is what somebody may want of the shipped constitution.
type goal struct {
	name   string
	track  string
	action string // JSON
	remove bool   // by the rules of removing guardians
}

var goals = []goal{
	{"a payment", "treasury", `[{"type":"pay","pool":"reserve","to":"@for","sat":1000}]`, false},
	{"other guardians", "guardians", `[{"type":"set-guardians","keys":["@for"],"threshold":1,"expect_keys":["@against"],"expect_threshold":1}]`, false},
	{"no guardians", "guardians", `[{"type":"set-guardians","keys":[],"threshold":1,"expect_keys":["@against"],"expect_threshold":1}]`, true},
	{"other rules", "constitution", `[{"type":"amend","path":"/tracks/price/timelock_s","value":1,"expect":86400}]`, false},
}

// shares of all stake, in ppm, that the table is for.
var shares = []uint64{50_000, 200_000, 340_000, 400_000, 510_000}

func (g *goal) passes(c *constitution.Constitution, in, against uint64) bool {
	t := c.Track(g.track)
	q, p := t.Quorum, t.Pass
	if g.remove {
		q, p = t.Removal()
	}
	return voting.Decide(q, p, 0, voting.Poll{Cast: voting.Counts{For: in, Against: against}, Eligible: voting.PPM, Closed: true, MinPeriodOver: true}) == voting.Passed
}

// mostAgainst is the greatest share against which so much in favour still gets the
// goal, and whether it does at all.
func (g *goal) mostAgainst(c *constitution.Constitution, in uint64) (uint64, bool) {
	n := sort.Search(int(voting.PPM-in)+1, func(a int) bool { return !g.passes(c, in, uint64(a)) })
	return uint64(n - 1), n > 0
}

// leastFor is the least share in favour that gets the goal against so much, and
// whether all others are enough.
func (g *goal) leastFor(c *constitution.Constitution, against uint64) (uint64, bool) {
	n := sort.Search(int(voting.PPM-against)+1, func(f int) bool { return g.passes(c, uint64(f), against) })
	return uint64(n), n <= int(voting.PPM-against)
}

// TestGameTable recomputes the table of docs/constitution.md from the shipped
// constitution and plays every figure of it, and the nearest one beside it, in a log.
func TestGameTable(t *testing.T) {
	c := shipped(t)
	var rows strings.Builder
	for _, share := range shares {
		fmt.Fprintf(&rows, "| %s |", percent(share))
		for i := range goals {
			g := &goals[i]
			most, can := g.mostAgainst(c, share)
			if !can {
				rows.WriteString(" no |")
				play(t, g, share, 0, false)
				continue
			}
			text := fmt.Sprintf(" if at most %s is against |", percent(most))
			if most == voting.PPM-share {
				text = " whoever is against |"
			} else {
				play(t, g, share, most+1, false)
			}
			rows.WriteString(text)
			play(t, g, share, most, true)
		}
		rows.WriteByte('\n')
	}
	checkTable(t, "takes", rows.String())
	rows.Reset()
	for _, share := range shares {
		fmt.Fprintf(&rows, "| %s |", percent(share))
		for i := range goals {
			g := &goals[i]
			least, can := g.leastFor(c, share)
			if !can {
				rows.WriteString(" stopped |")
				play(t, g, voting.PPM-share, share, false)
				continue
			}
			fmt.Fprintf(&rows, " passes with %s in favour |", percent(least))
			play(t, g, least, share, true)
			play(t, g, least-1, share, false)
		}
		rows.WriteByte('\n')
	}
	checkTable(t, "stops", rows.String())
}

// percent spells a share of 1,000,000 exactly.
func percent(ppm uint64) string {
	text := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%04d", ppm/10_000, ppm%10_000), "0"), ".")
	return text + " %"
}

// checkTable holds rows against the table after the heading in the page.
func checkTable(t *testing.T, heading, want string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/constitution.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "| "+heading+" ") || !strings.Contains(string(page), "|\n"+want) {
		t.Errorf("docs/constitution.md: the table %q must read\n%s", heading, want)
	}
}

// play holds the vote in a log, with one sat for each 1/1000 ppm.
func play(t *testing.T, g *goal, in, against uint64, passes bool) {
	t.Helper()
	sc := newScenario(t)
	sc.file = fmt.Sprintf("%s by %d against %d", g.name, in, against)
	rest := voting.PPM - in - against
	lines := []string{"constitution default", "set stake.max_sat 2000000000", "guardians 1 against", "agent for against rest"}
	for who, ppm := range map[string]uint64{"for": in, "against": against, "rest": rest} {
		if ppm > 0 {
			lines = append(lines, fmt.Sprintf("%s stake %s-stake %d", who, who, ppm*1000), "lock "+who+"-stake until 788")
		}
	}
	lines = append(lines, "for deposit d reserve 1000000", "lock d", "settled d", "wait 1s",
		"for act p "+g.track+" "+g.action, "lock p", "wait 21601s", "for vote p for")
	if against > 0 {
		lines = append(lines, "against vote p against")
	}
	lines = append(lines, "wait 172801s", "state p "+map[bool]string{true: "queued", false: "defeated"}[passes])
	for _, line := range lines {
		sc.command(strings.Fields(line))
	}
}
