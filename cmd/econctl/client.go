package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/backoff"
)

// maxAnswer bounds an answer that is read whole.
const maxAnswer = 64 << 20

// problem is an RFC 9457 answer of econd.
type problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Field  string `json:"field"`
	Rule   string `json:"rule"`

	front string // URL of what answered in econd's place; "" if econd did
}

// Error says what econd refused and why.
func (p *problem) Error() string {
	if p.front != "" {
		return fmt.Sprintf("%s answers %d %s, not in econd's words: aperture or another proxy answers there, and econd behind it seems to be away; "+
			"start econd, or have its operator look", p.front, p.Status, p.Title)
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

// request is one call of econd that may be repeated safely: a read, or an
// operation, whose event id makes it happen once.
type request struct {
	method, path string
	query        url.Values
	body         []byte
	header       func(method, url string) (http.Header, error) // made anew for each attempt
	bought       *purchase                                     // for this and requests for the rest of it; nil for this alone
}

func (r request) what() string { return r.method + " " + r.path }

func (r request) build(ctx context.Context, base string) (*http.Request, error) {
	u := base + r.path
	if len(r.query) > 0 {
		u += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u, bytes.NewReader(r.body))
	if err != nil {
		return nil, cli.Usage(err)
	}
	if r.header != nil {
		if req.Header, err = r.header(r.method, u); err != nil {
			return nil, err
		}
	}
	if len(r.body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// open sends a request until econd answers it, and returns a good answer. While
// econd is away or busy the same request is repeated, for as long as patience says.
func (a *app) open(ctx context.Context, r request) (*http.Response, error) {
	began := time.Now()
	if r.bought == nil {
		r.bought = new(purchase)
	}
	for pauses := (backoff.Pauses{First: 250 * time.Millisecond, Longest: 5 * time.Second}); ; {
		req, err := r.build(r.bought.context(ctx), a.cfg.Econd)
		if err != nil {
			return nil, err
		}
		resp, paid, err := a.do(req)
		err = r.bought.explain(err, r.what())
		r.bought.pay(paid)
		wait := pauses.Next()
		if resp != nil {
			a.answered = true
		}
		if err == nil {
			if resp.StatusCode/100 == 2 {
				r.bought.last = nil
				return resp, nil
			}
			wait = max(wait, retryAfter(resp))
			p := readProblem(resp, a.cfg.Econd)
			err = p
			if !passing(resp.StatusCode) && p.front == "" {
				if p.Rule != "" { // checking is what was paid for
					a.served()
				}
				return nil, err
			}
		} else if toPayAgain(err) || !networkError(err) || ctx.Err() != nil {
			return nil, err
		} else {
			err = &unreachedError{a.cfg.Econd, err}
		}
		r.bought.last = err
		if time.Since(began)+wait > a.patience(err) {
			return nil, r.bought.end(err, r.what())
		}
		a.wait(err)
		if backoff.Sleep(ctx, wait) != nil {
			return nil, r.bought.end(err, r.what())
		}
	}
}

// passing tells whether a status is about the moment, not the request.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// networkError tells errors of the way to econd from those of the wallet.
func networkError(err error) bool {
	var e *url.Error
	return errors.As(err, &e)
}

func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// readProblem reads a refusal. A failure that is told without a problem is not
// econd's: what stands in front of it at that base URL reaches no econd.
func readProblem(resp *http.Response, base string) *problem {
	defer resp.Body.Close()
	p := new(problem)
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if json.Unmarshal(text, p) != nil {
		p = new(problem)
		if resp.StatusCode >= 500 {
			p.front = base
		}
	}
	p.Status = resp.StatusCode
	if p.Title == "" {
		p.Title = http.StatusText(resp.StatusCode)
	}
	return p
}

// read returns a whole answer. One that breaks off is asked for again.
func (a *app) read(ctx context.Context, r request) ([]byte, error) {
	var last error
	r.bought = new(purchase)
	for range 3 {
		resp, err := a.open(ctx, r)
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
		err = errors.Join(err, resp.Body.Close())
		if err == nil && len(data) <= maxAnswer {
			return data, nil
		}
		if err == nil {
			return nil, fmt.Errorf("econd's answer to %s is larger than %d bytes", r.path, maxAnswer)
		}
		last = fmt.Errorf("econd's answer to %s broke off: %w", r.path, err)
		r.bought.last = last
		if ctx.Err() != nil {
			break
		}
	}
	return nil, r.bought.end(last, r.what())
}

// get reads a JSON answer into dst, which may know what it must have, and returns its text.
func (a *app) get(ctx context.Context, path string, query url.Values, dst any) (json.RawMessage, error) {
	data, err := a.read(ctx, request{method: http.MethodGet, path: path, query: a.past(query)})
	if err != nil {
		return nil, err
	}
	data = bytes.TrimSpace(data)
	if err := json.Unmarshal(data, dst); err != nil {
		return nil, fmt.Errorf("econd's answer to %s is not the JSON expected: %w", path, err)
	}
	if string(data) == "null" {
		return nil, fmt.Errorf("econd's answer to %s is null, not the JSON expected", path)
	}
	if v, ok := dst.(interface{ complete() error }); ok {
		if err := v.complete(); err != nil {
			return nil, fmt.Errorf("econd's answer to %s is not the JSON expected: %w", path, err)
		}
	}
	a.served()
	return data, nil
}

func isStatus(err error, status int) bool {
	var p *problem
	return errors.As(err, &p) && p.Status == status
}
