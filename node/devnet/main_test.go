package devnet_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"os"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/devnet/devnettest"
)

func TestMain(m *testing.M) {
	if os.Getenv(orphanEnv) != "" {
		orphanMaker() // see TestChildrenDieWithAKilledParent
		return
	}
	os.Exit(devnettest.Main(m, devnet.Config{}))
}

// patience bounds what one test may take on a busy machine.
const patience = 90 * time.Second

func network(t *testing.T) (context.Context, *devnet.Net) {
	t.Helper()
	n := devnettest.Shared(t)
	return devnettest.Context(t, patience), n
}

// await fails the test if c is not closed in time.
func await(ctx context.Context, t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-ctx.Done():
		t.Fatalf("%s did not happen: %v", what, ctx.Err())
	}
}

// hold is a hold invoice and the preimage that settles it.
type hold struct {
	preimage, hash []byte
	bolt11         string
}

func newHold(ctx context.Context, t *testing.T, conn grpc.ClientConnInterface, sats int64) hold {
	t.Helper()
	h := hold{preimage: make([]byte, 32)}
	_, _ = rand.Read(h.preimage)
	sum := sha256.Sum256(h.preimage)
	h.hash = sum[:]
	resp, err := invoicesrpc.NewInvoicesClient(conn).AddHoldInvoice(ctx,
		&invoicesrpc.AddHoldInvoiceRequest{Hash: h.hash, Value: sats, CltvExpiry: 144})
	require.NoError(t, err)
	h.bolt11 = resp.PaymentRequest
	return h
}
