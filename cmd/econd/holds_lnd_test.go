package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/devnet/devnettest"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/lnd"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

const holdsEconomy = "holds-1"

// faulty is the LND of a node, whose settle calls can be lost and whose blocks can
// stay away.
type faulty struct {
	*lnd.Client
	deaf, blind atomic.Bool
}

func (f *faulty) SettleHold(ctx context.Context, preimage op.Hash) error {
	if f.deaf.Load() {
		return errors.New("the call is lost")
	}
	return f.Client.SettleHold(ctx, preimage)
}

func (f *faulty) WatchBlocks(ctx context.Context, fn func(node.Block)) error {
	return f.Client.WatchBlocks(ctx, func(b node.Block) {
		if !f.blind.Load() {
			fn(b)
		}
	})
}

// realNode is a node beside a real LND, with one agent.
type realNode struct {
	t     *testing.T
	ctx   context.Context
	net   *devnet.Net
	lnd   *faulty
	store *ballotstore.Store
	node  *node.Node
	agent op.SecretKey
	stop  func()
}

func secretKey(t *testing.T, b byte) op.SecretKey {
	key, err := op.NewSecretKey(bytes.Repeat([]byte{b}, 32))
	require.NoError(t, err)
	return key
}

func newRealNode(t *testing.T) *realNode {
	r := &realNode{t: t, net: devnettest.Shared(t), ctx: devnettest.Context(t, 3*time.Minute), agent: secretKey(t, 2)}
	macaroons, err := devnet.BakeEcondMacaroons(r.ctx, r.net.Operator, t.TempDir())
	require.NoError(t, err)
	client, err := lnd.Dial(lnd.Config{Address: r.net.Operator.RPCAddr, TLSCertPath: r.net.Operator.TLSCertPath,
		PayMacaroonPath: macaroons.Pay, RecvMacaroonPath: macaroons.Recv, AnchorMacaroonPath: macaroons.Anchor})
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	r.lnd = &faulty{Client: client}
	r.store, err = ballotstore.Open(ballotstore.Config{Path: filepath.Join(t.TempDir(), "ballots.db")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = r.store.Close() })
	logKey := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	verifier, err := anchor.VerifierKey(ledger.Origin(holdsEconomy), logKey.Public().(ed25519.PublicKey))
	require.NoError(t, err)
	rules, err := yamlfile.Parse(yamlfile.Demo)
	require.NoError(t, err)
	nodeKey, err := hex.DecodeString(r.net.Operator.IdentityPubkey)
	require.NoError(t, err)
	require.NoError(t, node.Found(r.store, node.Founding{Operator: secretKey(t, 1), LogVerifier: verifier, Economy: holdsEconomy,
		Network: "regtest", Constitution: rules, NowMs: time.Now().UnixMilli(), NodeKey: op.NodeKey(nodeKey)}))
	r.reopen()
	r.submit(op.KindRegister, op.Register{Name: "agent"})
	return r
}

// reopen starts a node on the store, with payment hashes of its test's own.
func (r *realNode) reopen() {
	signer, err := anchor.NewSigner(ledger.Origin(holdsEconomy), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32)))
	require.NoError(r.t, err)
	var secret [32]byte
	copy(secret[:], r.t.Name())
	r.node, err = node.Open(node.Config{Operator: secretKey(r.t, 1), LogSigner: signer, HoldSecret: secret, Store: r.store,
		Lightning: r.lnd, Chain: r.lnd, Clock: systemClock{}, Log: slog.New(slog.DiscardHandler),
		WebhookSchedule: node.WebhookSchedule{First: time.Second, Longest: time.Second, GiveUp: time.Hour}})
	require.NoError(r.t, err)
	ctx, cancel := context.WithCancel(r.ctx)
	done := make(chan error, 1)
	go func() { done <- r.node.Run(ctx) }()
	r.stop = func() { cancel(); require.NoError(r.t, <-done) }
	r.t.Cleanup(func() { cancel() })
	r.until("the node is ready", func() bool { return len(r.node.Ready()) == 0 })
}

// until waits for a condition within the bounds of the test.
func (r *realNode) until(what string, ok func() bool) {
	r.t.Helper()
	for !ok() {
		select {
		case <-r.ctx.Done():
			r.t.Fatalf("waited in vain until %s; problems: %v", what, r.node.Ready())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (r *realNode) submit(kind op.Kind, content any) op.ID {
	r.t.Helper()
	e := &op.Event{CreatedAt: time.Now().Unix(), Kind: kind, Tags: [][]string{{op.EconomyTag, holdsEconomy}}, Content: op.EncodeContent(content)}
	require.NoError(r.t, e.Sign(r.agent))
	got, err := r.node.Submit(r.ctx, e)
	require.NoError(r.t, err)
	return got.ID
}

func (r *realNode) hold(id op.ID) (h view.Hold) {
	r.node.View(func(s *ledger.State, _ int64) { h, _ = s.Hold(id) })
	return h
}

func (r *realNode) untilHold(id op.ID, state string) view.Hold {
	r.t.Helper()
	r.until("the hold is "+state, func() bool { return r.hold(id).State == state })
	return r.hold(id)
}

// deposit asks for a deposit of 10,000 sat.
func (r *realNode) deposit() op.ID {
	r.t.Helper()
	id := r.submit(op.KindDeposit, op.Deposit{Pool: "governance", AmountSat: 10_000})
	r.untilHold(id, "offered")
	return id
}

// pay pays the hold invoice of a deposit with so many msat, whatever it asks for.
func (r *realNode) pay(id op.ID, msat int64) {
	r.t.Helper()
	consumer := lnrpc.NewLightningClient(r.net.Consumer.Conn())
	req, err := consumer.DecodePayReq(r.ctx, &lnrpc.PayReqString{PayReq: r.hold(id).Invoice})
	require.NoError(r.t, err)
	hash := r.hold(id).PaymentHash
	var features []lnrpc.FeatureBit
	for bit := range req.Features {
		features = append(features, lnrpc.FeatureBit(bit))
	}
	operator, err := lnrpc.NewLightningClient(r.net.Operator.Conn()).GetInfo(r.ctx, &lnrpc.GetInfoRequest{})
	require.NoError(r.t, err)
	dest, err := hex.DecodeString(operator.IdentityPubkey)
	require.NoError(r.t, err)
	_, err = routerrpc.NewRouterClient(r.net.Consumer.Conn()).SendPaymentV2(r.ctx, &routerrpc.SendPaymentRequest{
		Dest: dest, AmtMsat: msat, PaymentHash: hash[:], PaymentAddr: req.PaymentAddr, FinalCltvDelta: int32(req.CltvExpiry),
		DestFeatures: features, TimeoutSeconds: 60, FeeLimitMsat: 1_000_000, MaxParts: 1})
	require.NoError(r.t, err)
}

// channelsStand mines past the expiry of a hold and checks that no channel went to
// the chain for it.
func (r *realNode) channelsStand(expiry uint32) {
	r.t.Helper()
	height, err := r.net.BlockHeight(r.ctx)
	require.NoError(r.t, err)
	_, err = r.net.Mine(r.ctx, int(expiry)+20-int(height))
	require.NoError(r.t, err)
	require.NoError(r.t, r.net.WaitSynced(r.ctx))
	for _, l := range r.net.Nodes() {
		client := lnrpc.NewLightningClient(l.Conn())
		pending, err := client.PendingChannels(r.ctx, &lnrpc.PendingChannelsRequest{})
		require.NoError(r.t, err)
		require.Empty(r.t, pending.PendingForceClosingChannels)
		require.Empty(r.t, pending.WaitingCloseChannels)
		closed, err := client.ClosedChannels(r.ctx, &lnrpc.ClosedChannelsRequest{})
		require.NoError(r.t, err)
		require.Empty(r.t, closed.Channels)
		r.until("its channel is active", func() bool {
			list, err := client.ListChannels(r.ctx, &lnrpc.ListChannelsRequest{ActiveOnly: true})
			return err == nil && len(list.Channels) == 1 && len(list.Channels[0].PendingHtlcs) == 0
		})
	}
}

func (r *realNode) pool() (sat, dust int64) {
	r.node.View(func(s *ledger.State, _ int64) { sat, dust = s.Pools()[0].Sat, s.DustMsat() })
	return sat, dust
}

// LND takes up to twice what an invoice asks for; the pool has all of it.
func TestOverpaidDepositAtLND(t *testing.T) {
	r := newRealNode(t)
	id := r.deposit()
	began := time.Now()
	r.pay(id, 19_000_300)
	r.until("the payment is recorded", func() bool { return r.hold(id).LockedMs != 0 })
	t.Logf("from the payment to hold-locked: %v", time.Since(began).Round(time.Millisecond))
	require.Equal(t, int64(19_000), r.untilHold(id, "forfeited").PaidSat)
	sat, dust := r.pool()
	require.Equal(t, []int64{19_000, 300}, []int64{sat, dust})
}

// A deposit whose settlement is lost until its HTLC is close to its expiry, while
// econd does not see the blocks: LND's own height decides, the sats go back, and
// no channel goes to the chain.
func TestSettlementTooLateAtLND(t *testing.T) {
	r := newRealNode(t)
	r.lnd.deaf.Store(true)
	id := r.deposit()
	r.pay(id, 10_000_000)
	expiry := r.untilHold(id, "forfeiting").ExpiryHeight
	r.lnd.blind.Store(true)
	height, err := r.net.BlockHeight(r.ctx)
	require.NoError(t, err)
	_, err = r.net.Mine(r.ctx, int(expiry)-16-int(height))
	require.NoError(t, err)
	require.NoError(t, r.net.WaitSynced(r.ctx))
	r.lnd.deaf.Store(false)
	require.Contains(t, r.untilHold(id, "lapsed").Reason, "too late to settle: LND is at height")
	r.channelsStand(expiry)
	sat, _ := r.pool()
	require.Zero(t, sat)
}

// A deposit that was paid while econd was down, and that it finds 16 blocks before
// the expiry of its HTLC.
func TestDepositFoundTooLateAtLND(t *testing.T) {
	r := newRealNode(t)
	id := r.deposit()
	r.stop()
	r.pay(id, 10_000_000)
	hash := *r.hold(id).PaymentHash
	var expiry uint32
	r.until("it is locked at LND", func() bool {
		h, err := r.lnd.LookupHold(r.ctx, hash)
		expiry = h.ExpiryHeight
		return err == nil && h.Status == node.HoldAccepted
	})
	height, err := r.net.BlockHeight(r.ctx)
	require.NoError(t, err)
	_, err = r.net.Mine(r.ctx, int(expiry)-16-int(height))
	require.NoError(t, err)
	require.NoError(t, r.net.WaitSynced(r.ctx))
	r.reopen()
	require.Contains(t, r.untilHold(id, "released").Reason, "locked too late")
	r.channelsStand(expiry)
	sat, _ := r.pool()
	require.Zero(t, sat)
}
