package lndwallet

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node/wallet"
)

func TestConfigIsChecked(t *testing.T) {
	_, err := Dial(Config{Address: "localhost:1"})
	require.ErrorIs(t, err, wallet.ErrConfig)
	require.ErrorContains(t, err, "TLS certificate")
}

// Who is refused a macaroon is told the command that saves another where the
// configuration looks for it, and never over LND's own.
func TestAdviceNamesTheConfiguredMacaroon(t *testing.T) {
	for file, want := range map[string]string{
		"/etc/agent/pay.mac":      "--save_to /etc/agent/pay.mac uri:/lnrpc.Lightning/GetInfo uri:/lnrpc.Lightning/SignMessage",
		"/home/me/my keys/a.mac":  "--save_to '/home/me/my keys/a.mac' uri:",
		"/home/me/admin.macaroon": "--save_to agent.mac uri:",
		"":                        "--save_to agent.mac uri:",
	} {
		err := (&Node{macaroon: file}).wrap("pay", status.Error(codes.PermissionDenied, "no"))
		require.ErrorIs(t, err, wallet.ErrPermission)
		require.ErrorContains(t, err, want)
	}
	dir := t.TempDir()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	cert := filepath.Join(dir, "tls.cert")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(cert, text, 0o600))
	file := filepath.Join(dir, "none.mac")
	_, err := Dial(Config{Address: "localhost:1", TLSCertPath: cert, MacaroonPath: file})
	require.ErrorIs(t, err, wallet.ErrConfig)
	require.ErrorContains(t, err, "make one with: (umask 077 && lncli bakemacaroon --root_key_id 25 --save_to "+file)
}
