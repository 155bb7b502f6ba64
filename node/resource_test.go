package node

import (
	"testing"

	"github.com/econd/econd/node/constitution"
)

func TestResourceOf(t *testing.T) {
	for _, c := range []struct{ method, path, want string }{
		{"POST", "/v1/operations", constitution.ResourceOperations},
		{"GET", "/v1/operations", constitution.ResourceOperations},
		{"GET", "/v1/operations/:id", constitution.ResourceQueries},
		{"GET", "/v1/operations/ab/proof", constitution.ResourceProofs},
		{"GET", "/v1/proposals/ab/ballots/cd/proof", constitution.ResourceProofs},
		{"GET", "/v1/proofs", constitution.ResourceProofs},
		{"GET", "/v1/proofs/ab", constitution.ResourceProofs},
		{"GET", "/v1/events", constitution.ResourceEvents},
		{"GET", "/v1/agents/ab/notifications", constitution.ResourceEvents},
		{"PUT", "/v1/agents/:pubkey/webhook", ""},
		{"GET", "/v1/agents/ab/webhook/secret", ""},
		{"GET", "/v1/webhook", constitution.ResourceQueries},
		{"GET", "/v1/log", constitution.ResourceQueries},
		{"GET", "/v1/constitution", constitution.ResourceQueries},
		{"GET", "/v1/agents", constitution.ResourceQueries},
		{"GET", "/v1/agents/:pubkey/delegations", constitution.ResourceQueries},
		{"GET", "/v1/proposals/:id/explain", constitution.ResourceQueries},
		{"GET", "/v1/proposals/ab/ballots", constitution.ResourceQueries},
		{"GET", "/v1/info", ""},
		{"GET", "/v1/anchors", ""},
		{"GET", "/v1/checkpoints/latest", ""},
		{"GET", "/v1/checkpoints/consistency", ""},
		{"GET", "/v1/stakes", ""},
		{"GET", "/v1/stakes/ab", ""},
		{"GET", "/v1/openapi.yaml", ""},
		{"GET", "/v1/openapi.json", ""},
		{"GET", "/v1/schemas/constitution.json", ""},
		{"GET", "/v1/registry/:kind/:name", constitution.ResourceQueries},
		{"POST", "/v1/admin/anchor", ""},
		{"GET", "/v1/admin/backup", ""},
		{"GET", "/healthz", ""},
		{"GET", "/readyz", ""},
		{"GET", "/metrics", ""},
		{"GET", "/", ""},
		// What no route serves costs a query, whatever it looks like.
		{"GET", "/v1/", constitution.ResourceQueries},
		{"GET", "/v1/info/", constitution.ResourceQueries},
		{"GET", "/v1/info/x", constitution.ResourceQueries},
		{"GET", "/v1/stakes/", constitution.ResourceQueries},
		{"GET", "/v1/checkpoints", constitution.ResourceQueries},
		{"DELETE", "/v1/operations", constitution.ResourceOperations},
		{"GET", "/v1/unheard-of", constitution.ResourceQueries},
	} {
		if got := ResourceOf(c.method, c.path); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.method, c.path, got, c.want)
		}
	}
}

func TestThePastIsNeverFree(t *testing.T) {
	for now, want := range map[string]string{"": constitution.ResourceQueries, constitution.ResourceProofs: constitution.ResourceProofs} {
		if got := ResourceOfPast(now); got != want {
			t.Errorf("what costs %q now costs %q in the past, want %q", now, got, want)
		}
	}
}
