package keyfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
)

// SetAccount has a file with a seed name another account that signs, in one step, as Reseal
// writes; passphrase is that of a sealed file, nil for a plain one. Errors: ErrNoSeed, and those of
// Reseal.
func SetAccount(path string, passphrase []byte, account uint32, opts ...Option) error {
	change := func(plain []byte) ([]byte, error) {
		var a Agent
		if err := decode(path, plain, &a); err != nil {
			return nil, err
		}
		key, err := a.KeyOf(account)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		key.Wipe()
		a.Account = account
		changed, err := json.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("write %s: the payload does not encode as JSON", path)
		}
		return changed, nil
	}
	sealed, err := Sealed(path)
	if err != nil {
		return err
	}
	if sealed {
		return rewrite(path, passphrase, passphrase, change, opts)
	}
	plain, err := read(path)
	if err != nil {
		return err
	}
	defer clear(plain)
	changed, err := change(plain)
	if err != nil {
		return err
	}
	defer clear(changed)
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("%s is as it was: %w", path, err)
	}
	return replace(target, append(changed, '\n'), func(beside string) error { return same(beside, changed) })
}

// CopyTo puts the whole of a key file, sealed or plain as it is, in the place of another one, in
// one step; it stays where it is, too. Errors: ErrPermissions, and those of the file system.
func CopyTo(path, to string) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	defer clear(data)
	target, err := filepath.EvalSymlinks(to)
	if err != nil {
		return fmt.Errorf("%s is as it was: %w", to, err)
	}
	return replace(target, data, func(beside string) error { return same(beside, data) })
}

// Backup keeps a copy of a key file, as it is, in a new file. It is content with one that holds the
// same already. Errors: ErrExists, ErrPermissions, and those of the file system.
func Backup(path, to string) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	defer clear(data)
	if have, err := read(to); err == nil {
		defer clear(have)
		if bytes.Equal(have, data) {
			return nil
		}
	}
	return Create(to, data)
}

// same reads a file back.
func same(path string, data []byte) error {
	written, err := read(path)
	defer clear(written)
	if err == nil && !bytes.Equal(bytes.TrimSuffix(written, []byte("\n")), bytes.TrimSuffix(data, []byte("\n"))) {
		err = fmt.Errorf("%w: it holds something else", ErrMalformed)
	}
	return err
}
