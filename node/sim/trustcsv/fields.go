package trustcsv

import (
	"strconv"
	"strings"

	"github.com/econd/econd/reputation"
)

// field is one value of a line and the column, counted in bytes from 1, where
// it starts.
type field struct {
	text   string
	column int
}

// split cuts a line at its commas, trimming blanks. A value may stand in double
// quotes, in which two double quotes mean one; it cannot span lines. It reports
// the column of a quote that does not pair.
func split(line string, into []field) (fields []field, badQuote int) {
	fields = into[:0]
	for pos := 0; ; {
		start := pos
		for start < len(line) && (line[start] == ' ' || line[start] == '\t') {
			start++
		}
		if start < len(line) && line[start] == '"' {
			text, end, ok := unquote(line, start)
			if !ok {
				return fields, start + 1
			}
			fields = append(fields, field{text, start + 1})
			pos = end
		} else {
			end := strings.IndexByte(line[pos:], ',')
			if end < 0 {
				end = len(line)
			} else {
				end += pos
			}
			start = min(start, end)
			fields = append(fields, field{strings.TrimRight(line[start:end], " \t"), start + 1})
			pos = end
		}
		if pos == len(line) {
			return fields, 0
		}
		pos++ // the comma
	}
}

// unquote reads the quoted value at start and returns where the next comma or
// the line's end is.
func unquote(line string, start int) (text string, end int, ok bool) {
	for i := start + 1; i < len(line); i++ {
		if line[i] != '"' {
			continue
		}
		if i+1 < len(line) && line[i+1] == '"' {
			i++
			continue
		}
		text = strings.ReplaceAll(line[start+1:i], `""`, `"`)
		rest := strings.TrimLeft(line[i+1:], " \t")
		end = len(line) - len(rest)
		return text, end, rest == "" || rest[0] == ','
	}
	return "", 0, false
}

func parseSats(s string) (uint64, bool) {
	if s == "" {
		return 1, true
	}
	sats, err := strconv.ParseUint(s, 10, 64)
	return sats, err == nil && sats >= 1 && sats <= reputation.MaxSats
}

func parseRating(s string) (int8, bool) {
	rating, err := strconv.ParseInt(s, 10, 8)
	return int8(rating), err == nil && rating >= -reputation.MaxRating && rating <= reputation.MaxRating
}

// maxSeconds is the last second of the year 9999.
const maxSeconds = 253_402_300_799

// ParseTime reads a Unix time in seconds, with or without a fraction, as
// microseconds; what is finer is cut off. It refuses signs, exponents and times
// after the year 9999.
func ParseTime(s string) (micros int64, ok bool) {
	whole, fraction, dotted := strings.Cut(s, ".")
	if len(whole) > 12 || !digits(whole) || dotted && !digits(fraction) {
		return 0, false
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > maxSeconds {
		return 0, false
	}
	micros = seconds * 1_000_000
	unit := int64(100_000)
	for i := 0; i < len(fraction) && unit > 0; i++ {
		micros += int64(fraction[i]-'0') * unit
		unit /= 10
	}
	return micros, true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
