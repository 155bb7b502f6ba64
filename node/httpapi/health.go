package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/admission"
)

// healthz says whether the process does its work at all: restart it if not.
func (a *API) healthz(c echo.Context) error {
	if err := a.cfg.Node.Health(); err != nil {
		return err
	}
	return reply(c, map[string]string{"status": "ok"})
}

// readyz says whether all of the work can be done: send callers elsewhere if
// not.
func (a *API) readyz(c echo.Context) error {
	if problems := a.cfg.Node.Ready(); len(problems) > 0 {
		return &Problem{Rule: "not-ready", Title: "Not ready", Status: http.StatusServiceUnavailable,
			Detail: "part of the work has to wait; see problems", Problems: problems, RetryAfter: seconds(admission.RetryLightning)}
	}
	return reply(c, map[string]string{"status": "ready"})
}
