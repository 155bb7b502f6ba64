package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/boltfile"
	"github.com/econd/econd/node/witness"
)

const (
	stateName    = "heads.db"
	evidenceName = "evidence"

	// maxEvidence bounds the files that are kept of one log.
	maxEvidence = 64

	// remedy is what to do about a damaged file. An older copy of it, or a new one, would
	// make the witness cosign a second history.
	remedy = "restore it from a copy that is not older than the last cosignature, or found a witness with a new key"
)

var bucketHeads = []byte("heads/v1")

// ErrNoState says that there is no file of heads. A witness that lost it must not go on
// with its key: it would cosign a second history.
var ErrNoState = errors.New("the file with the heads that were cosigned is missing")

// State is what a witness knows: the last head of each log that it cosigned.
type State struct {
	dir string
	db  *bbolt.DB
}

// Init makes the files of a new witness in a folder that has none.
func Init(dir string) error {
	path := filepath.Join(dir, stateName)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s exists: a witness was founded here already", path)
	}
	db, err := open(path)
	if err != nil {
		return err
	}
	return errors.Join(db.Close(), os.MkdirAll(filepath.Join(dir, evidenceName), 0o700), atomicfile.SyncDir(dir))
}

// Open opens the files that Init made; one process may have them open. Errors:
// ErrNoState, and those of the file system.
func Open(dir string) (*State, error) {
	path := filepath.Join(dir, stateName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w; %s", path, ErrNoState, remedy)
	}
	db, err := open(path)
	if err != nil {
		return nil, err
	}
	return &State{dir, db}, nil
}

func open(path string) (*bbolt.DB, error) {
	return boltfile.Open(path, remedy, func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketHeads)
		return err
	})
}

// Close closes the file.
func (s *State) Close() error { return s.db.Close() }

// Latest returns the note of the last head of a log, nil if there is none.
func (s *State) Latest(origin string) (note []byte, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if v := tx.Bucket(bucketHeads).Get([]byte(origin)); v != nil {
			note = append(note, v...)
		}
		return nil
	})
	return note, err
}

// put makes a head durable in the place of the one before.
func (s *State) put(origin string, note []byte) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketHeads).Put([]byte(origin), note) })
}

// accuse keeps two notes of one log that contradict each other, each in a file named by
// its size and root. What was kept before stays; it is the better evidence.
func (s *State) accuse(notes ...[]byte) (dir string, err error) {
	h, err := witness.ParseHead(textOf(notes[0]))
	if err != nil {
		return "", err
	}
	id := sha256.Sum256([]byte(h.Origin))
	dir = filepath.Join(s.dir, evidenceName, hex.EncodeToString(id[:8]))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	kept, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, n := range notes {
		h, err := witness.ParseHead(textOf(n))
		if err != nil {
			return "", err
		}
		path := filepath.Join(dir, fmt.Sprintf("%d-%x.checkpoint", h.Size, h.Root[:8]))
		if _, err := os.Lstat(path); err == nil || len(kept) >= maxEvidence {
			continue
		}
		if err := atomicfile.Create(path, n, 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	return dir, nil
}
