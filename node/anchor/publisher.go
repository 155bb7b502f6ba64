package anchor

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"github.com/econd/econd/node/backoff"
)

// Defaults of a Publisher.
const (
	DefaultTargetBlocks   = 6
	DefaultBumpAfter      = 3
	DefaultMaxSatPerVByte = 100
	DefaultLineSat        = 100_000
	DefaultLeaseFor       = 30 * 24 * time.Hour
	DefaultPoll           = time.Minute

	// giveUpAfter is for how many heights a coin must seem gone before it
	// is taken to be: the operator may let a second line begin only then. The wallet may lag, and a block may be replaced.
	giveUpAfter = 6

	// firstPause is how soon the loop looks again after something changed:
	// the wallet learns of a block a moment after the chain does.
	firstPause = 250 * time.Millisecond
)

// ErrNotAnchored says that no final anchor covers that many entries yet.
var ErrNotAnchored = errors.New("not anchored yet")

// PublisherConfig is what a Publisher needs. Fields without a default are
// required.
type PublisherConfig struct {
	// Origin is the log's; Params the network.
	Origin string
	Params *chaincfg.Params

	Wallet  Wallet
	Chain   Chain
	Journal Journal
	Facts   Facts

	// Confirmations make an anchor final. 0 means DefaultConfirmations.
	Confirmations uint32

	// TargetBlocks is within how many blocks an anchor should confirm, for
	// the fee estimate. BumpAfter is after how many blocks without it the
	// fee is raised. MaxSatPerVByte bounds the rate that is paid.
	TargetBlocks   uint32
	BumpAfter      uint32
	MaxSatPerVByte int64

	// LineSat is what is set aside for the line of anchors: fees are paid
	// from it, and it is topped up from the wallet when it runs low. At
	// least 20,000.
	LineSat int64

	// LeaseFor is for how long the line's coin is reserved in the wallet;
	// renewed long before. It should exceed any outage of this program:
	// once it lapses LND may spend the coin, and the line breaks.
	LeaseFor time.Duration

	// Poll is how often to look, blocks or not.
	Poll time.Duration

	// NewLine tells whether the log announces a second line of anchors, because
	// output 1 of this transaction is gone, and how many entries a checkpoint
	// must have to commit to that. Nil: it never does. Without an announcement
	// the Publisher begins no second line.
	NewLine func(after chainhash.Hash) (size int64, ok bool)

	// Logger defaults to slog.Default.
	Logger *slog.Logger
}

func (c PublisherConfig) withDefaults() (PublisherConfig, error) {
	if err := checkOrigin(c.Origin); err != nil {
		return c, err
	}
	setUint := func(v *uint32, to uint32) {
		if *v == 0 {
			*v = to
		}
	}
	setUint(&c.Confirmations, DefaultConfirmations)
	setUint(&c.TargetBlocks, DefaultTargetBlocks)
	setUint(&c.BumpAfter, DefaultBumpAfter)
	if c.MaxSatPerVByte == 0 {
		c.MaxSatPerVByte = DefaultMaxSatPerVByte
	}
	if c.LineSat == 0 {
		c.LineSat = DefaultLineSat
	}
	if c.LeaseFor == 0 {
		c.LeaseFor = DefaultLeaseFor
	}
	if c.Poll == 0 {
		c.Poll = DefaultPoll
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.NewLine == nil {
		c.NewLine = func(chainhash.Hash) (int64, bool) { return 0, false }
	}
	switch {
	case c.Params == nil:
		return c, fmt.Errorf("%w: Params is nil", ErrOptions)
	case c.Wallet == nil, c.Chain == nil, c.Journal == nil, c.Facts == nil:
		return c, fmt.Errorf("%w: Wallet, Chain, Journal and Facts are "+
			"required", ErrOptions)
	case c.Confirmations > 1000:
		return c, fmt.Errorf("%w: Confirmations %d is above 1000",
			ErrOptions, c.Confirmations)
	case c.MaxSatPerVByte < 1 || c.MaxSatPerVByte > 100_000:
		return c, fmt.Errorf("%w: MaxSatPerVByte %d is not from 1 to "+
			"100000", ErrOptions, c.MaxSatPerVByte)
	case c.LineSat < 20_000:
		return c, fmt.Errorf("%w: LineSat %d is below 20000", ErrOptions,
			c.LineSat)
	case c.LeaseFor < time.Minute:
		return c, fmt.Errorf("%w: LeaseFor %v is below a minute",
			ErrOptions, c.LeaseFor)
	case c.Poll < 0:
		return c, fmt.Errorf("%w: Poll is negative", ErrOptions)
	}
	return c, nil
}

// Publisher gets checkpoints into Bitcoin's chain, one after the other. Each
// anchor spends an output of the one before, so there is one line of them.
//
// It stores before it acts. A crash at any point, and a repetition of any
// call, leaves one transaction per anchor, or several versions of it that
// spend the same coins. At most one anchor waits for its block; checkpoints
// that come meanwhile replace one another, because a later one covers all that
// an earlier one does. Each time its fee is raised the newest takes its place.
//
// Run is the only writer; all other methods may be called concurrently, before
// and after it too.
type Publisher struct {
	cfg    PublisherConfig
	lockID [32]byte

	// wake holds a token when there may be something to do.
	wake chan struct{}

	// records are all anchors, by sequence, and leased is when a coin was
	// last leased: used by Run alone.
	records []*record
	leased  map[wire.OutPoint]time.Time

	mu   sync.Mutex
	next []byte   // the checkpoint that waits; nil if none
	most int64    // size of the largest checkpoint ever taken
	view []Anchor // what the records say, for other goroutines

	// txids are those of all versions of all records, and of lost; lost are
	// the adopted anchors.
	txids map[chainhash.Hash]bool
	lost  []*adopted

	wait    Waiting
	blocked string // why the last steps failed; "": the last did not
	since   time.Time
}

// Anchor is an anchor as others see it.
type Anchor struct {
	Seq        uint64
	State      State
	Checkpoint Checkpoint
	Body       []byte // the checkpoint's text

	// Txid is the version that confirmed, or else the latest; Versions
	// counts them. Both are empty until there is one.
	Txid     string
	Versions int
	FeeSat   int64

	// BlockHash and Height are set once it is in a block.
	BlockHash string
	Height    uint32
}

// NewPublisher reads the journal and returns a Publisher that goes on where
// the last one stopped.
func NewPublisher(cfg PublisherConfig) (*Publisher, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("anchor publisher: %w", err)
	}
	p := &Publisher{
		cfg:    cfg,
		lockID: sha256.Sum256([]byte("econd/anchor/lease/" + cfg.Origin)),
		wake:   make(chan struct{}, 1),
		leased: map[wire.OutPoint]time.Time{},
		most:   -1,
		txids:  map[chainhash.Hash]bool{},
	}
	if err := p.load(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Publisher) load() error {
	err := p.cfg.Journal.Scan(recordPrefix, func(_ string, v []byte) error {
		r, err := decodeRecord(v)
		if err != nil {
			return err
		}
		if r.Seq != uint64(len(p.records)) {
			return fmt.Errorf("anchor journal: record %d is missing",
				len(p.records))
		}
		if r.checkpoint.Origin != p.cfg.Origin {
			return fmt.Errorf("anchor journal: it belongs to %q, not %q",
				r.checkpoint.Origin, p.cfg.Origin)
		}
		r.compact()
		p.know(r)
		p.records = append(p.records, r)
		p.view = append(p.view, r.view())
		p.most = max(p.most, r.checkpoint.Size)
		return nil
	})
	if err == nil {
		err = p.loadLost()
	}
	if err != nil {
		return err
	}
	return p.cfg.Journal.Scan(nextKey, func(_ string, v []byte) error {
		var n next
		if err := json.Unmarshal(v, &n); err != nil || n.V != recordVersion {
			return fmt.Errorf("anchor journal: %s is malformed", nextKey)
		}
		c, err := ParseCheckpoint([]byte(n.Body))
		if err != nil {
			return fmt.Errorf("anchor journal: %s: %w", nextKey, err)
		}
		if c.Size > p.most {
			p.next, p.most = []byte(n.Body), c.Size
		}
		return nil
	})
}

// Anchor asks for the checkpoint with this text to be anchored. When it
// returns nil the wish is durable. A checkpoint that is not larger than one
// asked for before changes nothing: it is covered. The caller must never ask
// for checkpoints that are not prefixes of one another.
func (p *Publisher) Anchor(body []byte) error {
	c, err := ParseCheckpoint(body)
	if err != nil {
		return err
	}
	if c.Origin != p.cfg.Origin {
		return fmt.Errorf("%w: origin is %q, want %q", ErrCheckpoint,
			c.Origin, p.cfg.Origin)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Size <= p.most {
		return nil
	}
	value, err := json.Marshal(next{V: recordVersion, Body: string(body)})
	if err != nil {
		return fmt.Errorf("anchor: %w", err)
	}
	if err := p.cfg.Journal.Put(nextKey, value); err != nil {
		return fmt.Errorf("anchor: journal: %w", err)
	}
	p.next, p.most = body, c.Size
	p.poke()
	return nil
}

// poke makes Run look.
func (p *Publisher) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Anchors returns all anchors, oldest first, as the journal has them.
func (p *Publisher) Anchors() []Anchor {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.view)
}

// Covering returns the first final anchor whose checkpoint has at least so many
// entries, and its proof; or ErrNotAnchored.
func (p *Publisher) Covering(size int64) (Anchor, *Proof, error) {
	for _, a := range p.Anchors() {
		if a.State == StateFinal && a.Checkpoint.Size >= size {
			proof, err := p.Proof(a.Seq)
			return a, proof, err
		}
	}
	return Anchor{}, nil, fmt.Errorf("%w: no final anchor covers %d entries",
		ErrNotAnchored, size)
}

// Proofs returns the proofs of final anchors in the order of their line, those that were
// adopted among them, from a place on and at most limit; next is where the following
// ones start, 0 if there are none.
func (p *Publisher) Proofs(from, limit int) (list []*Proof, next int,
	err error) {

	p.mu.Lock()
	var lost []*adopted
	for _, a := range p.lost {
		if a.Proof != nil {
			lost = append(lost, a)
		}
	}
	slices.SortStableFunc(lost, func(a, b *adopted) int {
		return cmp.Compare(a.Height, b.Height)
	})
	var places []func() (*Proof, error)
	for _, r := range p.view {
		for len(lost) > 0 && lost[0].After <= r.Seq {
			proof := lost[0].Proof
			places = append(places,
				func() (*Proof, error) { return proof, nil })
			lost = lost[1:]
		}
		if r.State == StateFinal {
			places = append(places,
				func() (*Proof, error) { return p.Proof(r.Seq) })
		}
	}
	for _, a := range lost {
		places = append(places, func() (*Proof, error) { return a.Proof, nil })
	}
	p.mu.Unlock()
	for i := from; i < len(places) && len(list) < limit; i++ {
		proof, err := places[i]()
		if err != nil {
			return nil, 0, err
		}
		list = append(list, proof)
	}
	if end := from + len(list); end < len(places) {
		next = end
	}
	return list, next, nil
}

// Proof returns the proof of the anchor with this sequence number, from the
// journal; or ErrNotAnchored if it is not final.
func (p *Publisher) Proof(seq uint64) (*Proof, error) {
	var found *Proof
	err := p.cfg.Journal.Scan(recordKey(seq), func(_ string, v []byte) error {
		r, err := decodeRecord(v)
		if err == nil && r.State == StateFinal {
			found = r.Proof
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fmt.Errorf("%w: anchor %d is not final", ErrNotAnchored,
			seq)
	}
	return found, nil
}

// stored reads a record from the journal.
func (p *Publisher) stored(seq uint64) (r *record, err error) {
	err = p.cfg.Journal.Scan(recordKey(seq), func(_ string, v []byte) error {
		r, err = decodeRecord(v)
		return err
	})
	if err == nil && r == nil {
		err = fmt.Errorf("anchor journal: record %d is missing", seq)
	}
	return r, err
}

// view is the record as others see it.
func (r *record) view() Anchor {
	a := Anchor{
		Seq:        r.Seq,
		State:      r.State,
		Checkpoint: r.checkpoint,
		Body:       []byte(r.Body),
		Versions:   len(r.Versions),
	}
	if len(r.Versions) == 0 {
		return a
	}
	v := r.latest()
	if r.Block != nil {
		v = &r.Versions[r.Block.Version]
		a.BlockHash = r.Block.hash().String()
		a.Height = r.Block.Height
	}
	a.Txid, a.FeeSat = v.msg.TxHash().String(), v.FeeSat
	return a
}

// put stores a record as it is now.
func (p *Publisher) put(r *record) error {
	value, err := json.Marshal(r)
	if err != nil {
		return &journalError{fmt.Errorf("encode record: %w", err)}
	}
	if err := p.cfg.Journal.Put(recordKey(r.Seq), value); err != nil {
		return &journalError{err}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Seq == uint64(len(p.view)) {
		p.view = append(p.view, Anchor{})
	}
	p.view[r.Seq] = r.view()
	p.know(r)
	return nil
}

// know notes the transactions of a record.
func (p *Publisher) know(r *record) {
	for i := range r.Versions {
		p.txids[r.Versions[i].msg.TxHash()] = true
	}
}

// journalError ends Run: after a doubtful write the way on is to start anew.
type journalError struct{ err error }

func (e *journalError) Error() string {
	return "anchor: journal: " + e.err.Error()
}

func (e *journalError) Unwrap() error { return e.err }

// Run publishes until ctx ends, and returns nil then. It returns an error only
// where the journal fails; the program should stop and start again. All other
// failures, a wallet that is away or empty included, are logged and tried
// again.
func (p *Publisher) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() {
		for ctx.Err() == nil {
			err := p.cfg.Chain.Watch(ctx, func(uint32) { p.poke() })
			if ctx.Err() == nil {
				p.cfg.Logger.Warn("anchor: watch blocks", "err", err)
				_ = backoff.Sleep(ctx, p.cfg.Poll)
			}
		}
	})
	pauses, last := backoff.Pauses{First: firstPause, Longest: p.cfg.Poll}, ""
	for {
		err := p.step(ctx)
		var fatal *journalError
		if errors.As(err, &fatal) {
			return fatal
		}
		if ctx.Err() != nil {
			return nil
		}
		last = p.complain(err, last)
		p.note(last, time.Now())
		woken, err := backoff.Wait(ctx, pauses.Next(), p.wake)
		if err != nil {
			return nil
		}
		if woken {
			pauses.Reset()
		}
	}
}

// complain logs a failure, once while it stays the same, and returns it.
func (p *Publisher) complain(err error, last string) string {
	if err == nil {
		return ""
	}
	if err.Error() != last {
		p.cfg.Logger.Warn("anchor: will try again", "err", err)
	}
	return err.Error()
}

// note keeps since when steps fail, and why the last one did.
func (p *Publisher) note(why string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.blocked == "" {
		p.since = now
	}
	p.blocked = why
}

// Blocked says why nothing can be published now and since when steps fail, or "".
func (p *Publisher) Blocked() (why string, since time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.blocked, p.since
}
