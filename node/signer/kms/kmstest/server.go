// Package kmstest is a double of AWS KMS, for tests: GenerateDataKey and Decrypt over HTTP as AWS has
// them (JSON 1.1), with signatures of version 4 checked, keys that are enabled, disabled or about
// to be deleted, who may do what, encryption contexts, and the kinds of error that AWS names.
//
// It knows nothing of grants, aliases, multi-Region keys, key stores and the other calls.
package kmstest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Region is where the double is.
const Region = "eu-central-1"

// Server is the double. It is an http.Handler; its methods may be called concurrently.
type Server struct {
	mu       sync.Mutex
	keys     map[string]*key // by ARN
	users    map[string]*User
	failing  []string
	requests []string
	stall    chan struct{}
	ahead    time.Duration
}

// User is who signs requests.
type User struct {
	ID, Secret, Session string
	Allowed             []string // like "kms:Decrypt"; of every key
}

type key struct {
	arn   string
	state string // Enabled, Disabled, PendingDeletion
	gcm   cipher.AEAD
}

// New is a double without keys and users.
func New() *Server { return &Server{keys: map[string]*key{}, users: map[string]*User{}} }

// NewKey makes a key and tells its ARN.
func (s *Server) NewKey() string {
	raw := make([]byte, 48)
	rand.Read(raw)
	block, err := aes.NewCipher(raw[:32])
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	k := &key{arn: fmt.Sprintf("arn:aws:kms:%s:111122223333:key/%x-%x-%x-%x-%x", Region, raw[32:36], raw[36:38], raw[38:40], raw[40:42], raw[42:48]), state: "Enabled", gcm: gcm}
	s.set(func() { s.keys[k.arn] = k })
	return k.arn
}

// NewUser makes somebody who may do these calls.
func (s *Server) NewUser(allowed ...string) User {
	raw := make([]byte, 24)
	rand.Read(raw)
	u := &User{ID: fmt.Sprintf("AKIA%X", raw[:8]), Secret: fmt.Sprintf("%x", raw[8:]), Allowed: allowed}
	s.set(func() { s.users[u.ID] = u })
	return *u
}

// Set changes the state of a key: Enabled, Disabled, PendingDeletion, or "" for gone.
func (s *Server) Set(arn, state string) {
	s.set(func() {
		if state == "" {
			delete(s.keys, arn)
			return
		}
		s.keys[arn].state = state
	})
}

// Allow changes what a user may do; Forget has AWS not know the access key any more.
func (s *Server) Allow(u User, allowed ...string) { s.set(func() { s.users[u.ID].Allowed = allowed }) }

// Forget removes an access key.
func (s *Server) Forget(u User) { s.set(func() { delete(s.users, u.ID) }) }

// Temporary gives a user a session token that requests must have.
func (s *Server) Temporary(u User, session string) { s.set(func() { s.users[u.ID].Session = session }) }

// Fail answers the next requests with these kinds of error.
func (s *Server) Fail(kinds ...string) { s.set(func() { s.failing = append(s.failing, kinds...) }) }

// Stall lets no request be answered until release is closed.
func (s *Server) Stall(release chan struct{}) { s.set(func() { s.stall = release }) }

// Advance turns the clock against which signatures are held.
func (s *Server) Advance(d time.Duration) { s.set(func() { s.ahead += d }) }

// Requests are the calls so far, as "Decrypt", in order.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// fault is one kind of error; with status 0 it is 400.
type fault struct {
	kind, message string
	status        int
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || r.Method != "POST" || r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	stall := s.stall
	s.mu.Unlock()
	if stall != nil {
		<-stall
	}
	s.mu.Lock()
	answer, f := s.serve(r, body)
	s.mu.Unlock()
	id := make([]byte, 16)
	rand.Read(id)
	w.Header().Set("x-amzn-RequestId", fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]))
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if f != nil {
		if f.status == 0 {
			f.status = 400
		}
		out := map[string]string{"__type": f.kind}
		if f.message != "" {
			out["message"] = f.message
		}
		w.WriteHeader(f.status)
		json.NewEncoder(w).Encode(out)
		return
	}
	json.NewEncoder(w).Encode(answer)
}

type request struct {
	KeyID             string            `json:"KeyId"`
	KeySpec           string            `json:"KeySpec"`
	CiphertextBlob    []byte            `json:"CiphertextBlob"`
	EncryptionContext map[string]string `json:"EncryptionContext"`
}

func (s *Server) serve(r *http.Request, body []byte) (map[string]any, *fault) {
	call, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
	s.requests = append(s.requests, call)
	if len(s.failing) > 0 {
		f := &fault{kind: s.failing[0], message: "a message with secrets in it: " + string(body)}
		if strings.HasPrefix(f.kind, "KMSInternal") || strings.HasPrefix(f.kind, "Dependency") || strings.HasPrefix(f.kind, "KeyUnavailable") {
			f.status = 500
		}
		s.failing = s.failing[1:]
		return nil, f
	}
	user, f := s.signed(r, body)
	if f != nil {
		return nil, f
	}
	var in request
	if !ok || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" || json.Unmarshal(body, &in) != nil {
		return nil, &fault{kind: "SerializationException"}
	}
	switch call {
	case "GenerateDataKey":
		return s.generate(user, in)
	case "Decrypt":
		return s.decrypt(user, in)
	}
	return nil, &fault{kind: "UnknownOperationException"}
}

// signed tells who signed a request.
func (s *Server) signed(r *http.Request, body []byte) (*User, *fault) {
	parts := map[string]string{}
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if !ok {
		return nil, &fault{kind: "MissingAuthenticationTokenException", message: "Missing Authentication Token"}
	}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	id, scope, _ := strings.Cut(parts["Credential"], "/")
	stamp := r.Header.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", stamp)
	user := s.users[id]
	signed := strings.Split(parts["SignedHeaders"], ";")
	r.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	switch {
	case user == nil || user.Session != r.Header.Get("X-Amz-Security-Token"):
		return nil, &fault{kind: "UnrecognizedClientException", message: "The security token included in the request is invalid."}
	case err != nil || time.Now().Add(s.ahead).Sub(at).Abs() > 5*time.Minute:
		return nil, &fault{kind: "InvalidSignatureException", message: "Signature expired: " + stamp}
	case scope != at.Format("20060102")+"/"+Region+"/kms/aws4_request":
		return nil, &fault{kind: "InvalidSignatureException", message: "Credential should be scoped to a valid region."}
	case !slices.Contains(signed, "host") || !slices.Contains(signed, "x-amz-date") || !slices.Contains(signed, "x-amz-target"):
		return nil, &fault{kind: "InvalidSignatureException", message: "'Host' or 'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."}
	case subtle.ConstantTimeCompare([]byte(parts["Signature"]), []byte(signature(r, body, user.Secret, scope, stamp, signed))) != 1:
		return nil, &fault{kind: "InvalidSignatureException", message: "The request signature we calculated does not match the signature you provided."}
	}
	return user, nil
}

// usable finds a key by ARN or id, that a user may use.
func (s *Server) usable(u *User, id, action string) (*key, *fault) {
	k := s.keys[id]
	if k == nil {
		k = s.keys["arn:aws:kms:"+Region+":111122223333:key/"+id]
	}
	switch {
	case !slices.Contains(u.Allowed, action):
		return nil, &fault{kind: "AccessDeniedException", message: fmt.Sprintf("User: arn:aws:iam::111122223333:user/%s is not authorized to perform: %s on resource: %s", u.ID, action, id)}
	case k == nil:
		return nil, &fault{kind: "NotFoundException", message: fmt.Sprintf("Key '%s' does not exist", id)}
	case k.state == "Disabled":
		return nil, &fault{kind: "DisabledException", message: k.arn + " is disabled."}
	case k.state != "Enabled":
		return nil, &fault{kind: "KMSInvalidStateException", message: k.arn + " is pending deletion."}
	}
	return k, nil
}

// associated is the context as it is bound: in the order of names, so that their order does not matter.
func associated(context map[string]string) (text []byte) {
	for _, name := range slices.Sorted(maps.Keys(context)) {
		text = fmt.Appendf(text, "%d:%s=%d:%s;", len(name), name, len(context[name]), context[name])
	}
	return text
}

func (s *Server) generate(u *User, in request) (map[string]any, *fault) {
	k, f := s.usable(u, in.KeyID, "kms:GenerateDataKey")
	if f != nil {
		return nil, f
	}
	if in.KeySpec != "AES_256" {
		return nil, &fault{kind: "ValidationException", message: "Please specify either number of bytes or key spec."}
	}
	plain, nonce := make([]byte, 32), make([]byte, 12)
	rand.Read(plain)
	rand.Read(nonce)
	blob := append([]byte(k.arn), 0)
	blob = k.gcm.Seal(append(blob, nonce...), nonce, plain, associated(in.EncryptionContext))
	return map[string]any{"KeyId": k.arn, "Plaintext": plain, "CiphertextBlob": blob}, nil
}

func (s *Server) decrypt(u *User, in request) (map[string]any, *fault) {
	if len(in.CiphertextBlob) == 0 {
		return nil, &fault{kind: "ValidationException", message: "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"}
	}
	arn, rest, ok := strings.Cut(string(in.CiphertextBlob), "\x00")
	if !ok || len(rest) < 12 {
		return nil, &fault{kind: "InvalidCiphertextException"}
	}
	k, f := s.usable(u, arn, "kms:Decrypt")
	if f != nil {
		return nil, f
	}
	if in.KeyID != "" && in.KeyID != k.arn && !strings.HasSuffix(k.arn, "/"+in.KeyID) {
		return nil, &fault{kind: "IncorrectKeyException", message: "The key ID in the request does not identify a CMK that can perform this operation."}
	}
	plain, err := k.gcm.Open(nil, []byte(rest[:12]), []byte(rest[12:]), associated(in.EncryptionContext))
	if err != nil {
		return nil, &fault{kind: "InvalidCiphertextException"}
	}
	return map[string]any{"KeyId": k.arn, "Plaintext": plain, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}, nil
}
