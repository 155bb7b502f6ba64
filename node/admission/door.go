package admission

import (
	"context"
	"fmt"
	"time"

	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/view"
)

// Door is what every API is made of, however its calls travel.
type Door struct {
	Node    Node
	Version string // of the program
	// Witnesses that cosign checkpoints; the zero value: none.
	Witnesses view.Witnesses
	// Now is the clock of tokens and of signed requests; time.Now in production.
	Now func() time.Time

	Mode    Mode
	Gate    Gate   // needed unless Off, and only then
	Service string // name of the service in L402 tokens, e.g. "econd"

	Feed Feed // of notices; nil: not served
}

// Feed is where notices come from; *notifier.Feed is one.
type Feed interface {
	// Begin checks whom a reader asks about and where it begins, nil for now.
	Begin(who notify.Interest, from *notify.Cursor) (notify.Cursor, error)
	// Next waits for the notices that follow a place.
	Next(ctx context.Context, who notify.Interest, from notify.Cursor) ([]notify.Told, notify.Cursor, error)
}

// Check demands what is needed, and limits above zero; the error names the field that is
// wrong.
func (d *Door) Check(limits any) error {
	switch {
	case d.Node == nil:
		return fmt.Errorf("Node: needed")
	case d.Now == nil:
		return fmt.Errorf("Now: needed")
	}
	if err := d.Mode.Check(d.Gate != nil, d.Service); err != nil {
		return err
	}
	return CheckLimits(limits)
}

// Desk charges for the calls of the API.
func (d *Door) Desk() Desk {
	return Desk{Mode: d.Mode, Service: d.Service, Node: d.Node, Gate: d.Gate, Now: d.Now}
}

// Here is what reads say of where they are asked.
func (d *Door) Here() read.Here {
	return read.Here{Version: d.Version, L402: view.L402{Mode: string(d.Mode), Service: d.Service}, Witnesses: d.Witnesses}
}
