package httpapi

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The README's aperture.yaml lets every read through that the default prices make
// free: aperture would ask for a sat otherwise.
func TestReadmeFreesEveryRead(t *testing.T) {
	raw, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, list, found := strings.Cut(string(raw), "authwhitelistpaths:")
	require.True(t, found)
	list, _, _ = strings.Cut(list, "```")
	var free []*regexp.Regexp
	for _, m := range regexp.MustCompile(`- '(.+)'`).FindAllStringSubmatch(list, -1) {
		free = append(free, regexp.MustCompile(m[1]))
	}
	require.NotEmpty(t, free)
	reads := 0
	for _, r := range new(API).routes() {
		if r.method != http.MethodGet || !strings.HasPrefix(r.path, "/v1/") || strings.HasPrefix(r.path, "/v1/admin/") {
			continue
		}
		reads++
		path := regexp.MustCompile(`:[a-z]+`).ReplaceAllString(r.path, "0a")
		through := false
		for _, f := range free {
			through = through || f.MatchString(path)
		}
		require.True(t, through, path)
	}
	require.Greater(t, reads, 30)
	for _, f := range free {
		require.False(t, f.MatchString("/v1/operations"), "submitting costs")
	}
}
