package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// module is the import path that packages are found below, from the root of the
// repository.
const module = "github.com/econd/econd/"

// comments are those of types and their fields, of the packages read so far.
type comments struct {
	root  string            // of the repository
	texts map[string]string // by package.Type and package.Type.Field
	like  map[string]string // types that are declared as others are
	read  map[string]bool   // packages
}

// of returns the comment of a type, or of one of its fields, on one line. It fails
// where the sources are not found.
func (c *comments) of(t reflect.Type, field string) (string, error) {
	if !c.read[t.PkgPath()] {
		if err := c.load(t.PkgPath()); err != nil {
			return "", err
		}
	}
	name := t.PkgPath() + "." + bare(t)
	if field == "" {
		return c.texts[name], nil
	}
	if like := c.like[name]; like != "" {
		name = like
	}
	return c.texts[name+"."+field], nil
}

func (c *comments) load(pkg string) error {
	dir := filepath.Join(c.root, filepath.FromSlash(strings.TrimPrefix(pkg, module)))
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no sources of %s in %s", pkg, dir)
	}
	c.read[pkg] = true
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				c.types(pkg, g)
			}
		}
	}
	return nil
}

func (c *comments) types(pkg string, g *ast.GenDecl) {
	for _, s := range g.Specs {
		spec := s.(*ast.TypeSpec)
		c.put(pkg+"."+spec.Name.Name, spec.Doc, g.Doc)
		if like, ok := spec.Type.(*ast.Ident); ok {
			c.like[pkg+"."+spec.Name.Name] = pkg + "." + like.Name
		}
		fields, ok := spec.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range fields.Fields.List {
			for _, name := range f.Names {
				c.put(pkg+"."+spec.Name.Name+"."+name.Name, f.Doc, f.Comment)
			}
		}
	}
}

// put keeps the first comment that is there.
func (c *comments) put(name string, groups ...*ast.CommentGroup) {
	for _, g := range groups {
		if text := strings.Join(strings.Fields(g.Text()), " "); text != "" {
			c.texts[name] = text
			return
		}
	}
}

// described is a comment as a description: it does not begin with the name in Go of
// what it describes, and names members of the type as JSON does. A member with a name
// of one word keeps its capital where a sentence begins.
func described(comment, own string, members map[string]string) string {
	comment = strings.TrimSuffix(comment, ".")
	if rest, ok := strings.CutPrefix(comment, own+" "); ok {
		rest = number.ReplaceAllString(rest, "")
		comment = strings.TrimPrefix(strings.TrimPrefix(rest, "is "), "are ")
	}
	if comment == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(comment)
	comment = string(unicode.ToUpper(first)) + comment[size:]
	var b strings.Builder
	from := 0
	for _, at := range identifier.FindAllStringIndex(comment, -1) {
		name := comment[at[0]:at[1]]
		begins := at[0] == 0 || strings.HasSuffix(comment[:at[0]], ". ")
		if text, ok := members[name]; ok && (!begins || compound.MatchString(name)) {
			b.WriteString(comment[from:at[0]] + text)
			from = at[1]
		}
	}
	return b.String() + comment[from:]
}

var (
	identifier = regexp.MustCompile(`\b[A-Z][A-Za-z0-9]*\b`)
	number     = regexp.MustCompile(`^\(\d+\) `) // of a kind
	compound   = regexp.MustCompile(`[a-z0-9][A-Z]`)
)
