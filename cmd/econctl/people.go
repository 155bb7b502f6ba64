package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/econd/econd/node/op"
)

// member is one member of a JSON object, in the order in which it came.
type member struct {
	name  string
	value any // string, json.Number, bool, nil, object or []any of these
}

type object []member

// forPeople shows an answer of econd to people: a line for each member, times and
// amounts with their units, lists of alike things as tables.
func forPeople(raw json.RawMessage) (string, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := readValue(d)
	if err != nil {
		return "", fmt.Errorf("econd's answer is not the JSON expected: %w", err)
	}
	o, ok := v.(object)
	if !ok {
		o = object{{"", v}}
	}
	var b strings.Builder
	writeObject(&b, o, "")
	return b.String(), nil
}

// readValue reads one JSON value and keeps the order of members.
func readValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := readValue(d)
			if err != nil {
				return nil, err
			}
			o = append(o, member{name.(string), value})
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := readValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

// writeObject writes the members, their values below each other.
func writeObject(b *strings.Builder, o object, indent string) {
	width := 0
	for _, m := range o {
		if _, ok := inline(m); ok {
			width = max(width, len(label(m.name)))
		}
	}
	for _, m := range o {
		if text, ok := inline(m); ok {
			fmt.Fprintf(b, "%s%-*s  %s\n", indent, width, label(m.name), text)
			continue
		}
		fmt.Fprintf(b, "%s%s:\n", indent, label(m.name))
		switch v := m.value.(type) {
		case object:
			writeObject(b, v, indent+"  ")
		case []any:
			writeList(b, m.name, v, indent+"  ")
		case string:
			for line := range strings.Lines(plain(v)) {
				b.WriteString(indent + "  " + strings.TrimRight(line, "\n") + "\n")
			}
		}
	}
}

// writeList writes a list of things: as a table if they are flat and alike, else
// one after the other.
func writeList(b *strings.Builder, name string, list []any, indent string) {
	if columns := alike(list); columns != nil {
		w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		heads := make([]string, len(columns))
		for i, c := range columns {
			heads[i] = label(c)
		}
		fmt.Fprintln(w, indent+strings.Join(heads, "\t"))
		for _, item := range list {
			row := make([]string, len(columns))
			for _, m := range item.(object) {
				row[slices.Index(columns, m.name)], _ = inline(m)
			}
			fmt.Fprintln(w, indent+strings.Join(row, "\t"))
		}
		_ = w.Flush()
		return
	}
	for i, item := range list {
		if o, ok := item.(object); ok {
			fmt.Fprintf(b, "%s%d.\n", indent, i+1)
			writeObject(b, o, indent+"  ")
			continue
		}
		text, _ := inline(member{name, item})
		fmt.Fprintf(b, "%s%s\n", indent, text)
	}
}

// alike returns the columns of a table of the list, or nil if it makes none. A
// member that not all have is a column, too.
func alike(list []any) (columns []string) {
	for _, item := range list {
		o, ok := item.(object)
		if !ok {
			return nil
		}
		for _, m := range o {
			if text, ok := inline(m); !ok || len(text) > 80 {
				return nil
			}
			if !slices.Contains(columns, m.name) {
				columns = append(columns, m.name)
			}
		}
	}
	if len(columns) > 8 {
		return nil
	}
	return columns
}

// units are the endings of names that say what a number counts.
var units = []struct {
	ending string
	text   func(int64) string
}{
	{"_msat", func(n int64) string { return fmt.Sprintf("%d msat", n) }},
	{"_sat", func(n int64) string { return fmt.Sprintf("%d sat", n) }},
	{"_ms", whenOrNever},
	{"_ppm", signedPercent},
	{"_s", func(n int64) string { return span(n) }},
}

// ofTheWhole are the members that are shares of the whole in units of 2^-60, which
// econd writes as strings.
var ofTheWhole = []string{"score", "flow", "quality"}

// label is a member's name for people: without its unit, words apart.
func label(name string) string {
	for _, u := range units {
		if strings.HasSuffix(name, u.ending) {
			name = strings.TrimSuffix(name, u.ending)
			break
		}
	}
	return strings.ReplaceAll(name, "_", " ")
}

// inline is a value that fits behind its label: false for objects, lists of them
// and texts of several lines.
func inline(m member) (string, bool) {
	switch v := m.value.(type) {
	case nil:
		return "none", true
	case bool:
		if v {
			return "yes", true
		}
		return "no", true
	case json.Number:
		return number(m.name, v.String()), true
	case string:
		if strings.Contains(v, "\n") {
			return "", false
		}
		if v == "" {
			return "none", true
		}
		switch {
		case slices.Contains(ofTheWhole, m.name):
			if n, err := strconv.ParseUint(v, 10, 64); err == nil {
				return share(op.Weight(n)), true
			}
		case strings.HasSuffix(m.name, "_msat"):
			v += " msat"
		}
		return oneLine(v), true
	case object:
		return "none", len(v) == 0
	case []any:
		return inlineList(m.name, v)
	}
	return "", false
}

func inlineList(name string, list []any) (string, bool) {
	if len(list) == 0 {
		return "none", true
	}
	var texts []string
	for _, item := range list {
		switch item.(type) {
		case object, []any:
			return "", false
		}
		text, ok := inline(member{name, item})
		if !ok {
			return "", false
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", "), true
}

func number(name, text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return oneLine(text)
	}
	for _, u := range units {
		if strings.HasSuffix(name, u.ending) {
			return u.text(n)
		}
	}
	return text
}

// whenOrNever is an instant; econd writes 0 for one that has not come.
func whenOrNever(ms int64) string {
	if ms == 0 {
		return "none"
	}
	return instant(ms)
}

func signedPercent(ppm int64) string {
	if ppm < 0 || ppm > math.MaxUint32 {
		return fmt.Sprintf("%d ppm", ppm)
	}
	return percent(uint32(ppm))
}

// span is a number of seconds in days, hours, minutes and seconds.
func span(seconds int64) string {
	if seconds < 0 || seconds > math.MaxInt64/int64(time.Second) {
		return fmt.Sprintf("%d s", seconds)
	}
	if seconds == 0 {
		return "0 s"
	}
	var parts []string
	for _, u := range []struct {
		name string
		in   int64
	}{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}} {
		if n := seconds / u.in; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			seconds %= u.in
		}
	}
	return strings.Join(parts, " ")
}

// instantLayout spells an instant to the millisecond, so that a second guardian
// can sign the very same one.
const instantLayout = "2006-01-02T15:04:05.000Z07:00"

func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format(instantLayout) }

// percent spells parts per million exactly: 125000 is 12.5 %.
func percent(ppm uint32) string {
	text := strings.TrimRight(fmt.Sprintf("%d.%04d", ppm/10_000, ppm%10_000), "0")
	return strings.TrimSuffix(text, ".") + " %"
}
