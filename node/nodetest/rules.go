package nodetest

import (
	"slices"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
)

// Rules reads a constitution, in YAML, and has it go by a version of the rules.
func Rules(t testing.TB, text []byte, version int64) *constitution.Constitution {
	t.Helper()
	raw, err := yamlfile.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	c, err := constitution.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	GoBy(c, version)
	return c
}

// GoBy has a constitution go by an older version of the rules: without what came later.
func GoBy(c *constitution.Constitution, version int64) {
	c.Version = version
	if version >= constitution.RulesWallets {
		return
	}
	for i := range c.Tracks {
		c.Tracks[i].Actions = slices.DeleteFunc(slices.Clone(c.Tracks[i].Actions), func(a string) bool { return a == constitution.ActionBudget })
	}
}
