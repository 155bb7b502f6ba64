// Package grpcapi serves the node over gRPC (proto/econd/v1), and tells an
// aperture in front of the node what each request costs (Pricer).
//
// It guarantees that a receipt is sent only for what is durable, that the
// answers of a submit stream come in the order of its operations, that a
// subscriber can resume where it was, and that no caller holds more than a
// bounded amount of memory, streams and time. Every error has a status code, a
// google.rpc.ErrorInfo that names the rule and the field, and a
// google.rpc.RetryInfo where asking again makes sense.
//
// It refuses to know any rule of the economy: it decodes, charges, asks the
// node and answers. What a call costs depends on its resource alone
// (ResourceOf), and the price is the one in force in the log.
package grpcapi
