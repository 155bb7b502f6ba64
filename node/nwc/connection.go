package nwc

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/nostr"
	"github.com/econd/econd/node/op"
)

// Limits of a folder of connections.
const (
	MaxConnections = 64
	maxName        = 40
	maxFile        = 16 << 10
)

// Connection is one client's leave to use one wallet. It holds no secret.
type Connection struct {
	Version int          `json:"version"` // 1
	ID      string       `json:"id"`      // 32 hex digits, drawn
	Name    string       `json:"name"`
	Wallet  string       `json:"wallet"`
	Service op.PublicKey `json:"service"` // this service's key for this connection
	Client  op.PublicKey `json:"client"`
	Relays  []string     `json:"relays"`
	Created int64        `json:"created"` // Unix seconds
}

// Master is the secret that the service's keys derive from, one for each connection.
type Master struct {
	Version int    `json:"version"`    // 1
	Secret  string `json:"nwc_secret"` // 64 hex digits
}

// NewMaster draws one.
func NewMaster() (Master, error) {
	var raw [32]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return Master{}, fmt.Errorf("draw a secret: %w", err)
	}
	defer clear(raw[:])
	return Master{Version: 1, Secret: hex.EncodeToString(raw[:])}, nil
}

// String hides the secret.
func (Master) String() string { return "secret of the wallet service" }

// GoString hides the secret.
func (m Master) GoString() string { return m.String() }

// Format hides the secret under every verb.
func (m Master) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.String()) }

// key derives the service's key for the connection of an id: HKDF-SHA256 with the info
// "econd/nwc/ID/N", N the first from 0 on that gives a scalar of the curve.
func (m Master) key(id string) (op.SecretKey, error) {
	secret, err := hex.DecodeString(m.Secret)
	defer clear(secret)
	if err != nil || len(secret) != 32 || m.Version != 1 {
		return op.SecretKey{}, fmt.Errorf("wallet service: %w: the secret must be 64 hex digits, version 1", keyfile.ErrMalformed)
	}
	for n := range 4 {
		raw, err := hkdf.Key(sha256.New, secret, nil, fmt.Sprintf("econd/nwc/%s/%d", id, n), 32)
		if err != nil {
			return op.SecretKey{}, err
		}
		key, err := op.NewSecretKey(raw)
		clear(raw)
		if err == nil {
			return key, nil
		}
	}
	return op.SecretKey{}, errors.New("wallet service: no key of the curve") // one in 2^508
}

// Store is a folder with one file for each connection. Programs may share it: the service
// looks a connection up before each thing that it does.
type Store struct{ dir string }

// NewStore names a folder, which is made when something is put there.
func NewStore(dir string) *Store { return &Store{dir} }

// Connect makes a connection and returns its URI, which holds the client's secret: it is kept
// nowhere, and shown once.
func (s *Store) Connect(m Master, name, wallet string, relays []string, nowS int64) (Connection, string, error) {
	if err := checkName(name); err != nil {
		return Connection{}, "", err
	}
	list, err := s.List()
	switch {
	case err != nil:
		return Connection{}, "", err
	case len(list) >= MaxConnections:
		return Connection{}, "", fmt.Errorf("there are %d connections, at most %d are allowed: revoke one", len(list), MaxConnections)
	}
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return Connection{}, "", fmt.Errorf("draw an id: %w", err)
	}
	c := Connection{Version: 1, ID: hex.EncodeToString(id[:]), Name: name, Wallet: wallet, Relays: slices.Clone(relays), Created: nowS}
	service, err := m.key(c.ID)
	if err != nil {
		return Connection{}, "", err
	}
	client, err := keyfile.NewSecretKey()
	if err != nil {
		return Connection{}, "", err
	}
	defer client.Wipe()
	c.Service, c.Client = service.Public(), client.Public()
	if _, err := nostr.New(nostr.Config{Relays: relays, Key: service}); err != nil {
		return Connection{}, "", err
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return Connection{}, "", err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return Connection{}, "", err
	}
	if err := atomicfile.Create(s.path(name), append(raw, '\n'), 0o600); errors.Is(err, fs.ErrExist) {
		return Connection{}, "", fmt.Errorf("there is a connection %s already: revoke it first", name)
	} else if err != nil {
		return Connection{}, "", err
	}
	query := url.Values{"relay": relays, "secret": {hex.EncodeToString(client.Bytes())}}
	return c, "nostr+walletconnect://" + c.Service.String() + "?" + query.Encode(), nil
}

func checkName(name string) error {
	bad := func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_", r) }
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("name: must be 1 to %d characters of a-z, 0-9, '-' and '_'", maxName)
	}
	return nil
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name+".json") }

// Revoke ends a connection. fs.ErrNotExist if there is none of that name.
func (s *Store) Revoke(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return os.Remove(s.path(name))
}

// Stands tells whether a connection is there still, the very one.
func (s *Store) Stands(c Connection) bool {
	now, err := s.read(c.Name)
	return err == nil && now.ID == c.ID
}

// List returns the connections by name. A file that is none is an error.
func (s *Store) List() ([]Connection, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Connection
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || checkName(name) != nil {
			continue
		}
		c, err := s.read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // revoked meanwhile
		}
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (s *Store) read(name string) (c Connection, err error) {
	f, err := os.Open(s.path(name))
	if err != nil {
		return c, err
	}
	defer f.Close()
	dec := json.NewDecoder(io.LimitReader(f, maxFile))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return c, fmt.Errorf("%s: not a connection: %w", s.path(name), err)
	}
	if c.Version != 1 || c.Name != name {
		return c, fmt.Errorf("%s: not a connection of version 1 by that name", s.path(name))
	}
	return c, nil
}
