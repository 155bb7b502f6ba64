package mcp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// maxRequest bounds the body of a request, in bytes.
const maxRequest = 256 << 10

// minToken is how long a bearer token must be, in bytes.
const minToken = 16

// HTTPConfig says who may reach a Server over HTTP.
type HTTPConfig struct {
	// Token is what every request must bring as its bearer token (RFC 6750): at least 16
	// bytes, without spaces.
	Token string

	// Hosts are the names, with their port, under which the server is reached. A request to
	// another is refused, and one from a page of another: a page whose name was made to lead
	// here has its own (DNS rebinding).
	Hosts []string
}

// Handler serves streamable HTTP, each request for itself, so that both the revisions with
// a handshake and that of 2026-07-28 are spoken; no session is kept. An error names the bad field.
func (s *Server) Handler(c HTTPConfig) (http.Handler, error) {
	if len(c.Token) < minToken {
		return nil, fmt.Errorf("mcp: Token has %d bytes, must have at least %d", len(c.Token), minToken)
	}
	if len(c.Hosts) == 0 {
		return nil, fmt.Errorf("mcp: Hosts is empty")
	}
	want := sha256.Sum256([]byte(c.Token))
	verify := func(_ context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
		if got := sha256.Sum256([]byte(token)); subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			return nil, auth.ErrInvalidToken
		}
		return &auth.TokenInfo{Expiration: time.Now().Add(time.Hour)}, nil
	}
	inner := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s.server },
		&sdk.StreamableHTTPOptions{Stateless: true, JSONResponse: true, MaxRequestBodyBytes: maxRequest, PropagateRequestCancellation: true})
	guarded := auth.RequireBearerToken(verify, nil)(inner)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(c.Hosts, r.Host) {
			http.Error(w, "this server has another name", http.StatusMisdirectedRequest)
			return
		}
		if !sameOrigin(r.Header.Values("Origin"), c.Hosts) {
			http.Error(w, "pages of other origins may not call this server", http.StatusForbidden)
			return
		}
		guarded.ServeHTTP(w, r)
	}), nil
}

// sameOrigin tells whether a request comes from no page, or from one of the server itself.
func sameOrigin(origins, hosts []string) bool {
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || !slices.Contains(hosts, u.Host) || u.Scheme != "http" && u.Scheme != "https" {
			return false
		}
	}
	return len(origins) <= 1
}
