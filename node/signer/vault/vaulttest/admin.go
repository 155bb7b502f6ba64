package vaulttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Admin makes calls to a server, the double or a real one, as an administrator of it.
type Admin struct {
	Base   string // http://host:port
	Root   string // a token that may do everything
	Client *http.Client
}

// Real is the server that VAULT_ADDR and VAULT_TOKEN name, or nil.
func Real() *Admin {
	if os.Getenv("VAULT_ADDR") == "" {
		return nil
	}
	return &Admin{Base: strings.TrimRight(os.Getenv("VAULT_ADDR"), "/"), Root: os.Getenv("VAULT_TOKEN"), Client: &http.Client{Timeout: 30 * time.Second}}
}

// Call makes one call, and decodes what came.
func (a *Admin) Call(method, path, token, body string) (code int, answer map[string]any, err error) {
	req, err := http.NewRequest(method, a.Base+"/v1/"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		req.Header.Set("X-Vault-Token", token)
	}
	resp, err := a.Client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, nil, err
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			return 0, nil, fmt.Errorf("%s %s answers %d with no JSON: %w", method, path, resp.StatusCode, err)
		}
	}
	return resp.StatusCode, answer, nil
}

// Must is Call as root that has to succeed.
func (a *Admin) Must(t testing.TB, method, path, body string) map[string]any {
	t.Helper()
	code, answer, err := a.Call(method, path, a.Root, body)
	require.NoError(t, err)
	require.Less(t, code, 300, "%s %s: %v", method, path, answer)
	data, _ := answer["data"].(map[string]any)
	return data
}

// Place is a KV store of version 2 on a server, with an AppRole whose policy lets read and create
// below econd/.
type Place struct {
	*Admin
	Mount, AppRole, Policy string
	RoleID, SecretID       string
	SecretIDFile           string
}

// NewPlace makes one, under names that are new, by a role whose tokens live so long and never longer
// than most (Go durations, "" for the server's).
func (a *Admin) NewPlace(t testing.TB, life, most string) *Place {
	t.Helper()
	name := strings.ToLower(random(8))
	p := &Place{Admin: a, Mount: "kv-" + name, AppRole: "approle-" + name, Policy: "econd-" + name, SecretIDFile: filepath.Join(t.TempDir(), "secret_id")}
	a.Must(t, "POST", "sys/mounts/"+p.Mount, `{"type":"kv","options":{"version":"2"}}`)
	a.Must(t, "POST", "sys/auth/"+p.AppRole, `{"type":"approle"}`)
	p.Allow(t, "create", "read")
	a.Must(t, "POST", "auth/"+p.AppRole+"/role/econd", fmt.Sprintf(`{"token_policies":%q,"token_ttl":%q,"token_max_ttl":%q}`, p.Policy, life, most))
	p.RoleID, _ = a.Must(t, "GET", "auth/"+p.AppRole+"/role/econd/role-id", "")["role_id"].(string)
	p.NewSecretID(t)
	// A store that was made just now may not be ready for a moment.
	for range 100 {
		code, _, err := a.Call("GET", p.Mount+"/data/none", a.Root, "")
		require.NoError(t, err)
		if code == 404 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return p
}

// Allow sets what the policy lets do below econd/; nothing at all denies.
func (p *Place) Allow(t testing.TB, capabilities ...string) {
	t.Helper()
	list, err := json.Marshal(capabilities)
	require.NoError(t, err)
	if capabilities == nil {
		list = []byte(`["deny"]`)
	}
	body, err := json.Marshal(map[string]string{"policy": fmt.Sprintf("path %q { capabilities = %s }", p.Mount+"/data/econd/*", list)})
	require.NoError(t, err)
	p.Must(t, "PUT", "sys/policies/acl/"+p.Policy, string(body))
}

// NewSecretID puts another secret_id into the file; those before go on.
func (p *Place) NewSecretID(t testing.TB) {
	t.Helper()
	p.SecretID, _ = p.Must(t, "POST", "auth/"+p.AppRole+"/role/econd/secret-id", "{}")["secret_id"].(string)
	require.NotEmpty(t, p.SecretID)
	require.NoError(t, os.WriteFile(p.SecretIDFile, []byte(p.SecretID+"\n"), 0o600))
}
