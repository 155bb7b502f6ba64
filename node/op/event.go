package op

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// Limits of an event. They bound what one agent can make everybody store.
const (
	MaxEventBytes = 64 << 10 // encoded event, also the most that Decode reads
	MaxTags       = 8
	MaxTagBytes   = 256 // one tag element
)

// EconomyTag is the tag that binds an event to one log: ["economy", id].
const EconomyTag = "economy"

// OrderTag is the tag that says which of two events that their author signed
// within one second comes later: ["order", N], N from 0 to 2^53 in decimal. An
// event without one has 0. Programs that sign much put the nanoseconds within the
// second there.
const OrderTag = "order"

// Event is a NIP-01 event. Kind says which operation or fact it is; Content is
// one JSON object whose members the kind defines (docs/operations.md).
type Event struct {
	ID        ID
	PubKey    PublicKey
	CreatedAt int64 // unix seconds; the author's claim
	Kind      Kind
	Tags      [][]string
	Content   string
	Sig       [64]byte

	memo memo // see Decoded
}

// Economy returns the economy id of the event's one economy tag, or "".
func (e *Event) Economy() string {
	for _, tag := range e.Tags {
		if len(tag) == 2 && tag[0] == EconomyTag {
			return tag[1]
		}
	}
	return ""
}

// Order returns the number of the event's order tag, or 0.
func (e *Event) Order() int64 {
	for _, tag := range e.Tags {
		if len(tag) == 2 && tag[0] == OrderTag {
			n, _ := parseOrder(tag[1])
			return n
		}
	}
	return 0
}

// parseOrder reads the one spelling of an order.
func parseOrder(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && n <= MaxInteger && strconv.FormatInt(n, 10) == text
}

// appendTail writes what id and wire form share from the tags on.
func (e *Event) appendTags(dst []byte) []byte {
	dst = append(dst, '[')
	for i, tag := range e.Tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		for j, s := range tag {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, s)
		}
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

// Hash computes the event id: SHA-256 over the NIP-01 serialisation
// [0,pubkey,created_at,kind,tags,content].
func (e *Event) Hash() ID { return sha256.Sum256(e.Serialised()) }

// Serialised is the NIP-01 serialisation whose SHA-256 is the id.
func (e *Event) Serialised() []byte {
	b := make([]byte, 0, 192+len(e.Content)+len(e.Content)/8)
	b = append(b, `[0,"`...)
	b = hex.AppendEncode(b, e.PubKey[:])
	b = append(b, `",`...)
	b = strconv.AppendInt(b, e.CreatedAt, 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(e.Kind), 10)
	b = append(b, ',')
	b = e.appendTags(b)
	b = append(b, ',')
	b = appendString(b, e.Content)
	return append(b, ']')
}

// Marshal returns the one canonical encoding of the event: its members in the
// order of NIP-01, no white space.
func (e *Event) Marshal() []byte { return e.Append(make([]byte, 0, 420+len(e.Content)*9/8)) }

// Append appends the canonical encoding to dst.
func (e *Event) Append(dst []byte) []byte {
	dst = append(dst, `{"id":"`...)
	dst = hex.AppendEncode(dst, e.ID[:])
	dst = append(dst, `","pubkey":"`...)
	dst = hex.AppendEncode(dst, e.PubKey[:])
	dst = append(dst, `","created_at":`...)
	dst = strconv.AppendInt(dst, e.CreatedAt, 10)
	dst = append(dst, `,"kind":`...)
	dst = strconv.AppendInt(dst, int64(e.Kind), 10)
	dst = append(dst, `,"tags":`...)
	dst = e.appendTags(dst)
	dst = append(dst, `,"content":`...)
	dst = appendString(dst, e.Content)
	dst = append(dst, `,"sig":"`...)
	dst = hex.AppendEncode(dst, e.Sig[:])
	return append(dst, `"}`...)
}

// MarshalJSON gives the canonical encoding to encoding/json.
func (e *Event) MarshalJSON() ([]byte, error) { return e.Marshal(), nil }

// UnmarshalJSON decodes strictly; see Decode.
func (e *Event) UnmarshalJSON(b []byte) error {
	got, err := Decode(b)
	if err == nil {
		*e = *got
	}
	return err
}

// Sign fills PubKey, ID and Sig with key. Signing is deterministic (RFC 6979
// nonces as btcec derives them), so equal events get equal signatures.
func (e *Event) Sign(key SecretKey) error {
	e.PubKey = key.public
	e.ID = e.Hash()
	sig, err := schnorr.Sign(key.key, e.ID[:])
	if err != nil {
		return fmt.Errorf("sign event: %w", err)
	}
	copy(e.Sig[:], sig.Serialize())
	return nil
}

// Verify checks that the id is the event's hash and that the BIP-340 signature
// over it verifies under PubKey. It costs about one Schnorr verification and
// may run in parallel.
func (e *Event) Verify() error { return e.verify(nil) }

// verify is Verify with an already parsed public key, or nil to parse it.
func (e *Event) verify(key *btcec.PublicKey) error {
	if e.ID != e.Hash() {
		return &FieldError{ErrID, "id", "is not the SHA-256 of the NIP-01 serialisation"}
	}
	if key == nil {
		var err error
		if key, err = schnorr.ParsePubKey(e.PubKey[:]); err != nil {
			return &FieldError{ErrSignature, "pubkey", "is not the x coordinate of a curve point"}
		}
	}
	sig, err := schnorr.ParseSignature(e.Sig[:])
	if err != nil || !sig.Verify(e.ID[:], key) {
		return &FieldError{ErrSignature, "sig", "does not verify under pubkey (BIP-340)"}
	}
	return nil
}
