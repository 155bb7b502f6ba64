//go:build !unix

package devnet

import (
	"os"
	"os/exec"
	"syscall"
)

// bindLife has no means here: on this system a killed parent leaves its
// daemons behind. Close still ends them.
func bindLife(*exec.Cmd) {}

func guardLife(int) (unguard func()) { return func() {} }

// signalGroup ends the child; finer signals do not exist here.
func signalGroup(pid int, _ syscall.Signal) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Kill()
}

// lockFile cannot lock here: two builds at once only cost time.
func lockFile(*os.File) (taken bool, err error) { return true, nil }
