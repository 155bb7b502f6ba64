package ledger

import (
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// The registry says what the economy thinks of models, tools and providers. An
// entry of a model or a tool is one version of it, which its SHA-256 fixes for
// good; one of a provider is an agent, by its key.

// RegistryKinds lists what has entries.
func RegistryKinds() []string { return []string{"model", "provider", "tool"} }

// RegistryStatus is what was decided about an entry.
type RegistryStatus string

// Statuses of a registry entry.
const (
	RegistryAbsent    RegistryStatus = "absent"
	RegistryPublished RegistryStatus = "published" // known, nothing decided
	RegistryAllowed   RegistryStatus = "allowed"
	RegistryDenied    RegistryStatus = "denied"
)

// RegistryStatuses lists the statuses that an entry can have.
func RegistryStatuses() []RegistryStatus {
	return []RegistryStatus{RegistryPublished, RegistryAllowed, RegistryDenied}
}

// RegistryPublish puts a version of a model or a tool on record, with the hash
// of what it is, or a provider with the address of its service. A version is
// published once; a provider may be again, with another address.
type RegistryPublish struct {
	Type    string         `json:"type"`
	Kind    string         `json:"kind" schema:"is=RegistryKind"`
	Name    string         `json:"name"`                                                 // of a provider, its key
	Version string         `json:"version,omitempty"`                                    // of a model or a tool
	SHA256  op.Hash        `json:"sha256,omitzero"`                                      // of the model or the tool
	URL     string         `json:"url,omitempty" schema:"max=1024"`                      // where it is; of a provider, its service
	Expect  RegistryStatus `json:"expect" schema:"enum=absent|published|allowed|denied"` // its status before
}

// RegistryAllow allows an entry. Models and tools must have been published.
type RegistryAllow registryRuling

// RegistryDeny denies an entry. What a denied provider is praised for counts
// no more.
type RegistryDeny registryRuling

type registryRuling struct {
	Type    string         `json:"type"`
	Kind    string         `json:"kind" schema:"is=RegistryKind"`
	Name    string         `json:"name"`                                                 // of a provider, its key
	Version string         `json:"version,omitempty"`                                    // of a model or a tool
	Expect  RegistryStatus `json:"expect" schema:"enum=absent|published|allowed|denied"` // its status before
}

func (a *RegistryPublish) kind() string { return constitution.ActionRegistryPublish }
func (a *RegistryAllow) kind() string   { return constitution.ActionRegistryAllow }
func (a *RegistryDeny) kind() string    { return constitution.ActionRegistryDeny }

func (a *RegistryAllow) do(d *plan) error { return d.rule((*registryRuling)(a), RegistryAllowed) }
func (a *RegistryDeny) do(d *plan) error  { return d.rule((*registryRuling)(a), RegistryDenied) }

func (a *RegistryPublish) do(d *plan) error {
	e, err := d.registered(registryKey{a.Kind, a.Name, a.Version}, a.Expect)
	if err != nil {
		return err
	}
	if a.URL != "" {
		if err := checkURL("url", a.URL); err != nil {
			return err
		}
	}
	switch provider := a.Kind == "provider"; {
	case provider && a.SHA256 != op.Hash{}:
		return refusal.New(refusal.ErrInvalid, "sha256", "registry-hash", "a provider has none")
	case provider && a.URL == "":
		return refusal.New(refusal.ErrInvalid, "url", "registry-url", "a provider is published with the address of its service")
	case !provider && a.SHA256 == op.Hash{}:
		return refusal.New(refusal.ErrInvalid, "sha256", "registry-hash", "must be the hash of the %s", a.Kind)
	case !provider && e.status != RegistryAbsent:
		return refusal.New(refusal.ErrRule, "version", "registry-once", "version %s of %s is published already, as %s; publish another version", a.Version, a.Name, e.sha256)
	}
	e.sha256, e.url = a.SHA256, a.URL
	if e.status == RegistryAbsent {
		e.status = RegistryPublished
	}
	d.list(e)
	return nil
}

// rule changes the status of an entry.
func (d *plan) rule(a *registryRuling, to RegistryStatus) error {
	e, err := d.registered(registryKey{a.Kind, a.Name, a.Version}, a.Expect)
	switch {
	case err != nil:
		return err
	case e.status == to:
		return refusal.New(refusal.ErrRule, "expect", "registry-change", "%s is %s already", a.Name, to)
	case e.status == RegistryAbsent && a.Kind != "provider":
		return refusal.New(refusal.ErrRule, "name", "registry-published", "no %s %s of version %+q is published, so nobody knows its hash; publish it first", a.Kind, a.Name, a.Version)
	}
	e.status = to
	d.list(e)
	return nil
}

// registered finds an entry as the actions so far leave it, new where there is
// none, and holds its status against the one expected.
func (d *plan) registered(k registryKey, expect RegistryStatus) (registryEntry, error) {
	e := registryEntry{registryKey: k, status: RegistryAbsent}
	if err := d.s.agents.checkRegistryKey(k); err != nil {
		return e, err
	}
	k = d.s.agents.registeredAs(k)
	e.registryKey = k
	if i, ok := d.s.registry.at[k]; ok {
		e = d.s.registry.list[i]
	}
	for _, x := range d.listed {
		if x.registryKey == k {
			e = x
		}
	}
	if e.status != expect {
		return e, refusal.New(refusal.ErrRule, "expect", "precondition", "%s is %s, the action expects %s", k.name, e.status, expect)
	}
	return e, nil
}

// maxRegistryName bounds names and versions of models and tools, bytes.
const maxRegistryName = 64

func (s *agents) checkRegistryKey(k registryKey) error {
	if !slices.Contains(RegistryKinds(), k.kind) {
		return refusal.New(refusal.ErrInvalid, "kind", "registry-kind", "%+q is not one of %v", k.kind, RegistryKinds())
	}
	if k.kind == "provider" {
		if k.version != "" {
			return refusal.New(refusal.ErrInvalid, "version", "registry-version", "a provider has none")
		}
		_, err := s.providerByName(k.name)
		return err
	}
	for _, f := range [...]struct{ field, text string }{{"name", k.name}, {"version", k.version}} {
		if !registryName(f.text) {
			return refusal.New(refusal.ErrInvalid, f.field, "registry-name", "%+q must have 1 to %d characters of a-z, 0-9, '.', '_', '-' and '+'", f.text, maxRegistryName)
		}
	}
	return nil
}

func registryName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' && c != '+' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= maxRegistryName && s != "." && s != ".."
}

// providerByName finds the agent that a provider's name stands for.
func (s *agents) providerByName(name string) (slot, error) {
	key, err := op.ParsePublicKey(name)
	if err != nil {
		return 0, refusal.New(refusal.ErrInvalid, "name", "registry-name", "a provider's name is its key: %v", err)
	}
	at, ok := s.at[key]
	if !ok {
		return 0, refusal.New(refusal.ErrNotFound, "name", "registered", "%s is not registered", name)
	}
	return at, nil
}

// registeredAs is the key of an entry, which has a provider by the key that it registered.
func (s *agents) registeredAs(k registryKey) registryKey {
	if k.kind == "provider" {
		if key, err := op.ParsePublicKey(k.name); err == nil {
			k.name = s.first(key).String()
		}
	}
	return k
}

// list adds a changed entry to the plan.
func (d *plan) list(e registryEntry) {
	d.listed = append(d.listed, e)
	d.later(func(s *State, from actionRef) { s.putRegistry(e, from.proposal) })
}

// putRegistry records an entry as an action left it.
func (s *State) putRegistry(e registryEntry, proposal int) {
	s.registry.put(e, registryChange{e.status, s.next, s.clock.TimeMs, proposal})
	if e.kind == "provider" {
		at, _ := s.agents.providerByName(e.name)
		s.agents.list[at].deny(e.status == RegistryDenied)
	}
}

// praisable refuses praise for a provider that was denied; complaints about it
// still count.
func (s *agents) praisable(provider slot, rating int64) error {
	if rating > 0 && s.list[provider].denied {
		return refusal.New(refusal.ErrRule, "content.provider", "provider-denied", "the registry denies %s: it earns no reputation", s.list[provider].key)
	}
	return nil
}
