package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Config is what a Node is made of. Every field is needed but those after Log.
type Config struct {
	Operator   op.SecretKey // signs facts; must be the genesis' signer
	LogSigner  note.Signer  // signs checkpoints: the key of the genesis
	HoldSecret [32]byte     // preimages are derived from it; see PreimageOf
	Store      Store
	Lightning  Lightning
	Chain      Chain
	Clock      Clock
	Log        *slog.Logger
	// Steady is time that passes without jumps, nil: the machine's since the start.
	Steady func() time.Duration
	// ClockIsRight is the operator's word for what Clock says at the start.
	ClockIsRight bool
	// PastStates is how many replayed states ViewAt keeps at once, each as large
	// as the present one was then; 0 serves no past.
	PastStates int

	// Listing is what LND is compared by at the start, nil: it is not. Heads
	// keeps the highest head that was signed, nil: nobody does. Restored, where
	// not empty, says why the node starts in recovery mode.
	Listing  Listing
	Heads    Heads
	Restored string
	// Cosigner gets heads cosigned before they count as promised, nil: they count once signed.
	Cosigner Cosigner

	// PromiseWait is how long an answer waits for a promised head at most, however patient its caller
	// is; 0: 30 seconds. One that records nothing new waits a second at most where it is for many events.
	PromiseWait time.Duration

	// LaterLogSigners are the keys that the log was handed over to since, or is to be. That of
	// its newest heads must be among them.
	LaterLogSigners []note.Signer

	// Payments and Webhooks carry out what executed proposals ask for; what has
	// none waits, on the record, for a start that has.
	Payments        Payments
	Webhooks        Webhooks
	WebhookSchedule WebhookSchedule
	// Spends keeps what spends need beside the log, and Payees asks those who are paid by
	// lnurl and l402. Without Payments and Spends no spend is carried out, nor, without Payees, one by these.
	Spends SpendBook
	Payees Payees
}

// Node orders, applies and stores. Its methods may be called concurrently.
type Node struct {
	cfg      Config // its Clock is time
	time     *timekeeper
	arrivals arrivals
	kick     chan struct{} // a deadline or block may have made facts due
	places   places
	refused  refusedWork
	signers  signers

	mu    sync.RWMutex // state: write-held while a batch is applied and stored
	state *ledger.State
	past  past

	economy  string // of the genesis, for ever
	tip      atomic.Pointer[Block]
	seen     chan struct{} // closed once there is a tip
	size     atomic.Uint64
	grown    broadcast
	failed   atomic.Pointer[error]
	stopping chan struct{}
	stopOnce sync.Once
	running  atomic.Bool

	effectQueue   effectQueue
	spends        spendGuard
	refusedSpends refusedSpends
	recovery      atomic.Pointer[[]string]
	stuck         atomic.Pointer[string] // why nothing can be recorded, see dueError
	dueFact       func(*ledger.State, op.Stamp) *ledger.Fact
	apply         func(*ledger.State, *op.Entry) ([]ledger.Effect, error)
	broken        brokenRules
	witnessed     uint64 // entries of the largest head that a witness is known to have cosigned
	agreed        bool   // with the Lightning node, at this start
	// comparison is closed with it.
	comparison chan struct{}
	watch      watch
	pulse      pulse
	following  following

	verifier    op.Verifier
	check       func(*op.Event) error // the verifier's
	anchors     AnchorSource
	beside      []func() []string // problems of what is beside the node
	checkpoints checkpointer
	logKeys     atomic.Pointer[logkey.Keys]
	promises    promises
	headless    atomic.Pointer[headless]
	doubt       chan error // a checkpoint that the store did not confirm
	trees       trees      // for proofs of ballots
	standings   standings  // of the last epoch
}

// Open rebuilds the state from the store. The store must hold a genesis that
// the operator key signed.
func Open(cfg Config) (*Node, error) {
	if cfg.PastStates < 0 {
		return nil, fmt.Errorf("node: Config.PastStates: is %d, must be at least 0", cfg.PastStates)
	}
	if cfg.Store == nil || cfg.Lightning == nil || cfg.Chain == nil || cfg.Clock == nil || cfg.Log == nil || cfg.LogSigner == nil {
		return nil, errors.New("node: Config: Store, Lightning, Chain, Clock, Log and LogSigner are all needed")
	}
	if err := cfg.WebhookSchedule.check(); err != nil {
		return nil, err
	}
	if cfg.Steady == nil {
		began := time.Now()
		cfg.Steady = func() time.Duration { return time.Since(began) }
	}
	keeper := &timekeeper{clock: cfg.Clock, steady: cfg.Steady}
	cfg.Clock = keeper
	n := &Node{
		cfg:      cfg,
		time:     keeper,
		dueFact:  (*ledger.State).Due,
		apply:    ledger.ApplyVerified,
		kick:     make(chan struct{}, 1),
		stopping: make(chan struct{}),
		seen:     make(chan struct{}),

		spends:     newSpendGuard(),
		comparison: make(chan struct{}),
		doubt:      make(chan error, 1),
	}
	n.check = n.verifier.Verify
	n.places.init()
	n.grown.init()
	n.promises.signed.init()
	n.promises.grown.init()
	n.effectQueue.init()
	n.watch.init()
	n.following.init()
	n.past.init(cfg.PastStates)
	if err := n.replay(); err != nil {
		return nil, err
	}
	if n.state.Operator() != cfg.Operator.Public() {
		return nil, fmt.Errorf("node: the log's operator is %s, the key file holds %s", n.state.Operator(), cfg.Operator.Public())
	}
	if _, err := n.signerAt(n.Size()); err != nil {
		return nil, err
	}
	if cfg.Restored != "" {
		n.enterRecovery(cfg.Restored)
	}
	return n, n.checkHead()
}

// replay applies every stored entry.
func (n *Node) replay() error {
	size := n.cfg.Store.Size()
	if size == 0 {
		return errors.New("node: the ballot store is empty; run `econd init` first")
	}
	state, err := n.replayed(size)
	if err != nil {
		return err
	}
	n.state, n.economy = state, state.Economy()
	n.followLogKeys(state)
	n.size.Store(size)
	n.arrivals.init(state.Clock())
	n.startClock(state)
	n.signers.follow(state)
	n.signers.load(state)
	return n.comparePending()
}

// replayed applies the first size entries of the store to a new state.
func (n *Node) replayed(size uint64) (*ledger.State, error) {
	state := ledger.New()
	return state, n.load(context.Background(), state, size)
}

// comparePending holds the stored effects against those that the log implies.
func (n *Node) comparePending() error {
	stored, err := n.cfg.Store.PendingEffects()
	if err != nil {
		return fmt.Errorf("node: read pending effects: %w", err)
	}
	implied := n.state.PendingEffects()
	if len(stored) != len(implied) {
		return fmt.Errorf("node: the store has %d pending effects, its log implies %d", len(stored), len(implied))
	}
	for i, e := range implied {
		if stored[i].ID != e.ID {
			return fmt.Errorf("node: the store has pending effect %s where its log implies %s", stored[i].ID, e.ID)
		}
	}
	return nil
}

// Run works until ctx ends or something fails for good; the failure is
// returned. Whatever was answered with success is durable.
func (n *Node) Run(ctx context.Context) error {
	first, cancel := context.WithTimeout(ctx, time.Minute)
	if err := n.Agree(first); err != nil {
		n.cfg.Log.Warn("LND could not be compared with the log before the start", "error", err.Error())
	}
	cancel()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.runWriter(ctx) })
	g.Go(func() error { return n.runDeadlines(ctx) })
	g.Go(func() error { return n.runBlocks(ctx) })
	g.Go(func() error { return n.runHeaders(ctx) })
	g.Go(func() error { return n.runEffects(ctx) })
	g.Go(func() error { return n.lookForStrangers(ctx) })
	g.Go(func() error { return n.runWatch(ctx) })
	g.Go(func() error { return n.runPulse(ctx) })
	g.Go(func() error { return n.runPast(ctx) })
	g.Go(func() error { return n.runPromises(ctx) })
	g.Go(func() error { return n.awaitDoubt(ctx) })
	n.running.Store(true)
	err := g.Wait()
	n.running.Store(false)
	n.stopOnce.Do(func() { close(n.stopping) })
	if failure := n.failed.Load(); failure != nil {
		return *failure // whatever else ended at the same time
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// View calls fn with the durable state and the present time. fn must not keep
// or change the state, and should be short: the writer waits for it.
func (n *Node) View(fn func(s *ledger.State, nowMs int64)) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	fn(n.state, n.stampNow().TimeMs)
}

// Recall fills a view of a state of this log with the texts that the log alone has. It
// must not be called from within View: it reads the store.
func (n *Node) Recall(v view.Recalled) error {
	return v.Recall(func(seq uint64) (*op.Entry, error) {
		e, _, err := n.Entry(seq)
		return e, err
	})
}

// Size is the number of durable entries.
func (n *Node) Size() uint64 { return n.size.Load() }

// WaitSize blocks until Size is beyond the given number.
func (n *Node) WaitSize(ctx context.Context, beyond uint64) (uint64, error) {
	for {
		signal := n.grown.next()
		if size := n.Size(); size > beyond {
			return size, nil
		}
		select {
		case <-signal:
		case <-n.stopping:
			return 0, ErrStopping
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Entry returns one durable entry and its canonical bytes.
func (n *Node) Entry(seq uint64) (*op.Entry, []byte, error) {
	line, err := n.cfg.Store.Entry(seq)
	if err != nil {
		return nil, nil, err
	}
	e, err := op.DecodeEntry(line)
	return e, line, err
}

// Entries calls fn with the canonical bytes of the entries from..to-1. fn must
// not keep them.
func (n *Node) Entries(from, to uint64, fn func(seq uint64, line []byte) error) error {
	return n.cfg.Store.Scan(from, min(to, n.Size()), fn)
}

// Health is nil while the writer works.
func (n *Node) Health() error {
	if err := n.failed.Load(); err != nil {
		return *err
	}
	if !n.running.Load() {
		return ErrStopping
	}
	return nil
}

// broadcast wakes everybody who waits for the next change.
type broadcast struct {
	mu sync.Mutex
	ch chan struct{}
}

func (b *broadcast) init() { b.ch = make(chan struct{}) }

func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ch
}

func (b *broadcast) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.ch)
	b.ch = make(chan struct{})
}
