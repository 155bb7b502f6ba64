package keyfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/term"
)

// PassphraseEnv names the environment variable that holds the path of a file
// with the passphrase. The passphrase itself is never taken from the
// environment or the command line, where others can read it.
const PassphraseEnv = "ECOND_PASSPHRASE_FILE"

// Passphrase returns the passphrase in file, else the one in the file that
// PassphraseEnv names, else what somebody types at the terminal, without echo;
// twice if confirm. One line end at the end of a file does not count.
// ErrNoPassphrase if there is none, ErrPermissions for a file that everybody
// may read or that others may write.
func Passphrase(file string, confirm bool) ([]byte, error) {
	if file == "" {
		file = os.Getenv(PassphraseEnv)
	}
	if file != "" {
		return passphraseFile(file, confirm)
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: there is no terminal to ask at; name a file with --passphrase-file or %s", ErrNoPassphrase, PassphraseEnv)
	}
	defer tty.Close()
	return ask(tty, confirm)
}

// NewPassphrase is Passphrase for one that takes another's place: what the environment
// names is that other one, so without a file it is asked for, twice.
func NewPassphrase(file string) ([]byte, error) {
	if file != "" {
		return passphraseFile(file, true)
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: there is no terminal to ask at; name a file with --new-passphrase-file", ErrNoPassphrase)
	}
	defer tty.Close()
	return ask(tty, true)
}

// passphraseFile reads a file; fresh tells that it is to seal something new.
func passphraseFile(path string, fresh bool) ([]byte, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && fresh:
		return nil, fmt.Errorf("%w: passphrase file: %w; make it, readable by you alone: (umask 077; head -c 24 /dev/urandom | base64 > %s)",
			ErrNoPassphrase, err, path)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: passphrase file: %w; put the passphrase there that seals the key file, readable by you alone, or name another file",
			ErrNoPassphrase, err)
	case err != nil:
		return nil, fmt.Errorf("%w: passphrase file: %w", ErrNoPassphrase, err)
	}
	defer f.Close()
	text, err := readText(f)
	switch {
	case errors.Is(err, ErrPermissions):
		return nil, fmt.Errorf("passphrase file %w", err)
	case err != nil:
		return nil, fmt.Errorf("%w: passphrase file %w", ErrNoPassphrase, err)
	}
	return text, nil
}

func ask(tty *os.File, confirm bool) ([]byte, error) {
	first, err := askOnce(tty, "Passphrase: ")
	if err != nil || !confirm {
		return first, err
	}
	second, err := askOnce(tty, "Passphrase again: ")
	if err != nil {
		return nil, err
	}
	defer clear(second)
	if !bytes.Equal(first, second) {
		clear(first)
		return nil, fmt.Errorf("%w: the two differ", ErrNoPassphrase)
	}
	return first, nil
}

func askOnce(tty *os.File, prompt string) ([]byte, error) {
	fmt.Fprint(tty, prompt)
	text, err := term.ReadPassword(int(tty.Fd()))
	fmt.Fprintln(tty)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPassphrase, err)
	}
	if len(text) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrNoPassphrase)
	}
	return text, nil
}
