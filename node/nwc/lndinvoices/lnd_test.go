package lndinvoices

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node/lndconn"
	"github.com/econd/econd/node/nwc"
)

// double plays the invoices of an LND.
type double struct {
	lnrpc.UnimplementedLightningServer
	invoicesrpc.UnimplementedInvoicesServer

	mu     sync.Mutex
	made   []*lnrpc.Invoice
	paid   chan *lnrpc.Invoice
	forbid bool
	lose   bool // the answers to settle and cancel
}

func (d *double) allowed(ctx context.Context) error {
	md, _ := metadata.FromIncomingContext(ctx)
	if d.forbid || strings.Join(md.Get("macaroon"), "") != "0201" {
		return status.Error(codes.Unknown, "permission denied")
	}
	return nil
}

func (d *double) add(ctx context.Context, hash []byte, i *lnrpc.Invoice) error {
	if err := d.allowed(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.find(hash) != nil {
		return status.Error(codes.Unknown, "invoice with payment hash already exists")
	}
	i.RHash, i.CreationDate, i.PaymentRequest = hash, time.Now().Unix(), "lnbcrt1"
	d.made = append(d.made, i)
	return nil
}

func (d *double) find(hash []byte) *lnrpc.Invoice {
	for _, i := range d.made {
		if string(i.RHash) == string(hash) {
			return i
		}
	}
	return nil
}

func (d *double) AddInvoice(ctx context.Context, i *lnrpc.Invoice) (*lnrpc.AddInvoiceResponse, error) {
	hash := sha256.Sum256([]byte(i.Memo))
	return &lnrpc.AddInvoiceResponse{RHash: hash[:]}, d.add(ctx, hash[:], &lnrpc.Invoice{ValueMsat: i.ValueMsat, Memo: i.Memo, Expiry: i.Expiry})
}

func (d *double) AddHoldInvoice(ctx context.Context, r *invoicesrpc.AddHoldInvoiceRequest) (*invoicesrpc.AddHoldInvoiceResp, error) {
	return &invoicesrpc.AddHoldInvoiceResp{}, d.add(ctx, r.Hash, &lnrpc.Invoice{ValueMsat: r.ValueMsat, Memo: r.Memo, Expiry: r.Expiry})
}

func (d *double) LookupInvoice(ctx context.Context, r *lnrpc.PaymentHash) (*lnrpc.Invoice, error) {
	if err := d.allowed(ctx); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := d.find(r.RHash); i != nil {
		return i, nil
	}
	return nil, status.Error(codes.NotFound, "unable to locate invoice")
}

func (d *double) ListInvoices(_ context.Context, r *lnrpc.ListInvoiceRequest) (*lnrpc.ListInvoiceResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !r.Reversed || r.NumMaxInvoices == 0 {
		return nil, status.Error(codes.Unknown, "not the newest ones")
	}
	return &lnrpc.ListInvoiceResponse{Invoices: d.made}, nil
}

func (d *double) SubscribeInvoices(_ *lnrpc.InvoiceSubscription, s lnrpc.Lightning_SubscribeInvoicesServer) error {
	for i := range d.paid {
		if err := s.Send(i); err != nil {
			return err
		}
	}
	return nil
}

func (d *double) end(hash []byte, state lnrpc.Invoice_InvoiceState) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := d.find(hash)
	switch {
	case i == nil:
		return status.Error(codes.Unknown, "unable to locate invoice")
	case i.State == state && state == lnrpc.Invoice_SETTLED:
		return status.Error(codes.Unknown, "invoice already settled")
	case i.State == lnrpc.Invoice_OPEN && state == lnrpc.Invoice_SETTLED:
		return status.Error(codes.Unknown, "invoice still open")
	}
	i.State = state
	if d.lose {
		return status.Error(codes.Unavailable, "lost")
	}
	return nil
}

func (d *double) SettleInvoice(_ context.Context, r *invoicesrpc.SettleInvoiceMsg) (*invoicesrpc.SettleInvoiceResp, error) {
	hash := sha256.Sum256(r.Preimage)
	return &invoicesrpc.SettleInvoiceResp{}, d.end(hash[:], lnrpc.Invoice_SETTLED)
}

func (d *double) CancelInvoice(_ context.Context, r *invoicesrpc.CancelInvoiceMsg) (*invoicesrpc.CancelInvoiceResp, error) {
	return &invoicesrpc.CancelInvoiceResp{}, d.end(r.PaymentHash, lnrpc.Invoice_CANCELED)
}

func (d *double) accept(hash string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	raw, _ := hex.DecodeString(hash)
	d.find(raw).State = lnrpc.Invoice_ACCEPTED
}

func start(t *testing.T) (*double, *Node) {
	t.Helper()
	d := &double{paid: make(chan *lnrpc.Invoice, 1)}
	web := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(web.Close)
	cert, mac := filepath.Join(t.TempDir(), "tls.cert"), filepath.Join(t.TempDir(), "receive.mac")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600))
	require.NoError(t, os.WriteFile(mac, []byte{2, 1}, 0o600))
	server := grpc.NewServer(grpc.Creds(credentials.NewServerTLSFromCert(&web.TLS.Certificates[0])))
	lnrpc.RegisterLightningServer(server, d)
	invoicesrpc.RegisterInvoicesServer(server, d)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	n, err := Dial(lndconn.Config{Address: l.Addr().String(), TLSCertPath: cert, MacaroonPath: mac})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return d, n
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestInvoices(t *testing.T) {
	d, n := start(t)
	made, err := n.MakeInvoice(within(t), nwc.NewInvoice{AmountMsat: 5000, Description: "tea", ExpiryS: 60})
	require.NoError(t, err)
	require.Equal(t, nwc.Transaction{Type: nwc.Incoming, State: nwc.Pending, Invoice: "lnbcrt1", Description: "tea", PaymentHash: made.PaymentHash,
		AmountMsat: 5000, CreatedAt: made.CreatedAt, ExpiresAt: made.CreatedAt + 60}, made)
	found, err := n.LookupInvoice(within(t), made.PaymentHash)
	require.NoError(t, err)
	require.Equal(t, made, found)
	_, err = n.LookupInvoice(within(t), strings.Repeat("0", 64))
	require.ErrorIs(t, err, nwc.ErrNotFound)
	_, err = n.MakeInvoice(within(t), nwc.NewInvoice{AmountMsat: 1, Description: "cake"})
	require.NoError(t, err)
	list, err := n.Invoices(within(t), 0, time.Now().Unix())
	require.NoError(t, err)
	require.Equal(t, []string{"cake", "tea"}, []string{list[0].Description, list[1].Description}, "the newest first")

	ctx, cancel := context.WithCancel(within(t))
	d.paid <- &lnrpc.Invoice{Memo: "open"}
	got := make(chan nwc.Transaction, 1)
	done := make(chan error, 1)
	go func() { done <- n.Received(ctx, func(t nwc.Transaction) { got <- t }) }()
	d.paid <- &lnrpc.Invoice{Memo: "tea", State: lnrpc.Invoice_SETTLED, AmtPaidMsat: 5001, RPreimage: []byte{1}}
	paid := <-got
	require.Equal(t, []any{"tea", nwc.Settled, int64(5001), "01"}, []any{paid.Description, paid.State, paid.AmountMsat, paid.Preimage})
	cancel()
	require.Error(t, <-done)
	close(d.paid)
}

func TestHolds(t *testing.T) {
	d, n := start(t)
	preimage := strings.Repeat("07", 32)
	raw, err := hex.DecodeString(preimage)
	require.NoError(t, err)
	sum := sha256.Sum256(raw)
	hash := hex.EncodeToString(sum[:])
	made, err := n.MakeHoldInvoice(within(t), nwc.NewInvoice{AmountMsat: 5000, PaymentHash: hash, MinCltvDelta: 144})
	require.NoError(t, err)
	require.Equal(t, hash, made.PaymentHash)
	require.Error(t, n.SettleHoldInvoice(within(t), preimage), "nobody paid it")
	d.accept(hash)
	held, err := n.LookupInvoice(within(t), hash)
	require.NoError(t, err)
	require.Equal(t, nwc.Accepted, held.State)
	d.lose = true // done, and the answer is lost
	require.NoError(t, n.SettleHoldInvoice(within(t), preimage))
	d.lose = false
	require.NoError(t, n.SettleHoldInvoice(within(t), preimage), "once more is no error")

	other := strings.Repeat("ab", 32)
	require.ErrorIs(t, n.CancelHoldInvoice(within(t), other), nwc.ErrNotFound)
	require.ErrorIs(t, n.SettleHoldInvoice(within(t), other), nwc.ErrNotFound)
	_, err = n.MakeHoldInvoice(within(t), nwc.NewInvoice{AmountMsat: 1, PaymentHash: other})
	require.NoError(t, err)
	require.NoError(t, n.CancelHoldInvoice(within(t), other))
	require.NoError(t, n.CancelHoldInvoice(within(t), other))
	_, err = n.MakeHoldInvoice(within(t), nwc.NewInvoice{AmountMsat: 1, PaymentHash: other, MinCltvDelta: 2001})
	require.ErrorContains(t, err, "min_cltv_expiry_delta")
}

func TestAMacaroonThatIsUnfit(t *testing.T) {
	d, n := start(t)
	d.forbid = true
	_, err := n.MakeInvoice(within(t), nwc.NewInvoice{AmountMsat: 1})
	require.ErrorContains(t, err, "lncli bakemacaroon")
	require.NotContains(t, BakeCommand("x"), "SendPayment")
	_, err = Dial(lndconn.Config{Address: "x", TLSCertPath: "none", MacaroonPath: "none"})
	require.Error(t, err)
}
