package outbound

import (
	"net/http"
	"net/textproto"
	"strings"

	"github.com/econd/econd/node/refusal"
)

// Bounds of a caller's header.
const (
	maxFields      = 64
	maxHeaderBytes = 16 << 10
)

// stays are the fields that do not pass: those of one connection (RFC 9110 section 7.6.1), those that
// this package sets, and credentials, which a caller has for another place.
var stays = map[string]bool{
	"Connection": true, "Keep-Alive": true, "Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
	"Host": true, "Content-Length": true, "Expect": true, "User-Agent": true, "Accept-Encoding": true,
	"Authorization": true, "Proxy-Authorization": true, "Proxy-Authenticate": true, "Www-Authenticate": true, "Cookie": true, "Set-Cookie": true,
	"Forwarded": true, "X-Forwarded-For": true, "X-Real-Ip": true,
}

// Pass is what of a header goes on to the other side, in a new map.
func Pass(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		if name = textproto.CanonicalMIMEHeaderKey(name); !stays[name] {
			out[name] = append(out[name], values...)
		}
	}
	for _, list := range h.Values("Connection") {
		for _, name := range strings.Split(list, ",") {
			out.Del(strings.TrimSpace(name))
		}
	}
	return out
}

// checkHeader refuses what is no header, or too much of one.
func checkHeader(h http.Header) error {
	fields, size := 0, 0
	for name, values := range h {
		if !validName(name) {
			return refusal.New(refusal.ErrInvalid, "headers", "form", "%.40q is no name of a header field", name)
		}
		for _, v := range values {
			if !validValue(v) {
				return refusal.New(refusal.ErrInvalid, "headers", "form", "field %.40s has a control character", name)
			}
			fields, size = fields+1, size+len(name)+len(v)
		}
	}
	if fields > maxFields || size > maxHeaderBytes {
		return refusal.New(refusal.ErrInvalid, "headers", "length", "%d fields of %d bytes, at most %d of %d bytes are sent", fields, size, maxFields, maxHeaderBytes)
	}
	return nil
}

// validName tells whether a text is a token (RFC 9110 section 5.6.2).
func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// validValue tells whether a text can stand in a header field (RFC 9110 section 5.5).
func validValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
