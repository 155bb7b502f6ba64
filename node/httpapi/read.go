package httpapi

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/view"
)

// seqHeader names the entry right after which the answer holds.
const seqHeader = "Econd-Seq"

// read answers a row of the table of reads.
func (a *API) read(r *read.Route) echo.HandlerFunc {
	names := queryNames(r)
	return func(c echo.Context) error {
		q, err := a.queryFor(c, r, names)
		if err != nil {
			return err
		}
		v, err := r.Read(c.Request().Context(), a.cfg.Node, q)
		if q.Seen {
			c.Response().Header().Set(seqHeader, strconv.FormatUint(q.Seq, 10))
		}
		if err != nil {
			return err
		}
		if d, ok := v.(view.Document); ok {
			media, text := d.Document()
			return c.Blob(http.StatusOK, media, text)
		}
		if r.Kept > 0 {
			text, err := encodeAnswer(v)
			if err != nil {
				return err
			}
			return kept(c, r.Kept, echo.MIMEApplicationJSON, text)
		}
		return reply(c, v)
	}
}

// queryNames are the parameters that a read takes in the query string, in the order in
// which refusals name them.
func queryNames(r *read.Route) []string {
	var names []string
	if r.Past {
		names = append(names, "at")
	}
	for _, p := range r.Params {
		if p.In == read.InQuery {
			names = append(names, p.Name)
		}
	}
	if r.Paging != read.NotPaged {
		names = append(names, "cursor", "limit")
	}
	return names
}

// queryFor parses the parameters of a request for a read; names are those that it takes
// in the query string.
func (a *API) queryFor(c echo.Context, r *read.Route, names []string) (*read.Query, error) {
	given, err := queryOf(c, names...)
	if err != nil {
		return nil, err
	}
	q := &read.Query{Here: a.cfg.Here()}
	for i := range r.Params {
		p := &r.Params[i]
		if err := parseParam(c, given, p, q); err != nil {
			return nil, err
		}
	}
	if r.Paging != read.NotPaged {
		if q.Limit, err = given.limit(); err != nil {
			return nil, err
		}
		if text, asked := given["cursor"]; asked {
			q.Cursor = &text
		}
		q.List = given.list(c)
	}
	at, err := given.number("at", 0, math.MaxInt64, -1)
	if err != nil {
		return nil, err
	}
	if at >= 0 {
		seq := uint64(at)
		q.At = &seq
	}
	return q, nil
}

// parseParam gives a query the value of one parameter, if the request has it.
func parseParam(c echo.Context, given query, p *read.Param, q *read.Query) error {
	var text string
	asked := true
	switch p.In {
	case read.InMessage:
		return nil
	case read.InPath:
		text = c.Param(p.Name)
	case read.InQuery:
		text, asked = given[p.Name]
	}
	switch {
	case asked:
	case p.Needed.Rule != "":
		return badParam(p, p.Needed, "")
	default:
		return nil
	}
	v, err := valueOf(p, text)
	if err != nil {
		return err
	}
	q.Set(p.Name, v)
	return nil
}

func badParam(p *read.Param, why read.Refusal, text string) error {
	return badRequest(p.Name, why.Rule, strings.ReplaceAll(why.Text, "%q", strconv.Quote(text)))
}

// valueOf parses the text of a parameter.
func valueOf(p *read.Param, text string) (any, error) {
	switch p.Kind {
	case read.ID:
		id, err := op.ParseID(text)
		if err != nil {
			return nil, badRequest(p.Name, "hex", "must be 64 lower-case hex digits")
		}
		return id, nil
	case read.Key:
		key, err := op.ParsePublicKey(text)
		if err != nil {
			return nil, badRequest(p.Name, "key", "must be an x-only public key: 64 lower-case hex digits, on the curve")
		}
		return key, nil
	case read.Number:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
			return int64(-1), nil
		}
		return n, nil
	}
	word, ok := p.Find(text)
	switch {
	case p.Longest > 0 && len(text) > p.Longest:
		return nil, badRequest(p.Name, "length", "must have at most "+strconv.Itoa(p.Longest)+" characters")
	case !ok && p.Bad.Rule != "":
		return nil, badParam(p, p.Bad, text)
	}
	return word, nil
}

// readProblem is what the errors of reads mean in HTTP, or nil.
func readProblem(err error) *Problem {
	var none *read.NotFound
	var outside *read.RangeError
	var ended *read.EpochError
	switch {
	case errors.As(err, &none):
		p := notFound(none.Param, none.Rule, none.Text)
		if none.See != "" {
			p.Detail += "; GET " + none.See + " lists them"
		}
		return p
	case errors.As(err, &outside):
		return badRequest(outside.Param, "range", mustBe(0, outside.Most))
	case errors.As(err, &ended):
		return badRequest("cursor", "cursor-epoch", ended.Error())
	case errors.Is(err, read.ErrCursor):
		return badRequest("cursor", "cursor", "is not a cursor that this list, with these filters, gave; start without one")
	}
	return nil
}
