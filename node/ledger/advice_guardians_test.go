package ledger

import (
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/voting"
)

// What the shipped constitution keeps apart or bounds is advised where a chosen one
// does not, on both sides of each bound.
func TestAdviceAboutGuardians(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *constitution.Constitution)
		want   []string // parts of what is said, in order
	}{
		"as shipped": {func(*constitution.Constitution) {}, nil},
		"bundled": {func(c *constitution.Constitution) {
			c.Track("guardians").Actions = []string{constitution.ActionPay, constitution.ActionSetGuardians}
		},
			[]string{"track guardians: actions: set-guardians stands beside [pay]"}},
		"half": {func(c *constitution.Constitution) { c.Track("guardians").Quorum.SharePPM = 500_000 },
			[]string{"track guardians: quorum: 500000 ppm of all in favour can appoint guardians"}},
		"by turnout": {func(c *constitution.Constitution) {
			x := c.Track("guardians")
			x.RemovalForPPM, x.Quorum = 0, voting.QuorumRule{Kind: voting.QuorumEligible, SharePPM: 400_000}
		}, []string{"track guardians: quorum: 266666 ppm of all in favour can appoint guardians, which nobody can veto, while others sleep or bring the quorum by voting against"}},
		"by half of all": {func(c *constitution.Constitution) {
			x := c.Track("guardians")
			x.RemovalForPPM, x.Quorum = 0, voting.QuorumRule{Kind: voting.QuorumEligible, SharePPM: 400_000}
			x.Pass = voting.PassRule{Kind: voting.PassEligible, SharePPM: 500_001}
		}, nil},
		"amended by few": {func(c *constitution.Constitution) {
			c.Track("constitution").Quorum = voting.QuorumRule{Kind: voting.QuorumEligible, SharePPM: 400_000, CountAbstain: true}
		}, []string{"track constitution: quorum: 0 ppm of all in favour can amend the rules"}},
		"out of reach": {func(c *constitution.Constitution) {
			x := c.Track("guardians")
			x.RemovalForPPM, x.Quorum.SharePPM = 500_002, 500_002
		},
			[]string{"guardians: track guardians: quorum is 500002, at most 500001"}},
		"within reach": {func(c *constitution.Constitution) { c.Track("guardians").RemovalForPPM = 500_001 }, nil},
		"no track": {func(c *constitution.Constitution) {
			c.Guardians.Keys = append(c.Guardians.Keys, secretOf("g").Public())
			c.Track("guardians").Actions, c.Track("guardians").RemovalForPPM = []string{constitution.ActionPay}, 0
		}, []string{"guardians: no track allows set-guardians"}},
		"no track, none to remove": {func(c *constitution.Constitution) {
			c.Track("guardians").Actions, c.Track("guardians").RemovalForPPM = []string{constitution.ActionPay}, 0
		}, nil},
		"ignored for free": {func(c *constitution.Constitution) {
			c.Track("price").HonestTurnoutPPM, c.Track("grant").HonestForPpm = 0, 0
		},
			[]string{"tracks [price grant]: honest_turnout_ppm"}},
		"three renewals": {func(c *constitution.Constitution) {
			c.Track("signal").VotingPeriodS = (252+3*168)*600 - c.Track("signal").VotingDelayS
		}, nil},
		"four renewals": {func(c *constitution.Constitution) {
			c.Track("signal").VotingPeriodS = (252+3*168)*600 - c.Track("signal").VotingDelayS + 1
		},
			[]string{"track signal: voting_period_s: its vote lasts up to 757 blocks, a hold 288"}},
	} {
		x := shipped(t)
		c.change(x)
		if err := x.Validate(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := x.Advice()
		for i, want := range c.want {
			if i >= len(got) || !strings.Contains(got[i], want) {
				t.Errorf("%s: %q, want %q in place %d", name, got, want, i)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %d pieces of advice: %q", name, len(got), got)
		}
	}
}

// shipped is the default constitution.
func shipped(t *testing.T) *constitution.Constitution {
	t.Helper()
	sc := newScenario(t)
	sc.load("default")
	c, err := constitution.Decode(sc.constitutionJSON())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
