package httpapi

import (
	"math"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
)

// view calls fn with the state that a request asks about and its time: the
// present, or what was right after the entry that the parameter "at" names. Every
// handler that reads state reads it here, and lets queryOf take "at".
func (a *API) view(c echo.Context, q query, fn func(s *ledger.State, nowMs int64)) error {
	at, err := q.number("at", 0, math.MaxInt64, -1)
	if err != nil {
		return err
	}
	seen := func(s *ledger.State, nowMs int64) {
		c.Response().Header().Set(seqHeader, strconv.FormatUint(s.Next()-1, 10))
		fn(s, nowMs)
	}
	if at < 0 {
		a.cfg.Node.View(seen)
		return nil
	}
	return a.cfg.Node.ViewAt(c.Request().Context(), uint64(at), seen)
}

// tip is the height at which a look is taken: the best block known, or 0 for one
// into the past, which has its last entry's.
func (a *API) tip(c echo.Context) uint32 {
	if asksPast(c.Request()) {
		return 0
	}
	return a.cfg.Node.Height()
}

// asksPast tells whether a request has the parameter "at".
func asksPast(req *http.Request) bool { return node.AsksPast(req.URL.RawQuery) }
