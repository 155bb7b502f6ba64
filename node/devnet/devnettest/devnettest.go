// Package devnettest gives tests a real Bitcoin and Lightning network. It
// guarantees that one network serves all tests of a package, that nothing of
// it outlives the test process, and that the daemons' logs remain when a test
// failed. It refuses to skip: where the network cannot start, tests fail.
package devnettest

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/econd/econd/node/devnet"
)

// startTimeout bounds a start, the first build of the daemons included.
const startTimeout = 20 * time.Minute

// shared is the network of this test process.
var shared struct {
	mu     sync.Mutex
	inMain bool
	cfg    devnet.Config
	net    *devnet.Net
	err    error
	failed bool
}

// Main runs the package's tests, lets them use Shared, and ends the shared
// network afterwards, also on an interrupt. TestMain calls it:
//
//	func TestMain(m *testing.M) { os.Exit(devnettest.Main(m, devnet.Config{})) }
//
// cfg describes the shared network; it starts when a test first asks for it.
func Main(m *testing.M, cfg devnet.Config) (exitCode int) {
	shared.mu.Lock()
	shared.inMain, shared.cfg = true, cfg
	shared.mu.Unlock()

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-signals
		end(true)
		fmt.Fprintf(os.Stderr, "devnet: ended by %v\n", s)
		os.Exit(130)
	}()
	code := m.Run()
	if err := end(code != 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	return code
}

// end closes the shared network, if any, and keeps its logs where wanted.
func end(keep bool) error {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.net == nil {
		return nil
	}
	if keep || shared.failed {
		shared.net.Keep()
		fmt.Fprintf(os.Stderr, "devnet: logs are kept in %s\n", shared.net.Dir)
	}
	return shared.net.Close()
}

// Shared returns the network that all tests of this process use, and starts it
// at the first call. Tests that stop a daemon must start it again.
func Shared(t testing.TB) *devnet.Net {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.inMain {
		t.Fatal("devnettest.Shared needs a TestMain that calls devnettest.Main")
	}
	if shared.net == nil && shared.err == nil {
		shared.net, shared.err = start(t, shared.cfg)
	}
	if shared.err != nil {
		t.Fatalf("start the shared network: %v", shared.err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			shared.mu.Lock()
			shared.failed = true
			shared.mu.Unlock()
		}
	})
	return shared.net
}

// New starts a network for one test and ends it with the test.
func New(t testing.TB, cfg devnet.Config) *devnet.Net {
	t.Helper()
	n, err := start(t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			n.Keep()
			t.Logf("devnet: logs are kept in %s", n.Dir)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func start(t testing.TB, cfg devnet.Config) (*devnet.Net, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if cfg.Logf == nil {
		cfg.Logf = t.Logf
	}
	return devnet.Start(ctx, cfg)
}

// Context returns a context that ends with the test, and after d at the
// latest, so that no wait on a daemon hangs a test run.
func Context(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
