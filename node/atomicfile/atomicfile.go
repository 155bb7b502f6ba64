// Package atomicfile writes files that stand at their path whole or not at all,
// and that are on disk when it says so. A file is written beside its place, under
// a hidden name and with mode 0600, synced, and then put there in one step; the
// folder is synced after it. It does not know what files hold.
//
// Errors name the path that the caller gave, never the hidden one, and wrap their
// cause: fs.ErrExist, fs.ErrNotExist, fs.ErrPermission.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrUnsure is for a file that is in its place, of which it is not sure that it
// is still there after a crash: its folder could not be synced.
var ErrUnsure = errors.New("in place, but perhaps not for good")

// unfinished ends the hidden names.
const unfinished = ".unfinished"

// File is a file that is being written beside its place. Whoever began it calls
// Abandon in the end, which does nothing once Replace or Create has succeeded.
// One goroutine uses it.
type File struct {
	*os.File // under its hidden name, until it is put in place

	path   string
	direct bool     // written where it stands: see Open
	life   *os.File // locked, as a sign to Sweep, until the hidden name is gone; may be nil
	done   bool
}

// Begin starts a file that shall stand at path, of mode 0600.
func Begin(path string) (*File, error) {
	for {
		f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*"+unfinished)
		if err != nil {
			return nil, naming(path, err)
		}
		life, err := live(f)
		if err == nil {
			return &File{File: f, path: path, life: life}, nil
		}
		// A Sweep was quicker than the sign of life.
		_ = f.Close()
		_ = os.Remove(f.Name())
		if !errors.Is(err, errSwept) {
			return nil, naming(path, err)
		}
	}
}

// Open starts what shall stand at a path that a user named for output. A symbolic link
// stays, and what it leads to is written. A device, FIFO or socket cannot be replaced by
// a file: it is written to as it is, from the first byte on, and keeps its mode.
func Open(path string) (*File, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular() && !info.IsDir():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, naming(path, err)
		}
		return &File{File: f, path: path, direct: true}, nil
	case err == nil:
		target, err := filepath.EvalSymlinks(path)
		if err != nil {
			return nil, naming(path, err)
		}
		return Begin(target)
	}
	if _, link := os.Readlink(path); link == nil {
		return nil, naming(path, err) // it leads nowhere
	}
	return Begin(path)
}

// Replace puts the file in its place, instead of one that may be there.
func (f *File) Replace() error {
	if f.direct {
		f.done = true
		if err := f.Close(); err != nil {
			return naming(f.path, err)
		}
		return nil
	}
	return f.put(os.Rename)
}

// Create puts the file in its place, and fails with fs.ErrExist where the name
// is taken.
func (f *File) Create() error {
	if f.direct {
		return naming(f.path, fs.ErrExist)
	}
	return f.put(func(from, to string) error {
		if err := os.Link(from, to); err != nil { // a rename would not notice
			return err
		}
		return os.Remove(from)
	})
}

func (f *File) put(move func(from, to string) error) error {
	err := f.Sync()
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = move(f.Name(), f.path)
	}
	f.die()
	if err != nil {
		return naming(f.path, err)
	}
	f.done = true
	if err := SyncDir(filepath.Dir(f.path)); err != nil {
		return naming(f.path, fmt.Errorf("%w: %w", ErrUnsure, err))
	}
	return nil
}

// Abandon removes what was not put in its place.
func (f *File) Abandon() {
	if !f.done {
		_ = f.Close()
		if !f.direct {
			_ = os.Remove(f.Name())
		}
		f.die()
	}
}

func (f *File) die() {
	if f.life != nil {
		_ = f.life.Close()
		f.life = nil
	}
}

// Chmod sets the mode that the file will have in its place.
func (f *File) Chmod(mode fs.FileMode) error {
	if f.direct {
		return nil
	}
	return f.File.Chmod(mode)
}

// Replace writes a whole file, instead of one that may be there.
func Replace(path string, data []byte, mode fs.FileMode) error {
	return write(Begin, path, data, mode, (*File).Replace)
}

// Create writes a whole new file, and fails with fs.ErrExist where the name is
// taken.
func Create(path string, data []byte, mode fs.FileMode) error {
	return write(Begin, path, data, mode, (*File).Create)
}

// Write writes all of what shall stand at a path that a user named: see Open.
func Write(path string, data []byte, mode fs.FileMode) error {
	return write(Open, path, data, mode, (*File).Replace)
}

func write(begin func(string) (*File, error), path string, data []byte, mode fs.FileMode, put func(*File) error) error {
	f, err := begin(path)
	if err != nil {
		return err
	}
	defer f.Abandon()
	if _, err := f.Write(data); err != nil {
		return naming(path, err)
	}
	if err := f.Chmod(mode); err != nil {
		return naming(path, err)
	}
	return put(f)
}

// SyncDir makes the names in a folder durable: after a file in it was made,
// renamed or removed.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// naming says of an error of the file system which path could not be written, in
// place of the call and the hidden name.
func naming(path string, err error) error {
	var link *os.LinkError
	var file *fs.PathError
	switch {
	case errors.Is(err, ErrUnsure):
	case errors.As(err, &link):
		err = link.Err
	case errors.As(err, &file):
		err = file.Err
	}
	return fmt.Errorf("write %s: %w", path, err)
}
