package l402

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
)

// hashInToken finds the payment hash that a seller's token names: that of its
// first macaroon, in version 1 or 2 of the binary format, with an identifier of
// version 0, as bytes (aperture, Fewsats) or in hex (lsat-js, which boltwall uses);
// or the member paymentHash of what the server kit of Alby's lightning-tools issues.
//
// It reads what others wrote and only to find contradictions, so it is lenient where
// ParseMacaroon is strict, and checks nothing behind the identifier.
func hashInToken(token string) (hash Hash, ok bool) {
	if payload, mac, signed := strings.Cut(token, "."); signed {
		return hashInPayload(payload, mac)
	}
	first, _, _ := strings.Cut(token, ",")
	raw, ok := decodeLenient(first)
	if !ok {
		return Hash{}, false
	}
	name, ok := foreignIdentifier(raw)
	if !ok {
		return Hash{}, false
	}
	if len(name) == 2*identifierLen {
		if name, ok = fromHex(name); !ok {
			return Hash{}, false
		}
	}
	id, err := ParseIdentifier(name)
	return id.PaymentHash, err == nil
}

// hashInPayload reads a token of the form JSON in base64url, full stop, HMAC-SHA256 in hex.
func hashInPayload(payload, mac string) (hash Hash, ok bool) {
	raw, ok := decodeLenient(payload)
	if !ok || len(mac) != 2*len(hash) {
		return Hash{}, false
	}
	var v struct {
		PaymentHash string `json:"paymentHash"`
	}
	if json.Unmarshal(raw, &v) != nil {
		return Hash{}, false
	}
	return hash, decodeHex32((*[32]byte)(&hash), v.PaymentHash)
}

// decodeLenient decodes base64 of either alphabet, padded or not.
func decodeLenient(text string) ([]byte, bool) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawStdEncoding.DecodeString(text)
	return raw, err == nil
}

func fromHex(text []byte) ([]byte, bool) {
	raw := make([]byte, hex.DecodedLen(len(text)))
	_, err := hex.Decode(raw, text)
	return raw, err == nil
}

// foreignIdentifier returns the identifier of a macaroon in one of the two binary formats.
func foreignIdentifier(b []byte) ([]byte, bool) {
	if len(b) > 0 && b[0] == macaroonVersion2 {
		r := fieldReader{rest: b[1:]}
		kind, data := r.next()
		if kind == fieldLocation {
			kind, data = r.next()
		}
		return data, kind == fieldIdentifier
	}
	for len(b) > 0 {
		name, value, rest, ok := packet(b)
		if !ok || name == "signature" {
			return nil, false
		}
		if name == "identifier" {
			return value, true
		}
		b = rest
	}
	return nil, false
}

// packet takes one packet of the version 1 format off b: its length in four hex
// digits, which count themselves, a name, a space, the value, a line feed.
func packet(b []byte) (name string, value, rest []byte, ok bool) {
	const digits = 4
	if len(b) < digits {
		return "", nil, nil, false
	}
	n, err := strconv.ParseUint(string(b[:digits]), 16, 16)
	if err != nil || n < digits+2 || int(n) > len(b) || b[n-1] != '\n' {
		return "", nil, nil, false
	}
	key, value, ok := bytes.Cut(b[digits:n-1], []byte(" "))
	return string(key), value, b[n:], ok
}
