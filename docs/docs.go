// Package docs holds the OpenAPI document of econd's HTTP API. It stands beside the
// JSON Schemas that it refers to, so that it can be read as a file too.
package docs

import _ "embed" // openapi.yaml

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the OpenAPI 3.1 document in YAML.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }
