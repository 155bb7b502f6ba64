// Package member holds tables of the members of a document: what each means, what it
// may be, and the sentence that refuses it. Validation and JSON Schemas are made of the
// same rows, so a range stands once. It is a leaf, and pure.
package member

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Row says of one member what it means and what it may be.
type Row struct {
	Path string // as in weight.kind, below what the table is of; items of lists as in keys[]
	Doc  string // for people; {least}, {most} and {default} stand for the numbers
	// Least and Most bound an integer, how many items a list has, or the bytes of a text.
	Bounded     bool
	Free        bool // a text of any letters, of which the bytes are bounded
	Least, Most int64
	Default     int64    // what 0 means, if it means something else
	Values      []int64  // all that an integer may be
	Enum        []string // all that a text may be; "" is that it is absent
	Form        Form     // of a text
	// Says is the sentence that refuses a value, with {is}, {least}, {most} and {enum} in it; "" is
	// that of the table.
	Says string
	As   string // the member that the sentence speaks of; "" is Path
}

// Within is an integer from least to most.
func Within(path string, least, most int64, doc string) Row {
	return Row{Path: path, Bounded: true, Least: least, Most: most, Doc: doc}
}

// AtLeast is an integer without a highest value.
func AtLeast(path string, least int64, doc string) Row {
	return Within(path, least, math.MaxInt64, doc)
}

// List is a list of at most so many items.
func List(path string, most int64, doc string) Row { return Within(path, 0, most, doc) }

// Bytes is a text of so many bytes.
func Bytes(path string, least, most int64, doc string) Row {
	r := Within(path, least, most, doc)
	r.Free = true
	return r
}

// OneOf is a text that is one of those named.
func OneOf(path, doc string, of ...string) Row { return Row{Path: path, Doc: doc, Enum: of} }

// Text is a member that has no bound of its own: an object, a list, a flag, a free text.
func Text(path, doc string) Row { return Row{Path: path, Doc: doc} }

// Named is a text of a form; {least} and {most} are bytes.
func Named(path string, form Form, doc string) Row {
	return Row{Path: path, Doc: doc, Form: form, Least: 1, Most: int64(form.Most)}
}

// Or is the row where 0 means another value.
func (r Row) Or(otherwise int64) Row { r.Default = otherwise; return r }

// Saying is the row with a sentence of its own.
func (r Row) Saying(sentence string) Row { r.Says = sentence; return r }

// Form is what a text looks like: it starts with Prefix, or is a name of 1 to Most
// bytes, each of a-z, 0-9 or Also. The zero value is any text.
type Form struct {
	Prefix string
	Also   string
	Most   int
}

// Holds tells whether a text has the form.
func (f Form) Holds(s string) bool {
	if f.Most == 0 {
		return strings.HasPrefix(s, f.Prefix)
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte(f.Also, c) < 0 {
			return false
		}
	}
	return len(s) > 0 && len(s) <= f.Most
}

// Pattern is the form as a regular expression, "" of any text.
func (f Form) Pattern() string {
	switch {
	case f.Most == 0 && f.Prefix == "":
		return ""
	case f.Most == 0:
		return "^" + f.Prefix
	}
	return fmt.Sprintf("^[a-z0-9%s]{1,%d}$", f.Also, f.Most)
}

// Table are the rows of the members of T, in the order in which they are held.
type Table[T any] struct {
	rows []Row
	says string
	at   [][]int // field of each row; nil where the row is of something within a list
}

// New makes a table. Says is the sentence of rows of integers that have none of their own. A row
// whose member T does not have, or whose bound would not be held against a member of that
// type, is a panic.
func New[T any](says string, rows ...Row) Table[T] {
	t := Table[T]{rows: rows, says: says, at: make([][]int, len(rows))}
	for i, r := range rows {
		if !strings.Contains(r.Path, "[]") {
			t.at[i] = fieldOf(reflect.TypeFor[T](), r.Path)
			of := reflect.TypeFor[T]().FieldByIndex(t.at[i]).Type
			if of.Kind() == reflect.Pointer {
				of = of.Elem()
			}
			if !r.checks(of.Kind()) {
				panic(fmt.Sprintf("member: %s of %s is of type %s, which its row does not bound", r.Path, reflect.TypeFor[T](), of))
			}
		}
	}
	return t
}

func fieldOf(of reflect.Type, path string) (at []int) {
	t := of
	for name := range strings.SplitSeq(path, ".") {
		i := slices.IndexFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool {
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			return tag == name
		})
		if i < 0 {
			panic("member: " + of.String() + " has no " + path)
		}
		at, t = append(at, i), t.Field(i).Type
	}
	return at
}

// Rows lists them. They must not be changed.
func (t Table[T]) Rows() []Row { return t.rows }

// Row is that of a member; it must be there.
func (t Table[T]) Row(path string) Row { return t.rows[t.find(path)] }

func (t Table[T]) find(path string) int {
	for i := range t.rows { // rows are large, so not by value
		if t.rows[i].Path == path {
			return i
		}
	}
	panic("member: no row " + path)
}

// Limit takes the place of one end of a member's range, where another member bounds it.
type Limit struct {
	path string
	most bool // the upper end
	n    int64
}

// NoLess is a lower limit.
func NoLess(path string, n int64) Limit { return Limit{path, false, n} }

// NoMore is an upper limit.
func NoMore(path string, n int64) Limit { return Limit{path, true, n} }

// Misfit is the first member of v that its row does not let be, nil if there is none.
func (t Table[T]) Misfit(v *T, limits ...Limit) *Misfit {
	return t.misfit(v, 0, len(t.rows), limits)
}

// MisfitOf is Misfit of the rows from one member to another, both included.
func (t Table[T]) MisfitOf(v *T, from, to string, limits ...Limit) *Misfit {
	return t.misfit(v, t.find(from), t.find(to)+1, limits)
}

// MisfitAt is Misfit of one row.
func (t Table[T]) MisfitAt(v *T, path string, limits ...Limit) *Misfit {
	return t.MisfitOf(v, path, path, limits...)
}

func (t Table[T]) misfit(v *T, from, end int, limits []Limit) *Misfit {
	whole := reflect.ValueOf(v).Elem()
	for i := from; i < end; i++ {
		if t.at[i] == nil {
			continue
		}
		r, is := &t.rows[i], whole.FieldByIndex(t.at[i])
		if len(limits) > 0 {
			r = r.limited(limits)
		}
		if is.Kind() == reflect.Pointer {
			if is.IsNil() {
				continue // absent, which is told apart from 0
			}
			is = is.Elem()
		}
		if r.lets(is) {
			continue
		}
		m := &Misfit{*r, r.shown(is)}
		if r.Says == "" {
			m.row.Says = t.says
		}
		return m
	}
	return nil
}

func (r *Row) limited(limits []Limit) *Row {
	for _, l := range limits {
		if l.path != r.Path {
			continue
		}
		narrow := *r
		if l.most {
			narrow.Most = l.n
		} else {
			narrow.Least = l.n
		}
		r = &narrow
	}
	return r
}

// checks tells whether lets holds all that the row says of values against one of a kind.
func (r *Row) checks(k reflect.Kind) bool {
	number, text := r.Bounded || r.Values != nil, r.Enum != nil || r.Form != Form{}
	switch k {
	case reflect.String:
		return r.Free && !text || !r.Free && !number
	case reflect.Slice, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return !text && !r.Free
	}
	return !number && !text && !r.Free
}

// lets tells whether a row lets a value be.
func (r *Row) lets(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		if r.Free {
			return r.holds(int64(v.Len()))
		}
		return (r.Enum == nil || slices.Contains(r.Enum, v.String())) && r.Form.Holds(v.String())
	case reflect.Slice:
		return r.holds(int64(v.Len()))
	case reflect.Int64:
		return r.holds(v.Int())
	case reflect.Uint32, reflect.Uint64:
		return r.holds(int64(min(v.Uint(), math.MaxInt64)))
	}
	return true
}

// shown is a value as a sentence shows it: of a list and of a free text how long it is.
func (r *Row) shown(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		if !r.Free {
			return strconv.QuoteToASCII(v.String())
		}
		return strconv.Itoa(v.Len())
	case reflect.Slice:
		return strconv.Itoa(v.Len())
	}
	return fmt.Sprint(v.Interface())
}

func (r *Row) holds(n int64) bool {
	return (!r.Bounded || n >= r.Least && n <= r.Most) && (r.Values == nil || slices.Contains(r.Values, n))
}

// Misfit is a member that its row does not let be.
type Misfit struct {
	row Row // as narrowed
	is  string
}

// Field is the member, below what the table is of.
func (m *Misfit) Field() string {
	if m.row.As != "" {
		return m.row.As
	}
	return m.row.Path
}

// Rule is the name of what the member breaks: "known", "name", "length" or "range".
func (m *Misfit) Rule() string {
	switch {
	case m.row.Enum != nil:
		return "known"
	case m.row.Form.Most > 0:
		return "name"
	case m.row.Free:
		return "length"
	}
	return "range"
}

// Sentence says what it is and what it may be.
func (m *Misfit) Sentence() string {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return strings.NewReplacer("{is}", m.is, "{least}", n(m.row.Least), "{most}", n(m.row.Most), "{enum}", strings.Join(m.row.Enum, ", ")).Replace(m.row.Says)
}

// Below returns the rows as those of the members of one above them, as in "tracks[].".
func Below(above string, rows []Row) []Row {
	all := slices.Clone(rows)
	for i := range all {
		all[i].Path = above + all[i].Path
	}
	return all
}

// Description is what a member means, with its numbers.
func (r Row) Description() string {
	return strings.NewReplacer("{least}", commas(r.Least), "{most}", commas(r.Most), "{default}", r.otherwise()).Replace(r.Doc)
}

// otherwise shows the default: of seconds as a span if it is a plain one.
func (r Row) otherwise() string {
	if !strings.HasSuffix(r.Path, "_s") {
		return commas(r.Default)
	}
	switch day := int64(86400); {
	case r.Default == 3600:
		return "an hour"
	case r.Default == day:
		return "a day"
	case r.Default == 365*day:
		return "a year"
	case r.Default%day == 0:
		return commas(r.Default/day) + " days"
	}
	return commas(r.Default)
}

func commas(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
