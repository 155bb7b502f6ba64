package op

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// What follows lets encoding/json read back what it wrote of these types, for programs
// that read what an API answers. What is signed is decoded by Unmarshal, which uses
// none of it and takes nothing that is unknown.

// UnmarshalText reads 64 lower-case hex digits.
func (h *Hash) UnmarshalText(text []byte) error { return readHex(h[:], "hash", text) }

// UnmarshalText reads 64 lower-case hex digits.
func (id *ID) UnmarshalText(text []byte) error { return readHex(id[:], "id", text) }

// UnmarshalText reads 66 lower-case hex digits.
func (k *NodeKey) UnmarshalText(text []byte) error { return readHex(k[:], "node key", text) }

// UnmarshalText reads 64 lower-case hex digits. It does not check that they name a
// point on the curve, as ParsePublicKey does.
func (k *PublicKey) UnmarshalText(text []byte) error { return readHex(k[:], "public key", text) }

func readHex(dst []byte, what string, text []byte) error {
	if err := decodeHex(dst, text); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// UnmarshalText reads the one decimal spelling of a weight.
func (w *Weight) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != string(text) {
		return errors.New("weight: must be a decimal string of a 64-bit number")
	}
	*w = Weight(n)
	return nil
}

// UnmarshalJSON keeps a copy of the text.
func (r *Raw) UnmarshalJSON(text []byte) error {
	*r = append((*r)[:0], text...)
	return nil
}

// UnmarshalJSON keeps the text of an array of strings.
func (s *Scores) UnmarshalJSON(text []byte) error {
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("scores: %w", err)
	}
	*s = Scores(text)
	return nil
}
