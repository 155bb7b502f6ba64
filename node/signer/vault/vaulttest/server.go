package vaulttest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is the double. It is an http.Handler; its methods may be called concurrently.
type Server struct {
	Root string // the root token

	mu       sync.Mutex
	ahead    time.Duration
	health   int   // what sys/health says: 200, or 429, 472, 473, 501, 503
	cut      bool  // a standby that reaches no active node
	failing  []int // status codes of the next answers
	lose     func(*Request) bool
	requests []Request
	space    string // namespace that every request must name
	tokens   map[string]*token
	policies map[string][]rule
	mounts   map[string]*mount // by path with / at the end
	auths    map[string]map[string]*role
}

// Request is one that was seen.
type Request struct {
	Method, Path string // below /v1/
	Token        string
	Body         string
	Answered     bool // it was carried out; asked before and after
}

// New is a server that is unsealed and has KV of version 2 at secret/.
func New() *Server {
	s := &Server{Root: "hvs." + random(24), health: 200, tokens: map[string]*token{}, policies: map[string][]rule{},
		mounts: map[string]*mount{"secret/": newMount(2)}, auths: map[string]map[string]*role{}}
	s.tokens[s.Root] = &token{id: s.Root, policies: []string{"root"}, made: s.now()}
	s.policies["default"] = parsePolicy(defaultPolicy)
	return s
}

func random(size int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	text := make([]byte, size)
	rand.Read(text)
	for i := range text {
		text[i] = letters[int(text[i])%len(letters)]
	}
	return string(text)
}

func uuid() string {
	var b [16]byte
	rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *Server) now() time.Time { return time.Now().Add(s.ahead) }

// Advance turns the server's clock: leases end.
func (s *Server) Advance(d time.Duration) { s.set(func() { s.ahead += d }) }

// Health sets the state by the code that sys/health has for it: 200 active, 429 standby, 472 standby
// for disasters, 473 performance standby, 501 not initialised, 503 sealed.
func (s *Server) Health(code int) { s.set(func() { s.health, s.cut = code, false }) }

// Cut makes a standby that reaches no active node.
func (s *Server) Cut() { s.set(func() { s.health, s.cut = 429, true }) }

// Fail answers the next requests with these codes, without carrying them out.
func (s *Server) Fail(codes ...int) { s.set(func() { s.failing = append(s.failing, codes...) }) }

// Lose breaks the connection of a request for which which says true: it is asked before the request
// is carried out, and after.
func (s *Server) Lose(which func(*Request) bool) { s.set(func() { s.lose = which }) }

// Space refuses requests that do not name this namespace.
func (s *Server) Space(name string) { s.set(func() { s.space = name }) }

func (s *Server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// Requests are those seen so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// answer is what a request brings: a code, and data, auth, or errors.
type answer struct {
	code     int
	data     any
	auth     any
	errors   []string
	retry    string
	bare     bool // the body is data alone
	warnings []string
}

func refuse(code int, texts ...string) answer {
	if texts == nil {
		texts = []string{}
	}
	return answer{code: code, errors: texts}
}

var denied = refuse(403, "1 error occurred:\n\t* permission denied\n\n")

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	path, ok := strings.CutPrefix(r.URL.Path, "/v1/")
	if err != nil || !ok {
		http.NotFound(w, r)
		return
	}
	seen := Request{Method: r.Method, Path: path, Token: r.Header.Get("X-Vault-Token"), Body: string(text)}
	s.mu.Lock()
	lose := s.lose
	s.mu.Unlock()
	if lose != nil && lose(&seen) {
		panic(http.ErrAbortHandler)
	}
	s.mu.Lock()
	s.requests = append(s.requests, seen)
	a := s.serve(&call{Request: seen, query: r.URL.Query(), space: r.Header.Get("X-Vault-Namespace")})
	s.mu.Unlock()
	seen.Answered = true
	if lose != nil && lose(&seen) {
		panic(http.ErrAbortHandler)
	}
	write(w, a)
}

func write(w http.ResponseWriter, a answer) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	if a.retry != "" {
		w.Header().Set("Retry-After", a.retry)
	}
	var body any
	switch {
	case a.errors != nil:
		body = map[string]any{"errors": a.errors}
		if a.data != nil {
			body = map[string]any{"errors": a.errors, "data": a.data}
		}
	case a.bare:
		body = a.data
	case a.code == 204:
		w.WriteHeader(a.code)
		return
	default:
		body = map[string]any{"request_id": uuid(), "lease_id": "", "renewable": false, "lease_duration": 0, "data": a.data,
			"wrap_info": nil, "warnings": a.warnings, "auth": a.auth}
	}
	w.WriteHeader(a.code)
	json.NewEncoder(w).Encode(body)
}

// call is one request being carried out, with mu held.
type call struct {
	Request
	query map[string][]string
	space string
	token *token
}

// body decodes the request into an object; nil for none.
func (c *call) body() map[string]any {
	var b map[string]any
	dec := json.NewDecoder(strings.NewReader(c.Body))
	dec.UseNumber()
	if dec.Decode(&b) != nil {
		return nil
	}
	return b
}

func (s *Server) serve(c *call) answer {
	if len(s.failing) > 0 {
		code := s.failing[0]
		s.failing = s.failing[1:]
		a := refuse(code, "a text of a server that fails, with secrets in it: "+c.Token+c.Body)
		if code == 429 {
			a.retry = "1"
		}
		return a
	}
	if c.Path == "sys/health" {
		return s.healthAnswer(c)
	}
	switch {
	case s.health == 501 || s.health == 503:
		return refuse(503, "Vault is sealed")
	case s.cut:
		return refuse(500, "local node not active but active cluster node not found")
	case s.health == 472:
		return refuse(400, "path disabled in replication DR secondary mode")
	case s.space != strings.Trim(c.space, "/"):
		return refuse(404, "no handler for route \""+c.Path+"\". route entry not found.")
	}
	return s.route(c)
}

func (s *Server) healthAnswer(c *call) answer {
	code := s.health
	for state, name := range map[int]string{429: "standbycode", 472: "drsecondarycode", 473: "performancestandbycode", 501: "uninitcode", 503: "sealedcode"} {
		if given := c.query[name]; s.health == state && len(given) > 0 {
			code, _ = strconv.Atoi(given[0])
		}
	}
	mode := "disabled"
	if s.health == 472 {
		mode = "secondary"
	}
	return answer{code: code, bare: true, data: map[string]any{"initialized": s.health != 501, "sealed": s.health == 501 || s.health == 503,
		"standby": s.health != 200, "performance_standby": s.health == 473, "replication_performance_mode": "disabled",
		"replication_dr_mode": mode, "server_time_utc": s.now().Unix(), "version": "1.14.8"}}
}

// route finds who answers. The order is that of the server: the token first, then the policy, then
// what the path means.
func (s *Server) route(c *call) answer {
	if mount, ok := strings.CutSuffix(c.Path, "/login"); ok && strings.HasPrefix(mount, "auth/") {
		return s.login(c, strings.TrimPrefix(mount, "auth/"))
	}
	if c.Token == "" {
		return refuse(403, "permission denied")
	}
	if c.token = s.find(c.Token); c.token == nil {
		return denied
	}
	if rest, ok := strings.CutPrefix(c.Path, "sys/internal/ui/mounts/"); ok && c.Method == "GET" {
		return s.mountInfo(c, rest)
	}
	if !s.allowed(c) {
		return denied
	}
	switch {
	case strings.HasPrefix(c.Path, "sys/"):
		return s.sys(c)
	case strings.HasPrefix(c.Path, "auth/token/"):
		return s.tokenCall(c, strings.TrimPrefix(c.Path, "auth/token/"))
	case strings.HasPrefix(c.Path, "auth/"):
		return s.roleCall(c)
	}
	for at, m := range s.mounts {
		if rest, ok := strings.CutPrefix(c.Path, at); ok {
			return s.kv(c, m, rest)
		}
	}
	return refuse(404, "no handler for route \""+c.Path+"\". route entry not found.")
}

func (s *Server) sys(c *call) answer {
	b := c.body()
	writes := c.Method == "POST" || c.Method == "PUT"
	if at, ok := strings.CutPrefix(c.Path, "sys/mounts/"); ok && writes {
		version := 1
		if options, ok := b["options"].(map[string]any); ok && fmt.Sprint(options["version"]) == "2" {
			version = 2
		}
		at = strings.Trim(at, "/") + "/"
		if s.mounts[at] != nil {
			return refuse(400, "path is already in use at "+at)
		}
		s.mounts[at] = newMount(version)
		return answer{code: 204}
	}
	if at, ok := strings.CutPrefix(c.Path, "sys/auth/"); ok && writes && b["type"] == "approle" {
		at = strings.Trim(at, "/")
		if s.auths[at] != nil {
			return refuse(400, "path is already in use at "+at+"/")
		}
		s.auths[at] = map[string]*role{}
		return answer{code: 204}
	}
	for _, prefix := range []string{"sys/policies/acl/", "sys/policy/"} {
		name, ok := strings.CutPrefix(c.Path, prefix)
		switch {
		case ok && writes:
			text, _ := b["policy"].(string)
			s.policies[name] = parsePolicy(text)
			return answer{code: 204}
		case ok && c.Method == "DELETE":
			delete(s.policies, name)
			return answer{code: 204}
		}
	}
	return refuse(404, "no handler for route \""+c.Path+"\". route entry not found.")
}

func (s *Server) mountInfo(c *call, at string) answer {
	at = strings.Trim(at, "/") + "/"
	for path, m := range s.mounts {
		if strings.HasPrefix(at, path) && s.reaches(c.token, path) {
			return answer{code: 200, data: map[string]any{"type": "kv", "path": path, "description": "", "options": m.options()}}
		}
	}
	return refuse(403, fmt.Sprintf("preflight capability check returned 403, please ensure client's policies grant access to path %q", at))
}
