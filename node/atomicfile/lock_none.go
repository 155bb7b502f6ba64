//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"errors"
	"os"
)

const (
	shared = iota
	sole
)

var errLocked = errors.New("locked")

// open fails as lock does.
func open(string) (*os.File, error) { return nil, errors.ErrUnsupported }

// lock fails: this system has no locks that end with a process and leave the file free to
// be moved.
func lock(string, int) (*os.File, error) { return nil, errors.ErrUnsupported }
