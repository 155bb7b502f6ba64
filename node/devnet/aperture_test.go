package devnet_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lightninglabs/aperture/pricesrpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/econd/econd/node/devnet"
)

var challengeForm = regexp.MustCompile(`^L402 macaroon="([^"]+)", invoice="([^"]+)"`)

// get fetches a URL, with a token if there is one.
func get(ctx context.Context, t *testing.T, url, token string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

// challenge returns the macaroon and the invoice of a 402.
func challenge(t *testing.T, resp *http.Response) (mac, invoice string) {
	t.Helper()
	require.Equal(t, http.StatusPaymentRequired, resp.StatusCode)
	for _, line := range resp.Header.Values("WWW-Authenticate") {
		if m := challengeForm.FindStringSubmatch(line); m != nil {
			return m[1], m[2]
		}
	}
	t.Fatalf("no L402 challenge in %q", resp.Header)
	return "", ""
}

func TestWeatherIsPaidToTheProvider(t *testing.T) {
	ctx, n := network(t)
	weather, err := n.StartWeather()
	require.NoError(t, err)
	a, err := n.StartAperture(ctx, devnet.ApertureConfig{
		Name: "weather", LND: n.Provider, StrictVerify: true,
		Services: []devnet.ApertureService{{
			Name: "weather", PathRegexp: `^/v1/weather/.*$`, Address: weather.Addr, Price: 42,
			Capabilities: "read", Timeout: 3600, AuthWhitelistPaths: []string{`^/v1/weather/free$`},
		}},
	})
	require.NoError(t, err)

	url := a.URL() + "/v1/weather/lisbon"
	resp, _ := get(ctx, t, url, "")
	mac, invoice := challenge(t, resp)
	require.Zero(t, weather.Served(), "nothing is served unpaid")

	before, err := n.Provider.ChannelBalance(ctx)
	require.NoError(t, err)
	paid, err := n.Consumer.Pay(ctx, invoice)
	require.NoError(t, err)
	require.EqualValues(t, 42, paid.ValueSat)
	require.Eventually(t, func() bool {
		after, err := n.Provider.ChannelBalance(ctx)
		return err == nil && after.LocalBalance.Msat == before.LocalBalance.Msat+42_000
	}, patience, 20*time.Millisecond)

	resp, body := get(ctx, t, url, "L402 "+mac+":"+paid.PaymentPreimage)
	require.Equal(t, http.StatusOK, resp.StatusCode, body)
	var got devnet.Observation
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	require.Equal(t, devnet.Observe("Lisbon"), got)
	require.EqualValues(t, 1, weather.Served())

	resp, _ = get(ctx, t, url, "L402 "+mac+":"+strings.Repeat("00", 32))
	require.Equal(t, http.StatusPaymentRequired, resp.StatusCode, "a wrong preimage buys nothing")
	resp, _ = get(ctx, t, a.URL()+"/v1/weather/free", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)

	require.ErrorIs(t, a.Start(ctx), devnet.ErrRunning)
	require.NoError(t, a.Stop(ctx))
	require.NoError(t, a.Start(ctx))
	resp, _ = get(ctx, t, url, "L402 "+mac+":"+paid.PaymentPreimage)
	require.Equal(t, http.StatusOK, resp.StatusCode, "a token outlives its aperture's restart")
	// It follows its lnd's invoices, so it would not survive tests that stop
	// that lnd.
	require.NoError(t, a.Stop(ctx))
}

// pricer is a pricesrpc server whose price the test sets.
type pricer struct {
	pricesrpc.UnimplementedPricesServer
	sats atomic.Int64
	path atomic.Value
}

func (p *pricer) GetPrice(_ context.Context, req *pricesrpc.GetPriceRequest) (*pricesrpc.GetPriceResponse, error) {
	p.path.Store(req.Path)
	return &pricesrpc.GetPriceResponse{PriceSats: p.sats.Load()}, nil
}

func TestTwoServicesAndAPriceThatIsAskedFor(t *testing.T) {
	ctx, n := network(t)
	weather, err := n.StartWeather()
	require.NoError(t, err)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	prices := &pricer{}
	prices.sats.Store(7)
	server := grpc.NewServer()
	pricesrpc.RegisterPricesServer(server, prices)
	go func() { _ = server.Serve(l) }()
	defer server.Stop()

	a, err := n.StartAperture(ctx, devnet.ApertureConfig{
		Name: "two", LND: n.Operator,
		Services: []devnet.ApertureService{
			{Name: "asked", HostRegexp: `^127\.0\.0\.1:.*$`, PathRegexp: `^/v1/weather/a.*$`, Address: weather.Addr,
				DynamicPrice: &devnet.DynamicPrice{GRPCAddress: l.Addr().String()}},
			{Name: "fixed", PathRegexp: `^/v1/weather/.*$`, Address: weather.Addr, Price: 11},
		},
	})
	require.NoError(t, err)
	priceOf := func(path string) int64 {
		resp, _ := get(ctx, t, a.URL()+path, "")
		_, invoice := challenge(t, resp)
		decoded, err := n.Consumer.DecodeInvoice(ctx, invoice)
		require.NoError(t, err)
		require.Equal(t, n.Operator.IdentityPubkey, decoded.Destination)
		return decoded.NumSatoshis
	}
	require.EqualValues(t, 11, priceOf("/v1/weather/berlin"))
	require.EqualValues(t, 7, priceOf("/v1/weather/athens"))
	require.Equal(t, "/v1/weather/athens", prices.path.Load())
	prices.sats.Store(9)
	require.EqualValues(t, 9, priceOf("/v1/weather/athens"))

	server.Stop() // without a price there is neither service nor invoice
	resp, _ := get(ctx, t, a.URL()+"/v1/weather/athens", "")
	require.Equal(t, http.StatusInternalServerError, resp.StatusCode)
	require.Zero(t, weather.Served())
}

func TestApertureConfigNamesTheBadField(t *testing.T) {
	ctx, n := network(t)
	service := devnet.ApertureService{Name: "s", Address: "127.0.0.1:1", Price: 1}
	broken := service
	broken.PathRegexp = "("
	for _, tc := range []struct {
		want string
		cfg  devnet.ApertureConfig
	}{
		{"Name", devnet.ApertureConfig{Name: "../a", LND: n.Operator, Services: []devnet.ApertureService{service}}},
		{"LND", devnet.ApertureConfig{Name: "a", Services: []devnet.ApertureService{service}}},
		{"Services", devnet.ApertureConfig{Name: "a", LND: n.Operator}},
		{"Services[1]", devnet.ApertureConfig{Name: "a", LND: n.Operator, Services: []devnet.ApertureService{service, broken}}},
	} {
		_, err := n.StartAperture(ctx, tc.cfg)
		require.ErrorContains(t, err, tc.want)
	}

	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, err = n.StartAperture(ctx, devnet.ApertureConfig{Name: "a", LND: n.Operator,
		Listen: taken.Addr().String(), Services: []devnet.ApertureService{service}})
	require.ErrorContains(t, err, "address already in use")
}

func TestMessagesAreSignedByTheNodesKey(t *testing.T) {
	ctx, n := network(t)
	msg := []byte("this node belongs to that agent")
	sig, err := n.Provider.SignMessage(ctx, msg)
	require.NoError(t, err)
	key, err := n.Operator.VerifyMessage(ctx, msg, sig)
	require.NoError(t, err)
	require.Equal(t, n.Provider.IdentityPubkey, key)
	_, err = hex.DecodeString(key)
	require.NoError(t, err)
}
