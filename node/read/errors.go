package read

import (
	"errors"
	"fmt"
)

// ErrCursor says that the list, with its filters, never gave the cursor.
var ErrCursor = errors.New("not a cursor of this list")

// NotFound says that there is nothing under a parameter.
type NotFound struct {
	Param string // its name
	Rule  string
	Text  string
	See   string // path of the list of what there is; or ""
}

// Error returns it in one line.
func (e *NotFound) Error() string { return e.Param + ": " + e.Rule + ": " + e.Text }

// RangeError refuses a number that the log as it is does not allow.
type RangeError struct {
	Param string
	Most  int64
	Why   string // what the number was to fit; what it was, the caller knows best
}

// Error returns it in one line.
func (e *RangeError) Error() string { return e.Param + ": " + e.Why }

// EpochError refuses a cursor into what an epoch said that is over.
type EpochError struct{ Epoch, Ended int64 }

// Error says how to go on.
func (e *EpochError) Error() string {
	return fmt.Sprintf("is of epoch %d, and epoch %d has ended since; start without one, or read that epoch with at", e.Epoch, e.Ended)
}
