package atomicfile

import (
	"errors"
	"fmt"
	"time"
)

// How long a Lock is waited for at most, and between two tries.
const (
	lockWait = 10 * time.Second
	lockTry  = 5 * time.Millisecond
)

// Lock keeps other processes, and other callers in this one, from the change of a file that is read and then
// replaced, until unlock is called or the process ends. It is on a file of its own beside it, path and ".lock",
// which stays. Another holder is waited for, 10 seconds at most. Where the system or the file system has no
// such locks there is none.
func Lock(path string) (unlock func(), err error) {
	name := path + ".lock"
	for until := time.Now().Add(lockWait); ; time.Sleep(lockTry) {
		f, err := open(name)
		switch {
		case err == nil:
			return func() { _ = f.Close() }, nil
		case errors.Is(err, errors.ErrUnsupported):
			return func() {}, nil
		case !errors.Is(err, errLocked) || time.Now().After(until):
			return nil, naming(name, fmt.Errorf("lock: %w", err))
		}
	}
}
