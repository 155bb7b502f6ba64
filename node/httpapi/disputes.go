package httpapi

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func (a *API) disputes(c echo.Context) error {
	q, err := queryOf(c, "at", "state", "cursor", "limit")
	if err != nil {
		return err
	}
	state, err := q.oneOf("state", ledger.DisputeStates())
	if err != nil {
		return err
	}
	return paged(a, c, q, nil, func(s *ledger.State, from, limit int, nowMs int64) ([]view.Dispute, int, bool) {
		list, next := s.DisputesPage(from, limit, nowMs, func(is string) bool { return state == "" || is == state })
		return list, next, true
	})
}

func (a *API) dispute(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("id", "dispute", "no dispute has this id"),
		func(s *ledger.State, nowMs int64) (view.Dispute, bool) { return s.Dispute(id, nowMs) })
}

// proposalDisputes lists the challenges of one proposal.
func (a *API) proposalDisputes(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	return paged(a, c, q, notFound("id", "proposal", "no proposal has this id"),
		func(s *ledger.State, from, limit int, nowMs int64) ([]view.Dispute, int, bool) {
			return s.ProposalDisputesPage(id, from, limit, nowMs, func(string) bool { return true })
		})
}

func (a *API) jurors(c echo.Context) error {
	q, err := queryOf(c, "at", "field", "state", "cursor", "limit")
	if err != nil {
		return err
	}
	state, err := q.oneOf("state", ledger.JurorStates())
	if err != nil {
		return err
	}
	field, byField := q["field"]
	item := func(s *ledger.State, i int, _ int64) view.Juror { return s.JurorAt(i) }
	return listed(a, c, q, (*ledger.State).Jurors, item, func(v view.Juror) bool {
		return (state == "" || v.State == state) && (!byField || slices.Contains(v.Fields, field))
	})
}

func (a *API) juror(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	key, err := keyParam(c, "pubkey")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("pubkey", "juror", "no agent with this key ever offered itself as juror"),
		func(s *ledger.State, _ int64) (view.Juror, bool) { return s.Juror(op.PublicKey(key)) })
}

// oneOf reads a parameter that must be one of a few words, or absent.
func (q query) oneOf(name string, words []string) (string, error) {
	text, ok := q[name]
	if ok && !slices.Contains(words, text) {
		return "", badRequest(name, "known", "must be one of "+strings.Join(words, ", "))
	}
	return text, nil
}
