package devnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/econd/econd/node/backoff"
)

// ErrExited is the kind of a failure where a daemon ended although nobody
// asked it to. The error's text carries the end of the daemon's log.
var ErrExited = errors.New("daemon exited")

// errPortTaken marks an exit caused by somebody else holding a port that was
// free a moment ago; the start is then repeated with other ports.
var errPortTaken = errors.New("port taken")

// stopGrace is how long a daemon may take to end on its own when asked.
const stopGrace = 20 * time.Second

// spec says how to run one daemon.
type spec struct {
	name string   // for messages: "btcd", "lnd operator"
	path string   // executable
	args []string // without the program's name
	home string   // $HOME of the child: it must not read the user's files
	log  string   // file that stdout and stderr are appended to
}

// process is one running daemon. The zero value is of no use; see startProcess.
type process struct {
	spec spec
	cmd  *exec.Cmd
	log  *os.File

	done chan struct{} // closed once the process has been reaped

	mu      sync.Mutex
	stopped bool  // somebody here asked for the end
	waitErr error // valid after done
}

// startProcess starts the daemon in its own process group, bound to the life
// of this process.
func startProcess(s spec) (*process, error) {
	logFile, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%s: open log: %w", s.name, err)
	}
	cmd := exec.Command(s.path, s.args...)
	cmd.Dir = s.home
	cmd.Env = childEnv(s.home)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	bindLife(cmd)

	p := &process{spec: s, cmd: cmd, log: logFile, done: make(chan struct{})}
	if err := spawn(cmd); err != nil {
		logFile.Close()
		return nil, fmt.Errorf("%s: start %s: %w", s.name, s.path, err)
	}
	go p.reap(guardLife(cmd.Process.Pid))
	return p, nil
}

// childEnv is the environment of a daemon: enough to run, nothing that would
// make it read or write outside its own directory.
func childEnv(home string) []string {
	env := []string{"HOME=" + home, "TMPDIR=" + os.TempDir(), "NO_COLOR=1"}
	for _, key := range []string{"PATH", "TZ", "LANG", "SYSTEMROOT"} {
		if v, ok := os.LookupEnv(key); ok {
			env = append(env, key+"="+v)
		}
	}
	return env
}

func (p *process) reap(unguard func()) {
	err := p.cmd.Wait()
	// Whatever the daemon itself may have started goes with it.
	_ = signalGroup(p.cmd.Process.Pid, syscall.SIGKILL)
	unguard()
	p.log.Close()
	p.mu.Lock()
	p.waitErr = err
	p.mu.Unlock()
	close(p.done)
}

// exited returns nil while the process runs or after an end that was asked
// for, otherwise an ErrExited with the end of the log.
func (p *process) exited() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return nil
	}
	tail := logTail(p.spec.log, 12)
	kind := ErrExited
	if strings.Contains(tail, "address already in use") {
		kind = errors.Join(ErrExited, errPortTaken)
	}
	return fmt.Errorf("%w: %s (%v); the end of %s:\n%s", kind, p.spec.name,
		p.waitErr, p.spec.log, tail)
}

// stop asks the daemon to end, waits, and kills it when the grace period or
// ctx is over. It returns once the process is gone.
func (p *process) stop(ctx context.Context) error {
	return p.end(ctx, syscall.SIGTERM)
}

// kill ends the daemon at once, as a power failure would.
func (p *process) kill() {
	_ = p.end(context.Background(), syscall.SIGKILL)
}

func (p *process) end(ctx context.Context, sig syscall.Signal) error {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	select {
	case <-p.done:
		return nil
	default:
	}
	_ = signalGroup(p.cmd.Process.Pid, sig)
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	select {
	case <-p.done:
		return nil
	case <-grace.C:
	case <-ctx.Done():
	}
	_ = signalGroup(p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
	return fmt.Errorf("%s did not end when asked and was killed", p.spec.name)
}

// await calls ready every few milliseconds until it returns nil, the process
// exits, or ctx is done. The last refusal of ready is part of the error.
func (p *process) await(ctx context.Context, what string, ready func(context.Context) error) error {
	err := poll(ctx, func(ctx context.Context) (bool, error) {
		if err := p.exited(); err != nil {
			return false, err
		}
		err := ready(ctx)
		return err == nil, softly(err)
	})
	if err != nil {
		return fmt.Errorf("%s: wait until %s: %w", p.spec.name, what, err)
	}
	return nil
}

// notYet is a refusal that poll may retry; it is kept to explain a timeout.
type notYet struct{ error }

func (e notYet) Unwrap() error { return e.error }

// softly marks err, if any, as worth another try.
func softly(err error) error {
	if err == nil {
		return nil
	}
	return notYet{err}
}

// poll repeats step until it is true, fails hard, or ctx is done. The pause
// doubles from 10 to 100 ms.
func poll(ctx context.Context, step func(context.Context) (bool, error)) error {
	pauses := backoff.Pauses{First: 10 * time.Millisecond, Longest: 100 * time.Millisecond}
	var last error
	for {
		ok, err := step(ctx)
		var soft notYet
		switch {
		case err != nil && !errors.As(err, &soft):
			return err
		case ok:
			return nil
		case err != nil:
			last = soft.error
		}
		if err := pauses.Sleep(ctx); err != nil {
			if last != nil {
				return fmt.Errorf("%w (last answer: %w)", err, last)
			}
			return err
		}
	}
}

// logTail returns the last n lines of a log file, indented.
func logTail(path string, n int) string {
	f, err := os.Open(path)
	if err != nil {
		return "  (no log: " + err.Error() + ")"
	}
	defer f.Close()
	const window = 16 << 10
	if st, err := f.Stat(); err == nil && st.Size() > window {
		_, _ = f.Seek(-window, io.SeekEnd)
	}
	b, _ := io.ReadAll(f)
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	lines = lines[max(0, len(lines)-n):]
	return "  " + strings.Join(lines, "\n  ")
}

// spawner runs every fork of this package on one operating-system thread that
// never ends. Linux sends the parent-death signal when the forking *thread*
// dies, and Go ends threads as it likes; from this one it comes exactly when
// the whole process dies.
var spawner = struct {
	once sync.Once
	jobs chan func()
}{jobs: make(chan func())}

// spawn starts cmd from the thread that lives as long as the process.
func spawn(cmd *exec.Cmd) error {
	spawner.once.Do(func() {
		go func() {
			runtime.LockOSThread()
			for job := range spawner.jobs {
				job()
			}
		}()
	})
	result := make(chan error)
	spawner.jobs <- func() { result <- cmd.Start() }
	return <-result
}

// mkdir makes a private directory below base.
func mkdir(base string, parts ...string) (string, error) {
	dir := filepath.Join(append([]string{base}, parts...)...)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make directory: %w", err)
	}
	return dir, nil
}
