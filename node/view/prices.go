package view

// PriceList says what costs what, at /.well-known/l402.json, to programs that look for paid
// services. No standard has such a document yet; `service`, `endpoints` and their `pricing`
// are called as programs that look for them call them. What a 402 asks is what counts: a
// price may change between the two.
type PriceList struct {
	Schema    string     `json:"$schema"` // of this document, on this host
	Version   string     `json:"version" schema:"enum=1"`
	Service   Service    `json:"service"`
	L402      Charges    `json:"l402"`
	Endpoints []Endpoint `json:"endpoints"`
}

// Service is who sells.
type Service struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Economy     string `json:"economy"` // what the economy tag of every event must say

	DocumentationURL string `json:"documentation_url"` // where programs read on, on this host
	OpenAPIURL       string `json:"openapi_url"`
}

// Charges says how what has a price is paid.
type Charges struct {
	Enabled        bool     `json:"enabled"` // false: nothing is charged for
	Mode           string   `json:"mode" schema:"enum=off|direct|aperture"`
	Service        string   `json:"service,omitempty"`          // of the tokens
	Schemes        []string `json:"schemes" schema:"enum=L402"` // of WWW-Authenticate and Authorization
	PaymentMethod  string   `json:"payment_method" schema:"enum=bolt11"`
	Currency       string   `json:"currency" schema:"enum=sat"`
	Network        string   `json:"network" schema:"is=Network"`
	UsesHeader     string   `json:"uses_header"`        // of a request: for how many uses a token is asked for
	UsesLeftHeader string   `json:"uses_left_header"`   // of an answer: how many are left
	MaxUses        int64    `json:"max_uses"`           // that one token may have
	DefaultSats    int64    `json:"default_price_sats"` // of what no endpoint tells
	PaymentFlow    string   `json:"payment_flow"`       // in words
}

// Endpoint is one route, and what one use of it costs.
type Endpoint struct {
	ID       string `json:"id"` // operationId of the OpenAPI document
	Method   string `json:"method" schema:"enum=GET|POST|PUT|DELETE"`
	Path     string `json:"path"` // what stands in braces is one segment
	Summary  string `json:"summary"`
	Resource string `json:"resource,omitempty" schema:"is=Resource"` // whose price applies; absent: none

	Auth        string  `json:"auth" schema:"enum=none|l402|nip98"`
	L402Enabled bool    `json:"l402_enabled"` // a token is asked for now
	Pricing     Pricing `json:"pricing"`
}

// Pricing is what one use costs now.
type Pricing struct {
	Model         string `json:"model" schema:"enum=free|per-use"`
	BasePriceSats int64  `json:"base_price_sats"`           // n uses cost n times that
	PastPriceSats int64  `json:"past_price_sats,omitempty"` // with the parameter at; absent: the same, or at is not taken
}
