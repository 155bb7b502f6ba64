package httpapi

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// registry lists models, tools and providers in the order in which they came.
func (a *API) registry(c echo.Context) error {
	q, err := queryOf(c, "at", "kind", "status", "cursor", "limit")
	if err != nil {
		return err
	}
	kind, byKind := q["kind"]
	if byKind && !slices.Contains(ledger.RegistryKinds(), kind) {
		return badRequest("kind", "registry-kind", "must be model, provider or tool")
	}
	status, byStatus := q["status"]
	if byStatus && !slices.Contains(ledger.RegistryStatuses(), ledger.RegistryStatus(status)) {
		return badRequest("status", "registry-status", "must be published, allowed or denied")
	}
	return listed(a, c, q, (*ledger.State).RegistrySize,
		func(s *ledger.State, i int, _ int64) view.RegistryEntry { return s.RegistryAt(i) },
		func(v view.RegistryEntry) bool {
			return (!byKind || v.Kind == kind) && (!byStatus || v.Status == status)
		})
}

func (a *API) registryEntry(c echo.Context) error {
	q, err := queryOf(c, "at", "version")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("name", "registry", "no such entry; models and tools are asked for with their version, providers by their key"),
		func(s *ledger.State, _ int64) (view.RegistryEntry, bool) {
			return s.RegistryEntry(c.Param("kind"), c.Param("name"), q["version"])
		})
}
