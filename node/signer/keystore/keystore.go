// Package keystore signs with the key of a key file (node/keyfile): sealed under a passphrase, one
// key or one account of a seed (NIP-06). The secret lies in memory from Open until Close.
package keystore

import (
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/signer"
)

// Config names a key. Path is required.
type Config struct {
	Path    string
	Account *uint32 // of the file's seed; nil: the one that the file names

	// Passphrase is asked for the passphrase, once, if the file is sealed. What it returns is wiped.
	Passphrase func() ([]byte, error)
}

// Open reads the key. Errors are those of keyfile.OpenSigner.
func Open(cfg Config) (*signer.Memory, error) {
	key, err := keyfile.OpenSigner(cfg.Path, cfg.Account, cfg.Passphrase)
	if err != nil {
		return nil, err
	}
	return signer.NewMemory(key), nil
}
