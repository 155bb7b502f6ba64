package kms

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer/custody"
)

// Version is the only version of envelopes.
const Version = 1

// Bounds of an envelope, in bytes.
const (
	MaxEnvelope = 16 << 10
	maxWrapped  = 6 << 10 // AWS wraps into at most 6144
	maxName     = 2048
)

// dataKeySize is that of AES-256.
const dataKeySize = 32

// Members of a context.
const (
	ContextAgent   = "agent"   // the public key of the agent
	ContextEconomy = "economy" // the economy that the key is for
)

// Envelope is what the file holds.
type Envelope struct {
	Envelope int               `json:"envelope"`
	Service  string            `json:"service"`
	Key      string            `json:"key"`
	Context  map[string]string `json:"context"`
	Wrapped  []byte            `json:"wrapped"`
	Sealed   []byte            `json:"sealed"`
}

// Encode is the file's text.
func (e *Envelope) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(e, "", "  ")
	return append(text, '\n'), err
}

// Decode reads an envelope strictly. custody.ErrMalformed names the member that is wrong.
func Decode(text []byte) (*Envelope, error) {
	if len(text) > MaxEnvelope {
		return nil, fmt.Errorf("%w: the envelope has more than %d bytes", custody.ErrMalformed, MaxEnvelope)
	}
	var e Envelope
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(&e)
	if err == nil {
		_, err = dec.Token()
	}
	if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: the envelope is not one JSON object of its members", custody.ErrMalformed)
	}
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("%w: the envelope's %w", custody.ErrMalformed, err)
	}
	return &e, nil
}

// plainText is what names and values consist of: nothing that ends a line, and nothing that is
// written in two ways.
var plainText = regexp.MustCompile(`^[!-~]([ -~]*[!-~])?$`)

func (e *Envelope) check() error {
	if e.Envelope != Version {
		return fmt.Errorf("version is %d, this program reads %d", e.Envelope, Version)
	}
	for name, text := range map[string]string{"service": e.Service, "key": e.Key} {
		if len(text) > maxName || !plainText.MatchString(text) {
			return fmt.Errorf("%s: must be 1 to %d printable characters", name, maxName)
		}
	}
	for name, value := range e.Context {
		if name != ContextAgent && name != ContextEconomy {
			return errors.New("context: has agent and economy alone")
		}
		if len(value) > maxName || !plainText.MatchString(value) {
			return fmt.Errorf("context: %s must be 1 to %d printable characters", name, maxName)
		}
	}
	if _, err := e.agent(); err != nil {
		return fmt.Errorf("context: agent: %w", err)
	}
	if len(e.Wrapped) == 0 || len(e.Wrapped) > maxWrapped {
		return fmt.Errorf("wrapped: must be 1 to %d bytes", maxWrapped)
	}
	if len(e.Sealed) < nonceSize+tagSize+1 || len(e.Sealed) > nonceSize+tagSize+custody.MaxPayload {
		return fmt.Errorf("sealed: must be %d to %d bytes", nonceSize+tagSize+1, nonceSize+tagSize+custody.MaxPayload)
	}
	return nil
}

// agent is whom the envelope is for.
func (e *Envelope) agent() (op.PublicKey, error) { return op.ParsePublicKey(e.Context[ContextAgent]) }

// Sizes of GCM.
const (
	nonceSize = 12
	tagSize   = 16
)

// bound are the associated data: everything of the envelope but what is sealed.
func (e *Envelope) bound() []byte {
	text := fmt.Appendf(nil, "econd envelope %d\n%s\n%s\n", e.Envelope, e.Service, e.Key)
	for _, name := range slices.Sorted(maps.Keys(e.Context)) {
		text = fmt.Appendf(text, "%s=%s\n", name, e.Context[name])
	}
	text = base64.StdEncoding.AppendEncode(text, e.Wrapped)
	return append(text, '\n')
}

func aead(dataKey []byte) (cipher.AEAD, error) {
	if len(dataKey) != dataKeySize {
		return nil, fmt.Errorf("the service's data key has %d bytes, must have %d", len(dataKey), dataKeySize)
	}
	block, err := aes.NewCipher(dataKey)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal seals a payload under a data key that is used once.
func (e *Envelope) seal(dataKey, payload []byte) error {
	gcm, err := aead(dataKey)
	if err != nil {
		return err
	}
	nonce := make([]byte, nonceSize)
	if _, err := rand.Read(nonce); err != nil {
		return fmt.Errorf("draw a nonce: %w", err)
	}
	e.Sealed = gcm.Seal(nonce, nonce, payload, e.bound())
	return nil
}

// open returns the payload. Who asks for it clears it.
func (e *Envelope) open(dataKey []byte) ([]byte, error) {
	gcm, err := aead(dataKey)
	if err != nil {
		return nil, err
	}
	payload, err := gcm.Open(nil, e.Sealed[:nonceSize], e.Sealed[nonceSize:], e.bound())
	if err != nil {
		return nil, fmt.Errorf("%w: the envelope was changed after it was sealed, or its data key is another's", custody.ErrMalformed)
	}
	return payload, nil
}
