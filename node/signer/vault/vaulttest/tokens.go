package vaulttest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// defaultLife and longestLife are those of the server, unless a token or a role says otherwise.
const (
	defaultLife = 768 * time.Hour
	longestLife = 768 * time.Hour
)

type token struct {
	id, accessor string
	policies     []string
	made, ends   time.Time // ends: zero for never
	life         time.Duration
	longest      time.Duration // from made on
	renewable    bool
	uses         int // left; 0: any number
}

// role is one AppRole.
type role struct {
	id       string
	policies []string
	life     time.Duration
	longest  time.Duration
	secrets  map[string]int // uses left, -1 for any number
	uses     int            // of each secret_id
	fixed    bool           // token_type batch: tokens that are not renewed
}

// find is a token that is good still.
func (s *Server) find(id string) *token {
	t := s.tokens[id]
	if t == nil || !t.ends.IsZero() && !s.now().Before(t.ends) {
		delete(s.tokens, id)
		return nil
	}
	return t
}

func (s *Server) grant(t *token) *token {
	t.id, t.accessor, t.made = "hvs."+random(24), random(24), s.now()
	if t.life == 0 {
		t.life = defaultLife
	}
	if t.longest == 0 {
		t.longest = longestLife
	}
	t.life = min(t.life, t.longest)
	t.ends = t.made.Add(t.life)
	if !slices.Contains(t.policies, "default") && !slices.Contains(t.policies, "root") {
		t.policies = append(t.policies, "default")
	}
	slices.Sort(t.policies)
	s.tokens[t.id] = t
	return t
}

// left is the rest of a token's life in whole seconds, rounded as the server does.
func (s *Server) left(t *token) int {
	if t.ends.IsZero() {
		return 0
	}
	return int((t.ends.Sub(s.now()) + time.Second - 1) / time.Second)
}

func (s *Server) auth(t *token) map[string]any {
	return map[string]any{"client_token": t.id, "accessor": t.accessor, "policies": t.policies, "token_policies": t.policies, "metadata": nil,
		"lease_duration": s.left(t), "renewable": t.renewable, "entity_id": "", "token_type": "service", "orphan": true,
		"mfa_requirement": nil, "num_uses": t.uses}
}

func duration(v any) time.Duration {
	switch v := v.(type) {
	case json.Number:
		n, _ := v.Int64()
		return time.Duration(n) * time.Second
	case string:
		if d, err := time.ParseDuration(v); err == nil {
			return d
		}
		d, _ := time.ParseDuration(v + "s")
		return d
	}
	return 0
}

func texts(v any) (list []string) {
	switch v := v.(type) {
	case string:
		for name := range strings.SplitSeq(v, ",") {
			list = append(list, strings.TrimSpace(name))
		}
	case []any:
		for _, each := range v {
			list = append(list, fmt.Sprint(each))
		}
	}
	return list
}

func (s *Server) tokenCall(c *call, what string) answer {
	b := c.body()
	writes := c.Method == "POST" || c.Method == "PUT"
	switch {
	case what == "create" && writes:
		renewable, given := b["renewable"].(bool)
		policies := texts(b["policies"])
		if policies == nil {
			policies = slices.Clone(c.token.policies)
		}
		t := s.grant(&token{policies: policies, life: duration(b["ttl"]), longest: duration(b["explicit_max_ttl"]), renewable: renewable || !given})
		if b["no_default_policy"] == true {
			t.policies = policies
		}
		return answer{code: 200, auth: s.auth(t)}
	case what == "lookup-self" && c.Method == "GET":
		t := c.token
		return answer{code: 200, data: map[string]any{"id": t.id, "accessor": t.accessor, "policies": t.policies, "ttl": s.left(t), "renewable": t.renewable,
			"creation_time": t.made.Unix(), "creation_ttl": int(t.life / time.Second), "explicit_max_ttl": int(t.longest / time.Second % (768 * 3600)),
			"display_name": "token", "entity_id": "", "meta": nil, "num_uses": t.uses, "orphan": false, "path": "auth/token/create", "type": "service",
			"expire_time": nil, "issue_time": t.made.UTC().Format(time.RFC3339Nano)}}
	case what == "renew-self" && writes:
		return s.renew(c.token, duration(b["increment"]))
	case what == "revoke-self" && writes:
		delete(s.tokens, c.token.id)
		return answer{code: 204}
	case what == "revoke" && writes:
		id, _ := b["token"].(string)
		delete(s.tokens, id)
		return answer{code: 204}
	}
	return refuse(405, "1 error occurred:\n\t* unsupported operation\n\n")
}

func (s *Server) renew(t *token, by time.Duration) answer {
	if !t.renewable || t.ends.IsZero() {
		return refuse(400, "lease is not renewable")
	}
	if by == 0 {
		by = t.life
	}
	ends := s.now().Add(by)
	a := answer{code: 200}
	if last := t.made.Add(t.longest); ends.After(last) {
		ends = last
		a.warnings = []string{"TTL exceeded the effective max_ttl; TTL value is capped accordingly"}
	}
	t.ends = ends
	a.auth = s.auth(t)
	return a
}

// roleCall is administration of AppRole: auth/MOUNT/role/NAME...
func (s *Server) roleCall(c *call) answer {
	mount, rest, _ := strings.Cut(strings.TrimPrefix(c.Path, "auth/"), "/role/")
	roles := s.auths[mount]
	name, part, _ := strings.Cut(rest, "/")
	writes := c.Method == "POST" || c.Method == "PUT"
	if roles == nil || name == "" {
		return refuse(404, "no handler for route \""+c.Path+"\". route entry not found.")
	}
	r := roles[name]
	switch {
	case part == "" && writes:
		b := c.body()
		if r == nil {
			r = &role{id: uuid(), secrets: map[string]int{}}
			roles[name] = r
		}
		uses := duration(b["secret_id_num_uses"]) / time.Second
		r.policies, r.life, r.longest, r.uses = texts(b["token_policies"]), duration(b["token_ttl"]), duration(b["token_max_ttl"]), int(uses)
		r.fixed = b["token_type"] == "batch"
		return answer{code: 204}
	case r == nil:
		return refuse(404)
	case part == "role-id" && c.Method == "GET":
		return answer{code: 200, data: map[string]any{"role_id": r.id}}
	case part == "secret-id" && writes:
		id := uuid()
		r.secrets[id] = -1
		if r.uses > 0 {
			r.secrets[id] = r.uses
		}
		return answer{code: 200, data: map[string]any{"secret_id": id, "secret_id_accessor": uuid(), "secret_id_ttl": 0, "secret_id_num_uses": r.uses}}
	case part == "secret-id/destroy" && writes:
		id, _ := c.body()["secret_id"].(string)
		delete(r.secrets, id)
		return answer{code: 204}
	}
	return refuse(405, "1 error occurred:\n\t* unsupported operation\n\n")
}

func (s *Server) login(c *call, mount string) answer {
	roles, b := s.auths[mount], c.body()
	if roles == nil {
		return refuse(403, "permission denied")
	}
	if b["role_id"] == nil {
		return refuse(400, "missing role_id")
	}
	for _, r := range roles {
		if r.id != b["role_id"] {
			continue
		}
		secret, _ := b["secret_id"].(string)
		left, ok := r.secrets[secret]
		switch {
		case secret == "":
			return refuse(400, "missing secret_id")
		case !ok:
			return refuse(400, "invalid role or secret ID")
		case left == 1:
			delete(r.secrets, secret)
		case left > 1:
			r.secrets[secret] = left - 1
		}
		t := s.grant(&token{policies: slices.Clone(r.policies), life: r.life, longest: r.longest, renewable: !r.fixed})
		return answer{code: 200, auth: s.auth(t)}
	}
	return refuse(400, "invalid role or secret ID")
}
