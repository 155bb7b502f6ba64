package httpapi

import (
	"strconv"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// problemType is the media type of RFC 9457.
const problemType = "application/problem+json"

// urnPrefix starts the type of every problem; what follows is the short name
// of the rule, which never changes its meaning.
const urnPrefix = "urn:econd:error:"

// Bounds of what a problem repeats of what a caller sent, bytes.
const (
	maxField  = 200
	maxDetail = 1000
)

// clip shortens what a caller sent before it is shown back.
func clip(s string, most int) string {
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// Problem is an RFC 9457 problem document. It is an error, so that handlers
// return it.
type Problem struct {
	Rule       string // short name of the rule; also the end of Type
	Title      string // the kind of error, in words
	Status     int
	Detail     string   // this occurrence: what was found, what is allowed
	Field      string   // what it is about: a member, parameter or header; or ""
	Instance   string   // urn of the request; or ""
	RetryAfter int64    // seconds, 0: do not
	PriceSat   int64    // of the resource, on 402
	Uses       int64    // that the challenge is for, on 402
	Resource   string   // what has the price
	Problems   []string // what is missing, on /readyz
	Proof      string   // the operator's signed word for a refusal of the rules

	header [][2]string // further header fields of the answer
	cause  error       // for the log alone
}

// Error returns the problem in one line.
func (p *Problem) Error() string {
	if p.Field == "" {
		return p.Rule + ": " + p.Detail
	}
	return p.Field + ": " + p.Rule + ": " + p.Detail
}

// Unwrap gives the log the cause.
func (p *Problem) Unwrap() error { return p.cause }

// Append appends the JSON encoding.
func (p *Problem) Append(b []byte) []byte {
	b = append(b, `{"type":"`+urnPrefix...)
	b = append(b, p.Rule...)
	b = append(b, `","title":`...)
	b = appendJSON(b, p.Title)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(p.Status), 10)
	b = append(b, `,"detail":`...)
	b = appendJSON(b, clip(p.Detail, maxDetail))
	b = append(b, `,"rule":"`...)
	b = append(b, p.Rule...)
	b = append(b, '"')
	for _, m := range [...]struct{ name, value string }{
		{"field", clip(p.Field, maxField)}, {"instance", p.Instance}, {"resource", p.Resource}} {
		if m.value != "" {
			b = append(append(append(b, `,"`...), m.name...), `":`...)
			b = appendJSON(b, m.value)
		}
	}
	for _, m := range [...]struct {
		name  string
		value int64
	}{{"price_sat", p.PriceSat}, {"uses", p.Uses}, {"retry_after_s", p.RetryAfter}} {
		if m.value != 0 {
			b = append(append(append(b, `,"`...), m.name...), `":`...)
			b = strconv.AppendInt(b, m.value, 10)
		}
	}
	if len(p.Problems) > 0 {
		b = append(b, `,"problems":[`...)
		for i, s := range p.Problems {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, s)
		}
		b = append(b, ']')
	}
	if p.Proof != "" {
		b = appendJSON(append(b, `,"proof":`...), p.Proof)
	}
	return append(b, '}')
}

// send writes the problem as the whole answer.
func (p *Problem) send(c echo.Context) error {
	h := c.Response().Header()
	for _, f := range p.header {
		h.Set(f[0], f[1])
	}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(p.RetryAfter, 10))
	}
	h.Set("Cache-Control", "no-store")
	return c.Blob(p.Status, problemType, append(p.Append(nil), '\n'))
}

const hexDigits = "0123456789abcdef"

// appendJSON appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD, as encoding/json has it.
func appendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			b = appendJSONByte(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		b = utf8.AppendRune(b, r)
		i += n
	}
	return append(b, '"')
}

func appendJSONByte(b []byte, c byte) []byte {
	switch {
	case c == '"' || c == '\\':
		return append(b, '\\', c)
	case c == '\n':
		return append(b, '\\', 'n')
	case c < 0x20 || c == 0x7f:
		return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(b, c)
}
