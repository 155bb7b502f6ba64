package ledger

import (
	"fmt"
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// Words about grants, which are numbered from 1, and budgets.
//
//	NAME draw N SATS
//	NAME revoke P TRACK N [DRAWN]          propose it
//	grant N = VESTED DRAWN FREE HELD
//	budget NAME/POOL = SATS each SECONDS [over] | none
func init() {
	verbs["draw"] = func(sc *scenario, who string, f []string) error {
		return sc.enter(who, op.KindDrawGrant, op.DrawGrant{Grant: sc.grant(f[0]), Sat: sc.number(f[1])})
	}
	verbs["revoke"] = func(sc *scenario, who string, f []string) error {
		a := RevokeGrant{Type: constitution.ActionRevokeGrant, Grant: sc.grant(f[2])}
		if len(f) > 3 {
			drawn := sc.number(f[3])
			a.ExpectDrawnSat = &drawn
		}
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: f[1], Title: f[0], Actions: []op.Raw{op.Raw(op.EncodeContent(a))}})
	}
	looks["grant"] = func(sc *scenario, f []string) string {
		v, ok := sc.s.Grant(sc.grant(f[0]), sc.at.TimeMs)
		if !ok {
			return "= none"
		}
		return fmt.Sprintf("= %d %d %d %d", v.VestedSat, v.DrawnSat, v.FreeSat, v.HeldSat)
	}
	looks["budget"] = func(sc *scenario, f []string) string {
		name, pool, _ := strings.Cut(f[0], "/")
		list, _ := sc.s.Budgets(secretOf(name).Public(), sc.at.TimeMs)
		for _, b := range list {
			if b.Pool == pool && b.InForce {
				return fmt.Sprintf("= %d each %d", b.Sat, b.PeriodS)
			} else if b.Pool == pool {
				return fmt.Sprintf("= %d each %d over", b.Sat, b.PeriodS)
			}
		}
		return "= none"
	}
}

func (sc *scenario) grant(n string) string {
	i := sc.number(n)
	if i < 1 || int(i) > sc.s.Grants() {
		return "none"
	}
	return sc.s.GrantAt(int(i)-1, sc.at.TimeMs).ID
}

// Both sides of cliff and end, and every sat of a grant is drawn or held in the
// end, however it is cut.
func TestVesting(t *testing.T) {
	g := grant{totalSat: 1000, startMs: 100, cliffMs: 150, endMs: 400}
	for at, want := range map[int64]int64{0: 0, 100: 0, 149: 0, 150: 166, 151: 170, 399: 996, 400: 1000, 1 << 50: 1000} {
		if got := g.vestedSat(at); got != want {
			t.Errorf("at %d: %d, want %d", at, got, want)
		}
	}
	g.revokedMs = 250
	if got := g.vestedSat(400); got != 500 || g.ceilingSat() != 500 {
		t.Errorf("revoked half way: %d, at most %d", got, g.ceilingSat())
	}
	big := grant{totalSat: maxPayoutSat, startMs: 0, cliffMs: 0, endMs: longestGrantMs}
	if got := big.vestedSat(longestGrantMs - 1); got >= maxPayoutSat || got < maxPayoutSat-maxPayoutSat/1000 {
		t.Errorf("a moment before the end: %d", got)
	}
}
