package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/econd/econd/node/op"
)

// NIP-98: an HTTP request is authorised by a signed event of kind 27235 in its
// Authorization header that names URL, method and body.

const (
	kindHTTPAuth = 27235
	// authWindow is how far created_at may be from the clock, either way.
	authWindow = 60 * time.Second
	// maxAuth bounds the base64 text of the event.
	maxAuth = 8 << 10
)

// authEvent has the members of a NIP-01 event for op.Unmarshal. op.Decode
// takes only the tags of operations.
type authEvent struct {
	ID        op.ID        `json:"id"`
	PubKey    op.PublicKey `json:"pubkey"`
	CreatedAt int64        `json:"created_at"`
	Kind      uint16       `json:"kind"`
	Tags      [][]string   `json:"tags"`
	Content   string       `json:"content"`
	Sig       [64]byte     `json:"sig"`
}

// authWant is what an event must authorise.
type authWant struct {
	Method string
	URLs   []string // the request's URL under each base URL
	Body   []byte
}

// authRefused is why an event does not authorise a request.
func authRefused(field, rule, detail string) *Problem {
	return &Problem{Rule: rule, Title: "Not authenticated", Status: http.StatusUnauthorized, Field: field, Detail: detail,
		header: [][2]string{{"WWW-Authenticate", "Nostr"}}}
}

// findAuth returns the base64 text of the one Nostr credential among the
// Authorization values.
func findAuth(values []string) (string, error) {
	found := ""
	for _, v := range values {
		scheme, text, ok := strings.Cut(v, " ")
		if !ok || !strings.EqualFold(scheme, "Nostr") {
			continue
		}
		if found != "" {
			return "", authRefused("Authorization", "nip98-once", "has two Nostr credentials, must have one")
		}
		found = strings.TrimSpace(text)
	}
	if found == "" {
		return "", authRefused("Authorization", "nip98", "needs a NIP-98 event: Nostr <base64>")
	}
	return found, nil
}

// decodeAuth reads the event, strictly, and checks its signature.
func decodeAuth(text string) (*op.Event, error) {
	if len(text) > maxAuth {
		return nil, authRefused("Authorization", "nip98-size", "is longer than any NIP-98 event has to be")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, authRefused("Authorization", "nip98-base64", "is not standard base64")
	}
	var a authEvent
	if err := op.Unmarshal(raw, "Authorization", &a); err != nil {
		p := problemOf(err)
		return nil, authRefused(p.Field, "nip98-event", p.Detail)
	}
	e := &op.Event{ID: a.ID, PubKey: a.PubKey, CreatedAt: a.CreatedAt, Kind: op.Kind(a.Kind),
		Tags: a.Tags, Content: a.Content, Sig: a.Sig}
	if err := e.Verify(); err != nil {
		p := problemOf(err)
		return nil, authRefused("Authorization."+p.Field, p.Rule, p.Detail)
	}
	return e, nil
}

// checkAuth holds a verified event against the request and the clock.
func checkAuth(e *op.Event, want authWant, now time.Time) error {
	if e.Kind != kindHTTPAuth {
		return authRefused("Authorization.kind", "nip98-kind", "must be 27235")
	}
	if age := now.Unix() - e.CreatedAt; age > int64(authWindow/time.Second) || -age > int64(authWindow/time.Second) {
		return authRefused("Authorization.created_at", "nip98-window", "must be within 60 s of now; sign a new event, check the clock")
	}
	u, err := oneTag(e, "u")
	if err != nil {
		return err
	}
	if !slices.Contains(want.URLs, u) {
		return authRefused("Authorization.tags.u", "nip98-url", "must be the absolute URL of this request, query included, as the operator configured its base")
	}
	method, err := oneTag(e, "method")
	if err != nil {
		return err
	}
	if method != want.Method {
		return authRefused("Authorization.tags.method", "nip98-method", "must be "+want.Method)
	}
	return checkPayload(e, want.Body)
}

// checkPayload demands the hash of the body where there is one.
func checkPayload(e *op.Event, body []byte) error {
	n := countTags(e, "payload")
	if n == 0 && len(body) == 0 {
		return nil
	}
	got, err := oneTag(e, "payload")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	if got != hex.EncodeToString(sum[:]) {
		return authRefused("Authorization.tags.payload", "nip98-payload", "must be the SHA-256 of the body in lower-case hex")
	}
	return nil
}

func countTags(e *op.Event, name string) (n int) {
	for _, t := range e.Tags {
		if len(t) > 0 && t[0] == name {
			n++
		}
	}
	return n
}

// oneTag returns the value of the one tag of that name.
func oneTag(e *op.Event, name string) (string, error) {
	value, n := "", 0
	for _, t := range e.Tags {
		if len(t) >= 2 && t[0] == name {
			value = t[1]
			n++
		}
	}
	if n != 1 || countTags(e, name) != 1 {
		return "", authRefused("Authorization.tags."+name, "nip98-tag", "must be there once")
	}
	return value, nil
}

// replayGuard lets each event through once. It remembers ids for as long as
// their event could be accepted; only the operator's reach it, so it stays
// small, and beyond maxSeen it refuses rather than forgets.
type replayGuard struct {
	mu    sync.Mutex
	until map[op.ID]int64 // unix seconds
}

const maxSeen = 4096

func (g *replayGuard) use(e *op.Event, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, until := range g.until {
		if until < now.Unix() {
			delete(g.until, id)
		}
	}
	if _, ok := g.until[e.ID]; ok {
		return authRefused("Authorization.id", "nip98-replay", "was used before; sign a new event for each request")
	}
	if len(g.until) >= maxSeen {
		return busy("nip98-busy", "too many authorised requests within one minute")
	}
	if g.until == nil {
		g.until = make(map[op.ID]int64)
	}
	g.until[e.ID] = e.CreatedAt + int64(authWindow/time.Second)
	return nil
}
