package kmstest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The double's own reading of the rules, held against cases of AWS's published suite
// (aws-sig-v4-test-suite): the SDK's signatures are checked by it.
func TestSignaturesOfThePublishedSuite(t *testing.T) {
	for _, c := range []struct{ name, method, url, body, signed, want string }{
		{"get-vanilla", "GET", "https://example.amazonaws.com/", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"post-vanilla", "POST", "https://example.amazonaws.com/", "", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"get-vanilla-query-order-key-case", "GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", "", "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"post-x-www-form-urlencoded", "POST", "https://example.amazonaws.com/", "Param1=value1", "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
	} {
		r, err := http.NewRequest(c.method, c.url, strings.NewReader(c.body))
		require.NoError(t, err)
		r.Header.Set("X-Amz-Date", "20150830T123600Z")
		if c.body != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		got := signature(r, []byte(c.body), "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830/us-east-1/service/aws4_request", "20150830T123600Z", strings.Split(c.signed, ";"))
		require.Equal(t, c.want, got, c.name)
	}
}
