package lnd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"gopkg.in/macaroon.v2"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/lndconn"
)

func TestKindOf(t *testing.T) {
	unknown := func(text string) error { return status.Error(codes.Unknown, text) }
	for _, tc := range []struct {
		err  error
		want error
	}{
		{status.Error(codes.Unavailable, "connection refused"), node.ErrLightningAway},
		{status.Error(codes.DeadlineExceeded, ""), node.ErrLightningAway},
		{context.DeadlineExceeded, node.ErrLightningAway},
		{io.EOF, node.ErrLightningAway},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), node.ErrLightningAway},
		{unknown("wallet locked, unlock it to enable full RPC access"), node.ErrLightningAway},
		{unknown("wallet not created, create one to enable full RPC access"), node.ErrLightningAway},
		{unknown("waiting to start, RPC services not available"), node.ErrLightningAway},
		{unknown("the RPC server is in the process of starting up, but not yet ready to accept calls"), node.ErrLightningAway},
		{unknown("server is still in the process of starting"), node.ErrLightningAway},
		{unknown("unable to locate invoice"), ErrUnknownHold},
		{status.Error(codes.NotFound, "unable to locate invoice"), ErrUnknownHold},
		{unknown("invoice still open"), ErrHoldOpen},
		{unknown("invoice already canceled"), ErrHoldCancelled},
		{unknown("invoice already settled"), node.ErrHoldSettled},
		{unknown("permission denied"), ErrPermission},
		{unknown("verification failed: signature mismatch after caveat verification"), ErrPermission},
		{status.Error(codes.Unauthenticated, ""), ErrPermission},
		{context.Canceled, nil},
		{unknown("something else"), nil},
		{errors.New("something else"), nil},
	} {
		require.Equal(t, tc.want, kindOf(tc.err), "%v", tc.err)
		if tc.want != nil {
			require.ErrorIs(t, wrap("test", tc.err), tc.want)
		}
	}
	require.NoError(t, wrap("test", nil))
	require.ErrorIs(t, wrap("test", status.Error(codes.Canceled, "")),
		context.Canceled)
}

func TestWalletErrors(t *testing.T) {
	for text, want := range map[string]error{
		"transaction rejected: output already spent":              anchor.ErrSpent,
		"transaction rejected by the mempool because of low fees": anchor.ErrFeeTooLow,
		"unknown output": anchor.ErrUnknownCoin,
		"not enough witness outputs to create funding transaction": anchor.ErrFunds,
		"insufficient funds available to construct transaction":    anchor.ErrFunds,
		"wallet locked": node.ErrLightningAway,
	} {
		require.ErrorIs(t, walletError("test", status.Error(codes.Unknown, text)), want)
	}
	require.NoError(t, walletError("test", nil))
}

// bakedLike makes a macaroon with an identifier as LND writes it.
func bakedLike(t testing.TB, ops ...*lnrpc.Op) []byte {
	t.Helper()
	id, err := proto.Marshal(&lnrpc.MacaroonId{Nonce: []byte("nonce"),
		StorageId: []byte("21"), Ops: ops})
	require.NoError(t, err)
	mac, err := macaroon.New([]byte("key"), append([]byte{3}, id...), "lnd",
		macaroon.LatestVersion)
	require.NoError(t, err)
	raw, err := mac.MarshalBinary()
	require.NoError(t, err)
	return raw
}

func TestPermissionsAreReadFromTheMacaroon(t *testing.T) {
	need := grants[RolePay].required
	require.NoError(t, checkMacaroon(RolePay, "pay.mac",
		bakedLike(t, &lnrpc.Op{Entity: "uri", Actions: need})))
	require.NoError(t, checkMacaroon(RolePay, "pay.mac", bakedLike(t,
		&lnrpc.Op{Entity: "uri", Actions: need},
		&lnrpc.Op{Entity: "uri", Actions: grants[RolePay].optional})))
	require.ErrorIs(t, checkMacaroon(RolePay, "pay.mac",
		bakedLike(t, &lnrpc.Op{Entity: "uri", Actions: need[1:]})),
		ErrPermission)
	err := checkMacaroon(RolePay, "pay.mac", bakedLike(t,
		&lnrpc.Op{Entity: "uri", Actions: need},
		&lnrpc.Op{Entity: "onchain", Actions: []string{"read", "write"}}))
	require.ErrorIs(t, err, ErrPermission)
	require.ErrorContains(t, err, "onchain:read")
	require.ErrorContains(t, err, BakeCommand(RolePay, "pay.mac"))
}

// The command that a refusal names saves where econd looks, but never over an
// admin.macaroon.
func TestRefusedMacaroonNamesItsFile(t *testing.T) {
	need := grants[RolePay].required
	const path = "/var/lib/econd/lnd pay.mac"
	for _, ops := range [][]*lnrpc.Op{
		{{Entity: "uri", Actions: need}, {Entity: "onchain", Actions: []string{"read"}}},
		{{Entity: "uri", Actions: need[1:]}},
	} {
		err := checkMacaroon(RolePay, path, bakedLike(t, ops...))
		require.ErrorContains(t, err, "pay macaroon "+path)
		require.ErrorContains(t, err, "--save_to '"+path+"' ")
	}
	err := checkMacaroon(RolePay, "/lnd/admin.macaroon", nil)
	require.ErrorContains(t, err, "--save_to pay.mac ")
}

// Where a macaroon is to lie is known or the working directory; a path with
// other characters is quoted.
func TestBakeCommandNamesTheFile(t *testing.T) {
	for file, want := range map[string]string{"": "recv.mac", "/a/b-1/r.mac": "/a/b-1/r.mac", "/my data/r.mac": "'/my data/r.mac'",
		"it's": `'it'\''s'`} {
		got := BakeCommand(RoleRecv, file)
		require.Contains(t, got, " --save_to "+want+" uri:/lnrpc.Lightning/GetInfo ")
		require.True(t, strings.HasSuffix(got, " && chmod 600 "+want+")"), got)
		require.True(t, strings.HasPrefix(got, "(umask 077 && lncli bakemacaroon "), got)
	}
}

func FuzzPermissions(f *testing.F) {
	f.Add(bakedLike(f, &lnrpc.Op{Entity: "uri",
		Actions: []string{"/lnrpc.Lightning/GetInfo"}}))
	f.Add(bakedLike(f))
	f.Add([]byte("junk"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if checkMacaroon(RoleRecv, "recv.mac", raw) != nil {
			return
		}
		got, err := permissions(raw)
		require.NoError(t, err)
		require.Subset(t, append(grants[RoleRecv].required,
			grants[RoleRecv].optional...), got)
	})
}

func TestSecretsDoNotPrint(t *testing.T) {
	secret := lndconn.Macaroon("0201036c6e64")
	for _, format := range []string{"%v", "%s", "%#v", "%+v"} {
		require.NotContains(t, fmt.Sprintf(format, secret), "6c6e64")
		require.NotContains(t, fmt.Sprintf(format,
			Payment{Preimage: Preimage{0xab, 0xcd}}), "171")
	}
}

// Refusals of a payment are told from an LND that cannot be asked.
func TestAboutPayment(t *testing.T) {
	if !aboutPayment(errors.New("lnd: pay: invoice expired")) {
		t.Error("a refusal is not taken for one")
	}
	for _, err := range []error{node.ErrLightningAway, ErrPermission, ErrNotConfigured} {
		if aboutPayment(err) {
			t.Errorf("%v is taken for a refusal of the payment", err)
		}
	}
}
