package httpapi

import (
	"bytes"
	"strconv"

	"github.com/labstack/echo/v4"
)

// problemType is the media type of RFC 9457.
const problemType = "application/problem+json"

// urnPrefix starts the type of every problem; what follows is the short name
// of the rule, which never changes its meaning.
const urnPrefix = "urn:econd:error:"

// Bounds of what a problem repeats of what a caller sent, bytes.
const (
	maxField  = 200
	maxDetail = 1000
)

// clip shortens what a caller sent before it is shown back.
func clip(s string, most int) string {
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// Problem is an RFC 9457 problem document, its members in the order in which they are
// written. It is an error, so that handlers return it.
type Problem struct {
	Title      string   `json:"title"` // the kind of error, in words
	Status     int      `json:"status"`
	Detail     string   `json:"detail"`                  // this occurrence: what was found, what is allowed
	Rule       string   `json:"rule"`                    // short name of the rule; also the end of type
	Field      string   `json:"field,omitempty"`         // what it is about: a member, parameter or header
	Instance   string   `json:"instance,omitempty"`      // urn of the request
	Resource   string   `json:"resource,omitempty"`      // what has the price
	PriceSat   int64    `json:"price_sat,omitempty"`     // of the resource, on 402
	Uses       int64    `json:"uses,omitempty"`          // that the challenge is for, on 402
	RetryAfter int64    `json:"retry_after_s,omitempty"` // 0: do not
	Problems   []string `json:"problems,omitempty"`      // what is missing, on /readyz
	Proof      string   `json:"proof,omitempty"`         // the operator's signed word for a refusal of the rules

	header [][2]string // further header fields of the answer
	cause  error       // for the log alone
}

// Error returns the problem in one line.
func (p *Problem) Error() string {
	if p.Field == "" {
		return p.Rule + ": " + p.Detail
	}
	return p.Field + ": " + p.Rule + ": " + p.Detail
}

// Unwrap gives the log the cause.
func (p *Problem) Unwrap() error { return p.cause }

// Append appends the JSON encoding.
func (p *Problem) Append(b []byte) []byte {
	shown := *p
	shown.Detail, shown.Field = clip(p.Detail, maxDetail), clip(p.Field, maxField)
	return appendJSON(b, struct {
		Type string `json:"type"`
		*Problem
	}{urnPrefix + p.Rule, &shown})
}

// appendJSON appends what cannot fail to be encoded.
func appendJSON(b []byte, v any) []byte {
	text, err := encodeAnswer(v)
	if err != nil {
		panic("httpapi: " + err.Error())
	}
	return append(b, bytes.TrimSuffix(text, []byte("\n"))...)
}

// send writes the problem as the whole answer.
func (p *Problem) send(c echo.Context) error {
	h := c.Response().Header()
	for _, f := range p.header {
		h.Set(f[0], f[1])
	}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(p.RetryAfter, 10))
	}
	h.Set("Cache-Control", "no-store")
	return c.Blob(p.Status, problemType, append(p.Append(nil), '\n'))
}
