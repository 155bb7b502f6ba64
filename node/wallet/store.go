package wallet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/econd/econd/node/atomicfile"
)

// TokenStore keeps the records of tokens. Its methods may be called
// concurrently. Put and Delete return once the change is durable.
type TokenStore interface {
	// List returns the records of an origin, in no order that matters.
	List(origin string) ([]Record, error)

	// Put stores a record, in the place of one with the same payment hash.
	Put(Record) error

	// Delete removes the record of a payment hash, if there is one.
	Delete(origin, paymentHash string) error
}

// FileStore keeps each record in a file of its own, mode 0600, in one directory
// per origin. Several processes may share it.
type FileStore struct{ dir string }

// NewFileStore returns a store in dir, which is made, with mode 0700, when the
// first record is stored.
func NewFileStore(dir string) *FileStore { return &FileStore{dir: dir} }

func (s *FileStore) originDir(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return filepath.Join(s.dir, hex.EncodeToString(sum[:8]))
}

// List implements TokenStore. A file that others may read is refused.
func (s *FileStore) List(origin string) ([]Record, error) {
	dir := s.originDir(origin)
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStore, err)
	}
	var list []Record
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".json") {
			continue
		}
		r, err := readRecord(filepath.Join(dir, f.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // dropped by another process meanwhile
		}
		if err != nil {
			return nil, err
		}
		if r.Origin == origin {
			list = append(list, r)
		}
	}
	return list, nil
}

func readRecord(path string) (Record, error) {
	var r Record
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		return r, fmt.Errorf("%w: %s has mode %04o and holds a secret; run chmod 600 on it", ErrStore, path, info.Mode().Perm())
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrStore, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if dec.Decode(&r) != nil {
		return Record{}, fmt.Errorf("%w: %s is not a token record; move it away", ErrStore, path)
	}
	if err := r.check(); err != nil {
		return Record{}, fmt.Errorf("%w (%s)", err, path)
	}
	return r, nil
}

// Put implements TokenStore.
func (s *FileStore) Put(r Record) error {
	if err := r.check(); err != nil {
		return err
	}
	dir := s.originDir(r.Origin)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("%w: the record does not encode", ErrStore)
	}
	if err := atomicfile.Replace(filepath.Join(dir, r.Hash+".json"), append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	return nil
}

// Delete implements TokenStore.
func (s *FileStore) Delete(origin, paymentHash string) error {
	dir := s.originDir(origin)
	err := os.Remove(filepath.Join(dir, filepath.Base(paymentHash)+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = atomicfile.SyncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	return nil
}

// Memory keeps records while the process lives: a crash loses paid tokens.
type Memory struct {
	mu      sync.Mutex
	records []Record
}

// List implements TokenStore.
func (m *Memory) List(origin string) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Record
	for _, r := range m.records {
		if r.Origin == origin {
			list = append(list, r)
		}
	}
	return list, nil
}

// Put implements TokenStore.
func (m *Memory) Put(r Record) error {
	if err := r.check(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.records {
		if m.records[i].Origin == r.Origin && m.records[i].Hash == r.Hash {
			m.records[i] = r
			return nil
		}
	}
	m.records = append(m.records, r)
	return nil
}

// Delete implements TokenStore.
func (m *Memory) Delete(origin, paymentHash string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.records {
		if m.records[i].Origin == origin && m.records[i].Hash == paymentHash {
			m.records = append(m.records[:i], m.records[i+1:]...)
			return nil
		}
	}
	return nil
}
