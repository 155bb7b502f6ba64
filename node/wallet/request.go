package wallet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/econd/econd/l402"
)

// maxBody is the largest request body, which has to be kept for the repeated
// request.
const maxBody = 32 << 20

// maxAsked is the longest NDJSON body that is sent before it is paid for: aperture
// forwards a whole unpaid request to learn its price, and econd reads no more of it.
const maxAsked = 1 << 20

// ask sends the request without a token. A longer batch is asked for by its number
// of lines, without its body, and sent where that has no price.
func (w *Wallet) ask(req *http.Request) (*http.Response, error) {
	if req.GetBody == nil || req.ContentLength <= maxAsked || req.Header.Get("Content-Type") != "application/x-ndjson" {
		return w.send(req, "")
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(body)
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	one := req.Clone(req.Context())
	one.Body, one.GetBody, one.ContentLength = http.NoBody, nil, 0
	if one.Header.Get(l402.UsesHeader) == "" {
		one.Header.Set(l402.UsesHeader, strconv.Itoa(min(l402.MaxUses, max(1, bytes.Count(text, []byte("\n"))))))
	}
	resp, err := w.http.Do(one)
	if err != nil || resp.StatusCode == http.StatusPaymentRequired {
		return resp, err
	}
	discard(resp)
	return w.send(req, "")
}

// acceptHeader names the schemes that a client can answer; some sellers send a
// challenge only to who says so.
const acceptHeader = "Accept-Authenticate"

// send sends one copy of the request.
func (w *Wallet) send(req *http.Request, authorization string) (*http.Response, error) {
	one := req.Clone(req.Context())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		one.Body = body
	}
	if authorization != "" {
		one.Header.Add("Authorization", authorization)
	} else if one.Header.Get(acceptHeader) == "" {
		one.Header.Set(acceptHeader, "L402, Payment")
	}
	return w.http.Do(one)
}

// keepBody makes the body of a request readable more than once.
func keepBody(req *http.Request) error {
	if req.Body == nil || req.Body == http.NoBody || req.GetBody != nil {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(req.Body, maxBody+1))
	err = errors.Join(err, req.Body.Close())
	if err != nil {
		return fmt.Errorf("read the request's body: %w", err)
	}
	if len(data) > maxBody {
		return fmt.Errorf("%w: the request's body is larger than %d bytes", ErrConfig, maxBody)
	}
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	req.Body, _ = req.GetBody()
	req.ContentLength = int64(len(data))
	return nil
}

// discardFor is how long the rest of an answer that nobody reads is waited for.
const discardFor = time.Second

// discard reads a short answer to its end, so that its connection serves again. One
// that does not come soon is given up with its connection.
func discard(resp *http.Response) { _ = saidIn(resp, 0) }

// saidIn is discard, and returns the first bytes of the body, at most most of them.
func saidIn(resp *http.Response, most int64) []byte {
	stop := time.AfterFunc(discardFor, func() { _ = resp.Body.Close() })
	defer stop.Stop()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, most))
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
	return text
}

// later bounds what is done after ctx may have ended: telling apart what was
// spent from what was not.
func later(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
}
