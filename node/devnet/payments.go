package devnet

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
)

// ErrPaymentFailed is the kind of a payment that lnd gave up; the text carries
// lnd's reason. No money has moved.
var ErrPaymentFailed = errors.New("payment failed")

// PayOption changes the request that Pay and StartPay send.
type PayOption func(*routerrpc.SendPaymentRequest)

// WithAmount sets the amount, in sats, of an invoice that names none.
func WithAmount(sats int64) PayOption {
	return func(r *routerrpc.SendPaymentRequest) { r.Amt = sats }
}

// WithFeeLimit sets the most that routing may cost, in sats. Default 1,000.
func WithFeeLimit(sats int64) PayOption {
	return func(r *routerrpc.SendPaymentRequest) { r.FeeLimitSat = sats }
}

// WithOutgoing sends the payment over the given channel only.
func WithOutgoing(chanID uint64) PayOption {
	return func(r *routerrpc.SendPaymentRequest) { r.OutgoingChanIds = []uint64{chanID} }
}

// Payment is a payment under way. A payment to a hold invoice stays under way
// until the hold is settled or cancelled.
type Payment struct {
	inflight chan struct{} // closed once an HTLC is locked in, or done
	done     chan struct{}
	result   *lnrpc.Payment
	err      error
}

// StartPay sends a payment and returns at once. ctx bounds the whole payment:
// when it ends, watching ends; lnd itself carries on.
func (l *LND) StartPay(ctx context.Context, bolt11 string, opts ...PayOption) (*Payment, error) {
	req := &routerrpc.SendPaymentRequest{
		PaymentRequest: bolt11, TimeoutSeconds: 60, FeeLimitSat: 1000, MaxParts: 1,
	}
	for _, opt := range opts {
		opt(req)
	}
	stream, err := routerrpc.NewRouterClient(l.conn).SendPaymentV2(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("lnd %s: pay: %w", l.Name, err)
	}
	p := &Payment{inflight: make(chan struct{}), done: make(chan struct{})}
	go p.follow(l.Name, stream)
	return p, nil
}

func (p *Payment) follow(name string, stream routerrpc.Router_SendPaymentV2Client) {
	defer close(p.done)
	flying := false
	fly := func() {
		if !flying {
			flying = true
			close(p.inflight)
		}
	}
	defer fly()
	for {
		update, err := stream.Recv()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			p.err = fmt.Errorf("lnd %s: follow payment: %w", name, err)
			return
		}
		p.result = update
		switch update.Status {
		case lnrpc.Payment_SUCCEEDED:
			return
		case lnrpc.Payment_FAILED:
			p.err = fmt.Errorf("lnd %s: %w: %v", name, ErrPaymentFailed, update.FailureReason)
			return
		}
		if len(update.Htlcs) > 0 {
			fly()
		}
	}
}

// InFlight is closed once lnd has sent an HTLC, or the payment has ended.
func (p *Payment) InFlight() <-chan struct{} { return p.inflight }

// Done is closed once the payment has ended, well or badly.
func (p *Payment) Done() <-chan struct{} { return p.done }

// Result waits for the end of the payment. A payment that lnd gave up is
// ErrPaymentFailed, beside its record.
func (p *Payment) Result(ctx context.Context) (*lnrpc.Payment, error) {
	select {
	case <-p.done:
		return p.result, p.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for payment: %w", ctx.Err())
	}
}

// Pay sends a payment and waits for its end.
func (l *LND) Pay(ctx context.Context, bolt11 string, opts ...PayOption) (*lnrpc.Payment, error) {
	p, err := l.StartPay(ctx, bolt11, opts...)
	if err != nil {
		return nil, err
	}
	return p.Result(ctx)
}

// NewInvoice adds an ordinary invoice over sats that is valid for an hour.
func (l *LND) NewInvoice(ctx context.Context, sats int64, memo string) (*lnrpc.AddInvoiceResponse, error) {
	resp, err := lnrpc.NewLightningClient(l.conn).AddInvoice(ctx, &lnrpc.Invoice{
		Value: sats, Memo: memo, Expiry: 3600,
	})
	if err != nil {
		return nil, fmt.Errorf("lnd %s: add invoice: %w", l.Name, err)
	}
	return resp, nil
}

// LookupInvoice returns the invoice with that payment hash (32 bytes).
func (l *LND) LookupInvoice(ctx context.Context, hash []byte) (*lnrpc.Invoice, error) {
	inv, err := lnrpc.NewLightningClient(l.conn).LookupInvoice(ctx, &lnrpc.PaymentHash{RHash: hash})
	if err != nil {
		return nil, fmt.Errorf("lnd %s: look up invoice %x: %w", l.Name, hash, err)
	}
	return inv, nil
}

// SignMessage signs with the node's identity key; the result is lnd's zbase32
// text, which `lncli verifymessage` and VerifyMessage check.
func (l *LND) SignMessage(ctx context.Context, msg []byte) (string, error) {
	resp, err := lnrpc.NewLightningClient(l.conn).SignMessage(ctx, &lnrpc.SignMessageRequest{Msg: msg})
	if err != nil {
		return "", fmt.Errorf("lnd %s: sign message: %w", l.Name, err)
	}
	return resp.Signature, nil
}

// WalletBalance returns the on-chain balance, in sats.
func (l *LND) WalletBalance(ctx context.Context) (*lnrpc.WalletBalanceResponse, error) {
	b, err := lnrpc.NewLightningClient(l.conn).WalletBalance(ctx, &lnrpc.WalletBalanceRequest{})
	if err != nil {
		return nil, fmt.Errorf("lnd %s: wallet balance: %w", l.Name, err)
	}
	return b, nil
}

// ChannelBalance returns what the node owns and can receive in its channels.
func (l *LND) ChannelBalance(ctx context.Context) (*lnrpc.ChannelBalanceResponse, error) {
	b, err := lnrpc.NewLightningClient(l.conn).ChannelBalance(ctx, &lnrpc.ChannelBalanceRequest{})
	if err != nil {
		return nil, fmt.Errorf("lnd %s: channel balance: %w", l.Name, err)
	}
	return b, nil
}

// NewAddress returns a fresh taproot address of the node's wallet.
func (l *LND) NewAddress(ctx context.Context) (string, error) {
	resp, err := lnrpc.NewLightningClient(l.conn).NewAddress(ctx, &lnrpc.NewAddressRequest{
		Type: lnrpc.AddressType_TAPROOT_PUBKEY,
	})
	if err != nil {
		return "", fmt.Errorf("lnd %s: new address: %w", l.Name, err)
	}
	return resp.Address, nil
}

func (l *LND) pubkeyBytes() ([]byte, error) {
	key, err := hex.DecodeString(l.IdentityPubkey)
	if err != nil {
		return nil, fmt.Errorf("lnd %s: identity key: %w", l.Name, err)
	}
	return key, nil
}

// VerifyMessage returns the identity key, in hex, that signed the message. lnd
// must know the signer from its channel graph.
func (l *LND) VerifyMessage(ctx context.Context, msg []byte, sig string) (pubkey string, err error) {
	resp, err := lnrpc.NewLightningClient(l.conn).VerifyMessage(ctx,
		&lnrpc.VerifyMessageRequest{Msg: msg, Signature: sig})
	if err != nil {
		return "", fmt.Errorf("lnd %s: verify message: %w", l.Name, err)
	}
	if !resp.Valid {
		return "", fmt.Errorf("lnd %s: verify message: not signed by a node of the graph", l.Name)
	}
	return resp.Pubkey, nil
}

// DecodeInvoice reads a BOLT11 invoice.
func (l *LND) DecodeInvoice(ctx context.Context, bolt11 string) (*lnrpc.PayReq, error) {
	req, err := lnrpc.NewLightningClient(l.conn).DecodePayReq(ctx, &lnrpc.PayReqString{PayReq: bolt11})
	if err != nil {
		return nil, fmt.Errorf("lnd %s: decode invoice: %w", l.Name, err)
	}
	return req, nil
}
