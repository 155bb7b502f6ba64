package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/fileerr"
)

// print writes a result: v as JSON, or text.
func (a *app) print(v any, text string) error {
	if !a.asJSON {
		_, err := io.WriteString(a.stdout, text)
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
	_, err := fmt.Fprintf(a.stdout, "%s\n", &b)
	return err
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

// outFile is a file that appears at its path whole, or not at all.
type outFile struct {
	*os.File
	path string
}

// newOut starts a file beside its path. Unless replace is set, a path that is
// taken is refused now and when the file is put there.
func newOut(path string, replace bool) (*outFile, error) {
	if _, err := os.Lstat(path); err == nil && !replace {
		return nil, fmt.Errorf("%s exists; move it away or name another file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".econctl-*") // mode 0600
	if err != nil {
		return nil, fileerr.Write(path, err)
	}
	return &outFile{f, path}, nil
}

// commit puts the file at its path, on disk.
func (f *outFile) commit(mode os.FileMode, replace bool) error {
	err := f.Chmod(mode)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fileerr.Write(f.path, err)
	}
	if replace {
		err = os.Rename(f.Name(), f.path)
	} else if err = os.Link(f.Name(), f.path); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists; move it away or name another file", f.path)
	} else if err == nil {
		err = os.Remove(f.Name())
	}
	return fileerr.Write(f.path, err)
}

// abandon removes what was not committed.
func (f *outFile) abandon() {
	_ = f.Close()
	_ = os.Remove(f.Name())
}

// writeOut stores data in a file, or on the standard output for "" and "-".
func (a *app) writeOut(path string, data []byte, mode os.FileMode) error {
	if path == "" || path == "-" {
		_, err := a.stdout.Write(data)
		return err
	}
	f, err := newOut(path, true)
	if err != nil {
		return err
	}
	defer f.abandon()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.commit(mode, true)
}
