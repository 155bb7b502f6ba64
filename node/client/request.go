package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/econd/econd/node/backoff"
)

// maxAnswer bounds an answer that is read whole, in bytes.
const maxAnswer = 64 << 20

// request is one call of econd that may be repeated safely: a read, or an
// operation, whose event id makes it happen once.
type request struct {
	method, path string
	query        url.Values
	body         []byte
	header       func(method, url string) (http.Header, error) // made anew for each attempt
	bought       *purchase                                     // for this and requests for the rest of it; nil for this alone
	order        bool                                          // is answered by 204, No Content; anything else by another 2xx
}

func (r request) what() string { return r.method + " " + r.path }

func (r request) build(ctx context.Context, base string) (*http.Request, error) {
	u := base + r.path
	if len(r.query) > 0 {
		u += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u, bytes.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
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

// open sends a request until econd answers it, and returns a good answer. While econd
// is away or busy the same request is repeated, for as long as patience says.
func (c *Client) open(ctx context.Context, r request) (*http.Response, error) {
	began := time.Now()
	if r.bought == nil {
		r.bought = new(purchase)
	}
	for pauses := (backoff.Pauses{First: 250 * time.Millisecond, Longest: 5 * time.Second}); ; {
		resp, after, err := c.try(ctx, r)
		if err == nil {
			r.bought.last = nil
			return resp, nil
		}
		if !repeatable(err) || ctx.Err() != nil {
			return nil, r.bought.end(err, r.what())
		}
		r.bought.last = err
		wait, most := max(pauses.Next(), after), c.patience(err)
		if time.Since(began)+wait > most {
			return nil, r.bought.end(err, r.what())
		}
		if c.cfg.Waiting != nil {
			c.cfg.Waiting(err, most)
		}
		if backoff.Sleep(ctx, wait) != nil {
			return nil, r.bought.end(err, r.what())
		}
	}
}

// try sends a request once. With a refusal it returns after how long it may be repeated.
func (c *Client) try(ctx context.Context, r request) (*http.Response, time.Duration, error) {
	ctx, end := context.WithCancel(ctx)
	req, err := r.build(r.bought.context(ctx), c.cfg.URL)
	if err != nil {
		end()
		return nil, 0, err
	}
	resp, paid, err := c.cfg.Payer.Do(req)
	if resp != nil && resp.Body != nil {
		resp.Body = &body{ReadCloser: resp.Body, end: end}
	} else {
		defer end()
	}
	err = r.bought.explain(err, r.what())
	r.bought.pay(paid)
	if resp != nil {
		c.seen.answered.Store(true)
	}
	switch {
	case err != nil && networkError(err) && !toPayAgain(err) && ctx.Err() == nil:
		return nil, 0, &UnreachedError{c.cfg.URL, err}
	case err != nil:
		return nil, 0, err
	case resp.StatusCode/100 == 2 && r.order != (resp.StatusCode == http.StatusNoContent):
		_ = resp.Body.Close()
		return nil, 0, &AnswerError{r.path, documented(r.order), fmt.Errorf("it has the status %d", resp.StatusCode)}
	case resp.StatusCode/100 == 2:
		return resp, 0, nil
	}
	after := retryAfter(resp)
	defer c.hasten(resp)()
	p := readProblem(resp, c.cfg.URL)
	if !passing(p.Status) && p.Front == "" && p.Rule != "" { // checking is what was paid for
		r.bought.served()
	}
	return nil, after, p
}

// documented says which answer an order has, and which another request.
func documented(order bool) string {
	if order {
		return "one without a content"
	}
	return "one with a content"
}

// body is that of an answer. Its end ends the request.
type body struct {
	io.ReadCloser
	end context.CancelFunc
}

// Close implements io.Closer.
func (b *body) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// hasten ends the request behind an answer once its body took too long. What it returns
// stops that, and tells whether it came in time.
func (c *Client) hasten(resp *http.Response) (stop func() bool) {
	b, ok := resp.Body.(*body)
	if !ok || c.cfg.AnswerFor < 0 {
		return func() bool { return true }
	}
	return time.AfterFunc(c.cfg.AnswerFor, b.end).Stop
}

// repeatable tells what may pass: econd is away or busy.
func repeatable(err error) bool {
	var p *Problem
	var unreached *UnreachedError
	switch {
	case toPayAgain(err):
		return false
	case errors.As(err, &p):
		return passing(p.Status) || p.Front != ""
	}
	return errors.As(err, &unreached)
}

// away tells what passes once econd is back, or has time: nobody answers, or an answer
// says so.
func away(err error) bool {
	var p *Problem
	return repeatable(err) && !(errors.As(err, &p) && !passing(p.Status))
}

// patience is how long a request is repeated that failed like that.
func (c *Client) patience(err error) time.Duration {
	if c.cfg.RefusedFor > 0 && errors.Is(err, syscall.ECONNREFUSED) && !c.seen.answered.Load() {
		return min(c.cfg.RetryFor, c.cfg.RefusedFor)
	}
	return c.cfg.RetryFor
}

func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// whole returns a whole answer. One that breaks off is asked for again. What was paid
// for it is served once the caller takes it: r.bought says so.
func (c *Client) whole(ctx context.Context, r request) ([]byte, error) {
	var last error
	for range 3 {
		resp, err := c.open(ctx, r)
		if err != nil {
			return nil, err
		}
		inTime := c.hasten(resp)
		data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
		err = errors.Join(err, resp.Body.Close())
		if !inTime() && err != nil && ctx.Err() == nil {
			return nil, r.bought.end(fmt.Errorf("econd's answer to %s took longer than %v: given up", r.path, c.cfg.AnswerFor), r.what())
		}
		if err == nil && len(data) <= maxAnswer {
			return data, nil
		}
		if err == nil {
			return nil, r.bought.end(fmt.Errorf("econd's answer to %s is larger than %d bytes", r.path, maxAnswer), r.what())
		}
		last = fmt.Errorf("econd's answer to %s broke off: %w", r.path, err)
		r.bought.last = last
		if ctx.Err() != nil {
			break
		}
	}
	return nil, r.bought.end(last, r.what())
}

// take returns a whole answer that check accepts.
func (c *Client) take(ctx context.Context, r request, check func([]byte) error) ([]byte, error) {
	r.bought = new(purchase)
	data, err := c.whole(ctx, r)
	if err != nil {
		return nil, err
	}
	if check != nil {
		if err := check(data); err != nil {
			return nil, r.bought.end(err, r.what())
		}
	}
	return data, nil
}
