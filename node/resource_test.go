package node

import (
	"testing"

	"github.com/econd/econd/node/ledger"
)

func TestResourceOf(t *testing.T) {
	for _, c := range []struct{ method, path, want string }{
		{"POST", "/v1/operations", ledger.ResourceOperations},
		{"GET", "/v1/operations", ledger.ResourceOperations},
		{"GET", "/v1/operations/:id", ledger.ResourceQueries},
		{"GET", "/v1/operations/ab/proof", ledger.ResourceProofs},
		{"GET", "/v1/proposals/ab/ballots/cd/proof", ledger.ResourceProofs},
		{"GET", "/v1/proofs", ledger.ResourceProofs},
		{"GET", "/v1/proofs/ab", ledger.ResourceProofs},
		{"GET", "/v1/events", ledger.ResourceEvents},
		{"GET", "/v1/agents/ab/notifications", ledger.ResourceEvents},
		{"PUT", "/v1/agents/:pubkey/webhook", ""},
		{"GET", "/v1/agents/ab/webhook/secret", ""},
		{"GET", "/v1/webhook", ledger.ResourceQueries},
		{"GET", "/v1/log", ledger.ResourceQueries},
		{"GET", "/v1/constitution", ledger.ResourceQueries},
		{"GET", "/v1/agents", ledger.ResourceQueries},
		{"GET", "/v1/agents/:pubkey/delegations", ledger.ResourceQueries},
		{"GET", "/v1/proposals/:id/explain", ledger.ResourceQueries},
		{"GET", "/v1/proposals/ab/ballots", ledger.ResourceQueries},
		{"GET", "/v1/info", ""},
		{"GET", "/v1/anchors", ""},
		{"GET", "/v1/checkpoints/latest", ""},
		{"GET", "/v1/checkpoints/consistency", ""},
		{"GET", "/v1/stakes", ""},
		{"GET", "/v1/stakes/ab", ""},
		{"GET", "/v1/openapi.yaml", ""},
		{"GET", "/v1/openapi.json", ""},
		{"GET", "/v1/schemas/constitution.json", ""},
		{"GET", "/v1/registry/:kind/:name", ledger.ResourceQueries},
		{"POST", "/v1/admin/anchor", ""},
		{"GET", "/v1/admin/backup", ""},
		{"GET", "/healthz", ""},
		{"GET", "/readyz", ""},
		{"GET", "/metrics", ""},
		{"GET", "/", ""},
		// What no route serves costs a query, whatever it looks like.
		{"GET", "/v1/", ledger.ResourceQueries},
		{"GET", "/v1/info/", ledger.ResourceQueries},
		{"GET", "/v1/info/x", ledger.ResourceQueries},
		{"GET", "/v1/stakes/", ledger.ResourceQueries},
		{"GET", "/v1/checkpoints", ledger.ResourceQueries},
		{"DELETE", "/v1/operations", ledger.ResourceOperations},
		{"GET", "/v1/unheard-of", ledger.ResourceQueries},
	} {
		if got := ResourceOf(c.method, c.path); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.method, c.path, got, c.want)
		}
	}
}

func TestThePastIsNeverFree(t *testing.T) {
	for now, want := range map[string]string{"": ledger.ResourceQueries, ledger.ResourceProofs: ledger.ResourceProofs} {
		if got := ResourceOfPast(now); got != want {
			t.Errorf("what costs %q now costs %q in the past, want %q", now, got, want)
		}
	}
}
