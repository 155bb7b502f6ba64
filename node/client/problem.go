package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
)

// Problem is a refusal in econd's words (RFC 9457), or a failure of what answers in its
// place.
type Problem struct {
	Status int    `json:"status"` // HTTP's
	Title  string `json:"title"`
	Detail string `json:"detail"` // a sentence
	Field  string `json:"field"`  // what is wrong, such as content.name; "" for none
	Rule   string `json:"rule"`   // that was broken, in kebab-case; "" for none

	// Proof is econd's signed word that the rules of the log refuse an operation, and at
	// which head; "" for none. Whoever has the log can hold it to that: econaudit refusal.
	Proof string `json:"proof"`

	// Front is the URL of what answered in econd's place, as aperture does when econd
	// behind it is away; "" if econd answered.
	Front string `json:"-"`
}

// Error says what was refused and why.
func (p *Problem) Error() string {
	if p.Front != "" {
		return fmt.Sprintf("%s answers %d %s, not in econd's words: aperture or another proxy answers there, and econd behind it seems to be away; "+
			"start econd, or have its operator look", p.Front, p.Status, p.Title)
	}
	text := fmt.Sprintf("econd answers %d", p.Status)
	if p.Title != "" {
		text += " " + p.Title
	}
	if p.Field != "" {
		text += ": " + p.Field
	}
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.Rule != "" {
		text += " (rule " + p.Rule + ")"
	}
	return text
}

// IsStatus tells whether an error is a Problem of that HTTP status.
func IsStatus(err error, status int) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == status
}

// passing tells whether a status is about the moment, not the request.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// readProblem reads a refusal. A failure that is told without a problem is not
// econd's: what stands in front of it at that base URL reaches no econd.
func readProblem(resp *http.Response, base string) *Problem {
	defer resp.Body.Close()
	p := new(Problem)
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if where := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && where != "" {
		p.Detail = fmt.Sprintf("it leads to %s, which is not followed: name that as econd's URL if you trust it", where)
	} else if json.Unmarshal(text, p) != nil {
		p = new(Problem)
		if resp.StatusCode >= 500 {
			p.Front = base
		}
	}
	p.Status = resp.StatusCode
	if p.Title == "" {
		p.Title = http.StatusText(resp.StatusCode)
	}
	return p
}

// UnreachedError is a request that got no answer, told without its path.
type UnreachedError struct {
	URL string // of econd
	Err error  // of the HTTP client
}

// Unwrap gives errors.As the cause.
func (e *UnreachedError) Unwrap() error { return e.Err }

// Error says why, and where econd should be.
func (e *UnreachedError) Error() string {
	return fmt.Sprintf("%s; is econd running at %s?", e.Why(), e.URL)
}

// Why is the cause without the calls that led to it.
func (e *UnreachedError) Why() string { return WhyUnreached(e.Err) }

// WhyUnreached is the cause of an HTTP client's error without the calls that led to it.
func WhyUnreached(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	var call *os.SyscallError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		return "the host " + dns.Name + " is not known"
	case errors.As(err, &call):
		return call.Err.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.As(err, &op):
		return op.Err.Error()
	}
	inner := err
	for errors.Unwrap(inner) != nil {
		inner = errors.Unwrap(inner)
	}
	return inner.Error()
}

// networkError tells errors of the way to econd from those of the Payer.
func networkError(err error) bool {
	var e *url.Error
	return errors.As(err, &e)
}

// AnswerError is an answer that is not what it should be. What was paid for it is named
// by an *UnservedError around it.
type AnswerError struct {
	Path string
	Want string // what was expected, in words
	Err  error
}

// Unwrap gives errors.As the cause.
func (e *AnswerError) Unwrap() error { return e.Err }

// Error names the path and what was expected.
func (e *AnswerError) Error() string {
	return fmt.Sprintf("econd's answer to %s is not what was expected, %s: %v", e.Path, e.Want, e.Err)
}

// NotEcondError is an answer that names no economy: no econd is at that URL.
type NotEcondError struct{ URL string }

// Error names the URL.
func (e *NotEcondError) Error() string {
	return e.URL + " does not answer as an econd: /v1/info names no economy"
}
