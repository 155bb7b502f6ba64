package vault

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/openbao/openbao/api/v2"

	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/custody"
)

// errForbidden: the server refuses the token, or a policy refuses what it asks for.
var errForbidden = fmt.Errorf("%w: permission denied", custody.ErrDenied)

// fault makes a sentence of an error of the client, whose own text has URLs and bodies. doing says
// what was tried.
func (s *Store) fault(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %s did not %s in time", signer.ErrAway, s.cfg.Address, doing)
	}
	var refused *api.ResponseError
	if !errors.As(err, &refused) {
		return s.unreached(doing, err)
	}
	switch code := refused.StatusCode; {
	case code == 403:
		return fmt.Errorf("%w: %s does not let %s %s: the token is expired or revoked, or no policy of it allows %s/data/%s", errForbidden,
			s.cfg.Address, s.whose(), doing, s.cfg.Mount, s.cfg.Path)
	case code == 404:
		return fmt.Errorf("%w: %s has nothing there to %s", custody.ErrDenied, s.cfg.Address, doing)
	case code == 429:
		return fmt.Errorf("%w: %s asks for fewer requests (429), and did not %s", signer.ErrAway, s.cfg.Address, doing)
	case code >= 500 || code == 412 || code == 472 || code == 473:
		return fmt.Errorf("%w: %s did not %s: %s (%d)", signer.ErrAway, s.cfg.Address, doing, s.health(ctx), code)
	}
	return fmt.Errorf("%w: %s did not %s (%d)", signer.ErrAway, s.cfg.Address, doing, refused.StatusCode)
}

// whose names the token that was refused.
func (s *Store) whose() string {
	if s.from == "" {
		return "the token"
	}
	return "the token of " + s.from
}

// unreached names what is between here and the server. What a url.Error adds is the URL.
func (s *Store) unreached(doing string, err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	var operation *net.OpError
	var unverified *tls.CertificateVerificationError
	switch {
	case errors.As(err, &operation):
		return fmt.Errorf("%w: %s did not %s: %w", signer.ErrAway, s.cfg.Address, doing, operation)
	case errors.As(err, &unverified):
		return fmt.Errorf("%w: %s did not %s: %w; name the authority of its certificate by ca_file", signer.ErrAway, s.cfg.Address, doing, unverified)
	}
	return fmt.Errorf("%w: %s did not %s: the connection broke, or the answer is too long or none of Vault's", signer.ErrAway, s.cfg.Address, doing)
}

// health asks the server how it is, for the sentence about what failed.
func (s *Store) health(ctx context.Context) string {
	s.client.SetMaxRetries(0)
	defer s.client.SetMaxRetries(retries)
	h, err := s.client.WithNamespace("").Sys().HealthWithContext(ctx) // it is of the server, not of a namespace
	switch {
	case err != nil || h == nil:
		return "it fails"
	case !h.Initialized:
		return "it is not initialised"
	case h.Sealed:
		return "it is sealed: an operator of it must unseal it"
	case h.ReplicationDRMode == "secondary":
		return "it is the standby of another cluster for disasters, and serves nothing"
	case h.PerformanceStandby, h.Standby:
		return "it is a standby and reaches no active node"
	}
	return "it fails"
}
