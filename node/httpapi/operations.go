package httpapi

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

const ndjsonType = "application/x-ndjson"

// postOperations takes one event as application/json or many as NDJSON.
func (a *API) postOperations(c echo.Context) error {
	var p *admission.Pass
	if !a.operatorsOwn(c) {
		var err error
		if p, err = a.admit(c, constitution.ResourceOperations); err != nil {
			return err
		}
	}
	if _, err := queryOf(c); err != nil {
		return err
	}
	h := c.Request().Header
	if enc := h.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return unsupported("Content-Encoding", "must be absent: bodies are taken as they are")
	}
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case err == nil && media == echo.MIMEApplicationJSON:
		return a.postOne(c, p)
	case err == nil && media == ndjsonType:
		return a.postMany(c, p)
	}
	return unsupported("Content-Type", "must be "+echo.MIMEApplicationJSON+" for one event or "+ndjsonType+" for many")
}

func unsupported(field, detail string) *Problem {
	return &Problem{Rule: "media-type", Title: "Unsupported media type",
		Status: http.StatusUnsupportedMediaType, Field: field, Detail: detail}
}

// postOne answers 201 for an event that is new and 200 for one that was
// recorded before, with the same receipt.
func (a *API) postOne(c echo.Context, p *admission.Pass) error {
	leave, err := a.enter(c, &a.rooms.requests)
	if err != nil {
		return err
	}
	defer leave()
	// One byte more than allowed is read, and Decode says that it is too much.
	body, err := io.ReadAll(io.LimitReader(c.Request().Body, op.MaxEventBytes+1))
	if err != nil {
		return bodyProblem(err)
	}
	e, err := op.Decode(body)
	if err != nil {
		a.metrics.refused.Inc()
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), a.cfg.Limits.Request)
	defer cancel()
	receipt, err := a.cfg.Submit(ctx, p, e, costs)
	if errors.Is(err, l402.ErrUsedUp) {
		return a.challenge(c, p, err)
	}
	if err != nil {
		a.metrics.outcome(problemOf(err).Status, false)
		return err
	}
	status := receiptStatus(receipt)
	a.metrics.outcome(status, receipt.Replay)
	c.Response().Header().Set("Location", "/v1/operations/"+receipt.ID.String())
	return c.Blob(status, echo.MIMEApplicationJSON, append(appendReceipt(nil, receipt), '\n'))
}

func receiptStatus(r view.Receipt) int {
	if r.Replay {
		return http.StatusOK
	}
	return http.StatusCreated
}

// bodyProblem is what it means that a body could not be read to its end.
func bodyProblem(err error) *Problem {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &Problem{Rule: "oversize", Title: "Too large", Status: http.StatusRequestEntityTooLarge, Field: "body",
			Detail: "longer than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes; send the rest in another request"}
	}
	return &Problem{Rule: "body-unread", Title: "Request not received", Status: http.StatusRequestTimeout, Field: "body",
		Detail: "the connection stalled or broke before the body was complete", cause: err}
}

// appendReceipt appends the JSON of a receipt: what encoding/json makes of it,
// written out because batches consist of it.
func appendReceipt(b []byte, r view.Receipt) []byte {
	b = append(b, `{"id":"`...)
	b = hex.AppendEncode(b, r.ID[:])
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, r.Seq, 10)
	b = append(b, `,"time_ms":`...)
	b = strconv.AppendInt(b, r.TimeMs, 10)
	b = append(b, `,"height":`...)
	b = strconv.AppendUint(b, uint64(r.Height), 10)
	b = append(b, `,"block":"`...)
	b = hex.AppendEncode(b, r.Block[:])
	b = append(b, '"')
	if r.Replay {
		b = append(b, `,"replay":true`...)
	}
	if r.Promise != "" {
		b = appendJSON(append(b, `,"promise":`...), r.Promise)
	}
	return append(b, '}')
}
