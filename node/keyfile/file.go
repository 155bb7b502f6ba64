package keyfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/econd/econd/node/atomicfile"
)

// Write stores payload as JSON, not encrypted, in a new file of mode 0600.
// Whoever reads the file has the secret. Errors: ErrExists and those of the
// file system.
func Write(path string, payload any) error {
	plain, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("write %s: the payload does not encode as JSON", path)
	}
	defer clear(plain)
	return Create(path, append(plain, '\n'))
}

// Read decodes a file that Write made into payload, a pointer. Errors:
// ErrPermissions, ErrSealed, ErrMalformed, and those of the file system.
func Read(path string, payload any) error {
	plain, err := read(path)
	if err != nil {
		return err
	}
	defer clear(plain)
	if bytes.HasPrefix(plain, []byte(sealedPrefix)) {
		return fmt.Errorf("open %s: %w", path, ErrSealed)
	}
	return decode(path, plain, payload)
}

// Sealed tells whether opening the file takes a passphrase.
func Sealed(path string) (bool, error) {
	data, err := read(path)
	if err != nil {
		return false, err
	}
	defer clear(data)
	return bytes.HasPrefix(data, []byte(sealedPrefix)), nil
}

// read returns the whole of a file that only its owner may touch.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("open %s: %w: not a regular file", path, ErrMalformed)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("open %s: %w: mode %04o; run chmod 600 on it, and replace the key if somebody may have read it",
			path, ErrPermissions, info.Mode().Perm())
	case info.Size() > maxFile:
		return nil, fmt.Errorf("open %s: %w: larger than %d bytes", path, ErrMalformed, maxFile)
	}
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// checkAbsent spares the work of sealing for a path that is taken.
func checkAbsent(path string) error {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("write %s: %w; move it away first", path, ErrExists)
}

// Create writes a new file of mode 0600, whole and durable, or none, see atomicfile. It
// fails with ErrExists where the name is taken.
func Create(path string, data []byte) error {
	err := atomicfile.Create(path, data, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write %s: %w; move it away first", path, ErrExists)
	}
	return err
}
