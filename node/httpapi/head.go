package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// headOf is the HEAD of a GET route: the same in all but the body, also in price and
// room. net/http leaves the bodies of HEAD away; a stream, whose body has no end, ends
// at its first byte.
func headOf(r route) route {
	if !r.stream {
		return r
	}
	handle := r.handle
	r.handle = func(c echo.Context) error {
		c.Response().Writer = headWriter{c.Response().Writer}
		if err := handle(c); err != nil && !c.Response().Committed {
			return err
		}
		return nil
	}
	return r
}

// headWriter takes the head of an answer and refuses its body.
type headWriter struct{ http.ResponseWriter }

func (headWriter) Write([]byte) (int, error) { return 0, http.ErrBodyNotAllowed }

// Unwrap is for http.ResponseController.
func (w headWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
