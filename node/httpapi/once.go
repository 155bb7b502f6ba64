package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/shares"
)

// How many signed requests are remembered, each for at most two minutes; a key
// alone may have a ninth: 455 of agents', 128 of the operator's.
const (
	agentsOnce   = 4096
	operatorOnce = 9 * 128
)

// once carries out what keys signed (NIP-98) and what changes something, each event
// once: the same request again gets the same answer, also while the first is
// running, after its caller went away, and after a restart. Only what was done is
// remembered. What was refused changed nothing, so the same request is looked at
// anew, and takes no place. What must not be done twice is claimed on disk before it
// is begun: after a crash between deed and answer nobody knows, and it is not repeated.
type once struct {
	kept             Answers
	agents, operator *shares.Replays

	mu      sync.Mutex
	running map[op.ID]chan struct{} // closed when the first is through
}

// newOnce takes up what was kept.
func newOnce(kept Answers, operator op.PublicKey) (*once, error) {
	o := &once{kept: kept, agents: shares.NewReplays(agentsOnce), operator: shares.NewReplays(operatorOnce),
		running: map[op.ID]chan struct{}{}}
	if kept == nil {
		return o, nil
	}
	err := kept.All(func(key, id [32]byte, until int64) error {
		o.memory(key, operator).Restore(key, id, until)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("httpapi: Config.Answers: %w", err)
	}
	return o, nil
}

// memory is where a key's requests are remembered. Nobody shall keep the operator
// out by sending many.
func (o *once) memory(key, operator op.PublicKey) *shares.Replays {
	if key == operator {
		return o.operator
	}
	return o.agents
}

// begin tells what to do with an event: to carry it out and call finish then, if run
// is set; to wait for another request with it, if wait is; else it was carried out.
func (o *once) begin(e *op.Event, memory *shares.Replays, now time.Time) (run bool, wait <-chan struct{}, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if first, ok := o.running[e.ID]; ok {
		return false, first, nil
	}
	err = memory.Use(e.PubKey, e.ID, now.Unix(), e.CreatedAt+int64(authWindow/time.Second))
	switch {
	case errors.Is(err, shares.ErrSeen):
		return false, nil, nil
	case err != nil:
		return false, nil, busy("nip98-busy", "too many signed requests of this key within two minutes")
	}
	o.running[e.ID] = make(chan struct{})
	return true, nil, nil
}

// finish lets those go on that wait.
func (o *once) finish(e *op.Event, memory *shares.Replays, done bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !done {
		memory.Forget(e.ID)
	}
	close(o.running[e.ID])
	delete(o.running, e.ID)
}

// signedAnswer is what is kept of an answer: version 1. Without a body it is 204.
type signedAnswer struct {
	V    int             `json:"v"`
	Open bool            `json:"open,omitempty"` // it was begun, and no more is known
	Body json.RawMessage `json:"body,omitempty"`
}

// deed is what a signed request has done.
type deed struct {
	// once: to do it twice is more than to do it once, so it is claimed first.
	once bool
	act  func(context.Context) (any, error)
}

// carryOut answers a request that changes something: by what the deed returns, as JSON,
// nil being 204, or as the same event was answered before. The deed runs to its end
// whether its caller waits or not.
func (a *API) carryOut(c echo.Context, e *op.Event, d deed) error {
	memory := a.once.memory(e.PubKey, a.cfg.Node.Operator())
	for {
		run, wait, err := a.once.begin(e, memory, a.cfg.Now())
		switch {
		case err != nil:
			return err
		case run:
			answer, err := a.runOnce(c, e, memory, d)
			if err != nil {
				return err
			}
			return answer.send(c)
		case wait == nil:
			return a.sendKept(c, e)
		}
		select {
		case <-wait:
		case <-c.Request().Context().Done():
			return c.Request().Context().Err()
		}
	}
}

// runOnce acts, and keeps the answer before anybody sees it.
func (a *API) runOnce(c echo.Context, e *op.Event, memory *shares.Replays, d deed) (answer signedAnswer, err error) {
	done := false
	defer func() { a.once.finish(e, memory, done) }()
	if d.once {
		if err := a.claim(e); err != nil {
			return answer, err
		}
		done = true // whatever becomes of it, also a panic
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), a.cfg.Limits.Request)
	defer cancel()
	v, err := d.act(ctx)
	if err != nil {
		if done {
			a.unclaim(e)
		}
		done = false
		return answer, err
	}
	done = true
	answer.V = 1
	if v != nil {
		if answer.Body, err = encodeAnswer(v); err != nil {
			return answer, err
		}
	}
	a.keep(e, answer)
	return answer, nil
}

func keptUntil(e *op.Event) int64 { return e.CreatedAt + int64(authWindow/time.Second) }

// claim notes on disk that a deed begins; where it cannot, nothing is done.
func (a *API) claim(e *op.Event) error {
	err := a.put(e, signedAnswer{V: 1, Open: true})
	if err == nil {
		return nil
	}
	a.cfg.Log.Error("signed request refused: its claim could not be kept", "event", e.ID.String(), "err", err)
	_ = a.once.kept.Drop(e.ID, a.cfg.Now().Unix(), keptUntil(e)) // tried again with the next
	return &Problem{Rule: "answers-file", Title: "Cannot be kept", Status: http.StatusServiceUnavailable, RetryAfter: seconds(admission.RetryLightning),
		Detail: "this is carried out once for each event, and the file that holds which were cannot be written; nothing was done"}
}

// unclaim notes that nothing was done.
func (a *API) unclaim(e *op.Event) {
	if err := a.once.kept.Drop(e.ID, a.cfg.Now().Unix(), keptUntil(e)); err != nil {
		a.cfg.Log.Error("the claim of a signed request that was not carried out is left; readyz says when the file takes writes again",
			"event", e.ID.String(), "err", err)
	}
}

// keep keeps an answer. What is done is done and said, also where the file cannot be
// written: the answer stays in memory, and the file is tried again.
func (a *API) keep(e *op.Event, answer signedAnswer) {
	if err := a.put(e, answer); err != nil {
		a.cfg.Log.Error("the answer to a signed request is in memory alone; readyz says when the file takes writes again",
			"event", e.ID.String(), "err", err)
	}
}

func (a *API) put(e *op.Event, answer signedAnswer) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	return a.once.kept.Put(e.PubKey, e.ID, a.cfg.Now().Unix(), keptUntil(e), text)
}

// sendKept answers as before.
func (a *API) sendKept(c echo.Context, e *op.Event) error {
	text, found, err := a.once.kept.Get(e.ID)
	if err != nil {
		return err
	}
	var answer signedAnswer
	if !found || json.Unmarshal(text, &answer) != nil || answer.V != 1 {
		return fmt.Errorf("httpapi: the answer to request %s is not kept, or damaged", e.ID)
	}
	if answer.Open {
		return &Problem{Rule: "outcome-unknown", Title: "Begun, outcome unknown", Status: http.StatusConflict, Field: "Authorization",
			Detail: "this event was begun, and econd ended before it could answer: see whether it was done (anchors: GET /v1/anchors), and sign anew to have it done again"}
	}
	return answer.send(c)
}

func (s signedAnswer) send(c echo.Context) error {
	if s.Body == nil {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, append(bytes.TrimSpace(s.Body), '\n'))
}
