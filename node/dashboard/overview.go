package dashboard

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// What the overview shows at most, and how many proposals it looks at for those
// that are open.
const (
	openShown    = 8
	openScan     = 1000
	anchorsShown = 5
)

// overview is the first page.
type overview struct {
	Origin, Verifier  string
	Operator          op.PublicKey
	Block             op.Hash
	Agents, Proposals int
	Disputes          int
	LockedSat         uint64
	PoolsSat          int64
	Epoch, EpochMs    int64
	Pending           int // effects
	Open              []view.ProposalOutline
	Ended             []view.ProposalOutline // newest of the others
	MoreOpen          bool
	Prices            []constitution.Price
	Pools             []view.Pool
	Anchors           []view.Anchor
	Rules             int // version of the constitution
	RulesMs           int64
}

func (c *contents) overview(s *ledger.State) {
	v := &overview{Origin: ledger.Origin(s.Economy()), Verifier: s.LogVerifier(), Operator: s.Operator(),
		Block: op.Hash(s.Clock().BlockHash), Agents: s.Agents(), Proposals: s.Proposals(), Disputes: s.Disputes(),
		LockedSat: s.LockedSat(), Pending: s.PendingCount(), Pools: s.Pools(), Rules: s.ConstitutionVersions()}
	v.Epoch, v.EpochMs = s.Epoch()
	v.Prices = append(v.Prices, s.Constitution().Prices...)
	for _, p := range v.Pools {
		v.PoolsSat += p.Sat
	}
	if v.Rules > 0 {
		last, _ := s.ConstitutionVersionAt(v.Rules - 1)
		v.RulesMs = last.TimeMs
	}
	for i := s.Proposals() - 1; i >= max(0, s.Proposals()-openScan) && !v.MoreOpen; i-- {
		switch final := s.PhaseAt(i, c.NowMs).Final(); {
		case !final && len(v.Open) == openShown:
			v.MoreOpen = true
		case !final:
			v.Open = append(v.Open, s.OutlineAt(i, c.NowMs))
		case len(v.Ended) < openShown:
			v.Ended = append(v.Ended, s.OutlineAt(i, c.NowMs))
		}
	}
	v.Anchors = newestAnchors(s, len(s.Anchors()), max(0, len(s.Anchors())-anchorsShown))
	c.found("overview", "overview", "", v)
}

// newestAnchors copies the anchors from-1 down to to.
func newestAnchors(s *ledger.State, from, to int) []view.Anchor {
	var list []view.Anchor
	for i := from - 1; i >= to; i-- {
		list = append(list, s.Anchors()[i])
	}
	return list
}
