package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
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
	Unread bool // the body is not known yet, and not held against the event
}

// authRefused is why an event does not authorise a request.
func authRefused(field, rule, detail string) *Problem {
	return &Problem{Rule: rule, Title: "Not authenticated", Status: http.StatusUnauthorized, Field: field, Detail: detail,
		header: [][2]string{{"WWW-Authenticate", "Nostr"}}}
}

// findAuth returns the base64 text of the one Nostr credential among the
// Authorization values.
func findAuth(values []string) (string, error) {
	found, paid := "", false
	for _, v := range values {
		scheme, text, ok := strings.Cut(v, " ")
		if !ok || !strings.EqualFold(scheme, "Nostr") {
			paid = paid || strings.EqualFold(scheme, "L402") || strings.EqualFold(scheme, "LSAT")
			continue
		}
		if found != "" {
			return "", authRefused("Authorization", "nip98-once", "has two Nostr credentials, must have one")
		}
		found = strings.TrimSpace(text)
	}
	switch {
	case found == "" && paid:
		return "", authRefused("Authorization", "nip98", "has an L402 token and no NIP-98 event (Nostr <base64>): "+
			"aperture forwards a token and drops what stands beside it, so send the event alone; what asks for a key costs nothing")
	case found == "":
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
		return authRefused("Authorization.tags.u", "nip98-url", wrongURL(u, want.URLs))
	}
	method, err := oneTag(e, "method")
	if err != nil {
		return err
	}
	if !strings.EqualFold(method, want.Method) {
		return authRefused("Authorization.tags.method", "nip98-method", "must be "+want.Method)
	}
	if want.Unread {
		return nil
	}
	return checkPayload(e, want.Body)
}

// maxShown bounds what a refusal repeats of a URL.
const maxShown = 300

// wrongURL says which URL was signed, and which would do.
func wrongURL(signed string, accepted []string) string {
	if len(signed) > maxShown {
		signed = signed[:maxShown] + "..."
	}
	return fmt.Sprintf("is %q, and must be this request's URL, query included, as one of: %s; "+
		"if you reach this node under another one, the operator has to add it to public_urls", signed, strings.Join(accepted, " "))
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
