package audit

import (
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
)

// Whatever is proved, what the caller demands of Bitcoin is held against it: of a ballot, of
// an entry, of a standing. And what nobody can know is called a claim.
func TestEveryProofHoldsThePremises(t *testing.T) {
	rated, keys := rated(t)
	told := newStory(t)
	type said struct {
		proved, claims []string
	}
	for name, c := range map[string]struct {
		e      *audittest.Economy
		verify func(p *anchor.Proof, o Options) (said, error)
	}{
		"standing": {rated, func(p *anchor.Proof, o Options) (said, error) {
			r, err := standingOf(t, rated, keys[1].Public(), p).Verify(o)
			return said{r.Proved, r.Claims}, err
		}},
		"bundle": {told.Economy, func(p *anchor.Proof, o Options) (said, error) {
			r, err := Verify(told.bundle(told.Passed, told.Agents[0].Public(), p), o)
			return said{r.Proved, r.Claims}, err
		}},
		"proof": {told.Economy, func(p *anchor.Proof, o Options) (said, error) {
			in := anchor.Inclusion{Index: 1, Checkpoint: told.Checkpoint()}
			for _, h := range told.Path(1) {
				in.Path = append(in.Path, tlog.Hash(h))
			}
			o.LogKey = told.LogKey
			r, err := VerifyProof(in.Encode(), told.Lines[1], "regtest", p, o)
			return said{r.Proved, r.Claims}, err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			line := c.e.NewLine("coin")
			p := line.Mine(c.e.Head(), 6)
			beside := c.e.NewLine("another").Mine(c.e.Head(), 6)
			far := []anchor.TrustedHeader{{Height: 900000, Hash: chainhash.Hash{1}}}
			tip := []anchor.TrustedHeader{{Height: p.Height + uint32(len(p.Following)), Hash: chainhash.Hash(displayed([32]byte(p.Tip)))}}
			policy := policyOf(t, c.e.LogKey, testWitness(t, "w.example/1"), testWitness(t, "w.example/2"))
			for what, bad := range map[string]struct {
				p *anchor.Proof
				o Options
			}{
				"no anchor where one is demanded":  {nil, Options{RequireAnchor: true}},
				"no anchor where trust is":         {nil, Options{RequireTrust: true}},
				"no anchor that reaches a block":   {nil, Options{Trusted: far}},
				"an anchor that reaches none":      {p, Options{Trusted: far}},
				"an anchor that nobody knows":      {p, Options{RequireTrust: true}},
				"an anchor beside the line":        {beside, Options{Line: line.Proofs}},
				"a line that is none":              {p, Options{Line: []*anchor.Proof{nil}}},
				"a line of another coin":           {p, Options{Line: []*anchor.Proof{beside}}},
				"too few blocks":                   {p, Options{MinConfirmations: 7}},
				"another network":                  {p, Options{Network: "mainnet", LogKey: c.e.LogKey}},
				"a checkpoint without its witness": {p, Options{Policy: policy}},
			} {
				if name == "proof" && what == "another network" {
					continue // the caller names the network of a proof
				}
				_, err := c.verify(bad.p, bad.o)
				var r *Rejection
				require.ErrorAs(t, err, &r, what)
			}
			r, err := c.verify(p, Options{Line: line.Proofs})
			require.NoError(t, err)
			require.Contains(t, strings.Join(r.claims, "\n"), "commits to that checkpoint")
			require.NotContains(t, strings.Join(r.proved, "\n"), "commits to that checkpoint")
			r, err = c.verify(p, Options{Trusted: tip, RequireTrust: true, RequireAnchor: true})
			require.NoError(t, err)
			require.Empty(t, r.claims)
			require.Contains(t, strings.Join(r.proved, "\n"), "commits to that checkpoint")
		})
	}
}
