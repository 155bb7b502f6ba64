package admission

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// OperatorsOwn tells whether an event is an operation that the operator's key signed. It
// costs nothing: a veto must not hang on a payment to oneself, which Lightning cannot route.
func (d *Door) OperatorsOwn(event []byte) bool {
	operator := d.Node.Operator()
	if len(event) > op.MaxEventBytes || !bytes.Contains(event, []byte(operator.String())) {
		return false
	}
	e, err := op.Decode(event)
	return err == nil && e.PubKey == operator && e.Verify() == nil
}

// Submit takes the use that an operation costs and records it. The use is given back where
// it turned out to cost nothing; counts tells of an error whether it does.
func (d *Door) Submit(ctx context.Context, p *Pass, e *op.Event, counts func(error) bool) (view.Receipt, error) {
	if err := p.PayOperation(e); err != nil {
		return view.Receipt{}, err
	}
	receipt, err := d.Node.Submit(ctx, e)
	if !Used(receipt, err, counts) {
		p.GiveBack(1)
	}
	return receipt, err
}

// SubmitMany does so for many operations together and answers each, in order: by errs,
// where that says already why it is none. Those that the token does not pay for are
// answered by short.
func (d *Door) SubmitMany(ctx context.Context, p *Pass, events []*op.Event, errs []error, short func() error, counts func(error) bool) []node.Result {
	paid := p.PayBatch(events, errs, short)
	results := make([]node.Result, len(events))
	if slices.Contains(errs, nil) {
		results = d.Node.SubmitMany(ctx, events)
	}
	p.Settle(paid, results, counts)
	for i, err := range errs {
		if err != nil {
			results[i] = node.Result{Err: err}
		}
	}
	return results
}

// GroupBytes is how much of the log a stream reads before it writes, one entry more, so
// that no read of the store waits for a reader: beside what the store reads at once all
// the memory that a slow one can hold.
const GroupBytes = 64 << 10

var errFull = errors.New("enough for one write")

// Group calls fn with the entries from at on until there are enough bytes for one write,
// or up to to, and returns where it stopped. fn must not keep a line.
func (d *Door) Group(at, to uint64, fn func(seq uint64, line []byte)) (next uint64, err error) {
	size := 0
	err = d.Node.Entries(at, to, func(seq uint64, line []byte) error {
		fn(seq, line)
		at = seq + 1
		if size += len(line); size >= GroupBytes {
			return errFull
		}
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return at, err
}

// KindOf finds the kind in a canonical entry: the first member of that name, since only
// numbers and hex come before it.
func KindOf(line []byte) op.Kind {
	_, rest, _ := bytes.Cut(line, []byte(`,"kind":`))
	digits, _, _ := bytes.Cut(rest, []byte{','})
	n, err := strconv.ParseUint(string(digits), 10, 16)
	if err != nil {
		return 0
	}
	return op.Kind(n)
}
