package budget

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/econd/econd/node/refusal"
)

// Any among the recipients of terms lets everybody be paid.
const Any = "any"

// Recipient returns the canonical form of a name that somebody who is paid goes by:
//
//   - "node:" and the identity key of a Lightning node, 66 hex digits, compressed, a point
//     of the curve
//   - "origin:https://" and a host, and a port where it is not 443: who asks for the payment
//     over HTTP, of which the certificate is checked. No path, no user, no query.
//   - "lnurl:" and a lightning address (LUD-16), name@host, or *@host for all of a host
//
// A host is a DNS name of letters, digits and hyphens, with other scripts in punycode, or an
// IPv4 address; no address of IPv6, no dot at its end. Letters become lower case, the port 443 is left out.
func Recipient(name string) (string, error) { return recipient("recipient", name) }

// maxName is longer than the longest name: the host has at most 253 bytes.
const maxName = 400

func recipient(field, name string) (string, error) {
	if err := refusal.TextWithin(field, name, 1, maxName); err != nil {
		return "", err
	}
	kind, rest, _ := strings.Cut(name, ":")
	why := "must begin with node:, origin: or lnurl:"
	switch kind {
	case "node":
		rest, why = nodeKey(rest)
	case "origin":
		rest, why = origin(rest)
	case "lnurl":
		rest, why = address(rest)
	}
	if why != "" {
		return "", refusal.New(refusal.ErrInvalid, field, "form", "%+q %s", name, why)
	}
	return kind + ":" + rest, nil
}

func nodeKey(text string) (canonical, why string) {
	key, err := hex.DecodeString(text)
	if err == nil && len(key) == btcec.PubKeyBytesLenCompressed {
		if _, err = btcec.ParsePubKey(key); err == nil {
			return hex.EncodeToString(key), ""
		}
	}
	return "", "must have a node's key, 66 hex digits that are a point of secp256k1"
}

func origin(text string) (canonical, why string) {
	const scheme = "https://"
	if len(text) < len(scheme) || !strings.EqualFold(text[:len(scheme)], scheme) {
		return "", "must have an origin that begins with https://"
	}
	host, why := hostPort(text[len(scheme):])
	return scheme + host, why
}

// address is LUD-16's, name@host, or *@host.
func address(text string) (canonical, why string) {
	name, at, ok := strings.Cut(text, "@")
	if !ok {
		return "", "must have a lightning address, name@host"
	}
	name = lower(name)
	if name != "*" {
		if name == "" || len(name) > 64 {
			return "", "must have 1 to 64 characters before the @"
		}
		for _, c := range []byte(name) {
			if !lowerOrDigit(c) && !strings.ContainsRune("-_.+", rune(c)) {
				return "", "must have only a-z, 0-9 and -_.+ before the @"
			}
		}
	}
	host, why := hostPort(at)
	return name + "@" + host, why
}

func hostPort(text string) (canonical, why string) {
	host, port, hasPort := strings.Cut(text, ":")
	host = lower(host)
	if why := hostName(host); why != "" {
		return "", why
	}
	if !hasPort {
		return host, ""
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
		return "", "must have a port of 1 to 65535 behind the colon, and no path"
	}
	if n == 443 {
		return host, ""
	}
	return host + ":" + port, ""
}

// hostName says what is wrong with a host in lower case, or nothing.
func hostName(host string) string {
	if host == "" || len(host) > 253 {
		return "must have a host of 1 to 253 characters"
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 {
			return "must have a host whose parts between dots have 1 to 63 characters"
		}
		if label[0] == '-' || label[len(label)-1] == '-' {
			return "must have a host whose parts neither begin nor end with a hyphen"
		}
		for _, c := range []byte(label) {
			if !lowerOrDigit(c) && c != '-' {
				return "must have a host of letters, digits, hyphens and dots alone; other letters in punycode (xn--), no path, user or query"
			}
		}
	}
	// As in the URL standard: what ends in a number is an address.
	if last := labels[len(labels)-1]; number(last) && !ipv4(labels) {
		return "must have a name, or an IPv4 address as four decimal numbers"
	}
	return ""
}

// number tells whether some reader of URLs takes a label for a number: decimal or octal,
// or hexadecimal behind 0x.
func number(label string) bool {
	if rest, ok := strings.CutPrefix(label, "0x"); ok {
		return !slices.ContainsFunc([]byte(rest), func(c byte) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'f') })
	}
	return !slices.ContainsFunc([]byte(label), func(c byte) bool { return c < '0' || c > '9' })
}

func ipv4(labels []string) bool {
	return len(labels) == 4 && !slices.ContainsFunc(labels, func(label string) bool {
		n, err := strconv.ParseUint(label, 10, 8)
		return err != nil || strconv.FormatUint(n, 10) != label
	})
}

func lowerOrDigit(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// lower maps the letters of ASCII; what else there is stays, to be refused.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// covers tells whether who goes by a name may be paid where allowed stands among the
// recipients. Both are canonical.
func covers(allowed, name string) bool {
	if allowed == Any || allowed == name {
		return true
	}
	host, ok := strings.CutPrefix(allowed, "lnurl:*@")
	return ok && strings.HasPrefix(name, "lnurl:") && strings.HasSuffix(name, "@"+host)
}
