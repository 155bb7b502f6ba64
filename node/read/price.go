package read

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/econd/econd/node/constitution"
)

// ResourceOf is the resource whose price applies to a path, or to a URL of it, whatever
// the method: aperture's tokens open a path. "" is always free. It fails closed: a path
// below /v1/ that the table does not have costs a query.
//
// Free is what a caller needs before it can decide to pay (info, schemas), what it needs
// to keep its own sats (stakes, a payout), what everybody should hold against the
// operator (checkpoints, anchors), and what asks for a key instead of sats.
func ResourceOf(path string) string { return resourceOf(path, false) }

func resourceOf(path string, past bool) string {
	if !strings.HasPrefix(path, "/v1/") {
		return ""
	}
	r := atPath(path)
	switch {
	case r == nil:
		return constitution.ResourceQueries
	case past && !r.Keyed:
		return ResourceOfPast(r.Resource)
	}
	return r.Resource
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

// ResourceOfURL is the resource of an HTTP request for a URL: ResourceOf, with
// ResourceOfPast where the query asks for the past. The API and a pricer in front
// of it read it from the URL as it came, so that they agree on every one: what the
// one lets pass for nothing the other does not miss a payment for.
func ResourceOfURL(u *url.URL) string { return resourceOf(u.Path, AsksPast(u.RawQuery)) }

// ResourceOfRPC is the resource of a gRPC method, as SERVICE/METHOD of package econd.v1.
// One that the table does not have costs a query, and known is false.
func ResourceOfRPC(method string) (resource string, known bool) {
	for i := range table {
		if r := &table[i]; r.RPC == method && method != "" {
			return r.Resource, true
		}
	}
	return constitution.ResourceQueries, false
}

// atPath is a row that a path is one of, or nil; rows of one path differ in method
// alone.
func atPath(path string) *Route {
	for i := range table {
		if r := &table[i]; r.Path != "" && sameShape(r.Path, path) {
			return r
		}
	}
	return nil
}

// sameShape tells whether a path has the segments of a row's, of which those in braces
// stand for any but an empty one.
func sameShape(pattern, path string) bool {
	for {
		p, patternRest, more := strings.Cut(pattern, "/")
		s, pathRest, moreToo := strings.Cut(path, "/")
		if more != moreToo || p != s && (s == "" || !strings.HasPrefix(p, "{")) {
			return false
		}
		if !more {
			return true
		}
		pattern, path = patternRest, pathRest
	}
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

// AperturePathRegexp matches what an aperture in front passes on: the API; the status
// pages and what programs read first, which are free and have no prices to ask for. Health and metrics stay
// with whoever runs the node.
const AperturePathRegexp = `^/(v1/.*|status(/.*)?|llms\.txt|\.well-known/l402\.json)?$`

// AperturePaths is the list of paths that an aperture in front forwards without
// asking for a price or a token (authwhitelistpaths), where operations are free or not.
// Reads need not stand there: the pricer answers 0 for what is free now, and
// aperture then lets the request pass. But it has read the body by then, so what
// is free and has one is listed, first what always is.
//
// A list that is out of date gives nothing away: a priced request without a paid
// token is refused here, see l402.Forwarded.
func AperturePaths(operationsFree bool) []string {
	var always, now []string
	for i := range table {
		switch r := &table[i]; {
		case !r.Body:
		case r.Resource == "":
			always = append(always, r.regexp())
		case r.Resource == constitution.ResourceOperations && operationsFree:
			now = append(now, r.regexp())
		}
	}
	return append(always, now...)
}

// regexp matches the paths of a row.
func (r *Route) regexp() string {
	text := regexp.QuoteMeta(r.Path)
	for _, p := range r.Params {
		form := `[^/]+`
		if p.Kind == ID || p.Kind == Key {
			form = `[0-9a-f]{64}`
		}
		text = strings.ReplaceAll(text, `\{`+p.Name+`\}`, form)
	}
	return "^" + text + "$"
}
