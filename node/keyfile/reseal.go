package keyfile

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
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
	return rewrite(path, old, fresh, func(plain []byte) ([]byte, error) { return plain, nil }, opts)
}

// AddLogSeed draws a further key of the log into an operator's file, after those it has, as
// Reseal writes it. Nothing signs by it before the log was handed over to it. Errors are those
// of Reseal.
func AddLogSeed(path string, passphrase []byte, opts ...Option) error {
	return rewrite(path, passphrase, passphrase, func(plain []byte) ([]byte, error) {
		var o Operator
		if err := decode(path, plain, &o); err != nil {
			return nil, err
		}
		if _, _, err := o.Seeds(); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		var drawn [32]byte
		if _, err := rand.Read(drawn[:]); err != nil {
			return nil, fmt.Errorf("draw a key: %w", err)
		}
		o.LaterLogSeeds = append(o.LaterLogSeeds, hex.EncodeToString(drawn[:]))
		changed, err := json.Marshal(o)
		if err != nil {
			return nil, fmt.Errorf("seal %s: the payload does not encode as JSON", path)
		}
		return changed, nil
	}, opts)
}

// rewrite puts what change makes of the payload in its place, sealed by fresh.
func rewrite(path string, old, fresh []byte, change func(plain []byte) ([]byte, error), opts []Option) error {
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
	changed, err := change(plain)
	if err != nil {
		return err
	}
	defer clear(changed)
	if sealed, err = encrypt(fresh, changed, o.workFactor); err != nil {
		return fmt.Errorf("seal %s: %w", path, err)
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("%s is as it was: %w", path, err)
	}
	return replace(target, sealed, func(beside string) error { return holds(beside, fresh, changed) })
}

// holds reads a sealed file back.
func holds(path string, passphrase, payload []byte) error {
	written, err := read(path)
	if err != nil {
		return err
	}
	proof, err := decrypt(passphrase, written)
	defer clear(proof)
	if err == nil && !bytes.Equal(proof, payload) {
		err = fmt.Errorf("%w: it holds something else", ErrMalformed)
	}
	return err
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
