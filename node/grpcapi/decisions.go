package grpcapi

import (
	"context"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// ListConstitutionVersions answers with one page of constitutions that were in
// force.
func (s *Server) ListConstitutionVersions(ctx context.Context, req *econdv1.ListConstitutionVersionsRequest) (*econdv1.ListConstitutionVersionsResponse, error) {
	list, next, err := listed(ctx, s, req, req.At, (*ledger.State).ConstitutionVersions,
		func(st *ledger.State, i int, _ int64) (view.ConstitutionVersion, bool) {
			v, _ := st.ConstitutionVersionAt(i)
			return v, true
		})
	if err != nil {
		return nil, err
	}
	p := &econdv1.ListConstitutionVersionsResponse{NextPageToken: next}
	for _, v := range list {
		p.Versions = append(p.Versions, &econdv1.ConstitutionVersion{Version: uint32(v.Version), Seq: v.Seq, TimeMs: v.TimeMs,
			Hash: v.Hash[:], Proposal: idBytes(v.Proposal)})
	}
	return p, nil
}

// idBytes is an id that may be none.
func idBytes(id op.ID) []byte {
	if id == (op.ID{}) {
		return nil
	}
	return id[:]
}

// GetConstitutionVersion answers with one of them whole.
func (s *Server) GetConstitutionVersion(ctx context.Context, req *econdv1.GetConstitutionVersionRequest) (*econdv1.GetConstitutionVersionResponse, error) {
	text := ""
	err := s.view(ctx, req.At, func(st *ledger.State, _ int64) {
		if n := int(req.Version); n >= 1 && n <= st.ConstitutionVersions() {
			_, c := st.ConstitutionVersionAt(n - 1)
			text = op.EncodeContent(c)
		}
	})
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, notFound("version", "version", "no constitution has this number; they count from 1")
	}
	return &econdv1.GetConstitutionVersionResponse{Constitution: []byte(text)}, nil
}

// ListRegistry answers with one page of the registry.
func (s *Server) ListRegistry(ctx context.Context, req *econdv1.ListRegistryRequest) (*econdv1.ListRegistryResponse, error) {
	list, next, err := listed(ctx, s, req, req.At, (*ledger.State).RegistrySize,
		func(st *ledger.State, i int, _ int64) (view.RegistryEntry, bool) {
			v := st.RegistryAt(i)
			return v, (req.Kind == 0 || req.Kind == registryKindOf(v.Kind)) && (req.Status == 0 || req.Status == registryStatusOf(v.Status))
		})
	if err != nil {
		return nil, err
	}
	p := &econdv1.ListRegistryResponse{NextPageToken: next}
	for _, v := range list {
		p.Entries = append(p.Entries, registryOf(v))
	}
	return p, nil
}

// GetRegistryEntry answers with one entry.
func (s *Server) GetRegistryEntry(ctx context.Context, req *econdv1.GetRegistryEntryRequest) (*econdv1.GetRegistryEntryResponse, error) {
	kind := ""
	for _, k := range ledger.RegistryKinds() {
		if registryKindOf(k) == req.Kind {
			kind = k
		}
	}
	var v view.RegistryEntry
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { v, ok = st.RegistryEntry(kind, req.Name, req.Version) }); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("name", "registry", "no such entry; models and tools are asked for with their version, providers by their key")
	}
	return &econdv1.GetRegistryEntryResponse{Entry: registryOf(v)}, nil
}

func registryKindOf(kind string) econdv1.RegistryKind {
	return enumOf[econdv1.RegistryKind](econdv1.RegistryKind_value, "REGISTRY_KIND_", kind)
}

func registryStatusOf(status string) econdv1.RegistryStatus {
	return enumOf[econdv1.RegistryStatus](econdv1.RegistryStatus_value, "REGISTRY_STATUS_", status)
}

func registryOf(v view.RegistryEntry) *econdv1.RegistryEntry {
	e := &econdv1.RegistryEntry{Kind: registryKindOf(v.Kind), Name: v.Name, Version: v.Version, Url: v.URL, Status: registryStatusOf(v.Status)}
	if v.SHA256 != (op.Hash{}) {
		e.Sha256 = v.SHA256[:]
	}
	for _, c := range v.Changes {
		e.Changes = append(e.Changes, &econdv1.RegistryChange{Status: registryStatusOf(c.Status), Seq: c.Seq, TimeMs: c.TimeMs, Proposal: idBytes(c.Proposal)})
	}
	return e
}

// ListGrants answers with one page of grants.
func (s *Server) ListGrants(ctx context.Context, req *econdv1.ListGrantsRequest) (*econdv1.ListGrantsResponse, error) {
	agent, err := agentField(req.Agent)
	if err != nil {
		return nil, err
	}
	list, next, err := listed(ctx, s, req, req.At, (*ledger.State).Grants,
		func(st *ledger.State, i int, nowMs int64) (view.Grant, bool) {
			v := st.GrantAt(i, nowMs)
			return v, len(req.Agent) == 0 || v.Agent == agent
		})
	if err != nil {
		return nil, err
	}
	p := &econdv1.ListGrantsResponse{NextPageToken: next}
	for _, v := range list {
		p.Grants = append(p.Grants, grantOf(v))
	}
	return p, nil
}

// GetGrant answers with one grant.
func (s *Server) GetGrant(ctx context.Context, req *econdv1.GetGrantRequest) (*econdv1.GetGrantResponse, error) {
	var v view.Grant
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, nowMs int64) { v, ok = st.Grant(req.Id, nowMs) }); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("id", "grant", "no grant has this id")
	}
	return &econdv1.GetGrantResponse{Grant: grantOf(v)}, nil
}

func grantOf(v view.Grant) *econdv1.Grant {
	return &econdv1.Grant{Id: v.ID, Agent: v.Agent[:], Pool: v.Pool, Sat: v.Sat, StartMs: v.StartMs, CliffMs: v.CliffMs, EndMs: v.EndMs,
		VestedSat: v.VestedSat, DrawnSat: v.DrawnSat, FreeSat: v.FreeSat, HeldSat: v.HeldSat, MinDrawSat: v.MinDrawSat,
		RevokedMs: v.RevokedMs, Proposal: v.Proposal[:], Seq: v.Seq}
}

// ListBudgets answers with all budgets of an agent, which are few.
func (s *Server) ListBudgets(ctx context.Context, req *econdv1.ListBudgetsRequest) (*econdv1.ListBudgetsResponse, error) {
	agent, err := keyField("agent", req.Agent)
	if err != nil {
		return nil, err
	}
	var list []view.Budget
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, nowMs int64) { list, ok = st.Budgets(agent, nowMs) }); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("agent", "agent", "no agent with this key is registered")
	}
	p := new(econdv1.ListBudgetsResponse)
	for _, v := range list {
		p.Budgets = append(p.Budgets, &econdv1.Budget{Pool: v.Pool, Sat: v.Sat, PeriodS: v.PeriodS, UntilMs: v.UntilMs, SinceMs: v.SinceMs,
			InForce: v.InForce, Proposal: v.Proposal[:], Seq: v.Seq})
	}
	return p, nil
}
