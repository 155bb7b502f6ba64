package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/shares"
)

// problemOf turns any error into a problem. What it does not know is a 500
// whose cause goes to the log alone.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if p := readProblem(err); p != nil {
		return p
	}
	f := admission.FaultOf(err)
	if f != nil && f.Code == codes.Canceled {
		f = admission.FaultOf(context.DeadlineExceeded) // who went away does not read it
	}
	if f != nil {
		return problemFrom(f)
	}
	var h *echo.HTTPError
	if errors.As(err, &h) {
		return routingProblem(h)
	}
	return &Problem{Rule: "internal", Title: "Internal error", Status: http.StatusInternalServerError,
		Detail: "something went wrong on this side; the log of the node has it under the instance given", cause: err}
}

func problemFrom(f *admission.Fault) *Problem {
	p := &Problem{Rule: f.Rule, Title: f.Title, Status: f.Status, Field: f.Field, Detail: f.Text, RetryAfter: seconds(f.Retry), Proof: string(f.Proof), cause: f.Cause}
	if !isSlug(p.Rule) {
		p.Rule = f.Kind
	}
	if f.Status == http.StatusUnauthorized {
		p.header = [][2]string{{"WWW-Authenticate", `L402 realm="econd"`}}
	}
	return p
}

// seconds rounds up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// routingProblem is what echo's router refused.
func routingProblem(h *echo.HTTPError) *Problem {
	switch h.Code {
	case http.StatusNotFound:
		return &Problem{Rule: "route", Title: "No such route", Status: h.Code, Field: "path",
			Detail: "nothing is served under this path; /v1/openapi.yaml lists what is"}
	case http.StatusMethodNotAllowed:
		return &Problem{Rule: "method", Title: "Method not allowed", Status: h.Code, Field: "method",
			Detail: "this path does not take the method; the Allow header lists those it takes"}
	}
	return &Problem{Rule: "http", Title: http.StatusText(h.Code), Status: h.Code, Detail: http.StatusText(h.Code), cause: h}
}

// isSlug tells whether a rule can end a urn as it is.
func isSlug(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// badRequest refuses a parameter, header or body.
func badRequest(field, rule, detail string) *Problem {
	return &Problem{Rule: rule, Title: "Malformed", Status: http.StatusBadRequest, Field: field, Detail: detail}
}

func notFound(field, rule, detail string) *Problem {
	return &Problem{Rule: rule, Title: "Not found", Status: http.StatusNotFound, Field: field, Detail: detail}
}

// busy refuses what would pass a limit on concurrent work.
func busy(rule, detail string) error { return &shares.BusyError{Rule: rule, Text: detail} }
