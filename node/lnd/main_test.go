package lnd_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/devnet/devnettest"
	"github.com/econd/econd/node/lnd"
)

func TestMain(m *testing.M) {
	os.Exit(devnettest.Main(m, devnet.Config{
		Nodes: []string{devnet.Operator, devnet.Consumer},
	}))
}

// patience bounds what one test may take on a busy machine.
const patience = 90 * time.Second

func network(t *testing.T) (context.Context, *devnet.Net) {
	t.Helper()
	n := devnettest.Shared(t)
	return devnettest.Context(t, patience), n
}

// macaroons are baked once per node and process.
var macaroons = struct {
	sync.Mutex
	of map[string]devnet.EcondMacaroons
}{of: map[string]devnet.EcondMacaroons{}}

func macaroonsOf(ctx context.Context, t *testing.T, n *devnet.Net,
	node *devnet.LND) devnet.EcondMacaroons {

	t.Helper()
	macaroons.Lock()
	defer macaroons.Unlock()
	if m, ok := macaroons.of[node.Name]; ok {
		return m
	}
	m, err := devnet.BakeEcondMacaroons(ctx, node,
		filepath.Join(n.Dir, "econd-"+node.Name))
	require.NoError(t, err)
	macaroons.of[node.Name] = m
	return m
}

// dialAt returns a client with the three narrow macaroons, at the node's own
// address or another one.
func dialAt(ctx context.Context, t *testing.T, n *devnet.Net,
	node *devnet.LND, addr string, timeout time.Duration) *lnd.Client {

	t.Helper()
	m := macaroonsOf(ctx, t, n, node)
	c, err := lnd.Dial(lnd.Config{
		Address: addr, TLSCertPath: node.TLSCertPath,
		PayMacaroonPath: m.Pay, RecvMacaroonPath: m.Recv,
		AnchorMacaroonPath: m.Anchor, CallTimeout: timeout,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func operator(ctx context.Context, t *testing.T, n *devnet.Net) *lnd.Client {
	t.Helper()
	return dialAt(ctx, t, n, n.Operator, n.Operator.RPCAddr, 0)
}

// tapped returns a client whose calls pass a wire that can fail.
func tapped(ctx context.Context, t *testing.T, n *devnet.Net,
	node *devnet.LND) (*lnd.Client, *devnet.Tap) {

	t.Helper()
	tap, err := n.StartTap(node)
	require.NoError(t, err)
	t.Cleanup(tap.Close)
	return dialAt(ctx, t, n, node, tap.Addr, 3*time.Second), tap
}

// newHold returns terms under a fresh preimage.
func newHold(sats int64) (preimage [32]byte, r node.HoldRequest) {
	_, _ = rand.Read(preimage[:])
	return preimage, node.HoldRequest{
		PaymentHash: sha256.Sum256(preimage[:]), AmountSat: sats,
		CltvBlocks: 144, ExpirySec: 3600, Memo: "a stake",
	}
}

// watch follows a hold in the background; next waits for a state. A hold that was
// there and is not any more was cancelled: the LNDs of the devnet forget those.
func watch(ctx context.Context, t *testing.T, c *lnd.Client,
	hash [32]byte) (next func(node.HoldStatus) node.Hold, done <-chan error) {

	t.Helper()
	states := make(chan node.Hold, 16)
	end := make(chan error, 1)
	go func() {
		var last node.Hold
		for last.Status != node.HoldSettled && last.Status != node.HoldCancelled && ctx.Err() == nil {
			s, err := c.LookupHold(ctx, hash)
			if err == nil && s.Status == node.HoldUnknown && last.Status != node.HoldUnknown {
				s.Status = node.HoldCancelled
			}
			if err == nil && s != last {
				last = s
				states <- s
			}
			<-time.After(20 * time.Millisecond)
		}
		end <- ctx.Err()
	}()
	return func(want node.HoldStatus) node.Hold {
		t.Helper()
		for {
			select {
			case s := <-states:
				if s.Status == want {
					return s
				}
			case <-ctx.Done():
				t.Fatalf("hold did not become %v: %v", want, ctx.Err())
			}
		}
	}, end
}

// arrives waits for a value.
func arrives[T any](ctx context.Context, t *testing.T, what string,
	c <-chan T) T {

	t.Helper()
	select {
	case v := <-c:
		return v
	case <-ctx.Done():
		t.Fatalf("%s did not happen: %v", what, ctx.Err())
		panic("unreachable")
	}
}
