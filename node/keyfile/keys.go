package keyfile

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/econd/econd/node/op"
)

// version is the version of both payloads.
const version = 1

// Agent is the payload of an agent's key file.
type Agent struct {
	Version int    `json:"version"` // 1
	Secret  string `json:"secret"`  // BIP-340 secret key, 64 hex digits
}

// String hides the secret.
func (Agent) String() string { return "agent key" }

// GoString hides the secret.
func (a Agent) GoString() string { return a.String() }

// Operator is the payload of the operator's key file. All are 64 hex digits.
type Operator struct {
	Version    int    `json:"version"`         // 1
	Secret     string `json:"operator_secret"` // BIP-340: signs facts, vetoes, the genesis
	LogSeed    string `json:"log_seed"`        // ed25519 seed: signs checkpoints
	HoldSecret string `json:"hold_secret"`     // preimages of holds derive from it

	// LaterLogSeeds are those of the keys that the log was handed over to since, in order,
	// and last perhaps of one that it is to be handed over to.
	LaterLogSeeds []string `json:"later_log_seeds,omitempty"`
}

// String hides the secrets.
func (Operator) String() string { return "operator keys" }

// GoString hides the secrets.
func (o Operator) GoString() string { return o.String() }

// NewSecretKey draws a signing key from the system's random source.
func NewSecretKey() (op.SecretKey, error) {
	for {
		var raw [32]byte
		if _, err := rand.Read(raw[:]); err != nil {
			return op.SecretKey{}, fmt.Errorf("draw a key: %w", err)
		}
		// All but one in 2^127 draws are scalars of the curve.
		if key, err := op.NewSecretKey(raw[:]); err == nil {
			return key, nil
		}
	}
}

// NewAgent is the payload for an agent's key.
func NewAgent(key op.SecretKey) Agent {
	return Agent{Version: version, Secret: hex.EncodeToString(key.Bytes())}
}

// Key returns the signing key. ErrMalformed if there is none.
func (a Agent) Key() (op.SecretKey, error) { return secretKey(a.Version, a.Secret) }

// NewOperator draws all keys of an operator.
func NewOperator() (Operator, error) {
	key, err := NewSecretKey()
	if err != nil {
		return Operator{}, err
	}
	var seeds [2][32]byte
	for i := range seeds {
		if _, err := rand.Read(seeds[i][:]); err != nil {
			return Operator{}, fmt.Errorf("draw a key: %w", err)
		}
	}
	return Operator{Version: version, Secret: hex.EncodeToString(key.Bytes()),
		LogSeed: hex.EncodeToString(seeds[0][:]), HoldSecret: hex.EncodeToString(seeds[1][:])}, nil
}

// Key returns the operator's signing key. ErrMalformed if there is none.
func (o Operator) Key() (op.SecretKey, error) { return secretKey(o.Version, o.Secret) }

// Seeds returns the ed25519 seeds of the log, in order, and the secret of the holds.
// ErrMalformed if one is not 32 bytes.
func (o Operator) Seeds() (log [][32]byte, hold [32]byte, err error) {
	log = make([][32]byte, 1+len(o.LaterLogSeeds))
	for i := range log {
		text := o.LogSeed
		if i > 0 {
			text = o.LaterLogSeeds[i-1]
		}
		if err := seed(&log[i], text); err != nil {
			return nil, hold, err
		}
	}
	return log, hold, seed(&hold, o.HoldSecret)
}

func seed(to *[32]byte, text string) error {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(to) {
		return fmt.Errorf("%w: log_seed, later_log_seeds and hold_secret must be 64 hex digits", ErrMalformed)
	}
	copy(to[:], raw)
	clear(raw)
	return nil
}

func secretKey(v int, text string) (op.SecretKey, error) {
	if v != version {
		return op.SecretKey{}, fmt.Errorf("%w: version %d, this program reads version %d", ErrMalformed, v, version)
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return op.SecretKey{}, fmt.Errorf("%w: the secret is not hex", ErrMalformed)
	}
	defer clear(raw)
	key, err := op.NewSecretKey(raw)
	if err != nil {
		return op.SecretKey{}, fmt.Errorf("%w: the secret is not a key of the curve", ErrMalformed)
	}
	return key, nil
}

// either holds the payload of an agent's or of an operator's file.
type either struct {
	Version    int    `json:"version"`
	Secret     string `json:"secret"`
	Operator   string `json:"operator_secret"`
	LogSeed    string `json:"log_seed"`
	HoldSecret string `json:"hold_secret"`

	LaterLogSeeds []string `json:"later_log_seeds"`
}

// OpenSigner reads the signing key of an agent's file, sealed or plain, or of
// an operator's. ask is called for the passphrase only if the file is sealed.
func OpenSigner(path string, ask func() ([]byte, error)) (op.SecretKey, error) {
	sealed, err := Sealed(path)
	if err != nil {
		return op.SecretKey{}, err
	}
	var e either
	if sealed {
		passphrase, err := ask()
		if err != nil {
			return op.SecretKey{}, err
		}
		defer clear(passphrase)
		err = Open(path, passphrase, &e)
		if err != nil {
			return op.SecretKey{}, err
		}
	} else if err := Read(path, &e); err != nil {
		return op.SecretKey{}, err
	}
	secret := e.Secret
	if (e.Secret == "") == (e.Operator == "") {
		return op.SecretKey{}, fmt.Errorf("open %s: %w: it holds no single signing key", path, ErrMalformed)
	}
	if secret == "" {
		secret = e.Operator
	}
	key, err := secretKey(e.Version, secret)
	if err != nil {
		return op.SecretKey{}, fmt.Errorf("open %s: %w", path, err)
	}
	return key, nil
}
