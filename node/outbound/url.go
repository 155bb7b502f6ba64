package outbound

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// hostBytes are those of names, of IPv4 and IPv6 addresses without a zone, and of
// ports.
const hostBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]"

// Parse reads a URL that may be called: http or https, with a host in plain letters and without user
// and fragment. The error is a sentence that goes on after the name of the member.
func Parse(raw string) (*url.URL, error) {
	bad := errors.New
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, bad("does not parse")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, bad("must begin with https://")
	case u.User != nil:
		return nil, bad("must not name a user")
	case u.Fragment != "" || strings.HasSuffix(raw, "#"):
		return nil, bad("must not have a fragment")
	case u.Hostname() == "":
		return nil, bad("names no host")
	}
	if strings.ContainsFunc(u.Host, func(r rune) bool { return !strings.ContainsRune(hostBytes, r) }) {
		return nil, bad("the host must have letters, digits, dots and dashes; write other names in punycode")
	}
	if u.Port() == "" {
		if strings.HasSuffix(u.Host, ":") {
			return nil, bad("the port is empty")
		}
		return u, nil
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 {
		return nil, bad("the port must be from 1 to 65535")
	}
	return u, nil
}

// Origin is the origin of a URL that Parse read, in one spelling (RFC 6454 section 6.2): lower case,
// the scheme's own port left out.
func Origin(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if n, err := strconv.Atoi(port); err == nil {
		port = strconv.Itoa(n) // one spelling
	}
	if port == "" || port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http" {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return u.Scheme + "://" + host
	}
	return u.Scheme + "://" + net.JoinHostPort(host, port)
}
