package httpapi

import (
	_ "embed" // openapi.yaml
	"fmt"
	"net/http"

	"github.com/goccy/go-yaml"
	"github.com/labstack/echo/v4"
)

//go:embed openapi.yaml
var specText []byte

// spec is the OpenAPI document in both spellings.
type spec struct{ yaml, json []byte }

// OpenAPI returns the OpenAPI 3.1 document in YAML.
func OpenAPI() []byte { return append([]byte(nil), specText...) }

func loadSpec() (spec, error) {
	text, err := yaml.YAMLToJSON(specText)
	if err != nil {
		return spec{}, fmt.Errorf("httpapi: openapi.yaml: %w", err)
	}
	return spec{specText, text}, nil
}

func (a *API) specYAML(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", a.spec.yaml)
}

func (a *API) specJSON(c echo.Context) error {
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, a.spec.json)
}
