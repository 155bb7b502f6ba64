package wallet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/charge"
)

// RecordState says what is known of a token's payment.
type RecordState string

// The states of a record.
const (
	// Pending: stored before the payment was sent; what became of it has to
	// be looked up.
	Pending RecordState = "pending"

	// Bought: paid; the token may be used.
	Bought RecordState = "bought"

	// Refused: paid, and refused at its first use. Kept as the proof of the
	// payment, never sent again.
	Refused RecordState = "refused"
)

// Record is one token and its payment, as a TokenStore keeps it. It is a
// secret; no formatting verb shows it.
type Record struct {
	Version    int         `json:"version"` // 1
	State      RecordState `json:"state"`
	Origin     string      `json:"origin"`
	Method     string      `json:"method"`
	Path       string      `json:"path"`
	Query      string      `json:"query,omitempty"`       // as it stood in the URL
	BodyHash   string      `json:"body_sha256,omitempty"` // 64 hex digits; empty: no body
	Scheme     string      `json:"scheme"`                // "L402", "LSAT" or "Payment"
	Token      string      `json:"token"`                 // base64 macaroons, a challenge, or what else the server sold
	Invoice    string      `json:"invoice"`
	Hash       string      `json:"payment_hash"`       // 64 hex digits
	Preimage   string      `json:"preimage,omitempty"` // once bought
	AmountMsat int64       `json:"amount_msat"`
	FeeMsat    int64       `json:"fee_msat"`
	CreatedMs  int64       `json:"created_ms"`
	Used       bool        `json:"used,omitempty"`    // a server accepted it
	LastMs     int64       `json:"last_ms,omitempty"` // when it was accepted last, to the day
	Fits       []string    `json:"fits,omitempty"`    // shapes of requests it was accepted for
	Misses     int         `json:"misses,omitempty"`  // refusals in a row
}

// recordVersion is the version of a Record that this package writes.
const recordVersion = 1

// String hides the secrets.
func (r Record) String() string {
	return fmt.Sprintf("%s token of %s, payment hash %s", r.State, r.Origin, r.Hash)
}

// GoString hides the secrets.
func (r Record) GoString() string { return r.String() }

// check refuses a record that this package did not write.
func (r Record) check() error {
	if r.Version != recordVersion {
		return fmt.Errorf("%w: record of version %d, this program reads %d", ErrStore, r.Version, recordVersion)
	}
	if len(r.Hash) != 64 || strings.Trim(r.Hash, "0123456789abcdef") != "" {
		return fmt.Errorf("%w: payment_hash is not 64 lower-case hex digits", ErrStore)
	}
	switch r.State {
	case Pending, Bought, Refused:
		return nil
	}
	return fmt.Errorf("%w: unknown state of a record", ErrStore)
}

// authorization is the value that spends the token. It is a secret.
func (r Record) authorization() (string, error) {
	preimage, err := l402.ParsePreimage(r.Preimage)
	if err != nil {
		return "", fmt.Errorf("%w: token %s has no preimage", ErrStore, r.Hash)
	}
	value, err := charge.Authorization(r.Scheme, r.Token, preimage)
	if err != nil {
		return "", fmt.Errorf("%w: token %s: %w", ErrStore, r.Hash, err)
	}
	return value, nil
}

// once tells whether the token serves one request alone.
func (r Record) once() bool { return r.Scheme == charge.Payment }

// scope is the request that a token is bought for: price and goods may hang on
// every part of it.
type scope struct {
	origin, method, path, query string

	body string // SHA-256 in hex; empty: no body
}

// scopeOf needs a request whose body can be read again (keepBody).
func scopeOf(req *http.Request) (scope, error) {
	path := req.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	s := scope{origin: strings.ToLower(req.URL.Scheme + "://" + req.URL.Host), method: method, path: path, query: req.URL.RawQuery}
	if req.GetBody == nil {
		return s, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return s, err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, body)
	if n > 0 {
		s.body = hex.EncodeToString(sum.Sum(nil))
	}
	return s, errors.Join(err, body.Close())
}

// bought tells whether the token was bought for exactly this request.
func (s scope) bought(r Record) bool {
	return r.Origin == s.origin && r.Method == s.method && r.Path == s.path && r.Query == s.query && r.BodyHash == s.body
}

// neighbour tells whether a token that was bought elsewhere may be tried here: the
// paths share their first segment. Different sellers may live on one origin side by
// side, and each would get the other's token and preimage, which are as good as money.
func (s scope) neighbour(r Record) bool {
	return r.Origin == s.origin && !r.once() && firstSegment(r.Path) == firstSegment(s.path)
}

func firstSegment(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// shape is the method and path with ids left out, so that what is learnt from
// one proposal holds for the next.
func (s scope) shape() string {
	parts := strings.Split(s.path, "/")
	for i, p := range parts {
		if p != "" && (strings.Trim(p, "0123456789") == "" || len(p) >= 16 && strings.Trim(p, "0123456789abcdefABCDEF-") == "") {
			parts[i] = "*"
		}
	}
	return s.method + " " + strings.Join(parts, "/")
}

// Bounds of what a record learns.
const (
	maxFits   = 64
	maxMisses = 8
	day       = 24 * 60 * 60 * 1000
)

// accepted notes that a request got through; changed is false if that was known.
func (r Record) accepted(s scope, nowMs int64) (_ Record, changed bool) {
	shape := s.shape()
	known := slices.Contains(r.Fits, shape) || len(r.Fits) >= maxFits
	if r.Used && known && r.Misses == 0 && nowMs-r.LastMs < day {
		return r, false
	}
	if !known {
		r.Fits = append(slices.Clone(r.Fits), shape)
	}
	r.Used, r.Misses, r.LastMs = true, 0, nowMs
	return r, true
}

// denied tells whether an answer may be about the token rather than the request:
// sellers other than econd answer 401 or 403 to a token that has ended or is for
// something else. Who counts a use has taken the token.
func denied(resp *http.Response) bool {
	return (resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden) &&
		resp.Header.Get(l402.UsesLeftHeader) == ""
}

// served tells whether an answer is what was paid for, as far as a status can tell.
func served(resp *http.Response) bool {
	return resp.StatusCode < http.StatusInternalServerError && !denied(resp)
}

// doubtful tells whether a denial is worth a request without the token: the token
// worked before, so it may have ended, or nobody saw it work for such a request. A
// token that was bought here and never worked is not doubted, so a server that denies
// everybody is not paid again and again.
func (r Record) doubtful(s scope) bool {
	return r.Used || !s.bought(r) && !slices.Contains(r.Fits, s.shape())
}

// stale tells whether a token was refused so often and used so long ago that it is
// no longer tried for other requests than the one it was bought for.
func (r Record) stale(nowMs int64) bool {
	return r.Used && r.Misses >= maxMisses && nowMs-r.LastMs > 7*day
}

// likeness estimates how likely a token bought elsewhere at the origin is good
// here: a server sells services, which mostly share the head of their paths,
// the method and the shape. A wrong guess costs one request.
func (s scope) likeness(r Record) int {
	switch {
	case s.bought(r):
		return 1 << 20
	case slices.Contains(r.Fits, s.shape()):
		return 1 << 19
	}
	a, b := strings.Split(s.path, "/"), strings.Split(r.Path, "/")
	score := 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		score += 8
	}
	if s.method == r.Method {
		score += 4
	}
	if s.query == r.Query {
		score += 3
	}
	if len(a) == len(b) {
		score += 2
	}
	if a[len(a)-1] == b[len(b)-1] {
		score += 5
	}
	return score
}
