// Package docs holds the OpenAPI document of econd's HTTP API, and what econd tells language
// models. The document stands beside the JSON Schemas that it refers to, so that it can be
// read as a file too. It is made of the table of reads and the types of what they answer,
// see internal/openapi.
package docs

import _ "embed" // openapi.yaml, llms.txt

//go:generate go run ./internal/openapi

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the OpenAPI 3.1 document in YAML.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }

//go:embed llms.txt
var guide []byte

// Guide returns the text that econd serves at /llms.txt: what a language model that acts
// for an agent needs to know first, in the form of https://llmstxt.org.
func Guide() []byte { return append([]byte(nil), guide...) }
