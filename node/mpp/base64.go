package mpp

import (
	"encoding/base64"
	"strings"
)

// encode64 is base64url without padding (RFC 4648 section 5).
func encode64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// decode64 reads base64url; padding may be there, whole. Line ends, other letters and bits that
// mean nothing are refused: one text for one value.
func decode64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") { // which encoding/base64 passes over
		return nil, malformed("base64url: holds a line end")
	}
	form := base64.RawURLEncoding
	if strings.HasSuffix(text, "=") {
		form = base64.URLEncoding
	}
	data, err := form.Strict().DecodeString(text)
	if err != nil {
		return nil, malformed("base64url: %w", err)
	}
	return data, nil
}
