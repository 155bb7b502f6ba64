package httpapi

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// constitutionVersions lists every constitution that was ever in force, without
// its text.
func (a *API) constitutionVersions(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	return listed(a, c, q, (*ledger.State).ConstitutionVersions,
		func(s *ledger.State, i int, _ int64) view.ConstitutionVersion {
			v, _ := s.ConstitutionVersionAt(i)
			return v
		}, func(view.ConstitutionVersion) bool { return true })
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

// schema serves the JSON Schemas that this version publishes under a path.
func (a *API) schema(read func(name string) ([]byte, bool)) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := queryOf(c); err != nil {
			return err
		}
		text, ok := read(c.Param("name"))
		if !ok {
			return notFound("name", "schema", "is none of the schemas published here")
		}
		return c.Blob(http.StatusOK, "application/schema+json", text)
	}
}
