package httpapi

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/docs/schemas"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// listed answers with one page of a list that only grows at its end. A page
// looks at so many items at most that a filter which matches little does not
// hold the state for long.
func listed[T any](a *API, c echo.Context, q query, list byte, size func(*ledger.State) int,
	item func(s *ledger.State, i int, nowMs int64) T, fits func(T) bool) error {

	limit, err := q.limit()
	if err != nil {
		return err
	}
	at, err := q.start(list)
	if err != nil {
		return err
	}
	p := page[T]{Items: []T{}}
	err = a.view(c, q, func(s *ledger.State, nowMs int64) {
		end := min(size(s), at+pageScan)
		for ; at < end && len(p.Items) < limit; at++ {
			if v := item(s, at, nowMs); fits(v) {
				p.Items = append(p.Items, v)
			}
		}
		if at < size(s) {
			p.Next = indexCursor(list, at)
		}
	})
	if err != nil {
		return err
	}
	return reply(c, p)
}

// constitutionVersions lists every constitution that was ever in force, without
// its text.
func (a *API) constitutionVersions(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	return listed(a, c, q, listVersions, (*ledger.State).ConstitutionVersions,
		func(s *ledger.State, i int, _ int64) ledger.ConstitutionVersionView {
			v, _ := s.ConstitutionVersionAt(i)
			return v
		}, func(ledger.ConstitutionVersionView) bool { return true })
}

// constitutionVersion is one of them whole, in the very bytes of its hash.
func (a *API) constitutionVersion(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	number, numberErr := strconv.Atoi(c.Param("number"))
	var text string
	err = a.view(c, q, func(s *ledger.State, _ int64) {
		if numberErr == nil && number >= 1 && number <= s.ConstitutionVersions() {
			_, of := s.ConstitutionVersionAt(number - 1)
			text = op.EncodeContent(of)
		}
	})
	if err != nil {
		return err
	}
	if text == "" {
		return notFound("number", "version", "no constitution has this number; they count from 1")
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, []byte(text))
}

// schema serves a JSON Schema that this version publishes.
func (a *API) schema(c echo.Context) error {
	if _, err := queryOf(c); err != nil {
		return err
	}
	text, ok := schemas.Read(c.Param("name"))
	if !ok {
		return notFound("name", "schema", "is none of the schemas published here")
	}
	return c.Blob(http.StatusOK, "application/schema+json", text)
}
