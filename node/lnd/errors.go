package lnd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node"
)

// The kinds of failure, beside those of package node: ErrLightningAway where LND is
// away, locked, starting, or did not answer in time (whether the call took effect is
// unknown; it may be repeated), ErrOtherNetwork (see NetworkError), ErrHoldGone and
// node.ErrHoldSettled. Errors of this package wrap one of them where a caller can act on it;
// all others are LND's own words.
var (
	// ErrConfig: the configuration cannot work.
	ErrConfig = errors.New("lnd configuration")

	// ErrNotConfigured: the call's part has no macaroon.
	ErrNotConfigured = errors.New("lnd macaroon not configured")

	// ErrPermission: the macaroon does not allow the call, or allows more
	// than its part may.
	ErrPermission = errors.New("lnd macaroon permissions")

	// ErrInvalid: LND or this package refuses an argument.
	ErrInvalid = errors.New("invalid argument")

	// ErrUnknownHold: LND has no invoice with that hash. An ErrHoldGone.
	ErrUnknownHold = fmt.Errorf("%w: LND has no such invoice", node.ErrHoldGone)

	// ErrHoldOpen: nobody has paid, so there is nothing to settle.
	ErrHoldOpen = errors.New("hold is not paid")

	// ErrHoldCancelled: the hold was cancelled and cannot be settled. An
	// ErrHoldGone.
	ErrHoldCancelled = fmt.Errorf("%w: it is cancelled", node.ErrHoldGone)

	// ErrHoldConflict: the hash belongs to a hold with other terms.
	ErrHoldConflict = errors.New("hold exists with other terms")
)

// notStarted are the words of an LND that answers but does not serve yet; it
// sends them with the code Unknown.
var notStarted = []string{
	"wallet locked", "wallet not created", "waiting to start",
	"still in the process of starting", "RPC services not",
	"not yet ready", "shutting down", "server not active",
	"router backend not", "chain notifier RPC is still",
}

// texts maps the words of LND's refusals, which come without a code of their
// own, to kinds.
var texts = []struct {
	text string
	kind error
}{
	{"unable to locate invoice", ErrUnknownHold},
	{"there are no existing invoices", ErrUnknownHold},
	{"invoice still open", ErrHoldOpen},
	{"invoice already canceled", ErrHoldCancelled},
	{"invoice already settled", node.ErrHoldSettled},
	{"permission denied", ErrPermission},
	{"cannot retrieve macaroon", ErrPermission},
	{"verification failed", ErrPermission},
}

// callError is an error of LND's that wrap has named once.
type callError struct{ error }

func (e callError) Unwrap() error { return e.error }

// wrap names what was being done and finds the error's kind. What was named before,
// by the call that asked for the network first, stays as it is.
func wrap(doing string, err error) error {
	if err == nil || errors.As(err, new(callError)) || errors.Is(err, node.ErrOtherNetwork) {
		return err
	}
	if kind := kindOf(err); kind != nil {
		return callError{fmt.Errorf("lnd: %s: %w: %w", doing, kind, err)}
	}
	return callError{fmt.Errorf("lnd: %s: %w", doing, err)}
}

// kindOf returns the kind of an error from a call, nil if it has none. A call
// that the caller itself cancelled has none either: it stays context.Canceled.
func kindOf(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) {

		return node.ErrLightningAway
	}
	s, ok := status.FromError(err)
	if !ok {
		return nil
	}
	switch s.Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Aborted:
		return node.ErrLightningAway
	case codes.Canceled:
		return context.Canceled
	case codes.PermissionDenied, codes.Unauthenticated:
		return ErrPermission
	}
	for _, text := range notStarted {
		if strings.Contains(s.Message(), text) {
			return node.ErrLightningAway
		}
	}
	for _, t := range texts {
		if strings.Contains(s.Message(), t.text) {
			return t.kind
		}
	}
	return nil
}

func notConfigured(role Role) error {
	return fmt.Errorf("%w: %s", ErrNotConfigured, role)
}
