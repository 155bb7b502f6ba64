package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/openbao/openbao/api/v2"

	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/custody"
)

// Put writes the key as the first version at its path, where nothing is and nothing was:
// custody.ErrExists otherwise. Called again with the same key after an error, it finds what the
// first call wrote and is content.
func (s *Store) Put(ctx context.Context, key *custody.Key) error {
	if s.cfg.Version != FirstVersion {
		return fmt.Errorf("Version: is %d; a key is written as version %d alone", s.cfg.Version, FirstVersion)
	}
	if _, err := s.admit(ctx); err != nil {
		return err
	}
	if err := s.checkMount(ctx); err != nil {
		return err
	}
	payload := key.Encode()
	defer clear(payload)
	body := append([]byte(`{"options":{"cas":0},"data":`), payload...)
	body = append(body, '}')
	defer clear(body)
	_, err := s.client.Logical().WriteBytesWithContext(ctx, s.cfg.Mount+"/data/"+s.cfg.Path, body)
	if err == nil {
		return s.proven(ctx, key)
	}
	// Something is there already, to which a policy may let nobody write (403), or it is not known
	// whether it was written. An earlier attempt of this call may have been the one that wrote.
	there, unread := s.read(ctx)
	switch {
	case errors.Is(unread, errGone):
		return s.exists()
	case unread == nil:
		defer there.Wipe()
		if !there.Equal(key) {
			return s.exists()
		}
		return nil
	}
	var refused *api.ResponseError
	switch fault := s.fault(ctx, "write the key", err); {
	case errors.As(err, &refused) && refused.StatusCode == 400:
		return s.exists()
	case errors.Is(fault, signer.ErrAway):
		return fmt.Errorf("%w; it is not known whether the key was written: repeat the call with the same key", fault)
	default:
		return fault
	}
}

// exists says that the path is taken; one that was deleted is, too.
func (s *Store) exists() error {
	return fmt.Errorf("%w at %s, or was once: name another path, or have an administrator remove the metadata of that one", custody.ErrExists, s.place())
}

// proven reads back what was written. A token that may write and not read is believed.
func (s *Store) proven(ctx context.Context, key *custody.Key) error {
	there, err := s.read(ctx)
	if errors.Is(err, errForbidden) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the key was written, and is not read back: %w", err)
	}
	defer there.Wipe()
	if !there.Equal(key) {
		return fmt.Errorf("%w: at %s is another key than the one that was written", custody.ErrMalformed, s.place())
	}
	return nil
}
