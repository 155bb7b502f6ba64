package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// partsOf is all of what is told about an agent, by track.
type partsOf[T any] struct {
	Agent op.PublicKey `json:"agent"`
	page[T]
}

// turnoutPage is the turnout of a track, and one page of its votes.
type turnoutPage struct {
	view.TrackParticipation
	page[view.ClosedVote]
}

// participation answers with an agent's part in the closed votes of each track,
// or of one.
func (a *API) participation(c echo.Context) error {
	q, err := queryOf(c, "at", "track")
	if err != nil {
		return err
	}
	if track, asked := q["track"]; asked && track == "" {
		return badRequest("track", "track", "is empty; leave it away for all tracks")
	}
	return partsReply(a, c, q, func(s *ledger.State, key op.PublicKey) ([]view.Participation, error) {
		return s.Participation(key, q["track"])
	})
}

// delegateReport answers with what an agent did with the weight of others.
func (a *API) delegateReport(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	return partsReply(a, c, q, (*ledger.State).DelegateReport)
}

func partsReply[T any](a *API, c echo.Context, q query, read func(*ledger.State, op.PublicKey) ([]T, error)) error {
	key, err := keyParam(c, "pubkey")
	if err != nil {
		return err
	}
	p := partsOf[T]{Agent: key}
	var refused error
	if err := a.view(c, q, func(s *ledger.State, _ int64) { p.Items, refused = read(s, key) }); err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	return reply(c, p)
}

// trackParticipation lists the turnout of a track's closed votes, oldest first.
func (a *API) trackParticipation(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	limit, err := q.limit()
	if err != nil {
		return err
	}
	from, err := q.start(c)
	if err != nil {
		return err
	}
	var p turnoutPage
	var more bool
	var refused error
	err = a.view(c, q, func(s *ledger.State, _ int64) {
		p.TrackParticipation, p.Items, more, refused = s.TrackParticipation(c.Param("name"), from, limit)
	})
	if err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	if more {
		p.Next = q.next(c, from+len(p.Items))
	}
	return reply(c, p)
}
