// Package read has every read of econd once: under which path and which gRPC method
// it is asked for, what it costs, its parameters, and the function that answers it from
// the state or the log with a struct of node/view. The APIs are codecs over its table:
// they parse parameters, write answers and refusals, and know no read by name. The
// routes that are no reads (operations, streams, webhooks, the operator's) stand in
// the table with their path, method and resource alone, so that prices have one source.
//
// It knows neither HTTP nor gRPC, and the node only through Source. Everything
// in it may be used concurrently but a Query, which belongs to one request.
package read
