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
// anew, and takes no place.
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
	Body json.RawMessage `json:"body,omitempty"`
}

// carryOut answers a request that changes something: by what act returns, as JSON, nil
// being 204, or as the same event was answered before. act runs to its end whether
// its caller waits or not.
func (a *API) carryOut(c echo.Context, e *op.Event, act func(context.Context) (any, error)) error {
	memory := a.once.memory(e.PubKey, a.cfg.Node.Operator())
	for {
		run, wait, err := a.once.begin(e, memory, a.cfg.Now())
		switch {
		case err != nil:
			return err
		case run:
			answer, err := a.runOnce(c, e, memory, act)
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
func (a *API) runOnce(c echo.Context, e *op.Event, memory *shares.Replays, act func(context.Context) (any, error)) (answer signedAnswer, err error) {
	done := false
	defer func() { a.once.finish(e, memory, done) }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), a.cfg.Limits.Request)
	defer cancel()
	v, err := act(ctx)
	if err != nil {
		return answer, err
	}
	answer.V = 1
	if v != nil {
		if answer.Body, err = encodeAnswer(v); err != nil {
			return answer, err
		}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return answer, fmt.Errorf("encode the answer: %w", err)
	}
	if err := a.once.kept.Put(e.PubKey, e.ID, a.cfg.Now().Unix(), e.CreatedAt+int64(authWindow/time.Second), text); err != nil {
		return answer, err
	}
	done = true
	return answer, nil
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
	return answer.send(c)
}

func (s signedAnswer) send(c echo.Context) error {
	if s.Body == nil {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, append(bytes.TrimSpace(s.Body), '\n'))
}
