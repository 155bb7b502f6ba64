// Package trustcsv reads rated payments from CSV and writes scores as CSV: the way
// on which anybody's data reaches package reputation.
//
// It guarantees that a row is either taken in whole or refused with its file,
// line, column and what was expected there; that memory grows with the distinct
// agents and consumer-provider-day triples, never with the rows; and that the
// order of the rows changes nothing in the scores.
//
// It refuses to know flags, files and terminals; it reads an io.Reader and
// writes an io.Writer.
package trustcsv
