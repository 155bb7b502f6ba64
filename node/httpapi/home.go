package httpapi

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// addHome serves the pages for people at / and below /status: free, but out of
// the same shares as other reads. A proposal's page explains it, which is heavy.
func (a *API) addHome() {
	pages := func(c echo.Context) error {
		room := &a.rooms.requests
		if strings.HasPrefix(c.Request().URL.Path, "/status/proposals/") {
			room = &a.rooms.heavy
		}
		leave, err := a.enter(c, room)
		if err != nil {
			return err
		}
		defer leave()
		a.cfg.Home.ServeHTTP(c.Response(), c.Request())
		return nil
	}
	for _, path := range []string{"/", "/status", "/status/*"} {
		a.echo.Add(http.MethodGet, path, pages)
		a.echo.Add(http.MethodHead, path, pages)
	}
}
