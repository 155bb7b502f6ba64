package devnet

import (
	"os/exec"
	"syscall"
)

// bindLife makes the kernel kill the child when this process dies, however it
// dies. It needs spawn: the signal follows the forking thread.
func bindLife(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// guardLife has nothing to add on Linux.
func guardLife(int) (unguard func()) { return func() {} }
