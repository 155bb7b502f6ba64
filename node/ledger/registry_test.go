package ledger

import (
	"strings"
	"testing"
)

// Words about the registry.
//
//	registry KIND/NAME[/VERSION] = STATUS [N]   after N decisions
func init() {
	looks["registry"] = func(sc *scenario, f []string) string {
		k := strings.Split(f[0]+"/", "/")
		if k[0] == "provider" {
			k[1] = secretOf(k[1]).Public().String()
		}
		v, ok := sc.s.RegistryEntry(k[0], k[1], k[2])
		if !ok {
			return "= absent"
		}
		return "= " + string(v.Status) + " " + strings.Repeat("I", len(v.Changes))
	}
}

func TestRegistryNames(t *testing.T) {
	for name, want := range map[string]bool{
		"summarizer": true, "gpt-4.1+q8_0": true, "2": true, strings.Repeat("a", 64): true,
		strings.Repeat("a", 65): false, "": false, "..": false, ".": false, "a/b": false, "Big": false, "a b": false, "a@1": false, "é": false,
	} {
		if got := registryName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
