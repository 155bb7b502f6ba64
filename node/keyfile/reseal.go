package keyfile

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/econd/econd/node/atomicfile"
)

// Reseal seals a file anew, under another passphrase: the payload is written beside it
// and read back by the new passphrase before it takes the file's place, in one step.
// Until then, and if anything fails, the file is as it was. A symbolic link stays, and what
// it leads to is sealed anew. Whoever has an old copy
// still opens it with the old passphrase. Errors: ErrPermissions, ErrPassphrase (the
// old one), ErrNoPassphrase (the new one), ErrPlain, ErrMalformed, and those of the
// file system.
func Reseal(path string, old, fresh []byte, opts ...Option) (err error) {
	o, err := sealing(path, fresh, opts)
	if err != nil {
		return err
	}
	sealed, err := read(path)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(sealed, []byte(sealedPrefix)) {
		return fmt.Errorf("open %s: %w", path, ErrPlain)
	}
	plain, err := decrypt(old, sealed)
	if err != nil {
		return opening(path, err)
	}
	defer clear(plain)
	if sealed, err = encrypt(fresh, plain, o.workFactor); err != nil {
		return fmt.Errorf("seal %s: %w", path, err)
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("%s is as it was: %w", path, err)
	}
	return replace(target, sealed, func(beside string) error {
		written, err := read(beside)
		if err != nil {
			return err
		}
		proof, err := decrypt(fresh, written)
		defer clear(proof)
		if err == nil && !bytes.Equal(proof, plain) {
			err = fmt.Errorf("%w: it holds something else", ErrMalformed)
		}
		return err
	})
}

// replace writes a file beside path, has it proven, and puts it in its place.
func replace(path string, data []byte, prove func(beside string) error) error {
	f, err := atomicfile.Begin(path)
	if err == nil {
		defer f.Abandon()
		_, err = f.Write(data)
	}
	if err == nil {
		err = prove(f.Name())
	}
	if err != nil {
		return fmt.Errorf("%s is as it was: the new file is not readable: %w", path, err)
	}
	err = f.Replace()
	if err != nil && !errors.Is(err, atomicfile.ErrUnsure) {
		return fmt.Errorf("%s is as it was: %w", path, err)
	}
	return err
}
