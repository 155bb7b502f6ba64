package trustcsv

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrRow is the kind of every refusal of a row; see [RowError].
var ErrRow = errors.New("malformed row")

// RowError says which row was refused and why.
type RowError struct {
	// File is the name the reader was given; Line and Column count from 1,
	// columns in bytes.
	File         string
	Line, Column int
	// Problem names the field and the rule, and shows what stood there.
	Problem string
}

// Error returns "file:line:column: problem".
func (e *RowError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Problem)
}

// Is makes errors.Is(err, ErrRow) true.
func (e *RowError) Is(target error) bool { return target == ErrRow }

// Row is one rated payment.
type Row struct {
	Consumer, Provider string
	Sats               uint64
	Rating             int8
	// TimeMicros is a Unix time in microseconds.
	TimeMicros int64
}

// maxLine bounds a line in bytes, so that a file without line ends cannot fill
// memory.
const maxLine = 64 << 10

// column is the meaning of a position in a row.
type column int

const (
	colConsumer column = iota
	colProvider
	colSats
	colRating
	colTime
	columns
)

// columnNames are the headings that are understood, lower case.
var columnNames = [columns][]string{
	colConsumer: {"consumer", "rater", "source"},
	colProvider: {"provider", "ratee", "target"},
	colSats:     {"sats"},
	colRating:   {"rating"},
	colTime:     {"time"},
}

// Reader reads rows one by one. The first line may name the columns consumer
// (or rater, source), provider (ratee, target), sats, rating and time, in any
// order, sats being optional. Without a heading there are five columns in that
// order, or four without sats. Empty lines are skipped.
type Reader struct {
	file   string
	lines  *bufio.Reader
	line   int
	read   int64
	layout [columns]int // position of each column, -1 where there is none
	width  int          // fields per row, 0 before the first
	fields []field
}

// NewReader reads from r; file is what errors call it.
func NewReader(file string, r io.Reader) *Reader {
	return &Reader{file: file, lines: bufio.NewReaderSize(r, maxLine)}
}

// BytesRead returns how far the reader is.
func (r *Reader) BytesRead() int64 { return r.read }

// Next returns the next row, io.EOF after the last, a *RowError for a row that
// is malformed, after which the next call goes on with the following line, or
// the error of the underlying reader. A heading that is not understood comes
// as a *HeadingError: no row can be read then.
func (r *Reader) Next() (Row, error) {
	for {
		line, err := r.nextLine()
		if err != nil {
			return Row{}, err
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		fields, badQuote := split(line, r.fields)
		r.fields = fields
		if badQuote > 0 {
			return Row{}, r.bad(badQuote, `a quoted value does not end on its line; want a second " before the next comma`)
		}
		if r.width == 0 {
			heading, err := r.learn(fields)
			if err != nil {
				return Row{}, err
			}
			if heading {
				continue
			}
		}
		return r.row(fields)
	}
}

// nextLine returns a line without its end, or io.EOF.
func (r *Reader) nextLine() (string, error) {
	line, err := r.lines.ReadSlice('\n')
	r.read += int64(len(line))
	if len(line) == 0 && err != nil {
		return "", err
	}
	r.line++
	if errors.Is(err, bufio.ErrBufferFull) {
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = r.lines.ReadSlice('\n')
			r.read += int64(len(line))
		}
		if err != nil && err != io.EOF {
			return "", err
		}
		return "", r.bad(1, fmt.Sprintf("the line is longer than %d bytes", maxLine))
	}
	if err != nil && err != io.EOF {
		return "", err
	}
	text := strings.TrimRight(string(line), "\r\n")
	if r.line == 1 {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	return text, nil
}

func (r *Reader) bad(column int, problem string) *RowError {
	return &RowError{File: r.file, Line: r.line, Column: column, Problem: problem}
}

// HeadingError says that the first line names columns that are not understood.
type HeadingError struct{ RowError }

// learn decides from the first line what the columns mean, and whether that
// line is a heading.
func (r *Reader) learn(fields []field) (heading bool, err error) {
	for _, f := range fields {
		heading = heading || meaning(f.text) == colRating
	}
	if !heading {
		return false, r.learnWidth(fields)
	}
	r.layout = [columns]int{-1, -1, -1, -1, -1}
	for i, f := range fields {
		c := meaning(f.text)
		if c == columns {
			return true, &HeadingError{*r.bad(f.column, fmt.Sprintf("heading %q is not known; want consumer, provider, sats, rating, time", f.text))}
		}
		if r.layout[c] >= 0 {
			return true, &HeadingError{*r.bad(f.column, fmt.Sprintf("heading %q names the column %s a second time", f.text, columnNames[c][0]))}
		}
		r.layout[c] = i
	}
	for c, at := range r.layout {
		if at < 0 && column(c) != colSats {
			return true, &HeadingError{*r.bad(1, "the heading has no column "+columnNames[c][0])}
		}
	}
	r.width = len(fields)
	return true, nil
}

// learnWidth lays out the columns of a file without a heading.
func (r *Reader) learnWidth(fields []field) error {
	switch len(fields) {
	case 4:
		r.layout = [columns]int{colConsumer: 0, colProvider: 1, colSats: -1, colRating: 2, colTime: 3}
	case 5:
		r.layout = [columns]int{0, 1, 2, 3, 4}
	default:
		return r.bad(1, fmt.Sprintf("the row has %d fields, want 5 (consumer,provider,sats,rating,time) or 4 (without sats)", len(fields)))
	}
	r.width = len(fields)
	return nil
}

// meaning returns the column that a heading names, or columns.
func meaning(heading string) column {
	heading = strings.ToLower(heading)
	for c, names := range columnNames {
		for _, name := range names {
			if name == heading {
				return column(c)
			}
		}
	}
	return columns
}

// row makes sense of the fields of one line.
func (r *Reader) row(fields []field) (Row, error) {
	if len(fields) != r.width {
		return Row{}, r.bad(1, fmt.Sprintf("the row has %d fields, want %d as in the first row", len(fields), r.width))
	}
	value := func(c column) field { return fields[r.layout[c]] }
	wrong := func(c column, want string) error {
		f := value(c)
		return r.bad(f.column, fmt.Sprintf("%s is %q, want %s", columnNames[c][0], f.text, want))
	}
	row := Row{Consumer: value(colConsumer).text, Provider: value(colProvider).text, Sats: 1}
	var ok bool
	if row.Consumer == "" {
		return Row{}, wrong(colConsumer, "an agent's id")
	}
	if row.Provider == "" {
		return Row{}, wrong(colProvider, "an agent's id")
	}
	if row.Consumer == row.Provider {
		return Row{}, wrong(colProvider, "an agent other than the consumer")
	}
	if r.layout[colSats] >= 0 {
		if row.Sats, ok = parseSats(value(colSats).text); !ok {
			return Row{}, wrong(colSats, "a whole number from 1 to 2100000000000000")
		}
	}
	if row.Rating, ok = parseRating(value(colRating).text); !ok {
		return Row{}, wrong(colRating, "a whole number from -10 to 10")
	}
	if row.TimeMicros, ok = ParseTime(value(colTime).text); !ok {
		return Row{}, wrong(colTime, "Unix seconds, with or without a fraction")
	}
	return row, nil
}
