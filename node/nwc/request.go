package nwc

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/econd/econd/node/nostr"
	"github.com/econd/econd/node/op"
)

type request struct {
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

type response struct {
	Type   string `json:"result_type"`
	Error  *Error `json:"error"`
	Result any    `json:"result"`
}

// take begins a request, if it is the first time that it comes, and answers it.
func (v *served) take(ctx context.Context, e *op.Event) error {
	if !v.s.cfg.Store.Stands(v.c) {
		v.reject(ctx, e, Errorf(Unauthorized, "this connection was revoked"))
		return nil
	}
	if !v.allowed() {
		v.reject(ctx, e, Errorf(RateLimited, "more than %d requests a minute", perMinute))
		return nil
	}
	fresh, err := v.s.journal.begin(e.ID, record{AtS: v.s.cfg.Now().Unix(), Conn: v.c.ID, Event: nostr.Encode(e)})
	if err != nil || !fresh {
		return err
	}
	return v.work(ctx, e)
}

// resume goes on where the service had stopped.
func (v *served) resume(ctx context.Context, id op.ID, r record) error {
	if r.Answer != nil {
		e, err := nostr.Decode(r.Answer)
		if err != nil {
			return v.s.journal.finished(id)
		}
		return v.publish(ctx, id, e)
	}
	e, err := nostr.Decode(r.Event)
	if err != nil {
		return v.s.journal.finished(id)
	}
	return v.work(ctx, e)
}

// work answers a request that is in the journal. It stays there as it is where ctx ended first: it is not
// known then what became of it.
func (v *served) work(ctx context.Context, e *op.Event) error {
	a := v.answer(ctx, e)
	if ctx.Err() != nil {
		return nil
	}
	sealed, err := v.seal(KindResponse, a, e)
	if errors.Is(err, nostr.ErrPlaintext) {
		sealed, err = v.seal(KindResponse, response{Type: a.Type, Error: Errorf(Internal, "the answer is too long")}, e)
	}
	if err != nil {
		return err
	}
	if err := v.s.journal.answered(e.ID, nostr.Encode(sealed)); err != nil {
		return err
	}
	return v.publish(ctx, e.ID, sealed)
}

// publish sends an answer. One that no relay took for long is given up; the journal says that the request was answered.
func (v *served) publish(ctx context.Context, id op.ID, e *op.Event) error {
	sending, cancel := context.WithTimeout(ctx, publishFor)
	defer cancel()
	if err := v.pool.Publish(sending, e); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		v.s.cfg.Log.Warn("not answered", "event", "nwc_unanswered", "connection", v.c.Name, "error", err)
	}
	return v.s.journal.finished(id)
}

// reject answers a request that was not begun.
func (v *served) reject(ctx context.Context, e *op.Event, why *Error) {
	q, _ := v.open(e)
	sealed, err := v.seal(KindResponse, response{Type: q.Method, Error: why}, e)
	if err == nil {
		err = v.pool.Publish(ctx, sealed)
	}
	if err != nil && ctx.Err() == nil {
		v.s.cfg.Log.Info("not answered", "event", "nwc_unanswered", "connection", v.c.Name, "error", err)
	}
}

// open decrypts a request.
func (v *served) open(e *op.Event) (q request, why *Error) {
	how, given := nostr.Tag(e, "encryption")
	if given && how != encryption || !given && strings.Contains(e.Content, "?iv=") {
		return q, Errorf(UnsupportedEncryption, "this wallet speaks %s alone (NIP-44 version 2)", encryption)
	}
	plain, err := v.talk.Decrypt(e.Content)
	if errors.Is(err, nostr.ErrVersion) {
		return q, Errorf(UnsupportedEncryption, "this wallet speaks %s alone (NIP-44 version 2)", encryption)
	}
	if err != nil || json.Unmarshal([]byte(plain), &q) != nil {
		return request{}, Errorf(Other, "the request cannot be read")
	}
	if len(q.Method) > 40 {
		q.Method = q.Method[:40]
	}
	q.Method = strings.ToValidUTF8(q.Method, "")
	return q, nil
}

func (v *served) answer(ctx context.Context, e *op.Event) response {
	q, why := v.open(e)
	if why != nil {
		return response{Type: q.Method, Error: why}
	}
	log := v.s.cfg.Log.With("connection", v.c.Name, "method", q.Method, "request", e.ID.String())
	result, err := v.back.do(ctx, e.ID, q.Method, q.Params)
	if err == nil {
		log.Info("answered", "event", "nwc_answered")
		return response{Type: q.Method, Result: result}
	}
	var known *Error
	if !errors.As(err, &known) {
		log.Error("request failed", "event", "nwc_failed", "error", err)
		return response{Type: q.Method, Error: Errorf(Internal, "the wallet could not do it now")}
	}
	log.Info("refused", "event", "nwc_refused", "code", string(known.Code))
	return response{Type: q.Method, Error: known}
}
