package mpp

import "strings"

// headerParser takes a WWW-Authenticate value apart: a list of challenges, each a scheme and then
// token68 or parameters. What cannot be read ends at the next comma outside of a string.
type headerParser struct {
	rest      string
	scheme    string    // of the challenge that was read last
	challenge Challenge // its parameters that the Payment scheme knows
}

// next reads the next challenge; false at the end.
func (p *headerParser) next() bool {
	p.scheme, p.challenge = "", Challenge{}
	for p.scheme == "" {
		p.rest = strings.TrimLeft(p.rest, " \t,")
		if p.rest == "" {
			return false
		}
		if p.scheme = p.token(); p.scheme == "" {
			p.skip()
		}
	}
	for {
		p.rest = strings.TrimLeft(p.rest, " \t,")
		before := p.rest
		name := p.token()
		value, ok := p.value()
		if name == "" || !ok {
			// The next challenge's scheme stands here, or what is no parameter.
			if p.rest = before; name == "" {
				p.skip()
			}
			if !p.schemeAhead() {
				p.skip()
			}
			return true
		}
		p.keep(strings.ToLower(name), value)
	}
}

// schemeAhead tells whether a token and a space or the end come next: a scheme.
func (p *headerParser) schemeAhead() bool {
	rest := strings.TrimLeft(p.rest, " \t,")
	n := tokenLen(rest)
	return n > 0 && (n == len(rest) || rest[n] == ' ' || rest[n] == ',')
}

func (p *headerParser) keep(name, value string) {
	for _, q := range p.challenge.parameters() {
		if q.name == name && *q.value == "" {
			*q.value = value
		}
	}
}

// skip passes over what cannot be read.
func (p *headerParser) skip() {
	for p.rest != "" && p.rest[0] != ',' {
		if p.rest[0] == '"' {
			if _, ok := p.quoted(); !ok {
				p.rest = ""
			}
			continue
		}
		p.rest = p.rest[1:]
	}
}

func (p *headerParser) token() string {
	n := tokenLen(p.rest)
	t := p.rest[:n]
	p.rest = p.rest[n:]
	return t
}

// tokenLen is how long the token is (RFC 9110 section 5.6.2) that a text starts with.
func tokenLen(s string) int {
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return i
		}
	}
	return len(s)
}

// value takes "=value" off the rest, with the spaces that may stand around the sign.
func (p *headerParser) value() (string, bool) {
	rest := strings.TrimLeft(p.rest, " \t")
	if rest == "" || rest[0] != '=' {
		return "", false
	}
	p.rest = strings.TrimLeft(rest[1:], " \t")
	if p.rest != "" && p.rest[0] == '"' {
		return p.quoted()
	}
	value := p.token()
	return value, value != ""
}

// quoted takes a quoted string (RFC 9110 section 5.6.4) off the rest.
func (p *headerParser) quoted() (string, bool) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			return b.String(), true
		case '\\':
			if i++; i == len(p.rest) {
				return "", false
			}
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}
