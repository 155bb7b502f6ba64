package read

import (
	"context"
	"strings"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// Places of what programs read before they read anything else.
const (
	PricesPath = "/.well-known/l402.json" // RFC 8615
	GuidePath  = "/llms.txt"              // llmstxt.org
)

// pricesKept is how long the list of prices may be kept without asking, in seconds: a
// caller that goes by an older one is told the price by the 402.
const pricesKept = 60

// prices is the list of what costs what: each row that callers other than the operator
// have, and the price in force.
func prices(ctx context.Context, src Source, q *Query) (view.PriceList, error) {
	charged := q.Here.L402.Mode != "off"
	v := view.PriceList{
		Schema:  "/v1/schemas/l402.json",
		Version: "1",
		Service: view.Service{Name: "econd", Description: "The governance node of a Lightning machine economy: signed operations, votes, reputation, proofs.",
			DocumentationURL: GuidePath, OpenAPIURL: "/v1/openapi.json"},
		L402: view.Charges{Enabled: charged, Mode: q.Here.L402.Mode, Service: q.Here.L402.Service, Schemes: []string{"L402"},
			PaymentMethod: "bolt11", Currency: "sat", UsesHeader: l402.UsesHeader, UsesLeftHeader: l402.UsesLeftHeader, MaxUses: l402.MaxUses,
			PaymentFlow: "A request without a token is answered 402: pay the invoice in WWW-Authenticate, then repeat the request with " +
				"Authorization: L402 <macaroon>:<preimage>; the token is good for as many uses as it was asked for"},
	}
	err := q.look(ctx, src, func(s *ledger.State) {
		v.Service.Economy, v.L402.Network = s.Economy(), s.Network()
		price := func(resource string) int64 {
			if !charged || resource == "" {
				return 0
			}
			return s.PriceSat(resource)
		}
		v.L402.DefaultSats = price(constitution.ResourceQueries)
		for i := range q.routes {
			if r := &q.routes[i]; strings.HasPrefix(r.Path, "/v1/") && !strings.HasPrefix(r.Path, "/v1/admin/") {
				v.Endpoints = append(v.Endpoints, endpoint(r, price))
			}
		}
	})
	return v, err
}

func endpoint(r *Route, price func(resource string) int64) view.Endpoint {
	e := view.Endpoint{ID: r.Name, Method: r.Verb(), Path: r.Path, Summary: r.Summary, Resource: r.Resource, Auth: "none",
		Pricing: view.Pricing{Model: "free", BasePriceSats: price(r.Resource)}}
	if past := price(ResourceOfPast(r.Resource)); r.Past && past != e.Pricing.BasePriceSats {
		e.Pricing.PastPriceSats = past
	}
	switch {
	case r.Keyed:
		e.Auth = "nip98"
	case e.Pricing.BasePriceSats > 0:
		e.Auth, e.L402Enabled, e.Pricing.Model = "l402", true, "per-use"
	}
	return e
}
