package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// exitQuote says what leaving for a proposal would bring an agent.
func (a *API) exitQuote(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	key, err := keyParam(c, "agent")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("id", "exit", "no proposal has this id, or no agent this key"),
		func(s *ledger.State, now int64) (view.ExitQuote, bool) { return s.ExitQuote(id, key, now) })
}
