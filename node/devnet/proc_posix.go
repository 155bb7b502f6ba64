//go:build unix && !linux

package devnet

import (
	"os/exec"
	"syscall"
)

// bindLife gives the child its own process group. Systems other than Linux
// have no parent-death signal; guardLife makes up for it.
func bindLife(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// guardLife watches over the child from a process of its own.
func guardLife(pid int) (unguard func()) { return startWatchdog(pid) }
