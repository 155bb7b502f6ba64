package l402

import "strings"

// Limits of a request's headers.
const (
	// maxCredentials is how many L402 credentials of one request are tried.
	maxCredentials = 4

	// maxTokens is how many macaroons one credential may hold.
	maxTokens = 4

	// preimageLen is the length of a preimage in hex.
	preimageLen = 64
)

// nextCredential returns the first L402 or LSAT credential in the text of one
// or more comma-separated Authorization values, without its scheme, in the form
// macaroons:preimage; credentials of other schemes are passed over. rest is
// what follows. found is false at the end of the text. It allocates nothing.
//
// Grammar (RFC 9110 section 11.4 and the L402 text):
//
//	credential = ( "L402" / "LSAT" ) 1*SP base64 *( "," base64 ) ":" 64HEXDIG
func nextCredential(text string) (credential, rest string, found, ok bool) {
	for {
		text = trimSpace(text)
		if text == "" {
			return "", "", false, true
		}
		if !hasScheme(text) {
			i := strings.IndexByte(text, ',')
			if i < 0 {
				return "", "", false, true
			}
			text = text[i+1:]
			continue
		}
		text = strings.TrimLeft(text[len("L402"):], " ")
		i := strings.IndexByte(text, ':')
		end := i + 1 + preimageLen
		if i <= 0 || end > len(text) {
			return "", "", false, false
		}
		credential, rest = text[:end], trimSpace(text[end:])
		if rest == "" {
			return credential, "", true, true
		}
		if rest[0] != ',' || trimSpace(rest[1:]) == "" {
			return "", "", false, false
		}
		return credential, rest[1:], true, true
	}
}

// hasScheme tells whether text starts with one of the two scheme names, in any
// case, and a space.
func hasScheme(text string) bool {
	const n = len("L402")
	return len(text) > n && text[n] == ' ' &&
		(strings.EqualFold(text[:n], "L402") || strings.EqualFold(text[:n], "LSAT"))
}

func trimSpace(s string) string {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}
