package archtest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// closures lists all that decides what an entry means, and what a program takes in with
// the client: a package may stand on these modules, whatever lies between, and on Go's
// library. A module that comes in by accident could change a decision with its next
// release. What those of ledger and audit are trusted with stands in docs/architecture.md.
var closures = map[string][]string{
	"node/ledger":   ledgerModules,
	"node/audit":    auditModules,
	"node/client":   auditModules,
	"cmd/econaudit": slices.Concat(auditModules, commandModules),
}

var (
	ledgerModules = []string{
		module,
		"github.com/btcsuite/btcd/btcec/v2", // signatures
		"github.com/btcsuite/btcd/chaincfg/chainhash", // SHA-256, twice
		"github.com/decred/dcrd/crypto/blake256",      // of secp256k1, not called
		"github.com/decred/dcrd/dcrec/secp256k1/v4",
		"golang.org/x/mod", // sumdb/tlog, sumdb/note
	}
	auditModules = append([]string{
		"github.com/btcsuite/btcd", // headers, transactions, networks
		"golang.org/x/crypto",      // of btcd/wire, not called
		"golang.org/x/sys",         // of x/crypto
	}, ledgerModules...)

	// commandModules are those of the command line.
	commandModules = []string{
		"github.com/cpuguy83/go-md2man/v2",
		"github.com/goccy/go-yaml",
		"github.com/russross/blackfriday/v2",
		"github.com/spf13/cobra",
		"github.com/spf13/pflag",
		"go.yaml.in/yaml/v3",
	}
)

// modulesOf lists the modules in the closure of a package, each once.
func modulesOf(t *testing.T, pkg string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", module+"/"+pkg)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pkg, err)
	}
	found := strings.Fields(string(out))
	slices.Sort(found)
	return slices.Compact(found)
}

// The lists are exact: one that names what nobody needs any more would let it back in.
func TestClosures(t *testing.T) {
	for pkg, allowed := range closures {
		found := modulesOf(t, pkg)
		for _, m := range found {
			if !slices.Contains(allowed, m) {
				t.Errorf("%s stands on %s: see go mod why -m %s", pkg, m, m)
			}
		}
		for _, m := range allowed {
			if !slices.Contains(found, m) {
				t.Errorf("%s does not stand on %s any more: take it off the list", pkg, m)
			}
		}
	}
}
