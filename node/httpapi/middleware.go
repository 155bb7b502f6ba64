package httpapi

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
)

// requestIDHeader carries the id of a request; problems name it as instance.
const requestIDHeader = "X-Request-Id"

// observe gives the request an id, recovers panics, counts and logs. What it
// logs of a request is its method, route, status, size and caller: no headers,
// no query and no path parameter.
func (a *API) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		id := newRequestID()
		h := c.Response().Header()
		h.Set(requestIDHeader, id)
		h.Set("X-Content-Type-Options", "nosniff")
		a.metrics.inFlight.Inc()
		defer a.metrics.inFlight.Dec()
		defer func() {
			aborted := false
			if v := recover(); v != nil {
				aborted = a.recovered(c, id, v)
			}
			a.account(c, id, time.Since(start))
			if aborted {
				panic(http.ErrAbortHandler)
			}
		}()
		if err := next(c); err != nil {
			a.writeError(c, err)
		}
		return nil
	}
}

// recovered answers a panic, or tells that the connection has to be cut because
// part of an answer is out: its reader must not take it for the whole.
func (a *API) recovered(c echo.Context, id string, v any) (abort bool) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return true
	}
	a.cfg.Log.Error("panic in a handler", "request", id, "route", routeOf(c),
		"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if c.Response().Committed {
		return true
	}
	a.writeError(c, errPanic)
	return false
}

var errPanic = errors.New("panic in a handler")

// writeError is where every error of a handler becomes an answer.
func (a *API) writeError(c echo.Context, err error) {
	p := problemOf(err)
	id := c.Response().Header().Get(requestIDHeader)
	if p.Status == http.StatusInternalServerError && !errors.Is(err, errPanic) {
		a.cfg.Log.Error("request failed", "request", id, "route", routeOf(c), "err", err)
	}
	if c.Response().Committed {
		if c.Request().Context().Err() == nil {
			panic(http.ErrAbortHandler)
		}
		return
	}
	answer := *p
	answer.Instance = "urn:econd:request:" + id
	if err := answer.send(c); err != nil {
		a.cfg.Log.Debug("answer not delivered", "request", id, "err", err)
	}
}

func (a *API) account(c echo.Context, id string, took time.Duration) {
	res := c.Response()
	a.metrics.request(c.Request().Method, routeOf(c), res.Status, took)
	level := slog.LevelDebug
	if res.Status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	a.cfg.Log.Log(c.Request().Context(), level, "request", "request", id, "method", methodOf(c.Request().Method),
		"route", routeOf(c), "status", res.Status, "bytes", res.Size, "ms", took.Milliseconds(), "caller", c.RealIP())
}

// routeOf is the pattern that matched, which bounds the values that metrics
// and logs see.
func routeOf(c echo.Context) string {
	if p := c.Path(); p != "" {
		return p
	}
	return "none"
}

// methodOf bounds the methods that metrics and logs see.
func methodOf(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// newRequestID returns 16 hex digits. crypto/rand does not fail (Go 1.24).
func newRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
