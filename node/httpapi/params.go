package httpapi

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/op"
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
		return 0, badRequest(name, "range", fmt.Sprintf("must be an integer from %d to %d", least, most))
	}
	return n, nil
}

// Sizes of a page.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

func (q query) limit() (int, error) {
	n, err := q.number("limit", 1, maxLimit, defaultLimit)
	return int(n), err
}

// A cursor says where the next page starts. It is opaque to callers: version,
// the list it belongs to, and the place in it.
const cursorVersion = 1

// Lists that have cursors.
const (
	listAgents    = 'a'
	listProposals = 'p'
	listAnchors   = 't'
	listBallots   = 'b'
	listPayouts   = 'y'

	listDelegations = 'd'
	listStakes      = 's'

	listPauses  = 'z'
	listMotions = 'm'

	listVersions = 'v'
	listRegistry = 'r'
	listGrants   = 'g'

	listDisputes = 'x'
	listJurors   = 'j'
)

func encodeCursor(list byte, place []byte) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{cursorVersion, list}, place...))
}

func decodeCursor(list byte, text string, length int) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != 2+length || raw[0] != cursorVersion || raw[1] != list {
		return nil, badRequest("cursor", "cursor", "is not a cursor that this list gave; start without one")
	}
	return raw[2:], nil
}

// indexCursor is the cursor of a list that only grows at its end.
func indexCursor(list byte, next int) string {
	return encodeCursor(list, binary.BigEndian.AppendUint64(nil, uint64(next)))
}

// start returns the index at which a page of such a list starts.
func (q query) start(list byte) (int, error) {
	text, ok := q["cursor"]
	if !ok {
		return 0, nil
	}
	place, err := decodeCursor(list, text, 8)
	if err != nil {
		return 0, err
	}
	return int(min(binary.BigEndian.Uint64(place), 1<<62)), nil
}

// idParam reads a path parameter that is an event id.
func idParam(c echo.Context, name string) (op.ID, error) {
	id, err := op.ParseID(c.Param(name))
	if err != nil {
		return id, badRequest(name, "hex", "must be 64 lower-case hex digits")
	}
	return id, nil
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
