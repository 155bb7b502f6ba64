//go:build unix

package devnet

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// signalGroup signals the child and whatever it started.
func signalGroup(pid int, sig syscall.Signal) error {
	return syscall.Kill(-pid, sig)
}

// startWatchdog starts a shell that kills the process group of pid as soon as
// this process is gone: the shell's input is a pipe that only this process
// holds open. The returned function ends the watchdog without harm.
func startWatchdog(pid int) (unguard func()) {
	r, w, err := os.Pipe()
	if err != nil {
		return func() {}
	}
	cmd := exec.Command("/bin/sh", "-c", `read -r word; [ "$word" = done ] || kill -9 -- "-$0"`,
		strconv.Itoa(pid))
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	r.Close()
	if err != nil {
		w.Close()
		return func() {}
	}
	return func() {
		_, _ = w.WriteString("done\n")
		w.Close()
		_ = cmd.Wait()
	}
}

// lockFile takes an exclusive lock that ends with the file or the process.
func lockFile(f *os.File) (taken bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}
