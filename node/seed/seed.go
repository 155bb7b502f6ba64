package seed

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg"
)

// ErrMnemonic says that words are no mnemonic of BIP-39. Errors that are it name the place of a
// word and never the word.
var ErrMnemonic = errors.New("is no BIP-39 mnemonic")

// MaxAccount is the highest account: BIP-32 has as many hardened children.
const MaxAccount = 1<<31 - 1

// Seed is the entropy of a mnemonic: 16, 20, 24, 28 or 32 bytes. The zero value has none.
type Seed struct{ entropy []byte }

// String hides it.
func (Seed) String() string { return "seed" }

// GoString hides it.
func (s Seed) GoString() string { return s.String() }

// New draws a seed that a number of words spells: 12, 15, 18, 21 or 24.
func New(count int) (Seed, error) {
	size, ok := entropySize(count)
	if !ok {
		return Seed{}, fmt.Errorf("%w: has %d words, must have 12, 15, 18, 21 or 24", ErrMnemonic, count)
	}
	s := Seed{make([]byte, size)}
	_, err := rand.Read(s.entropy)
	return s, err
}

// entropySize is how many bytes so many words spell; of 33 bits one is of the checksum.
func entropySize(count int) (bytes int, ok bool) {
	return count / 3 * 4, count >= 12 && count <= 24 && count%3 == 0
}

// FromEntropy is the seed of what Entropy gave.
func FromEntropy(entropy []byte) (Seed, error) {
	if len(entropy) < 16 || len(entropy) > 32 || len(entropy)%4 != 0 {
		return Seed{}, fmt.Errorf("%w: the entropy has %d bytes, must have 16, 20, 24, 28 or 32", ErrMnemonic, len(entropy))
	}
	return Seed{append([]byte(nil), entropy...)}, nil
}

// Entropy is what the words spell, without their checksum: for a sealed file.
func (s Seed) Entropy() []byte { return append([]byte(nil), s.entropy...) }

// Wipe overwrites the seed; it has no keys any more.
func (s *Seed) Wipe() { clear(s.entropy); s.entropy = nil }

// Parse reads a mnemonic: words of the English list between spaces or newlines, in either case.
// ErrMnemonic for a number of words that none has, a word that is not in the list, or a checksum
// that does not fit.
func Parse(mnemonic string) (Seed, error) {
	list := strings.Fields(strings.ToLower(mnemonic))
	size, ok := entropySize(len(list))
	if !ok {
		return Seed{}, fmt.Errorf("%w: has %d words, must have 12, 15, 18, 21 or 24", ErrMnemonic, len(list))
	}
	all := new(big.Int)
	for i, word := range list {
		number, ok := numbers[word]
		if !ok {
			return Seed{}, fmt.Errorf("%w: word %d is not in the English list", ErrMnemonic, i+1)
		}
		all.Or(all.Lsh(all, bits), big.NewInt(int64(number)))
	}
	sumBits := uint(size / 4)
	s := Seed{new(big.Int).Rsh(all, sumBits).FillBytes(make([]byte, size))}
	if new(big.Int).And(all, big.NewInt(1<<sumBits-1)).Uint64() != s.checksum() {
		return Seed{}, fmt.Errorf("%w: the checksum does not fit: a word is another one, or two changed places", ErrMnemonic)
	}
	return s, nil
}

// checksum is the first bits of the entropy's SHA-256, one for each four bytes.
func (s Seed) checksum() uint64 {
	sum := sha256.Sum256(s.entropy)
	return uint64(sum[0] >> (8 - len(s.entropy)/4))
}

// Mnemonic spells the seed: who has the words has every key.
func (s Seed) Mnemonic() string {
	all := new(big.Int).SetBytes(s.entropy)
	sumBits := uint(len(s.entropy) / 4)
	all.Or(all.Lsh(all, sumBits), new(big.Int).SetUint64(s.checksum()))
	list := make([]string, (len(s.entropy)*8+int(sumBits))/bits)
	mask, word := big.NewInt(1<<bits-1), new(big.Int)
	for i := len(list) - 1; i >= 0; i-- {
		list[i] = words[word.And(all, mask).Uint64()]
		all.Rsh(all, bits)
	}
	return strings.Join(list, " ")
}

// master is the seed of BIP-32, 64 bytes. The published vectors have a passphrase, keys none.
func (s Seed) master(passphrase string) ([]byte, error) {
	return pbkdf2.Key(sha512.New, s.Mnemonic(), []byte("mnemonic"+passphrase), 2048, 64)
}

// Secret is the secret key of an account, from 0 to MaxAccount, as NIP-06 derives it: 32 bytes, a
// scalar of secp256k1. Who asks for it clears it.
func (s Seed) Secret(account uint32) ([]byte, error) {
	if len(s.entropy) == 0 {
		return nil, fmt.Errorf("%w: there is no seed", ErrMnemonic)
	}
	if account > MaxAccount {
		return nil, fmt.Errorf("account: is %d, must be at most %d", account, MaxAccount)
	}
	raw, err := s.master("")
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	// The network only marks what is printed, and nothing is.
	at, err := hdkeychain.NewMaster(raw, &chaincfg.MainNetParams)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	const hardened = hdkeychain.HardenedKeyStart
	for _, child := range []uint32{hardened + 44, hardened + 1237, hardened + account, 0, 0} {
		next, err := at.Derive(child)
		at.Zero()
		if err != nil {
			return nil, fmt.Errorf("derive a key: %w", err)
		}
		at = next
	}
	defer at.Zero()
	key, err := at.ECPrivKey()
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	return key.Serialize(), nil
}
