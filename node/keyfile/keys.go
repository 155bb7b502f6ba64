package keyfile

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/seed"
)

// The versions of the payloads: an agent's of version 1 and an operator's hold keys, an agent's of
// version 2 a seed.
const (
	version     = 1
	versionSeed = 2
)

// Agent is the payload of an agent's key file: one key, or a seed that gives many and one
// account of it.
type Agent struct {
	Version int    `json:"version"`
	Secret  string `json:"secret,omitempty"`  // version 1: BIP-340 secret key, 64 hex digits
	Seed    string `json:"seed,omitempty"`    // version 2: entropy of a BIP-39 mnemonic, hex
	Account uint32 `json:"account,omitempty"` // version 2: the account of NIP-06 whose key signs, unless another is asked for
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

// NewSeeded is the payload for a seed, of which one account signs.
func NewSeeded(s seed.Seed, account uint32) Agent {
	entropy := s.Entropy()
	defer clear(entropy)
	return Agent{Version: versionSeed, Seed: hex.EncodeToString(entropy), Account: account}
}

// Key returns the signing key: that of the seed's account, where there is a seed. ErrMalformed if
// there is none.
func (a Agent) Key() (op.SecretKey, error) {
	if a.Seed == "" {
		return secretKey(a.Version, a.Secret)
	}
	return a.KeyOf(a.Account)
}

// KeyOf is the key of an account. ErrNoSeed if the file holds one key and no seed.
func (a Agent) KeyOf(account uint32) (op.SecretKey, error) {
	s, err := a.OpenSeed()
	if err != nil {
		return op.SecretKey{}, err
	}
	defer s.Wipe()
	raw, err := s.Secret(account)
	if err != nil {
		return op.SecretKey{}, err
	}
	defer clear(raw)
	return op.NewSecretKey(raw)
}

// Signer is the key of an account, or that which the file names where account is nil. ErrNoSeed if
// the file holds one key and an account is asked for.
func (a Agent) Signer(account *uint32) (op.SecretKey, error) {
	if account != nil {
		return a.KeyOf(*account)
	}
	return a.Key()
}

// OpenSeed returns the seed. ErrNoSeed if the file holds one key and no seed, ErrMalformed if it holds
// neither.
func (a Agent) OpenSeed() (seed.Seed, error) {
	if a.Seed == "" && a.Secret != "" {
		return seed.Seed{}, ErrNoSeed
	}
	if a.Version != versionSeed {
		return seed.Seed{}, fmt.Errorf("%w: version %d, this program reads seeds of version %d", ErrMalformed, a.Version, versionSeed)
	}
	entropy, err := hex.DecodeString(a.Seed)
	defer clear(entropy)
	if err != nil {
		return seed.Seed{}, fmt.Errorf("%w: the seed is not hex", ErrMalformed)
	}
	s, err := seed.FromEntropy(entropy)
	if err != nil {
		return seed.Seed{}, fmt.Errorf("%w: the seed has %d bytes", ErrMalformed, len(entropy))
	}
	return s, nil
}

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
		if err := seedTo(&log[i], text); err != nil {
			return nil, hold, err
		}
	}
	return log, hold, seedTo(&hold, o.HoldSecret)
}

func seedTo(to *[32]byte, text string) error {
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
	Seed       string `json:"seed"`
	Account    uint32 `json:"account"`
	Operator   string `json:"operator_secret"`
	LogSeed    string `json:"log_seed"`
	HoldSecret string `json:"hold_secret"`

	LaterLogSeeds []string `json:"later_log_seeds"`
}

// OpenAgent reads the payload of an agent's file, sealed or plain; of an operator's file it is the
// operator's signing key. ask is called for the passphrase only if the file is sealed.
func OpenAgent(path string, ask func() ([]byte, error)) (Agent, error) {
	sealed, err := Sealed(path)
	if err != nil {
		return Agent{}, err
	}
	var e either
	if sealed {
		passphrase, err := ask()
		if err != nil {
			return Agent{}, err
		}
		defer clear(passphrase)
		err = Open(path, passphrase, &e)
		if err != nil {
			return Agent{}, err
		}
	} else if err := Read(path, &e); err != nil {
		return Agent{}, err
	}
	found := 0
	for _, text := range []string{e.Secret, e.Seed, e.Operator} {
		if text != "" {
			found++
		}
	}
	if found != 1 {
		return Agent{}, fmt.Errorf("open %s: %w: it holds no single signing key", path, ErrMalformed)
	}
	return Agent{Version: e.Version, Secret: cmp.Or(e.Secret, e.Operator), Seed: e.Seed, Account: e.Account}, nil
}

// OpenSigner reads the signing key of an agent's file, sealed or plain, or of an operator's: see
// Agent.Signer. ask is called for the passphrase only if the file is sealed.
func OpenSigner(path string, account *uint32, ask func() ([]byte, error)) (op.SecretKey, error) {
	a, err := OpenAgent(path, ask)
	if err != nil {
		return op.SecretKey{}, err
	}
	key, err := a.Signer(account)
	if err != nil {
		return op.SecretKey{}, fmt.Errorf("open %s: %w", path, err)
	}
	return key, nil
}
