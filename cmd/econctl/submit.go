package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// done is what every command that submits an operation prints as JSON.
type done struct {
	ID      string       `json:"id"`
	Kind    string       `json:"kind"`
	Receipt view.Receipt `json:"receipt"`

	// Promised says that the log's key signed the receipt, which was checked and kept.
	Promised bool  `json:"promised"`
	PaidSat  int64 `json:"paid_sat"`
}

// submit signs an operation and hands it to econd.
func (a *app) submit(ctx context.Context, kind op.Kind, content any) (done, error) {
	if a.dryRun {
		return done{}, a.showOperation(ctx, kind, content)
	}
	if _, err := a.signing(ctx); err != nil { // before econd is asked anything
		return done{}, err
	}
	e, err := a.econd.Sign(ctx, kind, content)
	if errors.Is(err, client.ErrContent) {
		return done{}, cli.Usage(err)
	}
	if err != nil {
		return done{}, err
	}
	receipt, err := a.econd.Submit(ctx, e)
	a.keepSigned(e, receipt, err)
	if errors.Is(err, client.ErrNoReceipt) {
		return done{}, fmt.Errorf("%w; look it up with: econctl proof entry %s", err, e.ID)
	}
	if err != nil {
		return done{}, uncertain(err)
	}
	return done{ID: e.ID.String(), Kind: kind.String(), Receipt: receipt, Promised: receipt.Promise != "", PaidSat: a.paidSat()}, nil
}

// line is the receipt for people.
func (d done) line() string {
	text := fmt.Sprintf("%s recorded as entry %d\nid %s\n", d.Kind, d.Receipt.Seq, d.ID)
	if d.Receipt.Replay {
		text = fmt.Sprintf("%s was recorded already, as entry %d\nid %s\n", d.Kind, d.Receipt.Seq, d.ID)
	}
	if !d.Promised {
		text += fmt.Sprintf("no promise came with it: nothing signed says that it stands. Keep a signed proof yourself: econctl proof entry %s --out FILE; "+
			"its head may lack the quorum of your witnesses, which econaudit proof --policy tells\n", d.ID)
	}
	return text
}

// submitAndPrint is a command that ends with the receipt, and what to do next.
func (a *app) submitAndPrint(ctx context.Context, kind op.Kind, content any, next ...string) error {
	d, err := a.submit(ctx, kind, content)
	if err != nil {
		return err
	}
	text := d.line()
	for _, line := range next {
		text += line + "\n"
	}
	return a.print(d, text)
}
