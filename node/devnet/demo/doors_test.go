package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
)

// signedRoute is a request that is authorised by NIP-98.
type signedRoute struct {
	operation  string // of openapi.yaml
	path, body string
	status     int
	part       string // of the answer
}

// signedRoutes has each of them, in an order in which they succeed. AGENT stands for
// the agent's key.
var signedRoutes = []signedRoute{
	{"putAgentWebhook", "/v1/agents/AGENT/webhook", `{"url":"https://agent.example/econd"}`, 200, "agent.example"},
	{"getAgentWebhook", "/v1/agents/AGENT/webhook", "", 200, "agent.example"},
	{"getAgentWebhookSecret", "/v1/agents/AGENT/webhook/secret", "", 200, "whsec_"},
	{"deleteAgentWebhook", "/v1/agents/AGENT/webhook", "", 204, ""},
	{"anchorNow", "/v1/admin/anchor", "", 204, ""},
	{"getBackup", "/v1/admin/backup", "", 200, ""},
	{"revokeToken", "/v1/admin/tokens/" + strings.Repeat("ab", 32), "", 409, "revoke at aperture"},
	{"getWebhookSecret", "/v1/admin/webhook-secret?origin=https://example.com", "", 200, "whsec_"},
	{"checkPayment", "/v1/wallets/wallet-" + strings.Repeat("ab", 20) + "/check", `{"type":"keysend","purpose":"none","texts":{}}`, 404, "no wallet"},
	{"getPaymentResult", "/v1/payments/spend-" + strings.Repeat("ab", 20) + "/result", "", 404, "no spend"},
}

// Behind a real aperture every request that a key authorises works with that one
// credential, and so do the status page and streams. The routes are those of the
// OpenAPI document, so that a new one cannot be forgotten.
func (e *economy) keysArePassedOn(ctx context.Context, t *testing.T) {
	methods := e.signedOperations(ctx, t)
	for name := range methods {
		if !slices.ContainsFunc(signedRoutes, func(r signedRoute) bool { return r.operation == name }) {
			t.Errorf("%s is authorised by NIP-98 and not tried through aperture", name)
		}
	}
	var agent keyfile.Agent
	if err := keyfile.Read(filepath.Join(e.provider.dir, "agent.key"), &agent); err != nil {
		t.Fatal(err)
	}
	agentKey, err := agent.Key()
	if err != nil {
		t.Fatal(err)
	}
	operatorKey, err := keyfile.OpenSigner(filepath.Join(e.dir, "operator.key"), nil, func() ([]byte, error) {
		return keyfile.Passphrase(filepath.Join(e.net.Dir, "passphrase"), false)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range signedRoutes {
		method := methods[r.operation]
		if method == "" {
			t.Errorf("%s is no operation that NIP-98 authorises", r.operation)
			continue
		}
		key := operatorKey
		if strings.Contains(r.path, "AGENT") {
			key = agentKey
		}
		url := e.aperture.URL() + strings.Replace(r.path, "AGENT", agentKey.Public().String(), 1)
		first := e.ask(ctx, t, method, url, "application/json", r.body, signedFor(t, key, method, url, r.body))
		first.want(t, r.operation, r.status, r.part)
	}
	// econctl, which has bought tokens at this aperture by now.
	for _, line := range [][]string{{"set", "https://agent.example/econd"}, {"show"}, {"secret"}, {"remove"}} {
		if err := e.ctl(ctx, e.provider, new(map[string]any), append([]string{"webhook"}, line...)...); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.ctl(ctx, e.ops, new(map[string]any), "--econd", e.aperture.URL(), "admin", "anchor"); err != nil {
		t.Fatal(err)
	}
	e.ask(ctx, t, "GET", e.aperture.URL()+"/", "", "", "").want(t, "the status page", 200, "<html")
	e.ask(ctx, t, "GET", e.aperture.URL()+"/status/agents", "", "", "").want(t, "a page below it", 200, "<html")
	e.ask(ctx, t, "GET", e.aperture.URL()+"/status/static/style.css", "", "", "").want(t, "its style", 200)
	e.ask(ctx, t, "GET", e.aperture.URL()+"/metrics", "", "", "").want(t, "what is the operator's", 404)
	e.helloComes(ctx, t)
}

// signedOperations are the operations that openapi.yaml puts under NIP-98, and their
// methods.
func (e *economy) signedOperations(ctx context.Context, t *testing.T) map[string]string {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string                `json:"operationId"`
			Security    []map[string][]string `json:"security"`
		}
	}
	text := e.ask(ctx, t, "GET", e.aperture.URL()+"/v1/openapi.json", "", "", "")
	if err := json.Unmarshal([]byte(text.body), &doc); err != nil {
		t.Fatal(err)
	}
	methods := map[string]string{}
	for _, item := range doc.Paths {
		for method, o := range item {
			for _, s := range o.Security {
				if _, ok := s["nip98"]; ok {
					methods[o.OperationID] = strings.ToUpper(method)
				}
			}
		}
	}
	if len(methods) == 0 {
		t.Fatal("openapi.json has no operation under NIP-98")
	}
	return methods
}

// signedFor is the credential of a request.
func signedFor(t *testing.T, key op.SecretKey, method, url, body string) string {
	t.Helper()
	ev := &op.Event{CreatedAt: time.Now().Unix(), Kind: 27235, Tags: [][]string{{"u", url}, {"method", method}, {"nonce", strconv.FormatInt(time.Now().UnixNano(), 10)}}}
	if body != "" {
		sum := sha256.Sum256([]byte(body))
		ev.Tags = append(ev.Tags, []string{"payload", hex.EncodeToString(sum[:])})
	}
	if err := ev.Sign(key); err != nil {
		t.Fatal(err)
	}
	return "Nostr " + base64.StdEncoding.EncodeToString(ev.Marshal())
}

// helloComes reads a stream's place through aperture, before anything is recorded.
func (e *economy) helloComes(ctx context.Context, t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", e.aperture.URL()+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if lines.Text() == "event: hello" {
			return
		}
	}
	t.Fatalf("no hello: %s %v", resp.Status, lines.Err())
}
