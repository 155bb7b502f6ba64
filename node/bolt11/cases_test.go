package bolt11

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
)

// vectorKey signs the examples of BOLT 11, and the vectors here.
var vectorKey = func() *btcec.PrivateKey {
	b, _ := hex.DecodeString("e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734")
	key, _ := btcec.PrivKeyFromBytes(b)
	return key
}()

// A vectorCase is one frozen vector: what is special about it, and how it is made.
type vectorCase struct{ about, text string }

// field writes a tagged field.
func field(kind byte, groups ...byte) []byte { return appendField(nil, kind, groups) }

func textField(text string) []byte { return field(fieldDescription, groupsOf([]byte(text))...) }

func bytes32(b byte) []byte { return slices.Repeat([]byte{b}, 32) }

var (
	hashField     = field(fieldHash, groupsOf(bytes32(0x22))...)
	secretField   = field(fieldSecret, groupsOf(bytes32(0x11))...)
	teaField      = textField("tea")
	textHashField = field(fieldTextHash, groupsOf(bytes32(0x33))...)
	featuresField = field(fieldFeatures, FeatureBits(8, 14)...)
	nodeField     = field(fieldNode, groupsOf(vectorKey.PubKey().SerializeCompressed())...)
)

// draft is the data of an invoice dated 1800000000, without its signature.
func draft(fields ...[]byte) []byte {
	return slices.Concat([]byte{1, 21, 20, 19, 20, 16, 0}, slices.Concat(fields...))
}

// plain is the least that an invoice has, and more fields.
func plain(more ...[]byte) []byte {
	return draft(slices.Concat(hashField, teaField, secretField, featuresField), slices.Concat(more...))
}

func signed(hrp string, data []byte) string { return seal(hrp, slices.Clone(data), vectorKey) }

// ten is an invoice of 10 sat on regtest.
func ten(data []byte) string { return signed("lnbcrt100n", data) }

// resigned replaces the 65 bytes of the signature.
func resigned(hrp string, data []byte, change func(sig []byte, digest [32]byte)) string {
	hash := digest(hrp, data)
	compact := ecdsa.SignCompact(vectorKey, hash[:], true)
	sig := append(slices.Clone(compact[1:]), compact[0]-compactHeader)
	change(sig, hash)
	return joinBech32(hrp, append(slices.Clone(data), groupsOf(sig)...))
}

func number32(sig []byte) (n btcec.ModNScalar) { n.SetByteSlice(sig[:32]); return n }

func highS(sig []byte, _ [32]byte) {
	s := number32(sig[32:])
	s.Negate()
	s.PutBytesUnchecked(sig[32:64])
	sig[64] ^= 1
}

// infinity makes a signature of which the point at infinity is recovered: s = e/k for R = kG.
func infinity(sig []byte, digest [32]byte) {
	var k, e btcec.ModNScalar
	k.SetInt(7)
	var point btcec.JacobianPoint
	btcec.ScalarBaseMultNonConst(&k, &point)
	point.ToAffine()
	point.X.PutBytesUnchecked(sig[:32])
	e.SetByteSlice(digest[:])
	k.InverseNonConst()
	e.Mul(&k).PutBytesUnchecked(sig[32:64])
	sig[64] = byte(0)
	if point.Y.IsOdd() {
		sig[64] = 1
	}
}

func order() []byte { return btcec.S256().N.Bytes() }

func set(at int, b []byte) func([]byte, [32]byte) {
	return func(sig []byte, _ [32]byte) { copy(sig[at:], b) }
}

// padded fills an invoice of 10 sat with fields of an unknown type up to a length.
func padded(length int) string {
	data := plain()
	for {
		left := length - len(ten(data))
		if left == 0 {
			return ten(data)
		}
		size := min(left-3, maxFieldGroups)
		if rest := left - 3 - size; rest > 0 && rest < 3 {
			size -= 3
		}
		data = append(data, field(2, make([]byte, size)...)...)
	}
}

// bech32m replaces the checksum by that of BIP 350.
func bech32m(text string) string {
	end := strings.LastIndexByte(text, '1')
	body := text[end+1 : len(text)-checksumGroups]
	groups := make([]byte, len(body), len(body)+checksumGroups)
	for i := range body {
		groups[i] = values[body[i]] - 1
	}
	sum := checksum(text[:end], append(groups, make([]byte, checksumGroups)...)) ^ 0x2bc830a3
	out := text[:len(text)-checksumGroups]
	for i := range checksumGroups {
		out += string(charset[sum>>(5*(checksumGroups-1-i))&31])
	}
	return out
}

var otherText = sha256.Sum256([]byte("other"))
