package ballotstore

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/econd/econd/node/atomicfile"
)

// HeadFile keeps the highest head of a log that was ever signed, in a file beside
// the store that no backup holds: so a restored store is known to be behind. Its
// methods may be called concurrently.
type HeadFile struct {
	Path string

	mu sync.Mutex
}

// headRemedy is what a damaged file needs.
const headRemedy = "move it away and start again: an older log then shows by LND and by the mark of a restore alone"

type headText struct {
	Size uint64 `json:"size"`
	Root string `json:"root"`
}

// HeadPath is the file beside a store that holds its highest head.
func HeadPath(store string) string { return store + ".head" }

// RestoredPath is the file beside a store that was restored and has not gone on
// yet.
func RestoredPath(store string) string { return store + ".restored" }

// Highest returns the head, or false if none was ever signed.
func (f *HeadFile) Highest() (size uint64, root [32]byte, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	raw, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, root, false, nil
	}
	if err != nil {
		return 0, root, false, err
	}
	var h headText
	if err := json.Unmarshal(raw, &h); err != nil {
		return 0, root, false, fmt.Errorf("%s: the file is damaged: %w; %s", f.Path, err, headRemedy)
	}
	sum, err := hex.DecodeString(h.Root)
	if err != nil || len(sum) != len(root) {
		return 0, root, false, fmt.Errorf("%s: the file is damaged: root is no hash; %s", f.Path, headRemedy)
	}
	copy(root[:], sum)
	return h.Size, root, true, nil
}

// Raise puts another head in its place. It is durable when it returns.
func (f *HeadFile) Raise(size uint64, root [32]byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	raw, err := json.Marshal(headText{size, hex.EncodeToString(root[:])})
	if err != nil {
		return err
	}
	return atomicfile.Replace(f.Path, append(raw, '\n'), 0o600)
}

// MarkRestored says beside a store that it was restored from a backup.
func MarkRestored(store string, size uint64, root [32]byte) error {
	return atomicfile.Replace(RestoredPath(store), fmt.Appendf(nil, "restored from a backup of %d entries, root %x\n", size, root), 0o600)
}

// Restored is the mark beside a store, or "".
func Restored(store string) (string, error) {
	raw, err := os.ReadFile(RestoredPath(store))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(raw), err
}

// ClearRestored takes the mark away, once the log goes on.
func ClearRestored(store string) error {
	if err := os.Remove(RestoredPath(store)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(store))
}
