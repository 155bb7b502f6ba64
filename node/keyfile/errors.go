package keyfile

import (
	"errors"
	"fmt"
)

// The kinds of failure, for errors.Is. Errors of the file system keep their
// own kinds (fs.ErrNotExist and so on).
var (
	// ErrExists: there is a file at the path already.
	ErrExists = errors.New("file exists")

	// ErrPermissions: others than the owner may read or write the file.
	ErrPermissions = errors.New("file permissions are too wide")

	// ErrPassphrase: the passphrase does not open the file.
	ErrPassphrase = errors.New("wrong passphrase")

	// ErrNoPassphrase: nowhere to take a passphrase from, or an unfit one.
	ErrNoPassphrase = errors.New("no usable passphrase")

	// ErrMalformed: the file does not hold what it should.
	ErrMalformed = errors.New("malformed key file")

	// ErrNoSeed: the file holds one key, drawn by itself, and not a seed that gives many.
	ErrNoSeed = errors.New("the key file holds one key and no seed")

	// ErrSealed: the file is sealed and was to be read as plain.
	ErrSealed = errors.New("key file is sealed")

	// ErrPlain: the file is plain and was to be opened with a passphrase.
	ErrPlain = errors.New("key file is not sealed")
)

// opening names the file that could not be opened, and for a wrong passphrase what to do.
func opening(path string, err error) error {
	if errors.Is(err, ErrPassphrase) {
		return fmt.Errorf("open %s: %w; it wants the one that it was sealed with: type it, or name a file with it by --passphrase-file, "+
			"by passphrase_file in the configuration, or by %s", path, err, PassphraseEnv)
	}
	return fmt.Errorf("open %s: %w", path, err)
}
