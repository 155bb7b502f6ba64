package kmstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// signature computes what AWS's Signature Version 4 gives for a request, from the rules of AWS's
// documentation and not from the SDK: scope is DATE/REGION/SERVICE/aws4_request, stamp the value of
// X-Amz-Date, signed the names of the signed headers.
func signature(r *http.Request, body []byte, secret, scope, stamp string, signed []string) string {
	text := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hash([]byte(canonical(r, body, signed)))
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, text))
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// canonical is the canonical request.
func canonical(r *http.Request, body []byte, signed []string) string {
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	var query []string
	for name, values := range r.URL.Query() {
		for _, value := range values {
			query = append(query, escape(name)+"="+escape(value))
		}
	}
	slices.Sort(query)
	text := r.Method + "\n" + path + "\n" + strings.Join(query, "&") + "\n"
	for _, name := range signed {
		values := slices.Clone(r.Header.Values(name))
		switch name {
		case "host":
			values = []string{r.Host}
		case "content-length":
			values = []string{r.Header.Get("Content-Length")}
		}
		for i, v := range values {
			values[i] = strings.Join(strings.Fields(v), " ")
		}
		text += name + ":" + strings.Join(values, ",") + "\n"
	}
	return text + "\n" + strings.Join(signed, ";") + "\n" + hash(body)
}

// escape is the encoding of RFC 3986, a space as %20.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
