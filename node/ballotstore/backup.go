package ballotstore

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/econd/econd/node/atomicfile"
)

// A backup is the bbolt file of one moment followed by this magic and the
// SHA-256 of everything before the magic. bbolt reads past neither, so a backup
// also opens as it is; Restore needs the checksum, because bbolt follows the
// references between pages without question and a damaged one can lead it
// astray for ever. The checksum finds accidents. Against a forged log only the
// comparison of the root with a published checkpoint helps.
const backupMagic = "ECNDBAK1"

const trailerBytes = len(backupMagic) + sha256.Size

// Backup writes the store as of one moment to w and returns the bytes written.
// Reads and writes go on meanwhile, though the file keeps the pages of that
// moment until Backup returns. It refuses with ErrPoisoned after a failed write.
func (s *Store) Backup(w io.Writer) (n int64, err error) {
	tx, err := s.beginCurrent()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	sum := sha256.New()
	n, err = tx.WriteTo(io.MultiWriter(w, sum))
	if err != nil {
		return n, err
	}
	m, err := w.Write(sum.Sum([]byte(backupMagic)))
	return n + int64(m), err
}

// Restore makes a ballot store file at path from a backup: it writes beside
// path, syncs, verifies all of it, and only then gives it its name. The file
// system must know hard links. A file that
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
	f, err := atomicfile.Begin(path)
	if err != nil {
		return 0, root, err
	}
	defer f.Abandon()
	if _, err := io.Copy(f, r); err != nil {
		return 0, root, err
	}
	if err := dropTrailer(f.File); err != nil {
		return 0, root, err
	}
	if size, root, err = verifyFile(f.Name()); err != nil {
		return 0, root, err
	}
	if err := f.Create(); errors.Is(err, fs.ErrExist) {
		return 0, root, ErrExists
	} else if err != nil {
		return 0, root, err
	}
	return size, root, nil
}

// dropTrailer checks the trailer of a backup and removes it.
func dropTrailer(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size() - int64(trailerBytes)
	trailer := make([]byte, trailerBytes)
	if size >= 0 {
		if _, err := f.ReadAt(trailer, size); err != nil {
			return err
		}
	}
	if string(trailer[:len(backupMagic)]) != backupMagic {
		return fmt.Errorf("%w: no backup, or one that was cut off: it has no checksum at its end", ErrFormat)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, size)); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), trailer[len(backupMagic):]) {
		return fmt.Errorf("%w: the backup does not have the checksum at its end; it was damaged after it was made", ErrCorrupt)
	}
	return f.Truncate(size)
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
