package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// Bounds of one page of proposals, because the writer waits while it is made
// and texts are long.
const (
	proposalScan  = 5000    // looked at
	proposalBytes = 1 << 20 // of text and actions
)

func (a *API) proposals(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit", "state", "track")
	if err != nil {
		return err
	}
	limit, err := q.limit()
	if err != nil {
		return err
	}
	at, err := q.start(listProposals)
	if err != nil {
		return err
	}
	state, byState := q["state"]
	if byState && !slices.Contains(phases(), state) {
		return badRequest("state", "state", "must be one of "+strings.Join(phases(), ", "))
	}
	track, byTrack := q["track"]
	if byTrack && len(track) > 40 {
		return badRequest("track", "length", "must have at most 40 characters")
	}
	p := page[ledger.ProposalView]{Items: []ledger.ProposalView{}}
	err = a.view(c, q, func(s *ledger.State, nowMs int64) {
		bytes := 0
		for seen := 0; at < s.Proposals() && len(p.Items) < limit && seen < proposalScan && bytes < proposalBytes; at++ {
			seen++
			if on, is := s.ProposalIs(at, nowMs); byState && is != state || byTrack && on != track {
				continue
			}
			v := s.ProposalAt(at, nowMs)
			bytes += proposalSize(&v)
			p.Items = append(p.Items, v)
		}
		if at < s.Proposals() {
			p.Next = indexCursor(listProposals, at)
		}
	})
	if err != nil {
		return err
	}
	for i := range p.Items {
		normal(&p.Items[i])
	}
	return reply(c, p)
}

// phases lists the states that a proposal can be in, in the order of its life.
func phases() []string {
	var list []string
	for p := voting.Draft; p <= voting.Overturned; p++ {
		list = append(list, p.String())
	}
	return list
}

func proposalSize(v *ledger.ProposalView) int {
	n := len(v.Text)
	for _, a := range v.Actions {
		n += len(a)
	}
	return n
}

// normal makes a list without elements an empty list.
func normal(v *ledger.ProposalView) {
	if v.Actions == nil {
		v.Actions = []op.Raw{}
	}
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
	var v ledger.ProposalView
	var ok bool
	if err := a.view(c, q, func(s *ledger.State, nowMs int64) { v, ok = s.Proposal(id, nowMs) }); err != nil {
		return err
	}
	if !ok {
		return notFound("id", "proposal", "no proposal has this id")
	}
	normal(&v)
	return reply(c, v)
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
		func(s *ledger.State, nowMs int64) (ledger.Explanation, bool) { return s.Explain(id, nowMs) })
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
	if text, ok := q["cursor"]; ok {
		last, err := decodeCursor(listBallots, text, len(after))
		if err != nil {
			return err
		}
		after = op.PublicKey(last)
	}
	var list []ledger.BallotView
	var more, ok bool
	err = a.view(c, q, func(s *ledger.State, _ int64) { list, more, ok = s.BallotsPage(id, after, limit) })
	if err != nil {
		return err
	}
	if !ok {
		return notFound("id", "proposal", "no proposal has this id")
	}
	p := page[ledger.BallotView]{Items: list}
	if more {
		p.Next = encodeCursor(listBallots, list[len(list)-1].Voter[:])
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
