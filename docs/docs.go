// Package docs holds the OpenAPI document of econd's HTTP API. It stands beside the
// JSON Schemas that it refers to, so that it can be read as a file too. It is made of
// the table of reads and the types of what they answer, see internal/openapi.
package docs

import _ "embed" // openapi.yaml

//go:generate go run ./internal/openapi

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the OpenAPI 3.1 document in YAML.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }
