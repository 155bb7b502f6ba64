package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// maxOrder bounds the body of a spend: an event, and texts with a body in base64.
const maxOrder = op.MaxEventBytes + 512<<10

// maxWaitS bounds how long a spend is waited for.
const maxWaitS = 25

// payFromWallet takes a signed spend with its texts. 200: it is over; 202: it is not yet, or
// waits for approvals.
func (a *API) payFromWallet(c echo.Context) error {
	var p *admission.Pass
	if !a.operatorsOwn(c) {
		var err error
		if p, err = a.admit(c, constitution.ResourceOperations); err != nil {
			return err
		}
	}
	var order view.SpendOrder
	if err := a.spendBody(c, &order); err != nil {
		return err
	}
	e, err := op.Decode(order.Event)
	if err != nil {
		return err
	}
	if order.WaitS < 0 || order.WaitS > maxWaitS {
		return badRequest("wait_s", "range", "must be between 0 and 25")
	}
	submit := func(ctx context.Context, e *op.Event) (view.Receipt, error) { return a.cfg.Submit(ctx, p, e, costs) }
	v, err := a.cfg.Spending.Pay(c.Request().Context(), c.Param("id"), e, order.Texts, time.Duration(order.WaitS)*time.Second, submit)
	if errors.Is(err, l402.ErrUsedUp) {
		return a.challenge(c, p, err)
	}
	if err != nil {
		return err
	}
	return replySpend(c, v)
}

// replySpend answers with what became of a spend.
func replySpend(c echo.Context, v view.SpendResult) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	status := http.StatusOK
	if v.Payment.State != "settled" && v.Payment.State != "failed" {
		status = http.StatusAccepted
	}
	text, err := encodeAnswer(v)
	if err != nil {
		return err
	}
	return c.Blob(status, echo.MIMEApplicationJSON, text)
}

// waitOf reads how long a spend is waited for; empty is not at all.
func waitOf(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	s, err := strconv.Atoi(text)
	if err != nil || s < 0 || s > maxWaitS || strconv.Itoa(s) != text {
		return 0, badRequest("wait_s", "range", "must be a whole number between 0 and 25")
	}
	return time.Duration(s) * time.Second, nil
}

// spendBody reads the JSON object that a request about spends has.
func (a *API) spendBody(c echo.Context, into any) error {
	if _, err := queryOf(c); err != nil {
		return err
	}
	if a.cfg.Spending == nil {
		return notFound("path", "route", "this node carries no spends out")
	}
	body, err := io.ReadAll(io.LimitReader(c.Request().Body, maxOrder+1))
	if err != nil {
		return bodyProblem(err)
	}
	if len(body) > maxOrder {
		return &Problem{Rule: "size", Title: "Too large", Status: http.StatusRequestEntityTooLarge, Field: "body", Detail: "must have at most 589,824 bytes"}
	}
	c.Set(spendBodyKey, body)
	return op.Unmarshal(bytes.TrimSpace(body), "body", into)
}

// spendBodyKey is where the body of a request is kept, to be held against its signature.
const spendBodyKey = "spend-body"

// checkPayment says what would become of a spend, and what is to be signed for it. Nothing is
// entered or paid.
func (a *API) checkPayment(c echo.Context) error {
	var r view.SpendRequest
	if err := a.spendBody(c, &r); err != nil {
		return err
	}
	body, _ := c.Get(spendBodyKey).([]byte)
	e, err := a.authorised(c, body)
	if err != nil {
		return err
	}
	v, err := a.cfg.Spending.Check(c.Request().Context(), c.Param("id"), e.PubKey, r)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return reply(c, v)
}

// paymentResult shows who may spend from its wallet what became of a spend, the answer of an
// origin that was paid included.
func (a *API) paymentResult(c echo.Context) error {
	q, err := queryOf(c, "wait_s")
	if err != nil {
		return err
	}
	if a.cfg.Spending == nil {
		return notFound("path", "route", "this node carries no spends out")
	}
	wait, err := waitOf(q["wait_s"])
	if err != nil {
		return err
	}
	e, err := a.authorised(c, nil)
	if err != nil {
		return err
	}
	v, err := a.cfg.Spending.Result(c.Request().Context(), c.Param("id"), e.PubKey, wait)
	if err != nil {
		return err
	}
	return replySpend(c, v)
}
