package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/openbao/openbao/api/v2"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/signer/custody"
)

// lease is what is known of the token that lets in.
type lease struct {
	own       bool // a login of ours got it: Close revokes it
	renewable bool
	ends      time.Time // zero: never, or unknown
	due       time.Time // when it is to be renewed or replaced; zero: never
}

// minLease is the rest of a lease that is not worth a renewal.
const minLease = 10 * time.Second

// granted keeps a lease of so many seconds; two thirds on it is due.
func (l *lease) granted(seconds int, renewable bool, now time.Time) {
	l.renewable, l.ends, l.due = renewable, time.Time{}, time.Time{}
	if seconds > 0 {
		life := time.Duration(seconds) * time.Second
		l.ends, l.due = now.Add(life), now.Add(life*2/3)
	}
}

// admit sees to it that there is a token: it logs in, or renews a token in time. fresh tells
// that the token was got just now.
func (s *Store) admit(ctx context.Context) (fresh bool, err error) {
	if s.client.Token() == "" {
		return true, s.login(ctx)
	}
	if s.lease.due.IsZero() || time.Now().Before(s.lease.due) {
		return false, nil
	}
	if s.lease.renewable && s.renew(ctx) {
		return false, nil
	}
	if s.cfg.RoleID == "" && time.Now().Before(s.lease.ends) {
		s.lease.due = s.lease.ends // nothing lengthens it; a file may hold another one by then
		return false, nil
	}
	s.revoke(ctx)
	return true, s.login(ctx)
}

// renew tells whether the token lasts longer now, or will be renewed later.
func (s *Store) renew(ctx context.Context) bool {
	began := time.Now()
	left := s.lease.ends.Sub(began)
	answer, err := s.client.Auth().Token().RenewSelfWithContext(ctx, 0)
	if err != nil || answer == nil || answer.Auth == nil {
		var refused *api.ResponseError
		if errors.As(err, &refused) && refused.StatusCode < 500 || left < minLease {
			return false
		}
		s.lease.due = began.Add(left / 3) // no answer: there is time for more attempts
		return true
	}
	life := time.Duration(answer.Auth.LeaseDuration) * time.Second
	if life < minLease || life <= left+time.Second {
		return false // its longest life is near
	}
	s.lease.granted(answer.Auth.LeaseDuration, answer.Auth.Renewable, began)
	return true
}

// login gets a token.
func (s *Store) login(ctx context.Context) error {
	s.client.ClearToken()
	s.lease = lease{}
	if s.cfg.RoleID != "" {
		return s.appRole(ctx)
	}
	token, from, err := s.givenToken()
	if err != nil {
		return err
	}
	s.client.SetToken(token)
	began := time.Now()
	answer, err := s.client.Auth().Token().LookupSelfWithContext(ctx)
	var refused *api.ResponseError
	switch {
	case errors.As(err, &refused) && refused.StatusCode == 403:
		// It may be one that must not look at itself. What it is good for the reading tells.
		s.from = from
		return nil
	case err != nil:
		s.client.ClearToken()
		return s.fault(ctx, "look at the token", err)
	}
	var about struct {
		TTL       int  `json:"ttl"`
		Renewable bool `json:"renewable"`
	}
	if text, err := json.Marshal(answer.Data); err == nil && json.Unmarshal(text, &about) == nil {
		s.lease.granted(about.TTL, about.Renewable, began)
	}
	s.from = from
	return nil
}

// givenToken is the token of the file or of the environment, and where it is from.
func (s *Store) givenToken() (token, from string, err error) {
	if s.cfg.TokenFile != "" {
		text, err := keyfile.ReadText(s.cfg.TokenFile)
		if err != nil {
			return "", "", fmt.Errorf("the token of Vault: %w", err)
		}
		defer clear(text)
		return string(text), s.cfg.TokenFile, nil
	}
	for _, name := range []string{"BAO_TOKEN", "VAULT_TOKEN"} {
		if token := os.Getenv(name); token != "" {
			return token, name, nil
		}
	}
	return "", "", fmt.Errorf("%w: nothing lets in to Vault: give role_id and secret_id_file, or token_file, or set VAULT_TOKEN", custody.ErrDenied)
}

func (s *Store) appRole(ctx context.Context) error {
	secret, err := keyfile.ReadText(s.cfg.SecretIDFile)
	if err != nil {
		return fmt.Errorf("the secret_id of Vault's AppRole: %w", err)
	}
	defer clear(secret)
	body, err := json.Marshal(map[string]string{"role_id": s.cfg.RoleID, "secret_id": string(secret)})
	if err != nil {
		return errors.New("the secret_id of Vault's AppRole: is no text")
	}
	defer clear(body)
	began := time.Now()
	answer, err := s.client.Logical().WriteBytesWithContext(ctx, "auth/"+s.cfg.AppRoleMount+"/login", body)
	var refused *api.ResponseError
	if errors.As(err, &refused) && (refused.StatusCode == 400 || refused.StatusCode == 403 || refused.StatusCode == 404) {
		return fmt.Errorf("%w: %s lets the AppRole not in (%d): its role_id, or the secret_id in %s, is wrong, used up or expired, or AppRole is not at auth/%s",
			custody.ErrDenied, s.cfg.Address, refused.StatusCode, s.cfg.SecretIDFile, s.cfg.AppRoleMount)
	}
	if err != nil {
		return s.fault(ctx, "log in by AppRole", err)
	}
	if answer == nil || answer.Auth == nil || answer.Auth.ClientToken == "" {
		return fmt.Errorf("%s answers the login with no token", s.cfg.Address)
	}
	s.client.SetToken(answer.Auth.ClientToken)
	s.lease.own = true
	s.lease.granted(answer.Auth.LeaseDuration, answer.Auth.Renewable, began)
	s.from = "the AppRole"
	return nil
}

// revoke gives a token back that a login of ours got. Where that fails it ends by itself.
func (s *Store) revoke(ctx context.Context) {
	if s.lease.own && s.client.Token() != "" {
		_ = s.client.Auth().Token().RevokeSelfWithContext(ctx, "")
	}
	s.client.ClearToken()
	s.lease = lease{}
}
