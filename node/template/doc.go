// Package template holds the marketplace templates: proposals about models,
// tools, scopes and training whose terms programs read, and not only people.
//
// It guarantees that terms which Check accepts have exactly the members of the
// template, within their ranges, and that the JSON Schemas that it publishes say
// the same. It refuses to know what the terms are good for: whether a model
// exists or an agent is registered is for those who vote. All functions are pure
// and safe for concurrent use.
package template
