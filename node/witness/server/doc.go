// Package server is a witness of transparency logs (C2SP tlog-witness): it cosigns a
// log's checkpoint once it saw that it extends the one which it cosigned before.
//
// It guarantees that
//   - a head is on disk before its cosignature leaves, so that no crash makes it cosign
//     two histories;
//   - of all requests for one log one is decided at a time;
//   - two heads of one size with two roots, both signed by the log, are kept as files,
//     which prove to everybody that the log's operator signed two histories.
//
// It keeps one head for each log and nothing of its entries.
package server
