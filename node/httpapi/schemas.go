package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

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
