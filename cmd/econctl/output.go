package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/atomicfile"
)

// maxAnswer bounds what is read whole, in bytes.
const maxAnswer = 64 << 20

// print writes a result: v as JSON, or text.
func (a *app) print(v any, text string) error {
	if !a.asJSON {
		_, err := io.WriteString(a.stdout, plain(text))
		return err
	}
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printRaw writes JSON that is for programs anyhow: as it came, or indented for
// people.
func (a *app) printRaw(raw json.RawMessage) error {
	if a.asJSON {
		_, err := fmt.Fprintf(a.stdout, "%s\n", raw)
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n", plainJSON(b.String()))
	return err
}

// plainJSON is the same JSON, with what no terminal should be shown written as \u escapes.
func plainJSON(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// plain makes foreign text safe to show at a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// oneLine is plain without line ends.
func oneLine(s string) string { return strings.ReplaceAll(plain(s), "\n", " ") }

// readArg returns what an argument stands for: itself, the file after @, or
// the standard input for @-.
func (a *app) readArg(arg string) ([]byte, error) {
	name, isFile := strings.CutPrefix(arg, "@")
	if !isFile {
		return []byte(arg), nil
	}
	return a.readFile(name)
}

func (a *app) readFile(name string) ([]byte, error) {
	var data []byte
	var err error
	if name == "-" {
		data, err = io.ReadAll(io.LimitReader(a.stdin, maxAnswer))
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, cli.Usage(err)
	}
	return data, nil
}

// absent refuses a path that is taken, before work for it is done.
func absent(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return taken(path, fs.ErrExist)
	}
	return nil
}

// taken says of a name that was taken what to do about it; other errors stay.
func taken(path string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists; move it away or name another file", path)
	}
	return err
}

// writeOut stores data in a file, or on the standard output for "" and "-".
func (a *app) writeOut(path string, data []byte, mode os.FileMode) error {
	if path == "" || path == "-" {
		_, err := a.stdout.Write(data)
		return err
	}
	return atomicfile.Write(path, data, mode)
}
