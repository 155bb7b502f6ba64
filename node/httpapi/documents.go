package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/docs"
)

// spec is the OpenAPI document in both spellings.
type spec struct{ yaml, json []byte }

// OpenAPI returns the OpenAPI 3.1 document in YAML.
func OpenAPI() []byte { return docs.OpenAPI() }

func loadSpec() (spec, error) {
	document := OpenAPI()
	text, err := yaml.YAMLToJSON(document)
	if err != nil {
		return spec{}, fmt.Errorf("httpapi: openapi.yaml: %w", err)
	}
	return spec{document, text}, nil
}

func (a *API) specYAML(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", a.spec.yaml)
}

func (a *API) specJSON(c echo.Context) error {
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, a.spec.json)
}

// guideKept is how long the text for language models may be kept, in seconds.
const guideKept = 3600

func (a *API) guide(c echo.Context) error {
	return kept(c, guideKept, "text/plain; charset=utf-8", docs.Guide())
}

// kept answers with a text that may be kept for some seconds, and then be asked for by
// its ETag (RFC 9110, section 13.1.2): one that the caller has is not sent again.
func kept(c echo.Context, seconds int, media string, text []byte) error {
	sum := sha256.Sum256(text)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := c.Response().Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(seconds))
	for _, line := range c.Request().Header.Values("If-None-Match") {
		for have := range strings.SplitSeq(line, ",") {
			if have = strings.TrimPrefix(strings.TrimSpace(have), "W/"); have == tag || have == "*" {
				return c.NoContent(http.StatusNotModified)
			}
		}
	}
	return c.Blob(http.StatusOK, media, text)
}

// schema serves the JSON Schemas that this version publishes under a path.
func (a *API) schema(read func(name string) ([]byte, bool)) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := queryOf(c); err != nil {
			return err
		}
		text, ok := read(c.Param("name"))
		if !ok {
			return notFound("name", "schema", "is none of the schemas published here")
		}
		return c.Blob(http.StatusOK, "application/schema+json", text)
	}
}
