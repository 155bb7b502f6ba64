package node

import (
	"net/url"
	"path"
	"strings"

	"github.com/econd/econd/node/constitution"
)

// ResourceOf maps an HTTP route, or the path of a request to it, to the
// resource whose price applies (constitution.Resources); "" is always free. It is
// what the HTTP API charges by and what a pricer in front of it must charge by,
// so it fails closed: a path below /v1/ that it does not know costs a query.
//
// Free is what a caller needs before it can decide to pay (info, health, schemas), what
// it needs to keep its own sats (stakes, a payout), what everybody should hold
// against the operator (checkpoints, anchors), and what asks for a
// key instead of sats (admin, the webhook of an agent).
func ResourceOf(_, path string) string {
	rest, ok := strings.CutPrefix(path, "/v1/")
	if !ok {
		return ""
	}
	first, tail, _ := strings.Cut(rest, "/")
	switch {
	case rest == "operations": // whatever the method: aperture's tokens open a path
		return constitution.ResourceOperations
	case first == "proofs", strings.HasSuffix(tail, "/proof"):
		return constitution.ResourceProofs
	case rest == "events", first == "agents" && strings.HasSuffix(tail, "/notifications"):
		return constitution.ResourceEvents
	case keyed(first, tail):
		return ""
	case rest == "info", rest == "anchors", rest == "stakes", rest == "openapi.yaml", rest == "openapi.json":
		return ""
	case tail != "" && (first == "checkpoints" || first == "stakes" || first == "payouts" || first == "schemas"):
		return ""
	}
	return constitution.ResourceQueries
}

// ResourceOfPast is the resource of a request for a past state, given that of
// the same request for the present one: what is free now costs a query then,
// because a replay takes a core.
func ResourceOfPast(resource string) string {
	if resource == "" {
		return constitution.ResourceQueries
	}
	return resource
}

// keyed tells whether a path below /v1/, cut after its first segment, asks for a key
// instead of sats, always: it has no past.
func keyed(first, tail string) bool {
	return first == "admin" && tail != "" ||
		first == "agents" && (strings.HasSuffix(tail, "/webhook") || strings.HasSuffix(tail, "/webhook/secret"))
}

// ResourceOfURL is the resource of an HTTP request for a URL: ResourceOf, with
// ResourceOfPast where the query asks for the past. The API and a pricer in front
// of it read it from the URL as it came, so that they agree on every one: what the
// one lets pass for nothing the other does not miss a payment for.
func ResourceOfURL(method string, u *url.URL) string {
	resource := ResourceOf(method, u.Path)
	if rest, ok := strings.CutPrefix(u.Path, "/v1/"); ok && AsksPast(u.RawQuery) {
		if first, tail, _ := strings.Cut(rest, "/"); !keyed(first, tail) {
			return ResourceOfPast(resource)
		}
	}
	return resource
}

// Canonical tells whether a URL's path is spelled the one way that every router reads
// alike: absolute, no empty, "." or ".." segment, nothing percent-encoded that need
// not be; a slash may end it. No route of the API has another spelling, so what is
// spelled otherwise costs nothing and gets nothing.
func Canonical(u *url.URL) bool {
	clean := path.Clean(u.Path)
	return u.RawPath == "" && strings.HasPrefix(u.Path, "/") && (u.Path == clean || u.Path == clean+"/")
}

// AsksPast tells whether a query string has the parameter "at", in any spelling
// and among whatever else.
func AsksPast(rawQuery string) bool {
	for item := range strings.SplitSeq(rawQuery, "&") {
		name, _, _ := strings.Cut(item, "=")
		if name, err := url.QueryUnescape(name); err == nil && name == "at" {
			return true
		}
	}
	return false
}

// AperturePathRegexp matches what an aperture in front passes on: the API, and the
// status pages, which are free and have no prices to ask for. Health and metrics stay
// with whoever runs the node.
const AperturePathRegexp = `^/(v1/.*|status(/.*)?)?$`

// AperturePaths is the list of paths that an aperture in front forwards without
// asking for a price or a token (authwhitelistpaths), for the present prices.
// Reads need not stand there: the pricer answers 0 for what is free now, and
// aperture then lets the request pass. But it has read the body by then, so what
// is free and has one is listed: webhooks of agents, which are authorised by
// NIP-98, and operations while they cost nothing.
//
// A list that is out of date gives nothing away: a priced request without a paid
// token is refused here, see l402.Forwarded.
func AperturePaths(operationsFree bool) []string {
	paths := []string{"^/v1/agents/[0-9a-f]{64}/webhook$"}
	if operationsFree {
		paths = append(paths, "^/v1/operations$")
	}
	return paths
}
