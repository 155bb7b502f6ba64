package grpcapi

import (
	"context"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/admission"
)

// Node is what the API asks of the node; *node.Node is one.
type Node interface{ admission.Node }

// Priced is what a Pricer asks of the node.
type Priced interface {
	// PriceSat is what a resource costs now. It does not wait for the writer.
	PriceSat(resource string) int64
	// Recovery lists why the node serves reads only; none in normal work.
	Recovery() []string
}

// Gate sells and checks L402 tokens, and counts their uses; *l402.Gate and, behind
// aperture, *l402.Forwarded are ones.
type Gate interface {
	admission.Gate
	CheckMacaroon(ctx context.Context, now time.Time, value string, need l402.Need) (l402.Grant, error)
}
