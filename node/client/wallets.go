package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// ErrSpendChanged says that econd would have had something else signed than was asked for.
var ErrSpendChanged = errors.New("econd asks to sign another spend than was asked for")

// SpendRefusedError is a spend that the rules do not take: nothing was signed or paid.
type SpendRefusedError struct{ Check view.SpendCheck }

// Error says by which rule, and with which numbers.
func (e *SpendRefusedError) Error() string {
	r := e.Check.Refused
	if r.Field == "" {
		return fmt.Sprintf("%s: %s", r.Rule, r.Text)
	}
	return fmt.Sprintf("%s: %s: %s", r.Field, r.Rule, r.Text)
}

// CheckSpend asks what would become of a spend that the Signer signs, and what is to be signed for
// it. Nothing is entered or paid.
func (c *Client) CheckSpend(ctx context.Context, wallet string, r view.SpendRequest) (view.SpendCheck, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return view.SpendCheck{}, err
	}
	v, _, err := signed[view.SpendCheck](ctx, c, http.MethodPost, walletPath(wallet)+"/check", nil, body)
	if err == nil {
		err = sameSpend(wallet, r, v)
	}
	return v, err
}

// sameSpend holds what is to be signed against what was asked for.
func sameSpend(wallet string, r view.SpendRequest, v view.SpendCheck) error {
	c := v.Content
	switch {
	case c.Wallet != wallet, c.Type != r.Type, c.Purpose != r.Purpose, c.Key != r.Key, c.Count != r.Count, c.Address != r.Address:
	case r.AmountMsat != 0 && c.AmountMsat != r.AmountMsat:
	case r.FeeLimitMsat != nil && c.FeeLimitMsat != *r.FeeLimitMsat:
	case r.Node != (op.NodeKey{}) && c.Node != r.Node:
	case c.Commitment != r.Texts.Commitment(v.Salt), c.MemoCommitment != r.Texts.MemoCommitment(v.Salt):
	default:
		return nil
	}
	return ErrSpendChanged
}

// PaySpend signs what a check said and has it paid; wait is for how long its end is waited for, 0
// to 25 seconds. It may be called again with the same content after any error: the same spend is
// never paid twice. A result whose payment is neither settled nor failed goes on by itself: ask
// SpendResult for it.
func (c *Client) PaySpend(ctx context.Context, content op.Spend, texts op.SpendTexts, wait time.Duration) (v view.SpendResult, err error) {
	e, err := c.Sign(ctx, op.KindSpend, content)
	if err != nil {
		return v, err
	}
	body, err := json.Marshal(view.SpendOrder{Event: e.Marshal(), Texts: texts, WaitS: int64(wait / time.Second)})
	if err != nil {
		return v, err
	}
	path := walletPath(content.Wallet) + "/payments"
	_, err = c.take(ctx, request{method: http.MethodPost, path: path, body: body}, func(data []byte) error {
		return decode(path, data, &v, anObject[view.SpendResult]())
	})
	if err != nil {
		return v, fmt.Errorf("%s %s: %w", e.Kind, e.ID, c.checkRefusal(ctx, e, err))
	}
	if v.Receipt == nil {
		return v, nil
	}
	return v, c.checkPromise(ctx, e, *v.Receipt)
}

// Spend checks, signs and pays. One that the rules refuse is a *SpendRefusedError, before anything
// is signed; one that stands already is not asked for again.
func (c *Client) Spend(ctx context.Context, wallet string, r view.SpendRequest, wait time.Duration) (view.SpendResult, error) {
	check, err := c.CheckSpend(ctx, wallet, r)
	if err != nil {
		return view.SpendResult{}, err
	}
	if !check.Allowed && (check.Payment == nil || check.Refused.Rule != "spend-once") {
		return view.SpendResult{}, &SpendRefusedError{check}
	}
	return c.PaySpend(ctx, check.Content, r.Texts, wait)
}

// SpendResult is what became of a spend from a wallet that the Signer may spend from.
func (c *Client) SpendResult(ctx context.Context, id string, wait time.Duration) (view.SpendResult, error) {
	query := url.Values{"wait_s": {strconv.FormatInt(int64(wait/time.Second), 10)}}
	v, _, err := signed[view.SpendResult](ctx, c, http.MethodGet, "/v1/payments/"+url.PathEscape(id)+"/result", query, nil)
	return v, err
}

func walletPath(id string) string { return "/v1/wallets/" + url.PathEscape(id) }
