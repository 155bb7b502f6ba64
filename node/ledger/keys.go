package ledger

import (
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// workOfKeys is what checkKeys costs.
func workOfKeys(keys, was []op.PublicKey) int64 {
	if slices.Equal(keys, was) {
		return 0
	}
	if len(keys) > constitution.MaxSeeds {
		return workKey * int64(len(keys)) // more than any list may have
	}
	fresh := 0
	for _, k := range keys {
		if !slices.Contains(was, k) {
			fresh++
		}
	}
	return workKey*int64(fresh) + units(len(keys)*(len(keys)+len(was)), comparedPerUnit)
}

// workOfCheck is what validateAfter costs for a constitution after another.
func workOfCheck(c, was *constitution.Constitution) int64 {
	n := workCheck + units(len(c.Tracks)*len(c.Tracks)+len(c.Pools)*len(c.Pools)+len(c.Metrics)*len(c.Metrics), comparedPerUnit)
	n += 2*int64(len(c.Tracks)) + int64(len(c.Metrics))
	n += workOfKeys(c.Seeds, was.Seeds) + workOfKeys(c.Guardians.Keys, was.Guardians.Keys)
	for i := range c.Metrics {
		n += workOfKeys(c.Metrics[i].Reporters, was.Reporters(c.Metrics[i].Name))
	}
	return n
}
