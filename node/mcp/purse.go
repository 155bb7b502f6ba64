package mcp

import (
	"fmt"
	"sync"
)

// Limits bound what one run of the server does, all its clients together.
type Limits struct {
	Sats       int64 // paid or locked, routing fees included; 0: none
	Operations int64 // signed and handed in; 0: none
}

// Purse counts what a run spends. It may be used concurrently.
type Purse struct {
	limits Limits

	mu         sync.Mutex
	msat       int64 // spent, and set aside for what is under way
	operations int64
}

// NewPurse makes a purse with that in it.
func NewPurse(l Limits) *Purse { return &Purse{limits: l} }

// Spend sets sats aside for a payment that may cost that much, in msat and with its fee. What
// the payment comes to is told to done, once: 0 where nothing was paid. The error is a
// *LimitError.
func (p *Purse) Spend(mostMsat int64) (done func(msat int64), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if mostMsat < 0 || p.limits.Sats <= 0 || mostMsat > 1000*p.limits.Sats-p.msat {
		return nil, &LimitError{What: "sats", Asked: ceilSat(mostMsat), Used: ceilSat(p.msat), Limit: p.limits.Sats}
	}
	p.msat += mostMsat
	var once sync.Once
	return func(msat int64) {
		once.Do(func() {
			p.mu.Lock()
			p.msat += msat - mostMsat
			p.mu.Unlock()
		})
	}, nil
}

// sign counts an operation that is signed and handed in.
func (p *Purse) sign() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.operations >= p.limits.Operations {
		return &LimitError{What: "operations", Asked: 1, Used: p.operations, Limit: p.limits.Operations}
	}
	p.operations++
	return nil
}

// maySign tells whether another operation is within the limits.
func (p *Purse) maySign() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.operations >= p.limits.Operations {
		return &LimitError{What: "operations", Asked: 1, Used: p.operations, Limit: p.limits.Operations}
	}
	return nil
}

// LimitsNow are the limits of this run and what is used of them.
type LimitsNow struct {
	MaxSats         int64 `json:"max_sats" jsonschema:"most sats that one payment costs, without its routing fee"`
	SessionSats     int64 `json:"session_sats" jsonschema:"most sats that this run of the server pays and locks, fees included"`
	SpentSats       int64 `json:"spent_sats" jsonschema:"of them, used"`
	SessionOps      int64 `json:"session_operations" jsonschema:"most operations that this run signs"`
	SignedOps       int64 `json:"signed_operations" jsonschema:"of them, used"`
	MaxResultBytes  int   `json:"max_result_bytes" jsonschema:"most bytes of one result"`
	SameCallMinutes int   `json:"same_call_minutes" jsonschema:"for how long the same call does nothing twice"`
}

func (p *Purse) now(maxSats int64) LimitsNow {
	p.mu.Lock()
	defer p.mu.Unlock()
	return LimitsNow{MaxSats: maxSats, SessionSats: p.limits.Sats, SpentSats: ceilSat(p.msat), SessionOps: p.limits.Operations,
		SignedOps: p.operations, MaxResultBytes: MaxResult, SameCallMinutes: int(KeptFor.Minutes())}
}

// LimitError is what would exceed a limit of the run.
type LimitError struct {
	What               string // sats or operations
	Asked, Used, Limit int64
}

// Error says the numbers.
func (e *LimitError) Error() string {
	return fmt.Sprintf("this run may use %d %s, %d are used, this needs up to %d", e.Limit, e.What, e.Used, e.Asked)
}

// ceilSat turns millisatoshis into satoshis, rounded up.
func ceilSat(msat int64) int64 { return msat/1000 + min(1, max(0, msat%1000)) }
