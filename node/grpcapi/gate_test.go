package grpcapi

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	aperture "github.com/lightninglabs/aperture/l402"
	"github.com/lightninglabs/lndclient"
	"github.com/lightningnetwork/lnd/lntypes"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// invoicer sells tokens and knows the preimages, so that a test can pay.
type invoicer struct {
	t    testing.TB
	mu   sync.Mutex
	sold map[string]l402.Preimage
	msat int64
	next l402.Preimage
	memo string
	away bool
}

func (i *invoicer) AddInvoice(_ context.Context, msat int64, memo string, _ time.Duration) (string, l402.Hash, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.away {
		return "", l402.Hash{}, errors.New("connection refused")
	}
	binary.BigEndian.PutUint64(i.next[:], binary.BigEndian.Uint64(i.next[:])+1)
	i.msat, i.memo = msat, memo
	invoice := nodetest.Invoice(i.t, 99, op.Hash(i.next.Hash()), msat, time.Now())
	i.sold[invoice] = i.next
	return invoice, i.next.Hash(), nil
}

// wallet pays what an invoicer sells: the one call that aperture's client makes.
type wallet struct {
	lndclient.LightningClient
	seller *invoicer
	paid   int
}

func (w *wallet) PayInvoice(_ context.Context, invoice string, _ btcutil.Amount, _ *uint64) chan lndclient.PaymentResult {
	w.seller.mu.Lock()
	defer w.seller.mu.Unlock()
	w.paid++
	done := make(chan lndclient.PaymentResult, 1)
	done <- lndclient.PaymentResult{Preimage: lntypes.Preimage(w.seller.sold[invoice]), PaidAmt: btcutil.Amount(w.seller.msat / 1000)}
	return done
}

// gated is a world that charges; the demo constitution asks 10 sat for
// operations.
func gated(t *testing.T, dial ...grpc.DialOption) (*world, *invoicer) {
	inv := &invoicer{t: t, sold: map[string]l402.Preimage{}}
	return newWorld(t, func(_ *world, c *Config) { sells(t, c, inv) }, dial...), inv
}

// sells makes a server charge.
func sells(t *testing.T, c *Config, inv *invoicer) {
	t.Helper()
	cfg := l402.DefaultConfig()
	cfg.Store, cfg.Invoicer, cfg.Rand = l402test.NewMemory(), inv, rand.NewChaCha8([32]byte{1})
	cfg.Balances = l402test.NewBalances()
	gate, err := l402.NewGate(cfg)
	require.NoError(t, err)
	c.Mode, c.Gate, c.Service = admission.Direct, gate, "econd"
}

func (w *world) register(by byte) *econdv1.SubmitRequest {
	return &econdv1.SubmitRequest{Event: w.Event(nodetest.Key(w.T, by), op.KindRegister, op.Register{Name: "agent"}).Marshal()}
}

var challengeForm = regexp.MustCompile(`^L402 macaroon="([^"]+)", invoice="([^"]+)", version="0", token="([^"]+)"$`)

// challenged asks for a priced call and returns the challenge; md goes along.
func challenged(t *testing.T, w *world, md ...string) (macaroon, invoice string) {
	t.Helper()
	var trailer metadata.MD
	_, err := w.Submit(metadata.AppendToOutgoingContext(w.ctx(), md...), w.register(2), grpc.Trailer(&trailer))
	require.True(t, aperture.IsPaymentRequired(err), "%v", err)
	got := tell(t, err)
	require.Equal(t, told{code: codes.Internal, reason: "PAYMENT_REQUIRED", rule: "payment-required",
		message: "payment required", resource: constitution.ResourceOperations, sat: "10"}, got)
	require.Len(t, trailer.Get("www-authenticate"), 1)
	m := challengeForm.FindStringSubmatch(trailer.Get("www-authenticate")[0])
	require.NotNil(t, m, "%v", trailer)
	return m[1], m[2]
}

func TestPricedCallsAskForPayment(t *testing.T) {
	w, inv := gated(t)
	macaroon, invoice := challenged(t, w)
	require.Equal(t, int64(10_000), inv.msat)
	require.Equal(t, uint64(1), w.Node.Size(), "nothing was recorded")

	paid := "L402 " + macaroon + ":" + inv.sold[invoice].Reveal()
	ctx := metadata.AppendToOutgoingContext(w.ctx(), "authorization", paid)
	first := w.register(2)
	_, err := w.Submit(ctx, first)
	require.NoError(t, err)
	_, err = w.Submit(ctx, first)
	require.NoError(t, err, "what was recorded is told again for nothing")
	lsat := metadata.AppendToOutgoingContext(w.ctx(), "authorization", strings.Replace(paid, "L402", "LSAT", 1))
	_, err = w.Submit(lsat, w.register(3))
	require.True(t, aperture.IsPaymentRequired(err), "one payment, one operation: %v", err)

	bare, err := w.SubmitStream(w.ctx())
	require.NoError(t, err)
	_, err = bare.Recv()
	require.True(t, aperture.IsPaymentRequired(err), "%v", err)
	require.NotEmpty(t, bare.Trailer().Get("www-authenticate"))
}

func TestFreeCallsStayFree(t *testing.T) {
	w, inv := gated(t)
	_, err := w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{})
	require.NoError(t, err)
	_, err = w.ListAgents(w.ctx(), &econdv1.ListAgentsRequest{}) // queries cost 0 in the demo
	require.NoError(t, err)
	_, err = healthpb.NewHealthClient(w.conn).Check(w.ctx(), &healthpb.HealthCheckRequest{})
	require.NoError(t, err)
	require.Empty(t, inv.sold)
}

func TestBadTokensAreRefused(t *testing.T) {
	w, inv := gated(t)
	macaroon, invoice := challenged(t, w)
	wrong := strings.Repeat("00", 32)
	for name, md := range map[string][]string{
		"malformed":         {"authorization", "L402 nonsense"},
		"wrong preimage":    {"authorization", "L402 " + macaroon + ":" + wrong},
		"not hex":           {"macaroon", "zz"},
		"macaroon unpaid":   {"macaroon", hex.EncodeToString([]byte("no macaroon"))},
		"trailing material": {"authorization", "L402 " + macaroon + ":" + inv.sold[invoice].Reveal() + " x"},
	} {
		_, err := w.Submit(metadata.AppendToOutgoingContext(w.ctx(), md...), w.register(2))
		require.Equal(t, codes.Unauthenticated, tell(t, err).code, "%s: %v", name, err)
		require.NotContains(t, err.Error(), inv.sold[invoice].Reveal())
	}
	require.Equal(t, uint64(1), w.Node.Size())
}

func TestChallengesAreLimitedAndNeedLightning(t *testing.T) {
	w, inv := gated(t)
	var err error
	for range l402.DefaultConfig().Limits.PerCaller.Burst + 1 {
		_, err = w.Submit(w.ctx(), w.register(2))
	}
	got := tell(t, err)
	require.Equal(t, codes.ResourceExhausted, got.code)
	require.Positive(t, got.retry)

	w.Clock.Add(time.Minute)
	inv.away = true
	_, err = w.Submit(w.ctx(), w.register(2))
	require.Equal(t, codes.Unavailable, tell(t, err).code)
	require.Equal(t, admission.RetryLightning, tell(t, err).retry)
}

// answers sends operations in one stream and returns the codes that they get.
func answers(t *testing.T, w *world, ctx context.Context, requests ...*econdv1.SubmitRequest) (list []codes.Code) {
	t.Helper()
	stream, err := w.SubmitStream(ctx)
	require.NoError(t, err)
	for _, r := range requests {
		require.NoError(t, stream.Send(&econdv1.SubmitStreamRequest{Event: r.Event}))
	}
	for range requests {
		got, err := stream.Recv()
		require.NoError(t, err)
		list = append(list, codes.Code(got.GetRefusal().GetCode()))
	}
	return list
}

// The metadata l402-customer names who is to pay in the invoice.
func TestInvoicesNameTheirCustomer(t *testing.T) {
	w, inv := gated(t)
	key := nodetest.Key(t, 9).Public()
	challenged(t, w, "l402-customer", key.String())
	named, ok := op.CustomerOf(inv.memo)
	require.True(t, ok, inv.memo)
	require.Equal(t, key, named)
	_, err := w.Submit(metadata.AppendToOutgoingContext(w.ctx(), "l402-customer", "x"), w.register(6))
	require.Equal(t, codes.InvalidArgument, tell(t, err).code)
}

// A stream costs one use for each of its operations.
func TestStreamCostsItsNumber(t *testing.T) {
	w, inv := gated(t)
	macaroon, invoice := challenged(t, w, "l402-uses", "2")
	require.Equal(t, int64(20_000), inv.msat)
	ctx := metadata.AppendToOutgoingContext(w.ctx(), "authorization", "L402 "+macaroon+":"+inv.sold[invoice].Reveal())
	first := w.register(3)
	require.Equal(t, []codes.Code{codes.OK}, answers(t, w, ctx, first))
	junk := &econdv1.SubmitRequest{Event: []byte("{")}
	require.Equal(t, []codes.Code{codes.OK, codes.InvalidArgument, codes.OK, codes.FailedPrecondition},
		answers(t, w, ctx, first, junk, w.register(4), w.register(5)))
	require.Equal(t, uint64(3), w.Node.Size())
	stream, err := w.SubmitStream(ctx)
	require.NoError(t, err)
	_, err = stream.Recv()
	require.True(t, aperture.IsPaymentRequired(err), "nothing left: a challenge")
	_, err = w.Submit(metadata.AppendToOutgoingContext(w.ctx(), "l402-uses", "x"), w.register(6))
	require.Equal(t, codes.InvalidArgument, tell(t, err).code)
}

func TestBoundTokensPayForTheirAgentAlone(t *testing.T) {
	w, inv := gated(t)
	key := w.Event(nodetest.Key(t, 3), op.KindRegister, op.Register{}).PubKey
	macaroon, invoice := challenged(t, w, "l402-agent", key.String(), "l402-uses", "3")
	ctx := metadata.AppendToOutgoingContext(w.ctx(), "authorization", "L402 "+macaroon+":"+inv.sold[invoice].Reveal())
	_, err := w.Submit(ctx, w.register(2))
	require.Equal(t, []any{codes.PermissionDenied, "token-agent"}, []any{tell(t, err).code, tell(t, err).rule})
	require.Equal(t, []codes.Code{codes.PermissionDenied, codes.OK}, answers(t, w, ctx, w.register(2), w.register(3)))
}

// aperture's own client pays here as it pays behind an aperture: once, and then
// it reuses its token. It never buys a second one, so it asks for a bundle.
func TestApertureClientPays(t *testing.T) {
	payer := &wallet{}
	store, err := aperture.NewFileStore(t.TempDir())
	require.NoError(t, err)
	services := &lndclient.LndServices{Client: payer, ChainParams: &chaincfg.RegressionNetParams}
	client := aperture.NewInterceptor(services, store, 10*time.Second, 100, 10, true)
	w, seller := gated(t, grpc.WithUnaryInterceptor(client.UnaryInterceptor), grpc.WithStreamInterceptor(client.StreamInterceptor))
	payer.seller = seller

	ctx := metadata.AppendToOutgoingContext(w.ctx(), "l402-uses", "4")
	for i := range byte(3) {
		_, err := w.Submit(ctx, w.register(2+i))
		require.NoError(t, err)
	}
	require.Equal(t, 1, payer.paid)

	// It cannot buy for a stream, but brings along what it has.
	stream, err := w.SubmitStream(ctx)
	require.NoError(t, err)
	require.NoError(t, stream.Send(&econdv1.SubmitStreamRequest{Event: w.register(9).Event}))
	got, err := stream.Recv()
	require.NoError(t, err)
	require.NotNil(t, got.GetReceipt())
	require.Equal(t, 1, payer.paid)
}

// Every service of econd's that is served is in the list that others are held
// against.
func TestEveryServiceIsListed(t *testing.T) {
	var listed, served []string
	for _, s := range services {
		listed = append(listed, s.ServiceName)
	}
	for name := range newWorld(t, nil).server.grpc.GetServiceInfo() {
		if strings.HasPrefix("/"+name, methodPrefix) {
			served = append(served, name)
		}
	}
	require.ElementsMatch(t, listed, served)
}

// Every method has a resource, so that a new one is never free by accident.
func TestEveryMethodHasAResource(t *testing.T) {
	count := 0
	for _, service := range services {
		name := "/" + service.ServiceName + "/"
		for _, m := range service.Methods {
			_, known := ResourceOf(name + m.MethodName)
			require.True(t, known, m.MethodName)
			count++
		}
		for _, m := range service.Streams {
			_, known := ResourceOf(name + m.StreamName)
			require.True(t, known, m.StreamName)
			count++
		}
	}
	rows := 0
	for _, r := range read.Routes() {
		if r.RPC != "" {
			rows++
		}
	}
	require.Equal(t, rows, count, "a row names a method that there is not")
	resource, known := ResourceOf(methodPrefix + "Econd/New")
	require.False(t, known)
	require.Equal(t, constitution.ResourceQueries, resource)
	resource, _ = ResourceOf("/grpc.health.v1.Health/Check")
	require.Empty(t, resource)
}
