package lndsigner

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lightningnetwork/lnd/lnrpc/signrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/chaincfg/chainhash"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/signertest"
)

// double plays the two calls of an LND. The real one runs in lnd_test.go.
type double struct {
	signrpc.UnimplementedSignerServer
	walletrpc.UnimplementedWalletKitServer

	t      *testing.T
	secret *btcec.PrivateKey
	answer func(context.Context, *signrpc.SignMessageReq) (*signrpc.SignMessageResp, error) // nil: as LND does
}

var testMacaroon = bytes.Repeat([]byte{0xab, 0x02}, 40)

// DeriveKey plays walletrpc.
func (d *double) DeriveKey(ctx context.Context, l *signrpc.KeyLocator) (*signrpc.KeyDescriptor, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	return &signrpc.KeyDescriptor{RawKeyBytes: d.secret.PubKey().SerializeCompressed(), KeyLoc: l}, nil
}

// SignMessage plays signrpc.
func (d *double) SignMessage(ctx context.Context, r *signrpc.SignMessageReq) (*signrpc.SignMessageResp, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	if d.answer != nil {
		return d.answer(ctx, r)
	}
	if r.KeyLoc.GetKeyFamily() != 1237 || r.KeyLoc.GetKeyIndex() != 5 || !r.SchnorrSig || r.DoubleHash || len(r.Tag) > 0 || len(r.SchnorrSigTapTweak) > 0 {
		return nil, status.Error(codes.Unknown, "not what is signed here")
	}
	return d.sign(d.secret, chainhash.HashB(r.Msg))
}

func (d *double) sign(by *btcec.PrivateKey, digest []byte) (*signrpc.SignMessageResp, error) {
	sig, err := schnorr.Sign(by, digest)
	if err != nil {
		return nil, err
	}
	return &signrpc.SignMessageResp{Signature: sig.Serialize()}, nil
}

func allowed(ctx context.Context) error {
	if md, _ := metadata.FromIncomingContext(ctx); strings.Join(md.Get("macaroon"), "") != hex.EncodeToString(testMacaroon) {
		return status.Error(codes.Unknown, "cannot retrieve macaroon: cannot get macaroon from context")
	}
	return nil
}

// start serves the double and returns how it is reached.
func (d *double) start(t *testing.T) Config {
	t.Helper()
	d.t = t
	web := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(web.Close)
	dir := t.TempDir()
	cert, mac := filepath.Join(dir, "tls.cert"), filepath.Join(dir, "sign.mac")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600))
	require.NoError(t, os.WriteFile(mac, testMacaroon, 0o600))
	server := grpc.NewServer(grpc.Creds(credentials.NewServerTLSFromCert(&web.TLS.Certificates[0])))
	signrpc.RegisterSignerServer(server, d)
	walletrpc.RegisterWalletKitServer(server, d)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	return Config{Address: l.Addr().String(), TLSCertPath: cert, MacaroonPath: mac, Key: Key{DefaultFamily, 5}}
}

func newDouble(t *testing.T) *double {
	secret, err := btcec.NewPrivateKey()
	require.NoError(t, err)
	return &double{t: t, secret: secret}
}

func TestContract(t *testing.T) {
	d := newDouble(t)
	cfg := d.start(t)
	signertest.Run(t, func(t *testing.T) signer.Signer {
		s, err := Dial(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, op.PublicKey(schnorr.SerializePubKey(d.secret.PubKey())), s.Public())
		return s
	}, testMacaroon)
}

func TestAnLNDThatNeverAnswers(t *testing.T) {
	d := newDouble(t)
	d.answer = func(ctx context.Context, _ *signrpc.SignMessageReq) (*signrpc.SignMessageResp, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s, err := Dial(t.Context(), d.start(t))
	require.NoError(t, err)
	signertest.Stalled(t, s)
	require.NoError(t, s.Close())
}

func TestWrongAnswers(t *testing.T) {
	other, err := btcec.NewPrivateKey()
	require.NoError(t, err)
	d := newDouble(t)
	s, err := Dial(t.Context(), d.start(t))
	require.NoError(t, err)
	defer s.Close()
	type answer = func(*signrpc.SignMessageReq) (*signrpc.SignMessageResp, error)
	failing := func(code codes.Code, text string) answer {
		return func(*signrpc.SignMessageReq) (*signrpc.SignMessageResp, error) { return nil, status.Error(code, text) }
	}
	for name, c := range map[string]struct {
		answer answer
		kind   error
		text   string
	}{
		"another key's signature": {func(r *signrpc.SignMessageReq) (*signrpc.SignMessageResp, error) {
			return d.sign(other, chainhash.HashB(r.Msg))
		}, signer.ErrSignature, ""},
		"hashed twice": {func(r *signrpc.SignMessageReq) (*signrpc.SignMessageResp, error) {
			return d.sign(d.secret, chainhash.DoubleHashB(r.Msg))
		}, signer.ErrSignature, ""},
		"none": {func(*signrpc.SignMessageReq) (*signrpc.SignMessageResp, error) {
			return &signrpc.SignMessageResp{}, nil
		}, signer.ErrSignature, "0 bytes"},
		"locked":     {failing(codes.Unknown, "wallet locked, unlock it to enable full RPC access"), signer.ErrAway, ""},
		"away":       {failing(codes.Unavailable, "connection refused"), signer.ErrAway, ""},
		"forbidden":  {failing(codes.Unknown, "verification failed: permission denied"), signer.ErrRefused, "--save_to " + s.macaroon + " uri:/walletrpc.WalletKit/DeriveKey uri:/signrpc.Signer/SignMessage"},
		"not built":  {failing(codes.Unimplemented, "unknown service signrpc.Signer"), signer.ErrRefused, "tags signrpc and walletrpc"},
		"other word": {failing(codes.Unknown, "can't sign the hash"), signer.ErrRefused, "can't sign the hash"},
	} {
		d.answer = func(_ context.Context, r *signrpc.SignMessageReq) (*signrpc.SignMessageResp, error) {
			return c.answer(r)
		}
		e := signertest.Events()[0]
		err := s.Sign(t.Context(), e)
		require.ErrorIs(t, err, c.kind, name)
		require.ErrorContains(t, err, c.text, name)
		require.Equal(t, signertest.Events()[0], e, name)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for text, want := range map[string]Key{"": {DefaultFamily, 0}, "1000/0": {1000, 0}, "2147483646/2147483647": {MaxFamily, maxIndex}} {
		got, err := ParseKey(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"1237", "999/0", "6/0", "-1/0", "2147483647/0", "2147483648/0", "1237/", "1237/-1", "1237/2147483648", "1237/0/0", "a/b", "/"} {
		_, err := ParseKey(text)
		require.ErrorIs(t, err, ErrConfig, text)
	}
	_, err := Dial(t.Context(), Config{Address: "localhost:1", Key: Key{6, 0}})
	require.ErrorContains(t, err, "must be a family from 1000")
	_, err = Dial(t.Context(), Config{Key: Key{DefaultFamily, 0}})
	require.ErrorContains(t, err, "the address of LND is not set")
	cfg := newDouble(t).start(t)
	cfg.MacaroonPath = filepath.Join(t.TempDir(), "none.mac")
	_, err = Dial(t.Context(), cfg)
	require.ErrorIs(t, err, ErrConfig)
	require.ErrorContains(t, err, "make one with: (umask 077 && lncli bakemacaroon --root_key_id 26 --save_to "+cfg.MacaroonPath)
	require.Contains(t, BakeCommand("/x/admin.macaroon"), "--save_to sign.mac")

	require.NoError(t, os.WriteFile(cfg.MacaroonPath, []byte("another"), 0o600))
	_, err = Dial(t.Context(), cfg)
	require.ErrorIs(t, err, signer.ErrRefused)
}
