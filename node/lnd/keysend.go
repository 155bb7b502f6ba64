package lnd

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"github.com/lightningnetwork/lnd/record"
)

// KeysendRequest is a payment without an invoice, with all its bounds. It
// never splits: a payee takes a spontaneous payment in one part only.
type KeysendRequest struct {
	// Dest is the payee's node key, 33 bytes compressed.
	Dest [33]byte

	// Preimage travels to the payee inside the onion. Its SHA-256 is the
	// payment hash, so the same preimage is the same payment: the caller
	// must have it again after a crash.
	Preimage Preimage

	// AmountMsat is what the payee gets.
	AmountMsat int64

	// FeeLimitMsat is the most that the route may cost.
	FeeLimitMsat int64

	// CltvLimit bounds how long the payment can be stuck, in blocks. 0
	// leaves it to LND.
	CltvLimit uint32

	// Label is written into the payment as PayoutRecord.
	Label string

	// Timeout is how long LND looks for a route, in whole seconds.
	Timeout time.Duration
}

// PaymentHash names the payment, for Track and Await.
func (r KeysendRequest) PaymentHash() [32]byte {
	return sha256.Sum256(r.Preimage[:])
}

func (r KeysendRequest) check() error {
	switch {
	case r.Dest[0] != 2 && r.Dest[0] != 3:
		return fmt.Errorf("%w: Dest is not a compressed public key",
			ErrInvalid)
	case r.Preimage == Preimage{}:
		return fmt.Errorf("%w: Preimage is not set", ErrInvalid)
	}
	return PayRequest{Invoice: "none", AmountMsat: r.AmountMsat,
		FeeLimitMsat: r.FeeLimitMsat, CltvLimit: r.CltvLimit,
		Timeout: r.Timeout, MaxParts: 1}.check()
}

// Keysend is Pay for a payee that asked for nothing: the same promises, the
// same outcomes. The payer knows the preimage from the start, so that it
// proves nothing to third parties; LND's word that the payment succeeded does.
func (c *Client) Keysend(ctx context.Context,
	r KeysendRequest) (Payment, error) {

	if c.router == nil {
		return Payment{Outcome: PayNotSent}, notConfigured(RolePay)
	}
	if err := r.check(); err != nil {
		return Payment{Outcome: PayNotSent}, err
	}
	hash := r.PaymentHash()
	records := map[uint64][]byte{record.KeySendType: r.Preimage[:]}
	if r.Label != "" {
		records[PayoutRecord] = []byte(r.Label)
	}
	return c.send(ctx, "keysend", hash, &routerrpc.SendPaymentRequest{
		Dest:              r.Dest[:],
		PaymentHash:       hash[:],
		AmtMsat:           r.AmountMsat,
		DestCustomRecords: records,
		FeeLimitMsat:      r.FeeLimitMsat,
		CltvLimit:         int32(r.CltvLimit),
		TimeoutSeconds:    int32(r.Timeout / time.Second),
		MaxParts:          1,
		NoInflightUpdates: true,
	})
}
