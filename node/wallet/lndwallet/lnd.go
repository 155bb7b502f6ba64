// Package lndwallet is the agent's LND: a wallet.Payer that also signs texts and says who
// it is. A Node may be used concurrently.
package lndwallet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/lndconn"
	"github.com/econd/econd/node/wallet"
)

// BakeCommand returns the shell command that makes the macaroon that LND needs, and
// nothing more, and saves it to a file that its owner alone can read at any instant. No
// file, or an admin.macaroon, which is LND's own, is agent.mac in the working directory.
func BakeCommand(file string) string {
	return lndconn.BakeCommand(25, lndconn.OwnFile(file, "agent.mac"), URIs())
}

// URIs are the calls that Node makes.
func URIs() []string {
	return []string{"/lnrpc.Lightning/GetInfo", "/lnrpc.Lightning/SignMessage",
		"/routerrpc.Router/SendPaymentV2", "/routerrpc.Router/TrackPaymentV2"}
}

const (
	callTimeout = 20 * time.Second
	maxParts    = 16
)

// Config names an LND. All fields are required.
type Config struct {
	Address      string // gRPC, host:port
	TLSCertPath  string
	MacaroonPath string // see BakeCommand
}

// Node pays and signs through an LND. Make it with Dial.
type Node struct {
	conn      *grpc.ClientConn
	lightning lnrpc.LightningClient
	router    routerrpc.RouterClient
	macaroon  string // its file
}

// Dial checks the configuration. It does not wait for the node.
func Dial(cfg Config) (*Node, error) {
	conn, err := lndconn.Dial(lndconn.Config{Address: cfg.Address, TLSCertPath: cfg.TLSCertPath, MacaroonPath: cfg.MacaroonPath})
	if errors.Is(err, lndconn.ErrMacaroon) {
		return nil, fmt.Errorf("%w: %w; make one with: %s", wallet.ErrConfig, err, BakeCommand(cfg.MacaroonPath))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", wallet.ErrConfig, err)
	}
	return &Node{conn: conn, lightning: lnrpc.NewLightningClient(conn), router: routerrpc.NewRouterClient(conn), macaroon: cfg.MacaroonPath}, nil
}

// Close ends the connection. Payments that LND has go on.
func (n *Node) Close() error { return n.conn.Close() }

// Identity is who the node is.
type Identity struct {
	Key     [33]byte // compressed public key
	Alias   string
	Network string // as LND says: mainnet, testnet, signet, regtest
}

// Identity asks the node who it is.
func (n *Node) Identity(ctx context.Context) (Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	resp, err := n.lightning.GetInfo(ctx, &lnrpc.GetInfoRequest{})
	if err != nil {
		return Identity{}, n.wrap("get info", err)
	}
	id := Identity{Alias: resp.Alias}
	raw, err := hex.DecodeString(resp.IdentityPubkey)
	if err != nil || len(raw) != len(id.Key) {
		return Identity{}, errors.New("lnd: get info: identity key of an unexpected form")
	}
	copy(id.Key[:], raw)
	if len(resp.Chains) > 0 {
		id.Network = resp.Chains[0].Network
	}
	return id, nil
}

// SignMessage signs a text with the node's identity key and returns the
// signature in zbase32, as `lncli signmessage` does.
func (n *Node) SignMessage(ctx context.Context, text string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	resp, err := n.lightning.SignMessage(ctx, &lnrpc.SignMessageRequest{Msg: []byte(text)})
	if err != nil {
		return "", n.wrap("sign message", err)
	}
	return resp.Signature, nil
}

// Pay implements wallet.Payer. LND pays one payment hash once, so after a lost answer
// the payment is looked up, and sent again only if LND does not know it.
func (n *Node) Pay(ctx context.Context, r wallet.PayRequest) (wallet.Payment, error) {
	return n.submit(ctx, r, true)
}

// Start is Pay for a hold invoice: it returns as soon as LND has taken the
// payment on, in flight, because its end may be days away.
func (n *Node) Start(ctx context.Context, r wallet.PayRequest) (wallet.Payment, error) {
	return n.submit(ctx, r, false)
}

func (n *Node) submit(ctx context.Context, r wallet.PayRequest, wait bool) (wallet.Payment, error) {
	// A node that is away or a macaroon that is unfit shows here, while it
	// is certain that nothing was sent.
	if _, err := n.Identity(ctx); err != nil {
		return wallet.Payment{State: wallet.NotFound}, err
	}
	for pauses := (backoff.Pauses{First: 200 * time.Millisecond, Longest: 3 * time.Second}); ; {
		p, err := n.send(ctx, r, wait)
		if err == nil {
			return p, nil
		}
		known, trackErr := n.Track(ctx, r.Hash, wait)
		switch {
		case ctx.Err() != nil:
			return wallet.Payment{}, ctx.Err()
		case trackErr == nil && known.State != wallet.NotFound:
			return known, nil
		case trackErr == nil && !errors.Is(err, wallet.ErrUnavailable):
			return wallet.Payment{State: wallet.NotFound}, err // refused before it was sent
		case trackErr != nil && !errors.Is(trackErr, wallet.ErrUnavailable):
			return wallet.Payment{}, errors.Join(err, trackErr)
		}
		if err := pauses.Sleep(ctx); err != nil {
			return wallet.Payment{}, err
		}
	}
}

func (n *Node) send(ctx context.Context, r wallet.PayRequest, wait bool) (wallet.Payment, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the stream, not the payment
	stream, err := n.router.SendPaymentV2(ctx, &routerrpc.SendPaymentRequest{
		PaymentRequest:    r.Invoice,
		FeeLimitMsat:      r.FeeLimitMsat,
		CltvLimit:         int32(r.CltvLimit),
		TimeoutSeconds:    int32(r.Timeout / time.Second),
		MaxParts:          maxParts,
		NoInflightUpdates: wait,
	})
	if err != nil {
		return wallet.Payment{}, n.wrap("pay", err)
	}
	p, err := stream.Recv()
	if err != nil {
		return wallet.Payment{}, n.wrap("pay", err)
	}
	return paymentOf(r.Hash, p)
}

// Track implements wallet.Payer.
func (n *Node) Track(ctx context.Context, hash l402.Hash, wait bool) (wallet.Payment, error) {
	bounded, cancel := context.WithCancel(ctx)
	if !wait {
		bounded, cancel = context.WithTimeout(ctx, callTimeout)
	}
	defer cancel()
	stream, err := n.router.TrackPaymentV2(bounded,
		&routerrpc.TrackPaymentRequest{PaymentHash: hash[:], NoInflightUpdates: wait})
	var p *lnrpc.Payment
	if err == nil {
		p, err = stream.Recv()
	}
	switch {
	case status.Code(err) == codes.NotFound:
		return wallet.Payment{State: wallet.NotFound}, nil
	case err != nil:
		return wallet.Payment{}, n.wrap("track payment", err)
	}
	return paymentOf(hash, p)
}

// paymentOf translates LND's answer. A success counts once its preimage proves
// it.
func paymentOf(hash l402.Hash, p *lnrpc.Payment) (wallet.Payment, error) {
	switch p.Status {
	case lnrpc.Payment_FAILED:
		return wallet.Payment{State: wallet.Failed, Reason: failure(p.FailureReason)}, nil
	case lnrpc.Payment_SUCCEEDED:
		raw, err := hex.DecodeString(p.PaymentPreimage)
		if err != nil || len(raw) != 32 || sha256.Sum256(raw) != hash {
			return wallet.Payment{}, errors.New("lnd: payment: reported as succeeded with a preimage that does not fit its hash")
		}
		return wallet.Payment{State: wallet.Succeeded, Invoice: p.PaymentRequest, Preimage: l402.Preimage(raw), FeeMsat: p.FeeMsat}, nil
	}
	return inFlight(p), nil
}

// inFlight adds up the HTLCs that are out. LND keeps the route of each: its last hop says what
// arrives and when it ends there, which is what the payee's node shows, too.
func inFlight(p *lnrpc.Payment) wallet.Payment {
	out := wallet.Payment{State: wallet.InFlight}
	for _, h := range p.Htlcs {
		hops := h.GetRoute().GetHops()
		if h.Status != lnrpc.HTLCAttempt_IN_FLIGHT || len(hops) == 0 {
			continue
		}
		last := hops[len(hops)-1]
		out.ArrivesMsat += last.AmtToForwardMsat
		if out.ExpiryHeight == 0 || last.Expiry < out.ExpiryHeight {
			out.ExpiryHeight = last.Expiry
		}
	}
	return out
}

// failure says in words why LND gave up.
func failure(r lnrpc.PaymentFailureReason) string {
	switch r {
	case lnrpc.PaymentFailureReason_FAILURE_REASON_NO_ROUTE:
		return "no route to the payee within the fee limit; open a channel or add outbound liquidity"
	case lnrpc.PaymentFailureReason_FAILURE_REASON_TIMEOUT:
		return "no route found in time; try again"
	case lnrpc.PaymentFailureReason_FAILURE_REASON_INSUFFICIENT_BALANCE:
		return "the channels hold too few sats; add outbound liquidity"
	case lnrpc.PaymentFailureReason_FAILURE_REASON_INCORRECT_PAYMENT_DETAILS:
		return "the payee refuses the payment: the invoice is cancelled, expired or unknown to it"
	}
	return strings.ToLower(strings.TrimPrefix(r.String(), "FAILURE_REASON_"))
}

// wrap names what was being done and finds the error's kind.
func (n *Node) wrap(doing string, err error) error {
	kind := map[lndconn.Fault]error{lndconn.Away: wallet.ErrUnavailable, lndconn.Forbidden: wallet.ErrPermission}[lndconn.FaultOf(err)]
	switch kind {
	case nil:
		return fmt.Errorf("lnd: %s: %w", doing, err)
	case wallet.ErrPermission:
		return fmt.Errorf("lnd: %s: %w: %w; make one with: %s", doing, kind, err, BakeCommand(n.macaroon))
	}
	return fmt.Errorf("lnd: %s: %w: %w", doing, kind, err)
}
