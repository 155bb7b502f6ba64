//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// How a file may be locked: by all who only say that it is in use, or by one alone. The
// former goes together with what bbolt takes on a file that it reads.
const (
	shared = syscall.LOCK_SH
	sole   = syscall.LOCK_EX
)

// errLocked is for a file that somebody else has locked.
var errLocked = errors.New("locked")

// open opens the file that a Lock is on, or makes it.
func open(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	err = flock(f, sole)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, syscall.ENOLCK):
		err = errors.ErrUnsupported
	}
	_ = f.Close()
	return nil, err
}

// lock opens a file, if it is none of another kind, and locks it until it is closed, or
// fails at once.
func lock(name string, how int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err = flock(f, how); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func flock(f *os.File, how int) error {
	for {
		switch err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errLocked
		default:
			return err
		}
	}
}
