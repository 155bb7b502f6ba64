package read

import (
	"testing"

	"github.com/econd/econd/node/constitution"
)

func TestResourceOf(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"/v1/operations", constitution.ResourceOperations},
		{"/v1/operations", constitution.ResourceOperations},
		{"/v1/operations/{id}", constitution.ResourceQueries},
		{"/v1/operations/ab/proof", constitution.ResourceProofs},
		{"/v1/proposals/ab/ballots/cd/proof", constitution.ResourceProofs},
		{"/v1/events", constitution.ResourceEvents},
		{"/v1/agents/ab/notifications", constitution.ResourceEvents},
		{"/v1/agents/{pubkey}/webhook", ""},
		{"/v1/agents/ab/webhook/secret", ""},
		{"/v1/webhook", constitution.ResourceQueries},
		{"/v1/log", constitution.ResourceQueries},
		{"/v1/constitution", constitution.ResourceQueries},
		{"/v1/agents", constitution.ResourceQueries},
		{"/v1/agents/{pubkey}/delegations", constitution.ResourceQueries},
		{"/v1/proposals/{id}/explain", constitution.ResourceQueries},
		{"/v1/proposals/ab/ballots", constitution.ResourceQueries},
		{"/v1/info", ""},
		{"/v1/anchors", ""},
		{"/v1/checkpoints/latest", ""},
		{"/v1/checkpoints/consistency", ""},
		{"/v1/stakes", ""},
		{"/v1/stakes/ab", ""},
		{"/v1/openapi.yaml", ""},
		{"/v1/openapi.json", ""},
		{"/v1/schemas/constitution.json", ""},
		{"/v1/registry/{kind}/{name}", constitution.ResourceQueries},
		{"/v1/admin/anchor", ""},
		{"/v1/admin/backup", ""},
		{"/healthz", ""},
		{"/readyz", ""},
		{"/metrics", ""},
		{"/", ""},
		// What no route serves costs a query, whatever it looks like.
		{"/v1/", constitution.ResourceQueries},
		{"/v1/info/", constitution.ResourceQueries},
		{"/v1/info/x", constitution.ResourceQueries},
		{"/v1/stakes/", constitution.ResourceQueries},
		{"/v1/proofs", constitution.ResourceQueries},
		{"/v1/proofs/ab", constitution.ResourceQueries},
		{"/v1/registry/service/proof", constitution.ResourceQueries},
		{"/v1/admin/unheard-of", constitution.ResourceQueries},
		{"/v1/checkpoints", constitution.ResourceQueries},
		{"/v1/operations", constitution.ResourceOperations},
		{"/v1/unheard-of", constitution.ResourceQueries},
	} {
		if got := ResourceOf(c.path); got != c.want {
			t.Errorf("%s: %q, want %q", c.path, got, c.want)
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
