package crashtest

import (
	"errors"
	"sync"
)

// errLost is what a caller gets whose request or answer was lost: it does not know which.
var errLost = errors.New("connection closed")

// outcome is what the Lightning node knows of a payment.
type outcome struct {
	known    bool
	state    State // Pending, Settled, Failed
	spent    int64
	key      string
	msat     int64
	feeLimit int64
}

// lightning is a Lightning node in memory. Like LND it takes a payment hash once, and again
// only after it failed; its answers say how it stands.
type lightning struct {
	mu      sync.Mutex
	trouble Trouble
	paid    map[string]*outcome // by payment hash
	left    []Left
	ended   func(key string, spentMsat int64)
}

func newLightning(ended func(string, int64)) *lightning {
	return &lightning{paid: map[string]*outcome{}, ended: ended}
}

// call carries work out unless its request is lost, and may lose the answer of a send.
func (l *lightning) call(send bool, work func() outcome) (outcome, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trouble.LoseRequests > 0 {
		l.trouble.LoseRequests--
		return outcome{}, errLost
	}
	o := work()
	if send && l.trouble.LoseAnswers > 0 {
		l.trouble.LoseAnswers--
		return outcome{}, errLost
	}
	return o, nil
}

// send pays, or says how the payment of that hash stands.
func (l *lightning) send(hash string, p Payment) (outcome, error) {
	return l.call(true, func() outcome {
		if o := l.paid[hash]; o != nil && o.state != Failed {
			return *o
		}
		o := &outcome{known: true, state: Pending, key: p.Key, msat: p.AmountMsat, feeLimit: p.FeeLimitMsat}
		l.paid[hash] = o
		switch {
		case l.trouble.Fail:
			o.state = Failed
			l.ended(p.Key, -1)
		case !l.trouble.Stick:
			l.arrive(o)
		}
		return *o
	})
}

// track says how the payment of a hash stands; not known is one that never came.
func (l *lightning) track(hash string) (outcome, error) {
	return l.call(false, func() outcome {
		if o := l.paid[hash]; o != nil {
			return *o
		}
		return outcome{}
	})
}

// arrive is for a caller that holds the lock.
func (l *lightning) arrive(o *outcome) {
	o.state, o.spent = Settled, o.msat+o.feeLimit/2
	l.left = append(l.left, Left{o.key, o.spent})
	l.ended(o.key, o.spent)
}

func (l *lightning) set(t Trouble) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = t
	for _, o := range l.paid {
		if !t.Stick && o.state == Pending {
			l.arrive(o)
		}
	}
}
