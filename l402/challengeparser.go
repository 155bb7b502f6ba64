package l402

import "strings"

// challengeParser takes the challenges of one WWW-Authenticate value apart
// (RFC 9110 sections 5.6 and 11.6.1): a scheme, then either token68 or
// comma-separated name=value parameters. It is lenient where sellers are known to
// differ: parameters may be separated by spaces or semicolons alone, and values
// stand bare or in single quotes, or are empty. What is malformed ends at the next
// comma, so that a challenge does not hide the next; in a string without an end it
// ends with the field.
type challengeParser struct {
	rest   string
	scheme string // of the current challenge, in upper case
	params [8]challengeParam
	n      int
	any    bool   // the current challenge has a parameter
	bad    string // what is wrong with the current challenge
}

type challengeParam struct{ name, value string }

// separators stand between parameters.
const separators = " \t,;"

// next reads the next challenge.
func (p *challengeParser) next() bool {
	p.n, p.any, p.bad = 0, false, ""
	scheme := ""
	for scheme == "" {
		if p.rest = strings.TrimLeft(p.rest, separators); p.rest == "" {
			return false
		}
		if scheme = p.token(); scheme == "" {
			p.skipBad()
		}
	}
	p.scheme = strings.ToUpper(scheme)
	p.rest = strings.TrimLeft(p.rest, " \t")
	for {
		before := p.rest
		name := p.token()
		value, isParam, ok := p.value(name)
		switch {
		case !ok:
			p.bad = "a parameter is not name=value or name=\"value\""
			p.skipBad()
			return true
		case !isParam:
			// The next challenge's scheme, or this one's token68, which no
			// L402 challenge has.
			p.rest = before
			p.skipToken68()
			return true
		}
		p.keep(strings.ToLower(name), value)
		if p.rest != "" && !strings.ContainsRune(separators, rune(p.rest[0])) {
			p.bad = "parameters are not separated"
			p.skipBad()
			return true
		}
		p.rest = strings.TrimLeft(p.rest, separators)
	}
}

// keep notes a parameter that means something; there may be any number of others.
func (p *challengeParser) keep(name, value string) {
	switch name {
	case "macaroon", "token", "invoice", "version":
	default:
		p.any = true
		return
	}
	p.any = true
	if p.n == len(p.params) {
		p.bad = "too many parameters"
		return
	}
	p.params[p.n] = challengeParam{name, value}
	p.n++
}

// skipBad passes over what cannot be read: a string, or what stands before the next
// comma; all of the rest where a string does not end.
func (p *challengeParser) skipBad() {
	if p.rest != "" && p.rest[0] == '"' {
		if _, ok := p.quoted(); !ok {
			p.rest = ""
		}
		return
	}
	if i := strings.IndexByte(p.rest, ','); i >= 0 {
		p.rest = p.rest[i:]
		return
	}
	p.rest = ""
}

// skipToken68 passes over what stands between a scheme and the next comma
// unless it starts with another scheme.
func (p *challengeParser) skipToken68() {
	if p.any {
		return
	}
	if i := strings.IndexByte(p.rest, ','); i >= 0 {
		p.rest = p.rest[i:]
		return
	}
	p.rest = ""
}

// token takes a token (RFC 9110 section 5.6.2) off the rest.
func (p *challengeParser) token() string {
	i := 0
	for i < len(p.rest) && isTokenChar(p.rest[i]) {
		i++
	}
	t := p.rest[:i]
	p.rest = p.rest[i:]
	return t
}

func isTokenChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// value takes "=value" off the rest. isParam is false if no "=" follows the
// name; ok is false if what follows is no value.
func (p *challengeParser) value(name string) (value string, isParam, ok bool) {
	rest := strings.TrimLeft(p.rest, " \t")
	if name == "" || rest == "" || rest[0] != '=' {
		return "", false, true
	}
	p.rest = strings.TrimLeft(rest[1:], " \t")
	if p.rest == "" {
		return "", true, true
	}
	if p.rest[0] == '"' {
		value, ok = p.quoted()
		return value, true, ok
	}
	if p.rest[0] == '\'' {
		if i := strings.IndexByte(p.rest[1:], '\''); i >= 0 {
			value, p.rest = p.rest[1:1+i], p.rest[i+2:]
			return value, true, true
		}
	}
	// An unquoted value: a token, or base64 as some servers send it bare.
	i := strings.IndexAny(p.rest, separators+"\"")
	if i < 0 {
		i = len(p.rest)
	}
	value, p.rest = p.rest[:i], p.rest[i:]
	return value, true, value != "" || p.rest == "" || p.rest[0] != '"'
}

// quoted takes a quoted string (RFC 9110 section 5.6.4) off the rest.
func (p *challengeParser) quoted() (value string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			return b.String(), true
		case '\\':
			i++
			if i == len(p.rest) {
				return "", false
			}
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// demand makes a Demand of the current challenge.
func (p *challengeParser) demand() (Demand, error) {
	if p.bad != "" {
		return Demand{}, refuse(ErrMalformed, "WWW-Authenticate: %s", p.bad)
	}
	var macaroon, token, invoice, version string
	for _, param := range p.params[:p.n] {
		var field *string
		switch param.name {
		case "macaroon":
			field = &macaroon
		case "token":
			field = &token
		case "invoice":
			field = &invoice
		case "version":
			field = &version
		default:
			continue
		}
		if *field != "" {
			return Demand{}, refuse(ErrMalformed, "WWW-Authenticate: parameter %q is given twice", param.name)
		}
		*field = param.value
	}
	if version != "" && version != "0" {
		return Demand{}, refuse(ErrMalformed, "WWW-Authenticate: version %q is unknown, want 0", version)
	}
	if macaroon != "" && token != "" && macaroon != token {
		return Demand{}, refuse(ErrMalformed, "WWW-Authenticate: macaroon and token differ")
	}
	token = max(token, macaroon) // whichever is given
	if token == "" {
		return Demand{}, refuse(ErrMalformed, "WWW-Authenticate: neither macaroon nor token is given")
	}
	if err := checkToken(token); err != nil {
		return Demand{}, err
	}
	invoice = strings.TrimPrefix(strings.ToLower(invoice), "lightning:") // a URI, as wallets show it
	if err := checkInvoice(invoice); err != nil {
		return Demand{}, err
	}
	return Demand{Scheme: p.scheme, Invoice: invoice, token: token}, nil
}
