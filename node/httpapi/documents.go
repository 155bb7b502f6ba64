package httpapi

import (
	"fmt"
	"net/http"

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
