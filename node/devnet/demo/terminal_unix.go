//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownTerminal makes this process the terminal's foreground group, so that Ctrl-C
// reaches it alone: make, which would get it too, calls even a clean end an error.
// restore gives the terminal back to whom it belonged. Without a terminal, or in the
// background, nothing changes.
func ownTerminal() (restore func()) {
	nothing := func() {}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nothing
	}
	fd := int(tty.Fd())
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	if err != nil || group != unix.Getpgrp() || group == os.Getpid() {
		tty.Close()
		return nothing
	}
	// Giving the terminal away from the background would stop this process; Ctrl-Z
	// would, too, and no shell would notice.
	signal.Ignore(syscall.SIGTTOU, syscall.SIGTSTP)
	if unix.Setpgid(0, 0) != nil {
		tty.Close()
		return nothing
	}
	_ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, os.Getpid())
	return func() {
		_ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, group)
		tty.Close()
	}
}
