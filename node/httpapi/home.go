package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/shares"
)

// addHome serves the pages for people at / and below /status: free, but out of a
// small share. The page of a proposal explains it, which is heavy; other spellings
// of its path are no page at all.
func (a *API) addHome() {
	pages := func(needs ...*shares.Room) echo.HandlerFunc {
		return func(c echo.Context) error {
			for _, room := range needs {
				leave, err := a.enter(c, room)
				if err != nil {
					return err
				}
				defer leave()
			}
			a.cfg.Home.ServeHTTP(c.Response(), c.Request())
			return nil
		}
	}
	light, heavy := pages(&a.rooms.pages), pages(&a.rooms.pages, &a.rooms.heavy)
	for path, handle := range map[string]echo.HandlerFunc{"/": light, "/status": light, "/status/*": light, "/status/proposals/:id": heavy} {
		a.echo.Add(http.MethodGet, path, handle)
		a.echo.Add(http.MethodHead, path, handle)
	}
}
