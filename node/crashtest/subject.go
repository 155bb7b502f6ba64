package crashtest

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/econd/econd/node/budget"
)

// ErrUnknown says that a call may have been carried out, or not: the wallet died in it, or
// its answer was lost.
var ErrUnknown = errors.New("the answer is not known")

// Payment is what a caller asks for. The same key is the same payment.
type Payment struct {
	Key                      string
	AmountMsat, FeeLimitMsat int64
}

// State is what a wallet says of a payment.
type State string

// States.
const (
	None    State = "none"
	Pending State = "pending" // reserved, or under way
	Settled State = "settled"
	Failed  State = "failed" // and can be asked for again
)

// Subject is a wallet that is tried, with all that stands around it. Pay, State and Balance
// may be called concurrently, the others not.
type Subject interface {
	// Pay answers whether the payment is reserved, under way or made, else by which rule of
	// the budget it is not; ErrUnknown where nothing is known.
	Pay(p Payment) (accepted bool, rule string, err error)
	State(key string) (State, error)
	Balance() (availableMsat int64, err error)

	Kill()                            // as SIGKILL does
	KillAt(step int)                  // kills at the so-manieth step from now, of whatever call; 0: at none
	Killed() bool                     // it is dead
	Restart()                         // starts it again
	Finish(pass func(ms int64)) error // returns when nothing is under way any more; pass lets time go by
	Tick(nowMs int64)                 // sets the clock
	Trouble(t Trouble)                // what the Lightning node does from now on
	Steady() bool                     // its time never goes back, whatever the clock does
	Left() []Left                     // payments that left, as the Lightning node knows them
	Close()
}

// Trouble is what goes wrong at the Lightning node.
type Trouble struct {
	LoseRequests int  // so many next calls fail and are not carried out
	LoseAnswers  int  // so many next payments are sent and their callers not told
	Fail         bool // payments fail on their way
	Stick        bool // payments stay under way; those that do go on when it ends
}

// Left is a payment of which sats left the Lightning node.
type Left struct {
	Key       string
	SpentMsat int64 // fees included
}

// Env is what a subject is started with.
type Env struct {
	Terms *budget.Terms
	Pays  []Payment
	NowMs int64

	// Ended is called when a payment has come to its end at the Lightning node, with what
	// was spent, or -1 where it failed.
	Ended func(key string, spentMsat int64)
}

// Start makes a subject that was never used.
type Start func(Env) (Subject, error)

// Killer lets a subject be killed at a step. A subject calls Step wherever it could die.
type Killer struct {
	left atomic.Int64
	dead atomic.Bool
	mu   sync.Mutex
	kill func()
}

// At sets after how many steps it is killed, and by what; 0: never.
func (k *Killer) At(step int, kill func()) {
	k.mu.Lock()
	k.kill = kill
	k.mu.Unlock()
	k.left.Store(int64(step))
}

// Step tells whether this is the step at which it dies; the caller then does nothing more.
func (k *Killer) Step() (dead bool) {
	if k.left.Add(-1) == 0 && k.dead.CompareAndSwap(false, true) {
		k.mu.Lock()
		kill := k.kill
		k.mu.Unlock()
		if kill != nil {
			kill()
		}
	}
	return k.dead.Load()
}

// Dead tells whether it is.
func (k *Killer) Dead() bool { return k.dead.Load() }

// Die kills it now.
func (k *Killer) Die() { k.dead.Store(true) }

// Live makes it live again, with nothing ahead.
func (k *Killer) Live() { k.left.Store(0); k.dead.Store(false) }
