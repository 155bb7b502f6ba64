package dashboard

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Bounds of what is looked at of a request: an id, a key and all names around them
// need less.
const (
	maxPath  = 160 // bytes
	maxQuery = 160
	maxParts = 3 // below /status
)

// request is what of a request decides which page is shown: nothing else reaches
// the pages, so that no two requests for one page differ.
type request struct {
	what   string // name of the template
	root   string // from the page up to the root, for links: "./", "../", ...
	id     op.ID
	agent  op.PublicKey
	before uint64       // list position, or the entry of the first hold; 0: the start
	after  op.PublicKey // last voter of the page before; zero: from the start
	only   string       // which of a list
}

// key names the page.
func (q request) key() string {
	var b strings.Builder
	for _, part := range []string{q.what, q.root, string(q.id[:]), string(q.agent[:]), strconv.FormatUint(q.before, 10), string(q.after[:]), q.only} {
		b.WriteString(part)
		b.WriteByte(' ')
	}
	return b.String()
}

// partsOf splits the path below /status, or returns false if it is not spelled as
// the pages spell it: plain lower-case names and numbers, nothing escaped, nothing
// empty, not too many.
func partsOf(r *http.Request) (parts []string, ok bool) {
	path := r.URL.EscapedPath()
	if len(path) > maxPath || len(r.URL.RawQuery) > maxQuery {
		return nil, false
	}
	if path == "/" || path == "/status" {
		return nil, true
	}
	rest, ok := strings.CutPrefix(path, "/status/")
	if !ok {
		return nil, false
	}
	parts = strings.Split(rest, "/")
	for _, part := range parts {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return nil, false
		}
	}
	return parts, len(parts) <= maxParts
}

// slashed is where the page is whose path has one slash too many at its end,
// relative to that path, so that it holds below a proxy's path as well.
func slashed(r *http.Request) (to string, ok bool) {
	u := *r.URL
	u.Path, ok = strings.CutSuffix(r.URL.EscapedPath(), "/")
	u.RawPath = ""
	if !ok || u.Path == "" || u.Path == "/" {
		return "", false
	}
	if _, ok := partsOf(&http.Request{URL: &u}); !ok {
		return "", false
	}
	to = "../" + u.Path[strings.LastIndexByte(u.Path, '/')+1:]
	if u.RawQuery != "" {
		to += "?" + u.RawQuery
	}
	return to, true
}

// requestOf reads a request whose path has these parts. Parameters that the page
// does not have are not looked at, and one that cannot be read is as one that is
// absent. What no page is called is the missing page.
func requestOf(r *http.Request, parts []string) request {
	q := request{what: "missing", root: "./"}
	if len(parts) > 0 {
		q.root = strings.Repeat("../", len(parts))
	}
	at := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	values := r.URL.Query()
	before, _ := strconv.ParseUint(values.Get("before"), 10, 62)
	var err error
	switch n, what := len(parts), at(0); {
	case n == 0:
		q.what = "overview"
	case n == 1 && (what == "proposals" || what == "disputes" || what == "agents" || what == "anchors"):
		q.what, q.before = what, before
		if only := values.Get("only"); what == "proposals" && (only == "open" || only == "ended") {
			q.only = only
		}
	case n == 2 && (what == "proposals" || what == "disputes"):
		if q.id, err = op.ParseID(at(1)); err == nil {
			q.what = strings.TrimSuffix(what, "s")
		}
	case n == 3 && what == "proposals" && at(2) == "ballots":
		if q.id, err = op.ParseID(at(1)); err == nil {
			q.what = "ballots"
			q.after = voter(values.Get("after"))
		}
	case n == 2 && what == "agents":
		if q.agent, err = op.ParsePublicKey(at(1)); err == nil {
			q.what, q.before = "agent", before
		}
	}
	if q.what == "missing" {
		return request{what: q.what, root: q.root}
	}
	return q
}

// voter is a key, or zero if the text is none.
func voter(text string) op.PublicKey {
	key, err := op.ParsePublicKey(text)
	if err != nil {
		return op.PublicKey{}
	}
	return key
}

// sizes are where lists end.
type sizes struct {
	of map[string]uint64 // by page: the first position beyond the last
}

func sizesOf(s *ledger.State) *sizes {
	return &sizes{map[string]uint64{"proposals": uint64(s.Proposals()), "disputes": uint64(s.Disputes()),
		"agents": uint64(s.Agents()), "anchors": uint64(len(s.Anchors())), "agent": s.Next()}}
}

// clamp makes one page of all positions that are no place in a list: its start.
func (z *sizes) clamp(q request) request {
	if q.before >= z.of[q.what] {
		q.before = 0
	}
	return q
}
