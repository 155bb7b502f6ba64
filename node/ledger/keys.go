package ledger

import (
	"slices"
	"strconv"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// checkKeys refuses a list that names a key twice, or what is no key. One that is
// as it was before is not checked again.
func checkKeys(field string, keys, was []op.PublicKey) error {
	if slices.Equal(keys, was) {
		return nil
	}
	for i, k := range keys {
		if slices.Contains(keys[:i], k) {
			return refusal.New(refusal.ErrInvalid, field+"["+strconv.Itoa(i)+"]", "unique", "%s appears twice", k)
		}
		if slices.Contains(was, k) {
			continue
		}
		if _, err := op.ParsePublicKey(k.String()); err != nil {
			return refusal.New(refusal.ErrInvalid, field+"["+strconv.Itoa(i)+"]", "key", "%v", err)
		}
	}
	return nil
}

// workOfKeys is what checkKeys costs.
func workOfKeys(keys, was []op.PublicKey) int64 {
	if slices.Equal(keys, was) {
		return 0
	}
	if len(keys) > maxSeeds {
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
func (c *Constitution) workOfCheck(was *Constitution) int64 {
	n := workCheck + units(len(c.Tracks)*len(c.Tracks)+len(c.Pools)*len(c.Pools)+len(c.Metrics)*len(c.Metrics), comparedPerUnit)
	n += 2*int64(len(c.Tracks)) + int64(len(c.Metrics))
	n += workOfKeys(c.Seeds, was.Seeds) + workOfKeys(c.Guardians.Keys, was.Guardians.Keys)
	for i := range c.Metrics {
		n += workOfKeys(c.Metrics[i].Reporters, was.reporters(c.Metrics[i].Name))
	}
	return n
}
