package sim

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const galleryDir = "../../docs/simulations"

// tiny runs a few replicates of one cell of a gallery's scenario, named by its
// settings, and returns the sum of a metric over them, which every one must have.
func tiny(t *testing.T, name string, replicates int, metric string, settings ...string) int64 {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(galleryDir, name+".yaml"))
	require.NoError(t, err)
	s := load(t, string(raw))
	cells, err := s.Cells()
	require.NoError(t, err)
	i := slices.IndexFunc(cells, func(c Cell) bool {
		for _, x := range settings {
			if !strings.Contains(" "+c.Label()+" ", x+" ") {
				return false
			}
		}
		return true
	})
	require.GreaterOrEqual(t, i, 0, "%s has no cell %v", name, settings)
	sc, err := s.At(cells[i])
	require.NoError(t, err)
	f, ok := metricField(metric)
	require.True(t, ok)
	var sum float64
	for n := range replicates {
		r, err := Run(t.Context(), sc, cells[i], n)
		require.NoError(t, err)
		require.True(t, f.known(r.Row), "%s %v: no vote in replicate %d: %s", name, settings, n, r.UnopenedBy)
		sum += f.number(r.Row)
	}
	return int64(sum)
}

// What the gallery says holds in its direction in a few runs of its cells.
func TestGalleryWhale(t *testing.T) {
	wins := func(rule, kind, budget string) int64 {
		return tiny(t, "whale", 2, successMetric, "weight.kind="+rule, "newcomer.kind="+kind, "budget_sat="+budget)
	}
	require.EqualValues(t, 2, wins("stake", "whale", "640000"))
	require.Zero(t, wins("stake", "sybil-ring", "150000"))
	require.Zero(t, tiny(t, "whale", 1, "target_decided", "weight.kind=stake", "newcomer.kind=whale", "budget_sat=150000"), "cannot renew its collateral")
	require.Zero(t, wins("root-stake", "whale", "400000"), "four keys pay more under roots")
	require.Zero(t, wins("reputation", "whale", "5000000"), "money alone has no reputation")
	require.EqualValues(t, 2, wins("reputation", "sybil-ring", "640000"), "a ring has as much as its stake")
}

func TestGallerySybilSplit(t *testing.T) {
	wins := func(bond, keys, budget string) int64 {
		return tiny(t, "sybil-split", 2, successMetric, "bond_sat="+bond, "attacker.count="+keys, "budget_sat="+budget)
	}
	require.Zero(t, wins("1000", "1", "12800000"))
	require.EqualValues(t, 2, wins("1000", "128", "800000"), "dividing pays")
	require.Zero(t, wins("30000", "128", "3200000"), "a bond for each key does not")
	require.Zero(t, tiny(t, "sybil-split", 1, "target_opened", "bond_sat=1000", "attacker.count=128", "budget_sat=200000"), "no key can pay the collateral")
}

func TestGalleryDelegationCapture(t *testing.T) {
	run := func(metric, kind, seeks, capPPM, budget string) int64 {
		return tiny(t, "delegation-capture", 2, metric, "users.kind="+kind, "users.seeks="+seeks, "cap_ppm="+capPPM, "budget_sat="+budget)
	}
	require.Zero(t, run(successMetric, "honest", "reputation", "0", "1000000"))
	require.EqualValues(t, 2, run(successMetric, "delegate-seeking", "reputation", "0", "1000000"))
	require.Zero(t, run("captured_ppm", "delegate-seeking", "reputation", "0", "100000"), "reputation costs stake")
	require.Positive(t, run("captured_ppm", "delegate-seeking", "statement", "0", "100000"), "a statement costs nothing")
	require.Greater(t, run("delegated_ppm", "delegate-seeking", "reputation", "0", "100000"),
		run("delegated_ppm", "delegate-seeking", "reputation", "100000", "100000"), "the cap cuts votes off")
}

func TestGalleryVeto(t *testing.T) {
	vetoed := func(quorum, turnout string) int64 {
		return tiny(t, "veto", 2, "vetoed", "quorum.share_ppm="+quorum, "turnout_ppm="+turnout)
	}
	require.Greater(t, vetoed("200000", "50000"), int64(8))
	require.Zero(t, vetoed("200000", "800000"))
	require.Less(t, vetoed("400000", "50000"), int64(4))
}

// The story of spam: with collateral of four tenths of a spammer's sats, four
// of five proposals no longer come.
func TestGallerySpam(t *testing.T) {
	opened := func(collateral string) int64 { return tiny(t, "spam", 2, "bad_opened", "collateral_sat="+collateral) }
	require.EqualValues(t, 144, opened("0"))
	require.LessOrEqual(t, opened("4000")*100, opened("0")*20, "80 % less")
	require.EqualValues(t, 6, tiny(t, "spam", 2, "good_passed", "collateral_sat=4000"))
}

func TestGalleryTimelock(t *testing.T) {
	gone := func(notice, timelock string) int64 {
		return tiny(t, "timelock", 4, successMetric, "notice_ppm="+notice, "timelock_s="+timelock)
	}
	require.EqualValues(t, 4, gone("250000", "0"))
	require.Zero(t, gone("250000", "172800"))
	require.Greater(t, gone("50000", "43200"), gone("250000", "86400"))
}

// Every scenario of the gallery stands in its page, with its command and a
// picture that is there, small, and of nothing else.
func TestGalleryPage(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(galleryDir, "README.md"))
	require.NoError(t, err)
	page := string(raw)
	for _, file := range gallery(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		require.True(t, strings.Contains(page, "econsim run docs/simulations/"+name+".yaml"), name)
	}
	pictures := regexp.MustCompile(`\]\((img/[a-z-]+\.svg)\)`).FindAllStringSubmatch(page, -1)
	require.GreaterOrEqual(t, len(pictures), 6)
	for _, p := range pictures {
		svg, err := os.ReadFile(filepath.Join(galleryDir, p[1]))
		require.NoError(t, err)
		require.Less(t, len(svg), 40_000)
		require.True(t, strings.HasPrefix(string(svg), "<svg "))
	}
}
