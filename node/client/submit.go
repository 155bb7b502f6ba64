package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// ErrContent says that an operation cannot be what was asked for; nothing was sent.
var ErrContent = errors.New("no such operation")

// ErrNoReceipt says that econd's answer to an operation is no receipt for it. Whether
// the operation is recorded is not known: submit the same event again, or ask for it by
// Operation.
var ErrNoReceipt = errors.New("econd's answer is no receipt for it")

// ContentError is an operation that cannot be. Its kind is ErrContent.
type ContentError struct{ Err error }

// Error names the member that is wrong.
func (e *ContentError) Error() string { return e.Err.Error() }

// Unwrap gives errors.Is the kind and the cause.
func (e *ContentError) Unwrap() []error { return []error{ErrContent, e.Err} }

// Draft makes an operation of the economy that econd keeps, as of now, which nobody has signed:
// for looking at. content is the struct of its kind in node/op, or op.Raw; one that cannot be
// is a *ContentError before econd is asked anything.
func (c *Client) Draft(ctx context.Context, kind op.Kind, content any) (*op.Event, error) {
	text, err := contentOf(kind, content)
	if err != nil {
		return nil, &ContentError{err}
	}
	economy, err := c.Economy(ctx)
	if err != nil {
		return nil, err
	}
	now := c.cfg.Now()
	e := &op.Event{CreatedAt: now.Unix(), Kind: kind, Content: text,
		Tags: [][]string{{op.EconomyTag, economy}, {op.OrderTag, strconv.Itoa(now.Nanosecond())}}}
	if _, err := op.Decode(e.Marshal()); err != nil {
		return nil, &ContentError{err}
	}
	return e, nil
}

// Sign makes an operation as Draft does and signs it. Keep the event until it has a receipt:
// whoever has it may submit it again, and it is counted once.
func (c *Client) Sign(ctx context.Context, kind op.Kind, content any) (*op.Event, error) {
	e, err := c.Draft(ctx, kind, content)
	if err != nil {
		return nil, err
	}
	if err := c.sign(ctx, e); err != nil {
		return nil, err
	}
	return e, nil
}

// contentOf is the text of a content, which decodes as one of its kind.
func contentOf(kind op.Kind, content any) (string, error) {
	if !kind.Known() || kind.IsFact() {
		return "", fmt.Errorf("kind: %d (%s) is no operation of this version", uint16(kind), kind)
	}
	text, err := op.MarshalContent(content)
	if err != nil {
		return "", err
	}
	want, have := reflect.TypeOf(kind.NewContent()), reflect.TypeOf(content)
	if have != want && have != want.Elem() && have != reflect.TypeFor[op.Raw]() {
		return "", fmt.Errorf("content: %s given; %s takes %s or op.Raw", have, kind, want.Elem())
	}
	_, err = (&op.Event{Kind: kind, Content: text}).Decoded()
	return text, err
}

func (c *Client) sign(ctx context.Context, e *op.Event) error {
	if c.cfg.Signer == nil {
		return ErrNoSigner
	}
	return c.cfg.Signer.Sign(ctx, e)
}

// Submit hands a signed event to econd and returns its receipt. A lost answer is asked
// for again with the same event, whose id makes it count once; Receipt.Replay says that
// econd had it already. Receipt.Promise was checked; where it is "" there is none yet, and
// the same event may be submitted again for it. Errors: ErrNoReceipt, *PromiseError, and as
// for One.Get. After any of them the same event may be submitted again. No event at all is
// a *ContentError.
func (c *Client) Submit(ctx context.Context, e *op.Event) (r view.Receipt, err error) {
	if e == nil {
		return r, &ContentError{errors.New("event: missing")}
	}
	_, err = c.take(ctx, request{method: http.MethodPost, path: "/v1/operations", body: e.Marshal()}, func(data []byte) error {
		if json.Unmarshal(data, &r) != nil || r.ID != e.ID {
			return ErrNoReceipt
		}
		return nil
	})
	if err != nil {
		return view.Receipt{}, fmt.Errorf("%s %s: %w", e.Kind, e.ID, c.checkRefusal(ctx, e, err))
	}
	if err := c.checkPromise(ctx, e, r); err != nil {
		return r, fmt.Errorf("%s %s: %w", e.Kind, e.ID, err)
	}
	return r, nil
}
