package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// errSwept is for a file that a Sweep took before it had its sign of life.
var errSwept = errors.New("removed by another process")

// Sweep removes what killed processes left beside path: files that were not in place
// yet, and second names of one that was. It knows them by their hidden names and by the
// lock that a living process holds on its own, so it may run at any time. Where
// the system or the file system has no such locks it removes nothing.
func Sweep(path string) error {
	dir := filepath.Dir(path)
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		if !e.Type().IsRegular() || !hidden(e.Name(), filepath.Base(path)) {
			continue
		}
		if err := sweep(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// hidden tells whether Begin makes such names for files called base.
func hidden(name, base string) bool {
	number, ok := strings.CutPrefix(name, "."+base+"-")
	if !ok {
		return false
	}
	number, ok = strings.CutSuffix(number, unfinished)
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// sweep removes a file that nobody is writing.
func sweep(name string) error {
	f, err := lock(name, sole)
	if err != nil {
		return nil // somebody's, or nobody can tell: it stays
	}
	defer f.Close()
	if !stands(f, name) {
		return nil
	}
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// live marks a file as one that a process is writing. The mark goes when it is closed,
// or with the process; it is nil where there are no locks.
func live(f *os.File) (*os.File, error) {
	life, err := lock(f.Name(), shared)
	switch {
	case errors.Is(err, errLocked) || errors.Is(err, fs.ErrNotExist):
		return nil, errSwept
	case err != nil:
		return nil, nil
	case !stands(f, f.Name()):
		_ = life.Close()
		return nil, errSwept
	}
	return life, nil
}

// stands tells whether an open file is the one with this name.
func stands(f *os.File, name string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(name)
	return err == nil && os.SameFile(open, named)
}
