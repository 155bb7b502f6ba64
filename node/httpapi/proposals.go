package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

func (a *API) proposals(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit", "state", "track")
	if err != nil {
		return err
	}
	state, byState := q["state"]
	if byState && !slices.Contains(voting.Phases(), state) {
		return badRequest("state", "state", "must be one of "+strings.Join(voting.Phases(), ", "))
	}
	track, byTrack := q["track"]
	if byTrack && len(track) > 40 {
		return badRequest("track", "length", "must have at most 40 characters")
	}
	fits := func(on, is string) bool { return (!byState || is == state) && (!byTrack || on == track) }
	return paged(a, c, q, nil, func(s *ledger.State, from, limit int, nowMs int64) ([]view.Proposal, int, bool) {
		list, next := s.ProposalsPage(from, limit, nowMs, fits)
		return list, next, true
	})
}

func (a *API) proposal(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("id", "proposal", "no proposal has this id"),
		func(s *ledger.State, nowMs int64) (view.Proposal, bool) { return s.Proposal(id, nowMs) })
}

// explain says why a proposal is in its state and what would change it.
func (a *API) explain(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("id", "proposal", "no proposal has this id"),
		func(s *ledger.State, nowMs int64) (view.Explanation, bool) { return s.Explain(id, nowMs) })
}

// ballots lists ballots as they count, in order of voter key; the cursor is
// the last key of the page, so that pages neither skip nor repeat a voter
// while others vote.
func (a *API) ballots(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	limit, err := q.limit()
	if err != nil {
		return err
	}
	var after op.PublicKey
	if last, asked, err := q.place(c, len(after)); err != nil {
		return err
	} else if asked {
		after = op.PublicKey(last)
	}
	var list []view.Ballot
	var more, ok bool
	err = a.view(c, q, func(s *ledger.State, _ int64) { list, more, ok = s.BallotsPage(id, after, limit) })
	if err != nil {
		return err
	}
	if !ok {
		return notFound("id", "proposal", "no proposal has this id")
	}
	p := page[view.Ballot]{Items: list}
	if more {
		p.Next = q.list(c).Text(list[len(list)-1].Voter[:])
	}
	return reply(c, p)
}

func (a *API) ballotProof(c echo.Context) error {
	if _, err := queryOf(c); err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	voter, err := keyParam(c, "voter")
	if err != nil {
		return err
	}
	bundle, err := a.cfg.Node.Bundle(c.Request().Context(), id, voter)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, bundle)
}
