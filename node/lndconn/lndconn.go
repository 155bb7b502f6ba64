// Package lndconn opens connections to an LND: gRPC over its TLS certificate, with one macaroon, and
// tells of a failed call whether LND is away or refuses the macaroon; it writes the command that makes one.
// It does not know what is called. No error and no value shows a macaroon.
package lndconn

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node/shell"
)

// Config names an LND. All fields are required.
type Config struct {
	Address      string // gRPC, host:port
	TLSCertPath  string
	MacaroonPath string
}

// ErrMacaroon says that the macaroon's file cannot be read.
var ErrMacaroon = errors.New("LND's macaroon")

// Dial checks the configuration. It does not wait for the node. ErrMacaroon where its file cannot be read; other
// errors name the field.
func Dial(cfg Config) (*grpc.ClientConn, error) {
	for _, f := range []struct{ name, value string }{{"address", cfg.Address},
		{"TLS certificate", cfg.TLSCertPath}, {"macaroon", cfg.MacaroonPath}} {
		if f.value == "" {
			return nil, fmt.Errorf("the %s of LND is not set", f.name)
		}
	}
	tls, err := credentials.NewClientTLSFromFile(cfg.TLSCertPath, "")
	if err != nil {
		return nil, fmt.Errorf("LND's TLS certificate: %w", err)
	}
	raw, err := os.ReadFile(cfg.MacaroonPath)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMacaroon, err)
	}
	conn, err := grpc.NewClient(cfg.Address, grpc.WithTransportCredentials(tls),
		grpc.WithPerRPCCredentials(Macaroon(hex.EncodeToString(raw))))
	if err != nil {
		return nil, fmt.Errorf("LND's address: %w", err)
	}
	return conn, nil
}

// BakeCommand returns the shell command that makes a macaroon under a root key of LND that allows some
// calls and nothing more, and saves it to a file that its owner alone can read at any instant, which
// lncli does not see to.
func BakeCommand(rootKey int, file string, uris []string) string {
	file = shell.Word(file)
	return fmt.Sprintf("(umask 077 && lncli bakemacaroon --root_key_id %d --save_to %s uri:%s && chmod 600 %s)",
		rootKey, file, strings.Join(uris, " uri:"), file)
}

// OwnFile is where a macaroon is saved: the file, or another if there is none or it is an admin.macaroon,
// which is LND's own.
func OwnFile(file, other string) string {
	if file == "" || filepath.Base(file) == "admin.macaroon" {
		return other
	}
	return file
}

// Macaroon sends a macaroon, in hex, with each call. It is a credentials.PerRPCCredentials.
type Macaroon string

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (m Macaroon) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"macaroon": string(m)}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (Macaroon) RequireTransportSecurity() bool { return true }

// String hides the secret.
func (Macaroon) String() string { return "macaroon" }

// GoString hides the secret.
func (Macaroon) GoString() string { return "macaroon" }

// Fault is what an error of a call says about the way to LND.
type Fault int

// The faults.
const (
	Other     Fault = iota // of the call itself
	Away                   // LND is away, locked or starting, or did not answer in time: the call may have taken effect
	Forbidden              // the macaroon does not allow the call
)

// away are the words of an LND that answers but does not serve yet; they come with the code Unknown.
var away = []string{"wallet locked", "wallet not created", "waiting to start",
	"in the process of starting", "not yet ready", "shutting down", "server not active", "router backend not"}

var forbidden = []string{"permission denied", "cannot retrieve macaroon", "verification failed"}

// FaultOf reads the error of a call.
func FaultOf(err error) (f Fault) {
	s, _ := status.FromError(err)
	switch s.Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Aborted:
		f = Away
	case codes.PermissionDenied, codes.Unauthenticated:
		f = Forbidden
	}
	if errors.Is(err, io.EOF) {
		f = Away // LND ends its streams like this when it stops
	}
	for _, text := range away {
		if strings.Contains(s.Message(), text) {
			f = Away
		}
	}
	for _, text := range forbidden {
		if strings.Contains(s.Message(), text) {
			f = Forbidden
		}
	}
	return f
}
