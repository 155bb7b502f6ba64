package devnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// The names of the default economy.
const (
	Operator = "operator" // runs econd and its aperture
	Provider = "provider" // sells an API behind its own aperture
	Consumer = "consumer" // buys
)

// Channel is one channel to open while the network starts.
type Channel struct {
	From, To string // names of lnds; From pays for the opening
	Capacity int64  // sats; 0: DefaultCapacity
	Push     int64  // sats given to To at once, so that it can pay too
}

// Channels of the default economy are this large, in sats, and start with
// half of it on either side.
const (
	DefaultCapacity int64 = 10_000_000
	defaultPush     int64 = DefaultCapacity / 2
)

// DefaultChannels connects every two of the three default nodes.
func DefaultChannels() []Channel {
	return []Channel{
		{From: Consumer, To: Operator, Capacity: DefaultCapacity, Push: defaultPush},
		{From: Consumer, To: Provider, Capacity: DefaultCapacity, Push: defaultPush},
		{From: Provider, To: Operator, Capacity: DefaultCapacity, Push: defaultPush},
	}
}

// Config describes a network. The zero value is the default economy in a
// temporary directory, with binaries built on demand.
type Config struct {
	// Dir holds everything the daemons write. It is made if missing and
	// must be empty otherwise. Empty: a temporary directory, which Close
	// removes unless something failed or Keep was called.
	Dir string

	// Binaries are the programs to run. Zero: Build is called.
	Binaries Binaries

	// Nodes names the lnds. Nil: operator, provider, consumer. Fewer nodes
	// start quicker.
	Nodes []string

	// Channels to open. Nil: those of DefaultChannels whose ends are both
	// in Nodes. Empty, not nil: none.
	Channels []Channel

	// Logf, if set, is told each step. It is called from one goroutine at
	// a time.
	Logf func(format string, args ...any)
}

// withDefaults validates and completes the configuration.
func (c Config) withDefaults() (Config, error) {
	if c.Nodes == nil {
		c.Nodes = []string{Operator, Provider, Consumer}
	}
	for i, name := range c.Nodes {
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return c, fmt.Errorf("devnet: Config.Nodes[%d]: %q is not made of a-z, 0-9 and -", i, name)
		}
		if slices.Contains(c.Nodes[:i], name) {
			return c, fmt.Errorf("devnet: Config.Nodes[%d]: %q stands twice", i, name)
		}
	}
	has := func(ch Channel) bool {
		return slices.Contains(c.Nodes, ch.From) && slices.Contains(c.Nodes, ch.To)
	}
	if c.Channels == nil {
		for _, ch := range DefaultChannels() {
			if has(ch) {
				c.Channels = append(c.Channels, ch)
			}
		}
	}
	c.Channels = slices.Clone(c.Channels)
	for i := range c.Channels {
		ch := &c.Channels[i]
		if ch.Capacity == 0 {
			ch.Capacity = DefaultCapacity
		}
		if !has(*ch) || ch.From == ch.To {
			return c, fmt.Errorf("devnet: Config.Channels[%d]: %q to %q are not two of the nodes %v",
				i, ch.From, ch.To, c.Nodes)
		}
		if ch.Push < 0 || ch.Push > ch.Capacity*9/10 {
			return c, fmt.Errorf("devnet: Config.Channels[%d]: Push %d is not within 0 and 9/10 of Capacity %d",
				i, ch.Push, ch.Capacity)
		}
	}
	if c.Logf == nil {
		c.Logf = func(string, ...any) {}
	}
	return c, nil
}

// Net is a running network. Close ends it.
type Net struct {
	Dir string // below it are all data and logs

	// The nodes of the default economy; nil where Config.Nodes leaves one out.
	Operator, Provider, Consumer *LND

	cfg   Config
	bin   Binaries
	chain *chain
	nodes []*LND

	mu        sync.Mutex
	keep      bool
	apertures []*Aperture
	closers   []func() // services started on top, ended first, latest first
	closed    bool

	ownsDir bool
	began   time.Time
	logMu   sync.Mutex
}

// Start brings the network up: btcd with its first blocks, the lnds with coins
// and open channels, all in step. ctx bounds the start only; the network then
// runs until Close. If Start fails nothing keeps running, and the error names
// the directory where the logs remain.
func Start(ctx context.Context, cfg Config) (*Net, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	n := &Net{cfg: cfg, bin: cfg.Binaries, began: time.Now()}
	if n.bin == (Binaries{}) {
		n.bin, err = Build(ctx, Options{Progress: n.logBuild()})
		if err != nil {
			return nil, fmt.Errorf("devnet: %w", err)
		}
	}
	if err := n.makeDir(); err != nil {
		return nil, fmt.Errorf("devnet: %w", err)
	}
	up := false
	defer func() {
		if !up { // an error, or a panic on its way up
			n.Keep()
			n.Close()
		}
	}()
	if err := n.up(ctx); err != nil {
		return nil, fmt.Errorf("devnet: %w (logs are kept in %s)", err, n.Dir)
	}
	up = true
	return n, nil
}

// logf reports a step with the time since Start.
func (n *Net) logf(format string, args ...any) {
	n.logMu.Lock()
	defer n.logMu.Unlock()
	n.cfg.Logf("%6.1fs  %s", time.Since(n.began).Seconds(), fmt.Sprintf(format, args...))
}

// logBuild reports a build's beginning and end, and between them enough to see
// that it goes on.
func (n *Net) logBuild() func(BuildStatus) {
	next := time.Duration(0)
	return func(s BuildStatus) {
		if s.Done || s.Elapsed >= next {
			n.logf("%v", s)
			next = s.Elapsed + 10*time.Second
		}
	}
}

func (n *Net) makeDir() error {
	if n.cfg.Dir == "" {
		dir, err := os.MkdirTemp("", "econd-devnet-")
		if err != nil {
			return fmt.Errorf("make the network's directory: %w", err)
		}
		n.Dir, n.ownsDir = dir, true
		return nil
	}
	dir, err := mkdir(n.cfg.Dir)
	if err != nil {
		return err
	}
	n.Dir = dir
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if names, err := f.Readdirnames(1); err == nil {
		return fmt.Errorf("Config.Dir %s must be empty: it holds %s", dir, names[0])
	} else if err != io.EOF {
		return err
	}
	return nil
}

// up performs the start; whatever it started is torn down by the caller.
func (n *Net) up(ctx context.Context) error {
	type phase struct {
		what string
		do   func(context.Context) error
	}
	phases := []phase{
		{"starting btcd, until it answers", n.startBTCD},
		{fmt.Sprintf("mining %d blocks", matureHeight), n.mineFirst},
		{fmt.Sprintf("starting lnd for %s, until all are synced", strings.Join(n.cfg.Nodes, ", ")), n.startLNDs},
		{"funding the wallets, until their coins are confirmed", n.fundNodes},
	}
	if len(n.cfg.Channels) > 0 {
		phases = append(phases, phase{fmt.Sprintf("opening %d channels, until every node knows them", len(n.cfg.Channels)), n.openChannels})
	}
	for _, p := range phases {
		say := func(text string) { n.logf("%s", text) }
		if err := While(say, p.what, func() error { return p.do(ctx) }); err != nil {
			return err
		}
	}
	n.logf("network is ready")
	return nil
}

func (n *Net) mineFirst(ctx context.Context) error {
	if _, err := n.chain.generate(ctx, matureHeight); err != nil {
		return fmt.Errorf("mine the first blocks: %w", err)
	}
	return nil
}

// portAttempts is how often a start is repeated when another process was
// quicker to take a port.
const portAttempts = 4

// withPorts repeats try while it fails for a port taken by somebody else.
func withPorts(try func() error) error {
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || attempt == portAttempts || !errors.Is(err, errPortTaken) {
			return err
		}
	}
}

func (n *Net) startBTCD(ctx context.Context) error {
	dir, err := mkdir(n.Dir, "btcd")
	if err != nil {
		return err
	}
	return withPorts(func() error {
		c, err := startChain(ctx, n.bin.BTCD, dir)
		if err != nil {
			return err
		}
		n.chain = c
		return nil
	})
}

func (n *Net) startLNDs(ctx context.Context) error {
	n.nodes = make([]*LND, len(n.cfg.Nodes))
	g, ctx := errgroup.WithContext(ctx)
	for i, name := range n.cfg.Nodes {
		g.Go(func() error {
			return withPorts(func() error {
				l, err := newLND(n, name)
				if err != nil {
					return err
				}
				if err := l.begin(ctx); err != nil {
					l.hangUp()
					return err
				}
				n.nodes[i] = l
				return l.waitSynced(ctx)
			})
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	n.Operator, n.Provider, n.Consumer = n.Node(Operator), n.Node(Provider), n.Node(Consumer)
	return nil
}

// Node returns the lnd of that name, or nil if the network has none.
func (n *Net) Node(name string) *LND {
	for _, l := range n.nodes {
		if l != nil && l.Name == name {
			return l
		}
	}
	return nil
}

// Nodes returns all lnds in the order of Config.Nodes.
func (n *Net) Nodes() []*LND { return slices.Clone(n.nodes) }

// Binaries returns the programs this network runs.
func (n *Net) Binaries() Binaries { return n.bin }

// Keep makes Close leave the directory with its logs in place, for instance
// because a test failed.
func (n *Net) Keep() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.keep = true
}

// Failures returns an error naming each daemon that ended unasked, nil if none
// did.
func (n *Net) Failures() error {
	var all []error
	n.mu.Lock()
	apertures := slices.Clone(n.apertures)
	n.mu.Unlock()
	for _, a := range apertures {
		all = append(all, a.process().exited())
	}
	for _, l := range n.nodes {
		if l != nil {
			all = append(all, l.process().exited())
		}
	}
	if n.chain != nil {
		all = append(all, n.chain.proc.exited())
	}
	return errors.Join(all...)
}

// Close ends every daemon and service and waits until they are gone. A
// temporary directory is removed, unless Keep was called or a daemon had ended
// unasked; the error then says so. Close is idempotent.
func (n *Net) Close() error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return nil
	}
	n.closed = true
	closers := n.closers
	n.mu.Unlock()

	failures := n.Failures()
	for _, end := range slices.Backward(closers) {
		end()
	}
	n.endDaemons()

	n.mu.Lock()
	defer n.mu.Unlock()
	if failures != nil {
		return fmt.Errorf("devnet: %w (logs are kept in %s)", failures, n.Dir)
	}
	if n.ownsDir && !n.keep {
		if err := os.RemoveAll(n.Dir); err != nil {
			return fmt.Errorf("devnet: remove %s: %w", n.Dir, err)
		}
	}
	return nil
}

// endDaemons kills rather than asks where the data is about to be removed:
// nobody will read it.
func (n *Net) endDaemons() {
	n.mu.Lock()
	hard := n.ownsDir && !n.keep
	n.mu.Unlock()
	end := func(p *process) {
		if hard {
			p.kill()
			return
		}
		_ = p.stop(context.Background())
	}
	var wg sync.WaitGroup
	for _, l := range n.nodes {
		if l == nil {
			continue
		}
		l.hangUp()
		wg.Go(func() { end(l.process()) })
	}
	wg.Wait()
	if n.chain != nil {
		end(n.chain.proc)
	}
}

// onClose registers the end of something that runs on top of the network.
func (n *Net) onClose(end func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closers = append(n.closers, end)
}
