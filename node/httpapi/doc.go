// Package httpapi serves the node over HTTP: JSON, NDJSON for many operations
// at once, server-sent events, C2SP text for checkpoints and proofs.
//
// It guarantees:
//
//   - A 2xx answer to an operation is given only for what the node reported
//     durable.
//   - Every refusal is an RFC 9457 problem document that names the field and the
//     rule; this package alone decides which HTTP status an error gets.
//   - Every request is bounded in size, time and memory; a slow reader is
//     dropped and can resume where it was.
//   - Authorization headers, tokens and preimages are never logged or echoed.
//   - Whoever is charged is charged the price that the ledger's state has at the
//     time of the request.
//
// It refuses to know what operations mean, how they are stored, and LND.
//
// The interface is described by openapi.yaml, which the API serves itself and
// which the tests hold against routes and answers.
package httpapi
