package devnet

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// modulePath names the module whose go.mod pins the daemons.
const modulePath = "github.com/econd/econd"

// BuildTags switches on the lnd sub-servers that econd talks to.
const BuildTags = "signrpc walletrpc chainrpc invoicesrpc routerrpc peersrpc"

// daemons are the packages behind the tool lines of go.mod.
var daemons = []string{
	"github.com/btcsuite/btcd",
	"github.com/lightningnetwork/lnd/cmd/lnd",
	"github.com/lightningnetwork/lnd/cmd/lncli",
	"github.com/lightninglabs/aperture/cmd/aperture",
}

// Options directs Build. The zero value builds for the repository around the
// working directory, in silence.
type Options struct {
	// Dir is the repository's root. Empty: it is searched upward from the
	// working directory.
	Dir string

	// Progress, if set, is called from one goroutine, about once a second
	// while something is compiled or waited for, and once at the end.
	Progress func(BuildStatus)
}

// BuildStatus is how far a build has come.
type BuildStatus struct {
	Elapsed  time.Duration
	Compiled int    // packages compiled by this build; 0 while all is cached
	Total    int    // packages this build has to compile, about; 0 until known
	Package  string // the one compiled last
	Waiting  bool   // another process is building; this one waits for it
	Done     bool
}

// String is one line for a terminal.
func (s BuildStatus) String() string {
	elapsed := s.Elapsed.Round(time.Second)
	switch {
	case s.Done && s.Compiled == 0:
		return fmt.Sprintf("daemons are up to date (%v)", elapsed)
	case s.Done:
		return fmt.Sprintf("daemons built in %v (%d packages compiled)", elapsed, s.Compiled)
	case s.Waiting:
		return fmt.Sprintf("waiting for another build of the daemons, %v", elapsed)
	case s.Total > 0:
		return fmt.Sprintf("building btcd, lnd, lncli, aperture: %v, %d of %d packages compiled",
			elapsed, s.Compiled, s.Total)
	default:
		return fmt.Sprintf("building btcd, lnd, lncli, aperture: %v, %d packages compiled",
			elapsed, s.Compiled)
	}
}

// Binaries are the paths of the four programs.
type Binaries struct {
	BTCD, LND, LNCLI, Aperture string
}

// Build compiles btcd, lnd, lncli and aperture at the versions of go.mod into
// .build/bin below the repository's root and returns where they are. The go
// command decides what is out of date, so a warm build takes about a second
// and a first one minutes. Several processes may call it at once: a lock file
// lets one build while the others wait.
func Build(ctx context.Context, opts Options) (Binaries, error) {
	root := opts.Dir
	if root == "" {
		var err error
		if root, err = RepoRoot("."); err != nil {
			return Binaries{}, err
		}
	}
	bin, err := mkdir(root, ".build", "bin")
	if err != nil {
		return Binaries{}, err
	}
	b := newBuild(opts.Progress)
	unlock, err := b.lock(ctx, filepath.Join(root, ".build", "lock"))
	if err != nil {
		return Binaries{}, err
	}
	defer unlock()
	if err := b.run(ctx, root, bin); err != nil {
		return Binaries{}, err
	}
	return binariesIn(bin), nil
}

func binariesIn(dir string) Binaries {
	exe := func(name string) string { return filepath.Join(dir, name+exeSuffix()) }
	return Binaries{BTCD: exe("btcd"), LND: exe("lnd"), LNCLI: exe("lncli"),
		Aperture: exe("aperture")}
}

func exeSuffix() string {
	if filepath.Separator == '\\' {
		return ".exe"
	}
	return ""
}

// RepoRoot returns the root of the econd repository that dir lies in.
func RepoRoot(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		b, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil && bytes.HasPrefix(b, []byte("module "+modulePath+"\n")) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no go.mod of %s in %s or above: run this inside the repository",
				modulePath, dir)
		}
	}
}

// build is one call of Build.
type build struct {
	began  time.Time
	report func(BuildStatus)
	status BuildStatus
}

func newBuild(report func(BuildStatus)) *build {
	if report == nil {
		report = func(BuildStatus) {}
	}
	return &build{began: time.Now(), report: report}
}

func (b *build) tell() {
	b.status.Elapsed = time.Since(b.began)
	b.report(b.status)
}

// lock waits for the build lock. It ends with the process at the latest.
func (b *build) lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open build lock: %w", err)
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for n := 1; ; n++ {
		taken, err := lockFile(f)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if taken {
			b.status.Waiting = false
			return func() { f.Close() }, nil
		}
		b.status.Waiting = true
		if n%5 == 0 {
			b.tell()
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("wait for another build (%s): %w", path, ctx.Err())
		case <-tick.C:
		}
	}
}

// run calls the go command and follows the packages it reports.
func (b *build) run(ctx context.Context, root, bin string) error {
	args := append([]string{"build", "-buildvcs=false", "-v", "-tags", BuildTags, "-o", bin + string(filepath.Separator)},
		daemons...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("the go command is needed to build the daemons: %w", err)
		}
		return fmt.Errorf("build the daemons: %w", err)
	}
	complaints := b.follow(out, func() int { return countStale(ctx, root) })
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("build the daemons: %w\n%s", err, strings.Join(complaints, "\n"))
	}
	b.status.Done = true
	b.tell()
	return nil
}

// countStale returns how many packages are still to be compiled; 0 if the go
// command cannot tell.
func countStale(ctx context.Context, root string) int {
	// A program whose parts are all cached is only waiting for the linker.
	const form = `{{if .Stale}}{{if ne .StaleReason "not installed but available in build cache"}}x{{end}}{{end}}`
	args := append([]string{"list", "-deps", "-tags", BuildTags, "-f", form}, daemons...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return 0
	}
	return bytes.Count(out, []byte("x"))
}

// follow counts the packages that the go command names while it compiles
// them, and returns every other line: what it complains about. Once the first
// package is compiled it is worth asking, by remaining, how many there are.
func (b *build) follow(out io.Reader, remaining func() int) (complaints []string) {
	lines := make(chan string)
	go func() {
		defer close(lines)
		s := bufio.NewScanner(out)
		for s.Scan() {
			lines <- s.Text()
		}
		// Drain what the scanner would not take, so that go can end.
		_, _ = io.Copy(io.Discard, out)
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	counted := make(chan int, 1)
	for {
		select {
		case n := <-counted:
			if n > 0 {
				b.status.Total = b.status.Compiled + n
			}
		case line, ok := <-lines:
			if !ok {
				return complaints
			}
			if strings.ContainsAny(line, " \t:#") {
				complaints = append(complaints, line)
				continue
			}
			if b.status.Compiled == 0 {
				go func() { counted <- remaining() }()
			}
			b.status.Compiled++
			if b.status.Total > 0 {
				b.status.Total = max(b.status.Total, b.status.Compiled)
			}
			b.status.Package = line
		case <-tick.C:
			b.tell()
		}
	}
}
