package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/econd/econd/node/view"
)

// question is one read of the API with its parameters: what all kinds of them have.
type question[T any] struct {
	c     *Client
	path  string
	query url.Values
}

// One is a question for one thing, which is asked by Get. It may be asked again, and
// concurrently.
type One[T any] struct{ of question[T] }

// Get asks econd and decodes the answer. Members that T does not know are passed over.
// Errors: *Problem, *UnreachedError, *AnswerError, those of the Payer, and
// *UnservedError around any of them if something was paid.
func (o One[T]) Get(ctx context.Context) (T, error) {
	v, _, err := o.Text(ctx)
	return v, err
}

// Text is Get that returns the answer's text, too, as it came.
func (o One[T]) Text(ctx context.Context) (v T, text json.RawMessage, err error) {
	text, err = o.of.c.take(ctx, o.of.request(nil), func(data []byte) error { return decode(o.of.path, data, &v, anObject[T]()) })
	if err != nil {
		return v, nil, err
	}
	return v, text, nil
}

// request adds parameters and the entry that is looked back to.
func (q question[T]) request(more url.Values) request {
	all := url.Values{}
	for _, from := range []url.Values{q.query, more} {
		for name, values := range from {
			all[name] = values
		}
	}
	if q.c.at != "" {
		all.Set("at", q.c.at)
	}
	return request{method: http.MethodGet, path: q.path, query: all}
}

// Document is a question whose answer is one text in a format of its own.
type Document struct {
	of   question[struct{}]
	form form
}

// Get asks for the text, which is taken only if it has the form of such a document; what
// it says is not checked. Errors as for One.Get.
func (d Document) Get(ctx context.Context) ([]byte, error) {
	return d.checked(ctx, func([]byte) error { return nil })
}

func (d Document) checked(ctx context.Context, check func([]byte) error) ([]byte, error) {
	return d.of.c.take(ctx, d.of.request(nil), func(data []byte) error {
		if err := d.form.check(data); err != nil {
			return &AnswerError{Path: d.of.path, Want: d.form.called, Err: err}
		}
		return check(data)
	})
}

// Page is one page of a list.
type Page[T, P any] struct {
	Answer P                 // the whole of it, with what it says beside the items
	Items  []T               // in the list's order
	Next   string            // cursor of the following page; "" on the last
	Texts  []json.RawMessage // of the items, as they came
	Text   json.RawMessage   // of the whole page
}

// ListOf is a question whose answer is a list of T, in pages of type P, which are asked
// for one by one. It may be asked again, and concurrently.
type ListOf[T any, P interface{ Listed() ([]T, string) }] struct{ of question[P] }

// List is a list whose pages say nothing beside the items.
type List[T any] = ListOf[T, view.Page[T]]

// Page asks for the page at a cursor, "" for the first, with at most that many items,
// 0 for as many as econd likes. A page may be empty though others follow. Errors as for
// One.Get.
func (l ListOf[T, P]) Page(ctx context.Context, cursor string, limit int) (p Page[T, P], err error) {
	q := url.Values{}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	p.Text, err = l.of.c.take(ctx, l.of.request(q), func(data []byte) error {
		var texts struct {
			Items []json.RawMessage `json:"items"`
		}
		if err := decode(l.of.path, data, &texts, aList); err != nil {
			return err
		}
		if texts.Items == nil {
			return &AnswerError{l.of.path, aList, errNoItems}
		}
		p.Texts = texts.Items
		return decode(l.of.path, data, &p.Answer, aList)
	})
	p.Items, p.Next = p.Answer.Listed()
	return p, err
}

// given are the parameters that have a value, by name and value in turn.
func given(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// unlessZero spells a value, "" where it is zero.
func unlessZero[T comparable](v T) string {
	if v == *new(T) {
		return ""
	}
	return fmt.Sprint(v)
}
