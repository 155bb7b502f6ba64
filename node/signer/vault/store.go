package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/openbao/openbao/api/v2"

	"github.com/econd/econd/node/signer/custody"
)

// Store is one key's place in a KV store. One goroutine at a time uses it.
type Store struct {
	cfg    Config
	client *api.Client
	lease  lease
	from   string // where the token is from, for messages
}

// New makes the client; it asks nothing. Errors name the member of cfg that is wrong.
func New(cfg Config) (*Store, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	client, err := cfg.client()
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return &Store{cfg: cfg, client: client}, nil
}

// String names the place, and nothing that lets in.
func (s *Store) String() string {
	return "vault " + s.cfg.Address + " " + s.cfg.Mount + "/" + s.cfg.Path
}

// GoString is String.
func (s *Store) GoString() string { return s.String() }

// Format is String for every verb: the client below holds a token.
func (s *Store) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText is String.
func (s *Store) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Key implements custody.Custodian: it reads the version of the key that the Config names. A token
// that is refused is replaced once, where there is a login or another token in the file.
func (s *Store) Key(ctx context.Context) (*custody.Key, time.Duration, error) {
	fresh, err := s.admit(ctx)
	if err != nil {
		return nil, 0, err
	}
	key, err := s.read(ctx)
	if errors.Is(err, errForbidden) && !fresh {
		s.revoke(ctx)
		if err = s.login(ctx); err == nil {
			key, err = s.read(ctx)
		}
	}
	if errors.Is(err, errForbidden) {
		s.forget()
	}
	if err != nil {
		return nil, 0, err
	}
	return key, s.again(), nil
}

// again is how soon the lease must be looked at.
func (s *Store) again() time.Duration {
	if s.lease.due.IsZero() {
		return 0
	}
	return max(time.Until(s.lease.due), time.Second)
}

// forget lets the next question begin with a login.
func (s *Store) forget() {
	if !s.lease.own {
		s.client.ClearToken()
		s.lease = lease{}
	}
}

// closing bounds what Close waits for.
const closing = 5 * time.Second

// Close revokes the token, where a login of this Store got it.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	s.client.SetMaxRetries(0)
	s.revoke(ctx)
	return nil
}

// answered is what a read of KV answers: the payload is kept as it came.
type answered struct {
	Data struct {
		Data     json.RawMessage `json:"data"`
		Metadata struct {
			Version      int    `json:"version"`
			DeletionTime string `json:"deletion_time"`
			Destroyed    bool   `json:"destroyed"`
		} `json:"metadata"`
	} `json:"data"`
}

// read reads the key by the token at hand.
func (s *Store) read(ctx context.Context) (*custody.Key, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.whole()) // the client bounds every other call so
	defer cancel()
	at := s.cfg.Mount + "/data/" + s.cfg.Path
	resp, err := s.client.Logical().ReadRawWithDataWithContext(ctx, at, map[string][]string{"version": {strconv.Itoa(s.cfg.Version)}})
	var text []byte
	if resp != nil {
		var unread error
		text, unread = io.ReadAll(resp.Body)
		resp.Body.Close()
		err = errors.Join(err, unread)
	}
	defer clear(text)
	var a answered
	parsed := json.Unmarshal(text, &a)
	defer clear(a.Data.Data)
	var refused *api.ResponseError
	switch {
	case errors.As(err, &refused) && refused.StatusCode == 404:
		return nil, s.missing(ctx, a)
	case err != nil:
		return nil, s.fault(ctx, "read the key", err)
	case parsed != nil:
		return nil, fmt.Errorf("%s answers with no JSON: is it Vault?", s.cfg.Address)
	case a.Data.Metadata.Version == 0:
		return nil, fmt.Errorf("%w: %s is no KV store of version 2", custody.ErrDenied, s.cfg.Mount)
	case a.Data.Metadata.Version != s.cfg.Version:
		return nil, fmt.Errorf("%s answers with version %d, %d was asked for", s.cfg.Address, a.Data.Metadata.Version, s.cfg.Version)
	}
	key, err := custody.Decode(a.Data.Data)
	if err != nil {
		return nil, fmt.Errorf("version %d at %s: %w", s.cfg.Version, s.place(), err)
	}
	return key, nil
}

// place names the path below the mount, for messages.
func (s *Store) place() string { return s.cfg.Mount + "/" + s.cfg.Path }

// missing says why there is nothing at the path.
func (s *Store) missing(ctx context.Context, a answered) error {
	switch {
	case a.Data.Metadata.Destroyed:
		return fmt.Errorf("%w: version %d at %s was destroyed", errGone, s.cfg.Version, s.place())
	case a.Data.Metadata.DeletionTime != "":
		return fmt.Errorf("%w: version %d at %s was deleted; econctl does not undelete it", errGone, s.cfg.Version, s.place())
	}
	if err := s.checkMount(ctx); errors.Is(err, errNotKV2) {
		return err
	}
	return fmt.Errorf("%w: there is no version %d at %s; econctl key new writes a key there", custody.ErrDenied, s.cfg.Version, s.place())
}

// errGone says that there was something at the path.
var errGone = fmt.Errorf("%w: it is gone", custody.ErrDenied)

// errNotKV2 says that the mount holds something else.
var errNotKV2 = fmt.Errorf("%w: it is kept in KV of version 2 alone", custody.ErrDenied)

// checkMount tells whether the mount is KV of version 2. Only there does a write compare before it
// sets: version 1 takes the same call and overwrites.
func (s *Store) checkMount(ctx context.Context) error {
	answer, err := s.client.Logical().ReadWithContext(ctx, "sys/internal/ui/mounts/"+s.cfg.Mount)
	if err != nil {
		return s.fault(ctx, "look at the mount "+s.cfg.Mount, err)
	}
	var kind, version string
	if answer != nil {
		kind, _ = answer.Data["type"].(string)
		if options, ok := answer.Data["options"].(map[string]any); ok {
			version, _ = options["version"].(string)
		}
	}
	switch {
	case kind == "kv" && version == "2":
		return nil
	case kind == "kv" || kind == "generic":
		return fmt.Errorf("%w: %s is of version 1; make another mount, or: vault kv enable-versioning %s", errNotKV2, s.cfg.Mount, s.cfg.Mount)
	}
	return fmt.Errorf("%w: there is none at %s", errNotKV2, s.cfg.Mount)
}
