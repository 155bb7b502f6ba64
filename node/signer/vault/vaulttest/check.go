package vaulttest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// observer puts questions to a server and notes what matters of the answers.
type observer struct {
	*Admin
	notes []string
	err   error
}

// ask notes a call by a name: its code, and the members at some paths of the answer. A path that ends
// in ? is noted as present or not, for what differs from server to server.
func (o *observer) ask(name, method, path, token, body string, keep ...string) map[string]any {
	if o.err != nil {
		return nil
	}
	code, answer, err := o.Call(method, path, token, body)
	if err != nil {
		o.err = fmt.Errorf("%s: %w", name, err)
		return nil
	}
	note := fmt.Sprintf("%s: %d", name, code)
	for _, at := range keep {
		plain := strings.TrimSuffix(at, "?")
		v := member(answer, plain)
		text, _ := json.Marshal(v)
		if plain != at {
			text = fmt.Appendf(nil, "%v", v != nil && v != "" && v != false)
		}
		note += fmt.Sprintf(" %s=%s", plain, text)
	}
	o.notes = append(o.notes, note)
	return answer
}

func member(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func text(v any, path string) string {
	s, _ := member(v, path).(string)
	return s
}

// Observe puts the table of requests to a server and returns what it saw, line by line: equal for
// every server that answers as Vault does. pass lets time go by.
func Observe(a *Admin, pass func(time.Duration)) ([]string, error) {
	o := &observer{Admin: a}
	name := strings.ToLower(random(8))
	kv, old, policy, roles := "kv-"+name, "old-"+name, "p-"+name, "roles-"+name
	o.ask("mount KV 2", "POST", "sys/mounts/"+kv, a.Root, `{"type":"kv","options":{"version":"2"}}`)
	o.ask("mount KV 1", "POST", "sys/mounts/"+old, a.Root, `{"type":"kv"}`)
	o.ask("mount again", "POST", "sys/mounts/"+kv, a.Root, `{"type":"kv","options":{"version":"2"}}`, "errors?")
	pass(2 * time.Second) // a new mount is not ready at once
	observeKV(o, kv)
	observeMounts(o, kv, old)
	observeTokens(o, kv, policy, pass)
	observeAppRole(o, kv, policy, roles)
	o.ask("health", "GET", "sys/health", "", "", "initialized", "sealed", "standby")
	return o.notes, o.err
}

func observeKV(o *observer, kv string) {
	at := kv + "/data/a/b"
	metadata := []string{"data.metadata.version", "data.metadata.destroyed", "data.metadata.deletion_time?"}
	o.ask("read nothing", "GET", at, o.Root, "", "errors", "data")
	o.ask("cas 1 of nothing", "POST", at, o.Root, `{"options":{"cas":1},"data":{"x":"y"}}`, "errors?")
	o.ask("cas 0", "POST", at, o.Root, `{"options":{"cas":0},"data":{"x":"y","n":1}}`, "data.version", "data.destroyed", "data.deletion_time?")
	o.ask("cas 0 again", "POST", at, o.Root, `{"options":{"cas":0},"data":{"x":"z"}}`, "errors?")
	o.ask("no data", "POST", at, o.Root, `{"options":{"cas":1}}`, "errors?")
	o.ask("cas 1", "PUT", at, o.Root, `{"options":{"cas":1},"data":{"x":"z"}}`, "data.version")
	o.ask("no cas", "PUT", at, o.Root, `{"data":{"x":"w"}}`, "data.version")
	o.ask("newest", "GET", at, o.Root, "", append(metadata, "data.data", "lease_duration", "renewable", "auth")...)
	o.ask("version 1", "GET", at+"?version=1", o.Root, "", append(metadata, "data.data")...)
	o.ask("version 0", "GET", at+"?version=0", o.Root, "", metadata...)
	o.ask("version 9", "GET", at+"?version=9", o.Root, "", "errors", "data")
	o.ask("version x", "GET", at+"?version=x", o.Root, "", "errors?")
	o.ask("delete version 1", "POST", kv+"/delete/a/b", o.Root, `{"versions":[1]}`)
	o.ask("read deleted", "GET", at+"?version=1", o.Root, "", append(metadata, "data.data", "errors")...)
	o.ask("newest stays", "GET", at, o.Root, "", metadata...)
	o.ask("undelete", "POST", kv+"/undelete/a/b", o.Root, `{"versions":[1]}`)
	o.ask("read undeleted", "GET", at+"?version=1", o.Root, "", append(metadata, "data.data")...)
	o.ask("destroy version 1", "POST", kv+"/destroy/a/b", o.Root, `{"versions":[1]}`)
	o.ask("read destroyed", "GET", at+"?version=1", o.Root, "", append(metadata, "data.data", "errors")...)
	o.ask("destroy none", "POST", kv+"/destroy/a/b", o.Root, `{"versions":[]}`, "errors?")
	o.ask("destroy what is not there", "POST", kv+"/destroy/none", o.Root, `{"versions":[1]}`)
	o.ask("undelete what is not there", "POST", kv+"/undelete/none", o.Root, `{"versions":[1]}`)
	o.ask("delete newest", "DELETE", at, o.Root, "")
	o.ask("read it", "GET", at, o.Root, "", append(metadata, "data.data")...)
	o.ask("cas 0 after delete", "POST", at, o.Root, `{"options":{"cas":0},"data":{"x":"y"}}`, "errors?")
	o.ask("metadata", "GET", kv+"/metadata/a/b", o.Root, "", "data.current_version", "data.versions.1.destroyed", "data.versions.3.deletion_time?", "data.cas_required")
	o.ask("forget", "DELETE", kv+"/metadata/a/b", o.Root, "")
	o.ask("metadata of nothing", "GET", kv+"/metadata/a/b", o.Root, "", "data")
	o.ask("cas 0 after forget", "POST", at, o.Root, `{"options":{"cas":0},"data":{"x":"y"}}`, "data.version")
	o.ask("no token", "GET", at, "", "", "errors?")
	o.ask("a wrong token", "GET", at, "hvs.none", "", "errors?")
	o.ask("a wrong path", "GET", kv+"/none/a", o.Root, "", "errors?")
	for range 11 {
		o.ask("many versions", "POST", kv+"/data/many", o.Root, `{"data":{"x":"y"}}`, "data.version")
	}
	o.ask("the oldest is gone", "GET", kv+"/data/many?version=1", o.Root, "", "data")
	o.ask("the second is there", "GET", kv+"/data/many?version=2", o.Root, "", metadata...)
}

func observeMounts(o *observer, kv, old string) {
	o.ask("about KV 2", "GET", "sys/internal/ui/mounts/"+kv, o.Root, "", "data.type", "data.options", "data.path?")
	o.ask("about KV 1", "GET", "sys/internal/ui/mounts/"+old, o.Root, "", "data.type", "data.options.version")
	o.ask("about none", "GET", "sys/internal/ui/mounts/none", o.Root, "", "errors?")
	o.ask("no such mount", "GET", "none/data/x", o.Root, "", "errors?")
	o.ask("KV 1 takes it", "POST", old+"/data/x", o.Root, `{"options":{"cas":0},"data":{"x":"y"}}`)
	o.ask("KV 1 overwrites", "POST", old+"/data/x", o.Root, `{"options":{"cas":0},"data":{"x":"z"}}`)
	o.ask("KV 1 shows it", "GET", old+"/data/x", o.Root, "", "data.data.x", "data.metadata")
	o.ask("KV 1 has nothing", "GET", old+"/data/none", o.Root, "", "errors", "data")
}

func observeTokens(o *observer, kv, policy string, pass func(time.Duration)) {
	o.ask("policy", "PUT", "sys/policies/acl/"+policy, o.Root, fmt.Sprintf(`{"policy":"path \"%s/data/mine/*\" { capabilities = [\"create\", \"read\"] }\npath \"%s/data/mine/not\" { capabilities = [\"deny\"] }"}`, kv, kv))
	create := func(body string) string {
		return text(o.ask("create a token", "POST", "auth/token/create", o.Root, body, "auth.renewable", "auth.lease_duration", "auth.client_token?"), "auth.client_token")
	}
	t := create(fmt.Sprintf(`{"policies":[%q],"ttl":"1h","explicit_max_ttl":"2h"}`, policy))
	o.ask("look up", "GET", "auth/token/lookup-self", t, "", "data.renewable", "data.policies?", "data.id?")
	o.ask("write mine", "POST", kv+"/data/mine/x", t, `{"options":{"cas":0},"data":{"x":"y"}}`, "data.version")
	o.ask("write mine again", "POST", kv+"/data/mine/x", t, `{"options":{"cas":1},"data":{"x":"y"}}`, "errors?")
	o.ask("read mine", "GET", kv+"/data/mine/x", t, "", "data.data")
	o.ask("read what is denied", "GET", kv+"/data/mine/not", t, "", "errors?")
	o.ask("read another's", "GET", kv+"/data/other", t, "", "errors?")
	o.ask("its metadata", "GET", kv+"/metadata/mine/x", t, "", "errors?")
	o.ask("about its mount", "GET", "sys/internal/ui/mounts/"+kv, t, "", "data.type", "data.options.version")
	o.ask("about another mount", "GET", "sys/internal/ui/mounts/secret", t, "", "errors?")
	o.ask("renew", "POST", "auth/token/renew-self", t, `{}`, "auth.lease_duration", "auth.renewable")
	o.ask("renew beyond the longest", "POST", "auth/token/renew-self", t, `{"increment":"9000"}`, "auth.lease_duration?", "warnings?")
	o.ask("revoke self", "POST", "auth/token/revoke-self", t, "")
	o.ask("read after", "GET", kv+"/data/mine/x", t, "", "errors?")
	o.ask("look up after", "GET", "auth/token/lookup-self", t, "", "errors?")
	fixed := create(fmt.Sprintf(`{"policies":[%q],"ttl":"1h","renewable":false}`, policy))
	o.ask("renew what is not renewable", "POST", "auth/token/renew-self", fixed, `{}`, "errors?")
	o.ask("revoke by root", "POST", "auth/token/revoke", o.Root, fmt.Sprintf(`{"token":%q}`, fixed))
	o.ask("read after revocation", "GET", kv+"/data/mine/x", fixed, "", "errors?")
	bare := create(fmt.Sprintf(`{"policies":[%q],"ttl":"1h","no_default_policy":true}`, policy))
	o.ask("look up without the default policy", "GET", "auth/token/lookup-self", bare, "", "errors?")
	o.ask("read without it", "GET", kv+"/data/mine/x", bare, "", "data.data")
	short := create(fmt.Sprintf(`{"policies":[%q],"ttl":"2s"}`, policy))
	o.ask("read in time", "GET", kv+"/data/mine/x", short, "", "data.data")
	pass(4 * time.Second)
	o.ask("read too late", "GET", kv+"/data/mine/x", short, "", "errors?")
	o.ask("withdraw the policy", "PUT", "sys/policies/acl/"+policy, o.Root, `{"policy":"path \"none\" { capabilities = [\"read\"] }"}`)
	o.ask("read without policy", "GET", kv+"/data/mine/x", bare, "", "errors?")
	o.ask("about the mount without policy", "GET", "sys/internal/ui/mounts/"+kv, bare, "", "errors?")
}

func observeAppRole(o *observer, kv, policy, roles string) {
	o.ask("enable AppRole", "POST", "sys/auth/"+roles, o.Root, `{"type":"approle"}`)
	o.ask("a role", "POST", "auth/"+roles+"/role/r", o.Root, fmt.Sprintf(`{"token_policies":%q,"token_ttl":"20m","token_max_ttl":"30m"}`, policy))
	id := text(o.ask("its id", "GET", "auth/"+roles+"/role/r/role-id", o.Root, "", "data.role_id?"), "data.role_id")
	secret := text(o.ask("a secret", "POST", "auth/"+roles+"/role/r/secret-id", o.Root, `{}`, "data.secret_id?", "data.secret_id_num_uses"), "data.secret_id")
	body := func(role, secret string) string { return fmt.Sprintf(`{"role_id":%q,"secret_id":%q}`, role, secret) }
	t := text(o.ask("log in", "POST", "auth/"+roles+"/login", "", body(id, secret), "auth.lease_duration", "auth.renewable", "auth.client_token?"), "auth.client_token")
	o.ask("log in again", "PUT", "auth/"+roles+"/login", "", body(id, secret), "auth.lease_duration")
	o.ask("renew a login", "POST", "auth/token/renew-self", t, `{}`, "auth.lease_duration", "auth.renewable")
	o.ask("a wrong secret", "POST", "auth/"+roles+"/login", "", body(id, "none"), "errors?")
	o.ask("a wrong role", "POST", "auth/"+roles+"/login", "", body("none", secret), "errors?")
	o.ask("no secret", "POST", "auth/"+roles+"/login", "", fmt.Sprintf(`{"role_id":%q}`, id), "errors?")
	o.ask("no AppRole there", "POST", "auth/none-"+roles+"/login", "", body(id, secret), "errors?")
	o.ask("destroy the secret", "POST", "auth/"+roles+"/role/r/secret-id/destroy", o.Root, fmt.Sprintf(`{"secret_id":%q}`, secret))
	o.ask("log in by what is gone", "POST", "auth/"+roles+"/login", "", body(id, secret), "errors?")
	o.ask("a role of one use", "POST", "auth/"+roles+"/role/one", o.Root, fmt.Sprintf(`{"token_policies":%q,"secret_id_num_uses":1}`, policy))
	id = text(o.ask("its id", "GET", "auth/"+roles+"/role/one/role-id", o.Root, "", "data.role_id?"), "data.role_id")
	secret = text(o.ask("its secret", "POST", "auth/"+roles+"/role/one/secret-id", o.Root, `{}`, "data.secret_id_num_uses"), "data.secret_id")
	o.ask("the one login", "POST", "auth/"+roles+"/login", "", body(id, secret), "auth.client_token?")
	o.ask("one too many", "POST", "auth/"+roles+"/login", "", body(id, secret), "errors?")
}
