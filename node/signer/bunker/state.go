package bunker

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/nostr"
	"github.com/econd/econd/node/op"
)

// stateVersion is the version of State's file.
const stateVersion = 1

// maxURI bounds a bunker:// URI, in bytes.
const maxURI = 4096

// Target is what a bunker:// URI says.
type Target struct {
	Bunker op.PublicKey // the remote signer's own key, not necessarily the one that it signs by
	Relays []string     // 1 to nostr.MaxRelays
	Secret string       // shown to the bunker once; may be empty
}

// String hides the secret.
func (t Target) String() string { return "bunker " + t.Bunker.String() }

// GoString hides the secret.
func (t Target) GoString() string { return t.String() }

// Parse reads a URI bunker://<64 hex>?relay=wss://...&secret=... (NIP-46). No error shows
// any of it.
func Parse(uri string) (Target, error) {
	if len(uri) > maxURI {
		return Target{}, fmt.Errorf("bunker URI: longer than %d bytes", maxURI)
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "bunker" || u.User != nil || u.Path != "" && u.Path != "/" {
		return Target{}, errors.New("bunker URI: must be bunker://<public key>?relay=wss://HOST&secret=TEXT")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Target{}, errors.New("bunker URI: the part after ? is not well formed")
	}
	t := Target{Relays: query["relay"], Secret: query.Get("secret")}
	if t.Bunker, err = op.ParsePublicKey(u.Host); err != nil {
		return Target{}, errors.New("bunker URI: the public key must be 64 lower-case hex digits")
	}
	if n := len(t.Relays); n < 1 || n > nostr.MaxRelays {
		return Target{}, fmt.Errorf("bunker URI: %d relays, 1 to %d are allowed", n, nostr.MaxRelays)
	}
	for i, relay := range t.Relays {
		if err := nostr.CheckRelay(relay); err != nil {
			return Target{}, fmt.Errorf("bunker URI: relay %d: %w", i+1, err)
		}
	}
	return t, nil
}

// State is a connection to a bunker as it lies in a sealed file: all that Open needs.
type State struct {
	Version int          `json:"version"`       // 1
	Client  string       `json:"client_secret"` // this program's own key, 64 hex digits
	Bunker  op.PublicKey `json:"bunker"`
	User    op.PublicKey `json:"user"` // the key that the bunker signs by: the agent's
	Relays  []string     `json:"relays"`
}

// String hides the secret.
func (s State) String() string { return "bunker of " + s.User.String() }

// GoString hides the secret.
func (s State) GoString() string { return s.String() }

// Format hides the secret under every verb.
func (s State) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// key returns the client's key.
func (s State) key() (op.SecretKey, error) {
	if s.Version != stateVersion {
		return op.SecretKey{}, fmt.Errorf("bunker: %w: version %d, this program reads version %d", keyfile.ErrMalformed, s.Version, stateVersion)
	}
	raw, err := hex.DecodeString(s.Client)
	defer clear(raw)
	if err != nil {
		return op.SecretKey{}, fmt.Errorf("bunker: %w: client_secret is not hex", keyfile.ErrMalformed)
	}
	key, err := op.NewSecretKey(raw)
	if err != nil {
		return op.SecretKey{}, fmt.Errorf("bunker: %w: client_secret is not a key of the curve", keyfile.ErrMalformed)
	}
	return key, nil
}

// Seal writes the state to a new file, sealed under a passphrase; see keyfile.Seal.
func Seal(path string, passphrase []byte, s State, opts ...keyfile.Option) error {
	return keyfile.Seal(path, passphrase, s, opts...)
}

// Load opens a file that Seal wrote. ask is called for the passphrase, once; what it returns
// is wiped.
func Load(path string, ask func() ([]byte, error)) (s State, err error) {
	passphrase, err := ask()
	if err != nil {
		return s, err
	}
	defer clear(passphrase)
	return s, keyfile.Open(path, passphrase, &s)
}
