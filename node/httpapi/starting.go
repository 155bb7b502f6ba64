package httpapi

import (
	"net/http"
	"strconv"
)

// Starting answers until there is an API: it says what the program is doing, and that
// the request may be repeated soon. /healthz is well: whoever restarts a program that
// starts makes it start for ever. doing may be called concurrently.
func Starting(doing func() string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		if r.URL.Path == "/healthz" {
			h.Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"status":"starting"}` + "\n"))
			return
		}
		p := &Problem{Rule: "starting", Title: "Not ready", Status: http.StatusServiceUnavailable,
			Detail: "econd is starting: " + doing(), RetryAfter: 1}
		h.Set("Content-Type", problemType)
		h.Set("Retry-After", strconv.FormatInt(p.RetryAfter, 10))
		w.WriteHeader(p.Status)
		_, _ = w.Write(append(p.Append(nil), '\n'))
	})
}
