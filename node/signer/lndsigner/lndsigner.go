// Package lndsigner signs with a key that an LND derives from its own seed and never gives away, by
// its walletrpc and signrpc. The macaroon that it needs allows two calls; see BakeCommand.
//
// LND hashes what it signs once by SHA-256. It is handed the NIP-01 serialisation of an event, so what
// it signs by BIP-340 is the event's id.
//
// Whoever has the macaroon can have LND sign by any of its keys, whatever the text: LND knows no
// narrower permission. docs/keys.md says what follows from it.
package lndsigner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/lightningnetwork/lnd/lnrpc/signrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node/lndconn"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
)

// Families of keys. Those below MinFamily are for LND itself and what is built on it.
const (
	DefaultFamily = 1237 // Nostr's number in SLIP-44
	MinFamily     = 1000
	MaxFamily     = 1<<31 - 2 // the one above is where LND's wallet keeps imported keys
	maxIndex      = 1<<31 - 1
)

// callTimeout bounds a call whose context does not end.
const callTimeout = 20 * time.Second

// ErrConfig says that the configuration cannot work.
var ErrConfig = errors.New("lnd signer configuration")

// Config names a key of an LND.
type Config struct {
	Address      string // gRPC, host:port
	TLSCertPath  string
	MacaroonPath string // see BakeCommand
	Key          Key
}

// Key is the place of a key in LND: m/1017'/coin'/Family'/0/Index.
type Key struct{ Family, Index uint32 }

// ParseKey reads FAMILY/INDEX, both in decimal; "" is DefaultFamily/0.
func ParseKey(text string) (Key, error) {
	if text == "" {
		return Key{Family: DefaultFamily}, nil
	}
	family, index, ok := strings.Cut(text, "/")
	f, err := strconv.ParseUint(family, 10, 31)
	if !ok || err != nil || f < MinFamily || f > MaxFamily {
		return Key{}, fmt.Errorf("%w: key: must be FAMILY/INDEX, the family from %d to %d", ErrConfig, MinFamily, MaxFamily)
	}
	i, err := strconv.ParseUint(index, 10, 31)
	if err != nil {
		return Key{}, fmt.Errorf("%w: key: must be FAMILY/INDEX, the index from 0 to %d", ErrConfig, maxIndex)
	}
	return Key{uint32(f), uint32(i)}, nil
}

// URIs are the calls that a Signer makes.
func URIs() []string {
	return []string{"/walletrpc.WalletKit/DeriveKey", "/signrpc.Signer/SignMessage"}
}

// BakeCommand returns the shell command that makes the macaroon that LND needs, and nothing more, and
// saves it to a file that its owner alone can read at any instant. No file, or an admin.macaroon,
// which is LND's own, is sign.mac in the working directory.
func BakeCommand(file string) string {
	return lndconn.BakeCommand(26, lndconn.OwnFile(file, "sign.mac"), URIs())
}

// Signer signs through an LND. It is a signer.Signer. Make it with Dial.
type Signer struct {
	conn     *grpc.ClientConn
	signer   signrpc.SignerClient
	key      Key
	public   op.PublicKey
	macaroon string // its file

	mu     sync.Mutex
	closed bool
}

// Dial asks LND for the key. Errors: ErrConfig, signer.ErrAway, signer.ErrRefused, and ctx's.
func Dial(ctx context.Context, cfg Config) (*Signer, error) {
	if cfg.Key.Family < MinFamily || cfg.Key.Family > MaxFamily || cfg.Key.Index > maxIndex {
		return nil, fmt.Errorf("%w: Key: must be a family from %d to %d and an index from 0", ErrConfig, MinFamily, MaxFamily)
	}
	conn, err := lndconn.Dial(lndconn.Config{Address: cfg.Address, TLSCertPath: cfg.TLSCertPath, MacaroonPath: cfg.MacaroonPath})
	if errors.Is(err, lndconn.ErrMacaroon) {
		return nil, fmt.Errorf("%w: %w; make one with: %s", ErrConfig, err, BakeCommand(cfg.MacaroonPath))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	s := &Signer{conn: conn, signer: signrpc.NewSignerClient(conn), key: cfg.Key, macaroon: cfg.MacaroonPath}
	if s.public, err = s.derive(ctx, walletrpc.NewWalletKitClient(conn)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

func (s *Signer) derive(ctx context.Context, kit walletrpc.WalletKitClient) (public op.PublicKey, err error) {
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	resp, err := kit.DeriveKey(bounded, &signrpc.KeyLocator{KeyFamily: int32(s.key.Family), KeyIndex: int32(s.key.Index)})
	if err != nil {
		return public, s.wrap(ctx, "derive key", err)
	}
	key, err := btcec.ParsePubKey(resp.RawKeyBytes)
	if err != nil {
		return public, errors.New("lnd: derive key: the answer is no key of the curve")
	}
	return op.PublicKey(schnorr.SerializePubKey(key)), nil
}

// Public implements signer.Signer.
func (s *Signer) Public() op.PublicKey { return s.public }

// Sign implements signer.Signer.
func (s *Signer) Sign(ctx context.Context, e *op.Event) error {
	if s.isClosed() {
		return signer.ErrClosed
	}
	return signer.Complete(ctx, s.public, e, s.ask)
}

// ask has LND sign an event.
func (s *Signer) ask(ctx context.Context, e *op.Event) (sig [64]byte, err error) {
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	resp, err := s.signer.SignMessage(bounded, &signrpc.SignMessageReq{Msg: e.Serialised(), SchnorrSig: true,
		KeyLoc: &signrpc.KeyLocator{KeyFamily: int32(s.key.Family), KeyIndex: int32(s.key.Index)}})
	if err != nil {
		return sig, s.wrap(ctx, "sign", err)
	}
	if len(resp.Signature) != len(sig) {
		return sig, fmt.Errorf("%w: it has %d bytes", signer.ErrSignature, len(resp.Signature))
	}
	return [64]byte(resp.Signature), nil
}

// wrap names what was being done and finds the error's kind.
func (s *Signer) wrap(ctx context.Context, doing string, err error) error {
	switch fault := lndconn.FaultOf(err); {
	case ctx.Err() != nil:
		return fmt.Errorf("lnd: %s: %w", doing, ctx.Err())
	case s.isClosed():
		return signer.ErrClosed
	case fault == lndconn.Away:
		return fmt.Errorf("lnd: %s: %w: %w", doing, signer.ErrAway, err)
	case fault == lndconn.Forbidden:
		return fmt.Errorf("lnd: %s: %w: %w; make a macaroon that may with: %s", doing, signer.ErrRefused, err, BakeCommand(s.macaroon))
	case status.Code(err) == codes.Unimplemented:
		return fmt.Errorf("lnd: %s: %w: %w; LND must be built with the tags signrpc and walletrpc, as its releases are", doing, signer.ErrRefused, err)
	}
	return fmt.Errorf("lnd: %s: %w: %w", doing, signer.ErrRefused, err)
}

func (s *Signer) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close implements signer.Signer. The key stays in LND.
func (s *Signer) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.conn.Close()
}

// String hides the macaroon.
func (s *Signer) String() string { return "signer of " + s.public.String() + " in LND" }

// Format hides the macaroon, whatever the verb.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the macaroon from JSON.
func (s *Signer) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
