package ballotstore

import (
	"os"
	"syscall"
)

// syncData makes what was written over durable. The length of the file stays, so its
// metadata need not be.
func syncData(f *os.File) error {
	return os.NewSyscallError("fdatasync", syscall.Fdatasync(int(f.Fd())))
}
