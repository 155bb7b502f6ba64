//go:build unix

package devnet

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sleeper starts a shell with a child of its own, in one process group.
func sleeper(t *testing.T) *process {
	t.Helper()
	dir := t.TempDir()
	sh, err := exec.LookPath("sh")
	require.NoError(t, err)
	p, err := startProcess(spec{name: "sleeper", path: sh, home: dir,
		log:  filepath.Join(dir, "log"),
		args: []string{"-c", "trap '' TERM; echo ready; sleep 60 & wait; sleep 60"}})
	require.NoError(t, err)
	t.Cleanup(p.kill)
	return p
}

func ended(p *process) bool {
	select {
	case <-p.done:
		return true
	case <-time.After(2 * time.Minute):
		return false
	}
}

// The watchdog stands in for the parent-death signal where there is none, and
// is tested on every Unix.
func TestWatchdogKillsTheGroupWhenItsPipeBreaks(t *testing.T) {
	p := sleeper(t)
	// What the watchdog sees when its parent dies: the pipe's other end
	// closes without the word that calls it off.
	dog, err := newWatchdog(p.cmd.Process.Pid)
	require.NoError(t, err)
	dog.pipe.Close()
	require.True(t, ended(p), "the group must have been killed")
	require.NoError(t, dog.cmd.Wait())
}

func TestWatchdogCalledOffDoesNoHarm(t *testing.T) {
	p := sleeper(t)
	unguard := startWatchdog(p.cmd.Process.Pid)
	unguard()
	require.NoError(t, syscall.Kill(p.cmd.Process.Pid, 0), "the daemon must still run")
	require.NoError(t, p.exited())
}

func TestUnaskedEndIsAFailureAndAskedIsNot(t *testing.T) {
	p := sleeper(t)
	require.NoError(t, syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL))
	require.True(t, ended(p))
	require.ErrorIs(t, p.exited(), ErrExited)

	q := sleeper(t)
	q.kill()
	require.NoError(t, q.exited())
}
