package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// ErrRecovery says that the node serves reads only, because its log and the world do not
// agree, until the operator has decided what holds; or because a fact that is due is
// refused by the ledger.
var ErrRecovery = errors.New("recovery")

// RecoveryText is what everybody is told who sends something.
const RecoveryText = "econd serves reads only until its operator has decided what holds: its log was restored from a backup, or LND or Bitcoin knows what it does not (econd reconcile, econd recover), or a fact that is due is refused; /v1/info says which. Send it again later"

// Head is a head of the log that was signed.
type Head struct {
	Size uint64
	Root [32]byte
}

// Heads keeps the highest head ever signed where a restore of the ballot store does
// not reach. Both are durable when they return.
type Heads interface {
	Highest() (h Head, ok bool, err error)
	Raise(Head) error
}

// Recovery lists why the node serves reads only; none in normal work.
func (n *Node) Recovery() []string {
	why := n.disagreements()
	if stuck := n.stuck.Load(); stuck != nil {
		why = append(slices.Clip(why), *stuck)
	}
	return why
}

// disagreements lists where the log and the world do not agree.
func (n *Node) disagreements() []string {
	if why := n.recovery.Load(); why != nil {
		return *why
	}
	return nil
}

func (n *Node) enterRecovery(why ...string) {
	why = append(slices.Clip(n.disagreements()), why...)
	n.recovery.Store(&why)
	n.cfg.Log.Error("recovery mode: reads only; stop econd, run econd reconcile, then econd recover", "why", strings.Join(why, "; "))
}

// checkHead holds the store against the highest head that was signed.
func (n *Node) checkHead() error {
	if n.cfg.Heads == nil {
		return nil
	}
	h, ok, err := n.cfg.Heads.Highest()
	if err != nil {
		return err
	}
	if !ok {
		n.checkHeadless()
		return nil
	}
	if size := n.Size(); h.Size > size {
		n.enterRecovery(fmt.Sprintf("the log has %d entries, a head over %d was signed", size, h.Size))
		return nil
	}
	root, err := n.cfg.Store.Root(h.Size)
	if err == nil && root != h.Root {
		n.enterRecovery(fmt.Sprintf("the log's first %d entries are not those over which a head was signed", h.Size))
	}
	return err
}

// checkHeadless enters recovery mode where the highest head is not known any more, though
// heads were signed: a store that is behind could not be told from one that is not.
func (n *Node) checkHeadless() {
	size, note, err := n.cfg.Store.LatestCheckpoint()
	if err == nil && note != nil && n.cfg.Restored == "" {
		n.enterRecovery(fmt.Sprintf("the file of the highest head is gone, though a head over %d entries was signed: put it back, or say why it is lost", size))
	}
}

// HeedWitness enters recovery mode where a witness cosigned a larger head of this log than it
// has, unless the log says already that it was lost. Call it before Run.
func (n *Node) HeedWitness(name string, size uint64) {
	known := n.Size()
	n.View(func(s *ledger.State, _ int64) {
		for _, r := range s.Restorations() {
			known = max(known, r.Size)
		}
	})
	if size <= known {
		return
	}
	n.witnessed = max(n.witnessed, size)
	n.enterRecovery(fmt.Sprintf("the log has %d entries, witness %s cosigned a head over %d", n.Size(), name, size))
}

// Agree compares the log with the Lightning node, and enters recovery mode
// where no rule settles a difference. It does nothing once that was done. Run calls
// it first; who wants to know before calls it by itself.
func (n *Node) Agree(ctx context.Context) error {
	if n.agreed || len(n.disagreements()) > 0 {
		return nil
	}
	if n.cfg.Listing == nil {
		n.compared()
		return nil
	}
	c, err := n.Compare(ctx, n.cfg.Listing, false)
	if err != nil {
		return err
	}
	n.Heed(c)
	if len(n.disagreements()) == 0 && len(c.lost) > 0 {
		if err := n.anchors.Adopt(c.lost); err != nil {
			return err
		}
	}
	n.compared()
	return nil
}

// Heed enters recovery mode where something of a comparison waits for the operator.
func (n *Node) Heed(c Comparison) {
	for _, d := range c.Undecided() {
		if d.Anchor == nil {
			n.enterRecovery(fmt.Sprintf("%s: LND: %s, log: %s", d.Subject, d.LND, d.Log))
		}
	}
	if lost := c.LostAnchors(); lost > 0 {
		n.enterRecovery(fmt.Sprintf("Bitcoin has %d anchors of this log over checkpoints that it does not have: there is, or was, more of it", lost))
	}
}

func (n *Node) compared() {
	n.agreed = true
	close(n.comparison)
}

// Compared is closed once the log was compared with what is outside, at this start:
// before, nothing may be anchored. It stays open where the node was opened in
// recovery.
func (n *Node) Compared() <-chan struct{} { return n.comparison }

// agree is Agree until the Lightning node answers. Effects wait for it.
func (n *Node) agree(ctx context.Context) error {
	for pauses := (backoff.Pauses{First: 100 * time.Millisecond, Longest: 10 * time.Second}); ; {
		err := n.Agree(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil, errors.Is(err, ErrOtherNetwork):
			return err
		}
		wait := pauses.Next()
		n.cfg.Log.Warn("LND cannot be compared with the log yet", "in", wait.String(), "error", err.Error())
		if err := backoff.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// refuseInRecovery is ErrRecovery as a refusal that says what to do.
func (n *Node) refuseInRecovery() error {
	if len(n.Recovery()) == 0 {
		return nil
	}
	return n.recoveryRefusal()
}

func (n *Node) recoveryRefusal() error {
	return &refusal.Refusal{Kind: ErrRecovery, Field: "", Rule: "recovery", Text: RecoveryText}
}

// Decide records a decision of the operator in recovery, stamped as the last entry
// is, so that nothing falls due meanwhile. It is refused in normal work, where it
// would come after its time. The node must not be running. Errors: *refusal.Refusal,
// or of the store.
func (n *Node) Decide(kind op.Kind, content any) (view.Receipt, error) {
	if len(n.disagreements()) == 0 {
		return view.Receipt{}, &refusal.Refusal{Kind: refusal.ErrPhase, Rule: "in-recovery",
			Text: "this log agrees with LND and was not restored: there is nothing to decide"}
	}
	return n.enter(kind, content)
}

// enter records a fact of the operator while the node does not run, stamped as the last entry
// is.
func (n *Node) enter(kind op.Kind, content any) (view.Receipt, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.enterAlone(kind, content)
}

// Resume records that the log goes on from what was restored, and before that each
// anchor of what was lost. It is refused while other differences wait. The highest
// head that was signed stands in the entry for ever; from then on the log's own is
// the highest.
func (n *Node) Resume(c Comparison, note string) (view.Receipt, error) {
	var lost []LostAnchor
	var wait []Difference
	for _, d := range c.Undecided() {
		if d.Anchor != nil {
			lost = append(lost, *d.Anchor)
		} else {
			wait = append(wait, d)
		}
	}
	if len(wait) > 0 {
		return view.Receipt{}, fmt.Errorf("%d differences wait for a decision, the first: %s", len(wait), wait[0].Subject)
	}
	if off := c.Off(n.books()); off != 0 {
		return view.Receipt{}, fmt.Errorf("LND and the log are %d msat apart, which no difference explains; nothing is resumed like that", off)
	}
	for _, a := range lost {
		if _, err := n.Decide(op.KindReconciled, op.Reconciled{Decision: op.DecidedAnchored, Hash: a.Txid, Digest: a.Digest, Height: a.Height}); err != nil {
			return view.Receipt{}, err
		}
	}
	f := op.Reconciled{Decision: op.DecidedRestored, Note: note}
	if n.cfg.Heads != nil {
		h, _, err := n.cfg.Heads.Highest()
		if err != nil {
			return view.Receipt{}, err
		}
		f.Size, f.Root = h.Size, h.Root
	}
	if n.witnessed > f.Size {
		f.Size, f.Root = n.witnessed, op.Hash{} // a witness says no more than that
	}
	r, err := n.Decide(op.KindReconciled, f)
	if err != nil || n.cfg.Heads == nil {
		return r, err
	}
	root, err := n.cfg.Store.Root(n.Size())
	if err != nil {
		return r, err
	}
	return r, n.cfg.Heads.Raise(Head{n.Size(), root})
}

func (n *Node) books() ledger.Books {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.state.Books()
}

// DecidePaid records that a payment which LND made was that of a payout: of the one
// that the difference names, or of another.
func (n *Node) DecidePaid(d Difference, payout string) (view.Receipt, error) {
	if payout == "" {
		payout, _ = strings.CutPrefix(d.Subject, "payout ")
	}
	if err := d.offered("paid"); err != nil {
		return view.Receipt{}, err
	}
	p := d.payment
	if p.Status != PaymentSucceeded {
		return view.Receipt{}, fmt.Errorf("%s: no payment that has succeeded", d.Subject)
	}
	return n.Decide(op.KindReconciled, op.Reconciled{Decision: op.DecidedPaid, Payout: payout, Hash: p.PaymentHash,
		Preimage: p.Preimage, Invoice: p.Invoice, AmountMsat: p.AmountMsat, FeeMsat: p.FeeMsat})
}

// DecideFound books the sats of a hold that LND settled and the log does not know
// into a pool.
func (n *Node) DecideFound(d Difference, pool string) (view.Receipt, error) {
	if err := d.offered("found"); err != nil {
		return view.Receipt{}, err
	}
	return n.Decide(op.KindReconciled, op.Reconciled{Decision: op.DecidedFound, Hash: d.PaymentHash, AmountMsat: d.Msat, Pool: pool})
}

// DecideNoted records that a payment or invoice is none of the economy's sats.
func (n *Node) DecideNoted(d Difference, note string) (view.Receipt, error) {
	if err := d.offered("noted"); err != nil {
		return view.Receipt{}, err
	}
	return n.Decide(op.KindReconciled, op.Reconciled{Decision: op.DecidedNoted, Hash: d.PaymentHash, Note: note})
}

// DecideCancelled cancels a hold that the log does not know, at LND, and records it.
func (n *Node) DecideCancelled(ctx context.Context, d Difference) (view.Receipt, error) {
	if err := d.offered("cancel"); err != nil {
		return view.Receipt{}, err
	}
	if err := n.cfg.Lightning.CancelHold(ctx, d.PaymentHash); err != nil && !errors.Is(err, ErrHoldGone) {
		return view.Receipt{}, err
	}
	return n.Decide(op.KindReconciled, op.Reconciled{Decision: op.DecidedCancelled, Hash: d.PaymentHash})
}
