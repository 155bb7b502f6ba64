package vaulttest

import (
	"regexp"
	"slices"
	"strings"
)

// rule is one path of a policy.
type rule struct {
	path         string
	capabilities []string
}

// defaultPolicy is the part of the server's own that matters here.
const defaultPolicy = `
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self"  { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
`

var (
	paths = regexp.MustCompile(`(?s)path\s+"([^"]*)"\s*\{(.*?)\}`)
	words = regexp.MustCompile(`"([a-z]+)"`)
)

// parsePolicy reads the part of a policy's language that has path and capabilities.
func parsePolicy(text string) (rules []rule) {
	for _, m := range paths.FindAllStringSubmatch(text, -1) {
		r := rule{path: m[1]}
		for _, w := range words.FindAllStringSubmatch(m[2], -1) {
			r.capabilities = append(r.capabilities, w[1])
		}
		rules = append(rules, r)
	}
	return rules
}

// matches tells whether a path of a policy means path: + is one segment, * at the end any rest.
func (r rule) matches(path string) bool {
	pattern := regexp.QuoteMeta(r.path)
	pattern = strings.ReplaceAll(pattern, `\+`, `[^/]+`)
	if rest, ok := strings.CutSuffix(pattern, `\*`); ok {
		pattern = rest + `.*`
	}
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(path)
}

// capabilities are those of the most specific path among a token's policies, of all policies that
// have that path.
func (s *Server) capabilities(t *token, path string) (all []string) {
	best := ""
	for _, name := range t.policies {
		for _, r := range s.policies[name] {
			if r.matches(path) && (best == "" || specific(r.path, best) > 0) {
				best = r.path
			}
		}
	}
	for _, name := range t.policies {
		for _, r := range s.policies[name] {
			if r.path == best && best != "" {
				all = append(all, r.capabilities...)
			}
		}
	}
	return all
}

// specific compares patterns as the server ranks them: without * and + first, then the longer.
func specific(a, b string) int {
	weight := func(p string) int {
		w := 2 * len(p)
		if !strings.ContainsAny(p, "+*") {
			w += 1 << 20
		}
		return w
	}
	return weight(a) - weight(b)
}

// allowed tells whether a token's policies let a call through.
func (s *Server) allowed(c *call) bool {
	if slices.Contains(c.token.policies, "root") {
		return true
	}
	want := map[string]string{"GET": "read", "LIST": "list", "DELETE": "delete", "PATCH": "patch"}[c.Method]
	if want == "" {
		want = "update"
		if s.creates(c.Path) {
			want = "create"
		}
	}
	if c.Method == "GET" && len(c.query["list"]) > 0 {
		want = "list"
	}
	has := s.capabilities(c.token, c.Path)
	return slices.Contains(has, want) && !slices.Contains(has, "deny")
}

// creates tells whether a write to a path makes something that was not there.
func (s *Server) creates(path string) bool {
	for at, m := range s.mounts {
		rest, ok := strings.CutPrefix(path, at)
		if !ok {
			continue
		}
		if m.version == 1 {
			return m.plain[rest] == nil
		}
		key, ok := strings.CutPrefix(rest, "data/")
		return ok && m.secrets[key] == nil
	}
	return false
}

// reaches tells whether a token has any access below a mount.
func (s *Server) reaches(t *token, mount string) bool {
	for _, name := range t.policies {
		if name == "root" {
			return true
		}
		for _, r := range s.policies[name] {
			if strings.HasPrefix(r.path, mount) && !slices.Contains(r.capabilities, "deny") {
				return true
			}
		}
	}
	return false
}
