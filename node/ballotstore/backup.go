package ballotstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes the store as of one moment to w and returns the bytes written.
// Reads and writes go on meanwhile, though the file keeps the pages of that
// moment until Backup returns. What it writes is a ballot store file; Restore
// checks it. It refuses with ErrPoisoned after a failed write.
func (s *Store) Backup(w io.Writer) (n int64, err error) {
	tx, err := s.beginCurrent()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	return tx.WriteTo(w)
}

// Restore makes a ballot store file at path from a backup: it writes beside
// path, syncs, verifies all of it, and only then gives it its name. A file that
// is already at path is never touched (ErrExists). It returns the size and root
// of the log, to be compared with the last checkpoint that was published: a
// backup older than that would take back what others have been told.
func Restore(r io.Reader, path string) (size uint64, root [32]byte, err error) {
	size, root, err = restore(r, path)
	if err != nil {
		return 0, [32]byte{}, fmt.Errorf("restore %s: %w", path, err)
	}
	return size, root, nil
}

func restore(r io.Reader, path string) (size uint64, root [32]byte, err error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, root, ErrExists
	} else if !errors.Is(err, fs.ErrNotExist) {
		return 0, root, err
	}
	temp, err := writeTemp(r, path)
	if err != nil {
		return 0, root, err
	}
	defer func() { err = errors.Join(err, os.Remove(temp)) }()
	if size, root, err = verifyFile(temp); err != nil {
		return 0, root, err
	}
	// A link, unlike a rename, fails where the name has been taken meanwhile.
	if err := os.Link(temp, path); errors.Is(err, fs.ErrExist) {
		return 0, root, ErrExists
	} else if err != nil {
		return 0, root, err
	}
	return size, root, syncDir(filepath.Dir(path))
}

// writeTemp copies r to a new file in the folder of path and syncs it.
func writeTemp(r io.Reader, path string) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".restore-*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// verifyFile reads a whole ballot store file that nobody else uses.
func verifyFile(path string) (size uint64, root [32]byte, err error) {
	s, err := open(Config{Path: path, ReadOnly: true, LockTimeout: DefaultLockTimeout})
	if err != nil {
		return 0, root, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Verify(nil); err != nil {
		return 0, root, err
	}
	if err := s.checkPages(); err != nil {
		return 0, root, err
	}
	size, root = s.Head()
	return size, root, nil
}
