package spending

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/refusal"
)

// What is signed as origin is what the payees hold the URL against when they call it, in one spelling.
func TestOriginsHaveOneSpelling(t *testing.T) {
	for url, want := range map[string]string{
		"https://Shop.example/weather?x=1": "https://shop.example",
		"https://shop.example:443/":        "https://shop.example",
		"https://shop.example:0443/":       "https://shop.example",
		"http://shop.example:80/":          "http://shop.example",
		"http://[::1]:8080/":               "http://[::1]:8080",
	} {
		got, err := originOf(url)
		require.NoError(t, err, url)
		require.Equal(t, want, got, url)
	}
	for _, url := range []string{"", "/weather", "ftp://shop.example/", "https://", "https://me@shop.example/", "https://shop.example/#a",
		"https://shop.example:/", "https://shöp.example/"} {
		_, err := originOf(url)
		require.ErrorIs(t, err, refusal.ErrInvalid, url)
		require.ErrorContains(t, err, "texts.url", url)
	}
}
