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

// watchdog is a shell that kills a process group as soon as this process is
// gone: its input is a pipe of which only this process holds the other end.
type watchdog struct {
	cmd  *exec.Cmd
	pipe *os.File
}

func newWatchdog(pid int) (*watchdog, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", "-c",
		`read -r word; [ "$word" = done ] || kill -s KILL -- "-$0"`, strconv.Itoa(pid))
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	return &watchdog{cmd: cmd, pipe: w}, nil
}

// callOff ends the watchdog without harm.
func (d *watchdog) callOff() {
	_, _ = d.pipe.WriteString("done\n")
	d.pipe.Close()
	_ = d.cmd.Wait()
}

// startWatchdog guards a process group. Without a shell there is no guard;
// Close still ends the daemon.
func startWatchdog(pid int) (unguard func()) {
	d, err := newWatchdog(pid)
	if err != nil {
		return func() {}
	}
	return d.callOff
}

// lockFile takes an exclusive lock that ends with the file or the process.
func lockFile(f *os.File) (taken bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}
