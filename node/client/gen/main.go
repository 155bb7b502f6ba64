// Gen writes the typed reads of the package client, one for each row of node/read that
// HTTP answers. Run it by `go generate ./node/client`.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/view"
)

func main() {
	text, err := format.Source(source(read.Routes()))
	if err == nil {
		err = os.WriteFile("reads_gen.go", text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

const head = `// Code generated from node/read by go generate ./node/client; DO NOT EDIT.

package client

import (
	"fmt"
	"net/url"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)
`

func source(routes []*read.Route) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	for _, r := range routes {
		if r.IsRead() && r.Path != "" {
			method(&b, r)
		}
	}
	return b.Bytes()
}

// method writes the filter of a read, if it takes one, and its method.
func method(b *bytes.Buffer, r *read.Route) {
	name := nameOf(r)
	var needed, given []string
	path := fmt.Sprintf("%q", r.Path)
	var filter bytes.Buffer
	for _, p := range r.Params {
		switch {
		case p.In == read.InMessage:
		case p.In == read.InPath:
			needed = append(needed, p.Name+" "+goType(p))
			path = strings.ReplaceAll(path, "{"+p.Name+"}", `"+`+segment(p)+`+"`)
		case p.Needed.Rule != "":
			needed = append(needed, p.Name+" "+goType(p))
			given = append(given, fmt.Sprintf("%q, fmt.Sprint(%s)", p.Name, p.Name))
		default:
			fmt.Fprintf(&filter, "\t%s %s // %s\n", exported(p.Name), goType(p), lowerFirst(p.Doc))
			given = append(given, fmt.Sprintf("%q, %s", p.Name, optional(p)))
		}
	}
	if filter.Len() > 0 {
		fmt.Fprintf(b, "\n// %sFilter chooses what %s gives. A member that is zero chooses all.\ntype %sFilter struct {\n%s}\n", name, name, name, filter.String())
		needed = append(needed, "f "+name+"Filter")
	}
	query := "nil"
	if len(given) > 0 {
		query = "given(" + strings.Join(given, ", ") + ")"
	}
	path = strings.TrimSuffix(path, `+""`)
	kind, of := answer(r)
	form := ""
	if kind == "Document" {
		form = ", form" + r.Answer.Name() // which form.go has to have
	}
	fmt.Fprintf(b, "\n// %s asks GET %s: %s.\nfunc (c *Client) %s(%s) %s {\n\treturn %s{question[%s]{c, %s, %s}%s}\n}\n",
		name, r.Path, summary(r), name, strings.Join(needed, ", "), kind, kind, of, path, query, form)
}

// answer is the type that a method returns, and the type of the answer within.
func answer(r *read.Route) (kind, of string) {
	name := r.Answer.Name()
	switch item := r.Item(); {
	case reflect.PointerTo(r.Answer).Implements(reflect.TypeFor[view.Document]()):
		return "Document", "struct{}"
	case item == nil:
		return "One[view." + name + "]", "view." + name
	case strings.HasPrefix(name, "Page["):
		return "List[view." + item.Name() + "]", "view.Page[view." + item.Name() + "]"
	default:
		return "ListOf[view." + item.Name() + ", view." + name + "]", "view." + name
	}
}

func nameOf(r *read.Route) string {
	name := r.Name
	for _, verb := range []string{"get", "list"} {
		if rest, ok := strings.CutPrefix(name, verb); ok {
			name = rest
		}
	}
	return exported(name)
}

func goType(p read.Param) string {
	switch p.Kind {
	case read.ID:
		return "op.ID"
	case read.Key:
		return "op.PublicKey"
	case read.Number:
		return "uint64"
	}
	return "string"
}

// segment spells a parameter in a path.
func segment(p read.Param) string {
	switch p.Kind {
	case read.ID, read.Key:
		return p.Name + ".String()"
	case read.Number:
		return "fmt.Sprint(" + p.Name + ")"
	}
	return "url.PathEscape(" + p.Name + ")"
}

// optional spells a member of a filter, "" where it is zero.
func optional(p read.Param) string {
	switch p.Kind {
	case read.Text, read.Word:
		return "f." + exported(p.Name)
	}
	return "unlessZero(f." + exported(p.Name) + ")"
}

var initials = regexp.MustCompile(`^(id|url|sha256)$`)

func exported(name string) string {
	if initials.MatchString(name) {
		return strings.ToUpper(name)
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func summary(r *read.Route) string { return strings.TrimSuffix(lowerFirst(r.Summary), ".") }

// lowerFirst begins a sentence in the midst of one, unless it begins with a name.
func lowerFirst(s string) string {
	if len(s) < 2 || s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
