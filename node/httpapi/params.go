package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/cursor"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
)

// query is the parsed query string of a request.
type query map[string]string

// queryOf reads the query string strictly: only the names that the route
// documents, each at most once.
func queryOf(c echo.Context, names ...string) (query, error) {
	values, err := parseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, badRequest("query", "query", "is not a valid query string")
	}
	for _, v := range values {
		if !slices.Contains(names, v[0]) {
			return nil, badRequest(v[0], "unknown-parameter", "this route takes "+takes(names))
		}
	}
	q := make(query, len(values))
	for _, v := range values {
		if _, ok := q[v[0]]; ok {
			return nil, badRequest(v[0], "duplicate-parameter", "is given twice")
		}
		q[v[0]] = v[1]
	}
	return q, nil
}

// parseQuery splits a query string into names and values, in order.
func parseQuery(raw string) ([][2]string, error) {
	var list [][2]string
	for raw != "" {
		var item string
		item, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(item, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, err
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, err
		}
		list = append(list, [2]string{name, value})
	}
	return list, nil
}

func takes(names []string) string {
	if len(names) == 0 {
		return "no query parameters"
	}
	return "only " + strings.Join(names, ", ")
}

// number reads a decimal parameter in its one spelling, or gives its default.
func (q query) number(name string, least, most, otherwise int64) (int64, error) {
	text, ok := q[name]
	if !ok {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text || n < least || n > most {
		return 0, badRequest(name, "range", mustBe(least, most))
	}
	return n, nil
}

func mustBe(least, most int64) string {
	return fmt.Sprintf("must be an integer from %d to %d", least, most)
}

func (q query) limit() (int, error) {
	n, err := q.number("limit", 1, read.MaxLimit, read.DefaultLimit)
	return int(n), err
}

// list is the list that a request reads: its path and its filters. Where in it, how
// much of it and as of when make no other list.
func (q query) list(c echo.Context) cursor.List {
	parts := []string{c.Request().URL.Path}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if name != "cursor" && name != "limit" && name != "at" {
			parts = append(parts, name, q[name])
		}
	}
	return cursor.Of(parts...)
}

// keyParam reads a path parameter that is an agent's key.
func keyParam(c echo.Context, name string) (op.PublicKey, error) {
	key, err := op.ParsePublicKey(c.Param(name))
	if err != nil {
		return key, badRequest(name, "key", "must be an x-only public key: 64 lower-case hex digits, on the curve")
	}
	return key, nil
}

// reply writes v as JSON. Views name their members; nothing is escaped for
// HTML, which this is not.
func reply(c echo.Context, v any) error {
	text, err := encodeAnswer(v)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, text)
}

func encodeAnswer(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return b.Bytes(), nil
}
