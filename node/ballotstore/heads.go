package ballotstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/econd/econd/node/atomicfile"
)

// HeadFile keeps the highest head of a log that was ever signed, in a file beside
// the store that no backup holds: so a restored store is known to be behind. It is
// written before each signature leaves, so it has two slots of a fixed length that take
// turns, each a line with a checksum: a write that breaks off leaves the other one, and
// the head that it would have raised was not handed out. One sync of one page is all that
// a head costs. Its methods may be called concurrently.
//
//	econd-head/v1 COUNT SIZE ROOT CHECKSUM
//
// COUNT tells the newer slot; the checksum is the first 16 hex digits of the SHA-256 of
// what stands before it.
//
// The file was one line of JSON before, {"size":SIZE,"root":"ROOT"}, put in its place whole. It
// is read as well, and the next head is written in slots.
type HeadFile struct {
	Path string

	mu    sync.Mutex
	file  *os.File // nil until it was read
	count uint64   // of the newer slot; 0: none
}

// headRemedy is what a damaged file needs.
const headRemedy = "move it away, and say so with econd recover"

const (
	headName = "econd-head/v1"
	headSlot = 160 // bytes of a slot, its newline included
)

// HeadPath is the file beside a store that holds its highest head.
func HeadPath(store string) string { return store + ".head" }

// RestoredPath is the file beside a store that was restored and has not gone on
// yet.
func RestoredPath(store string) string { return store + ".restored" }

// Highest returns the head, or false if none was ever signed.
func (f *HeadFile) Highest() (size uint64, root [32]byte, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read()
}

// read finds the newer slot. A file of which neither can be read is damaged.
func (f *HeadFile) read() (size uint64, root [32]byte, ok bool, err error) {
	raw, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, root, false, nil
	}
	if err != nil {
		return 0, root, false, err
	}
	f.count = 0
	for at := 0; at < 2 && len(raw) == 2*headSlot; at++ {
		if n, s, r, whole := parseSlot(raw[at*headSlot : (at+1)*headSlot]); whole && n > f.count && n%2 == uint64(at) {
			f.count, size, root = n, s, r
		}
	}
	if f.count == 0 {
		if size, root, whole := parseLine(raw); whole {
			return size, root, true, nil
		}
		return 0, root, false, fmt.Errorf("%s: the file is damaged: no slot of it is whole; %s", f.Path, headRemedy)
	}
	return size, root, true, nil
}

// line writes a head as files held it before they had slots.
func line(size uint64, root [32]byte) []byte {
	return fmt.Appendf(nil, "{\"size\":%d,\"root\":\"%x\"}\n", size, root)
}

// parseLine reads what line wrote, and nothing else.
func parseLine(text []byte) (size uint64, root [32]byte, whole bool) {
	var hash []byte
	if _, err := fmt.Sscanf(string(text), `{"size":%d,"root":"%x"}`, &size, &hash); err != nil || len(hash) != len(root) {
		return 0, root, false
	}
	root = [32]byte(hash)
	return size, root, bytes.Equal(line(size, root), text)
}

// slot writes a head as the file holds it.
func slot(count, size uint64, root [32]byte) []byte {
	text := fmt.Sprintf("%s %d %d %x ", headName, count, size, root)
	sum := sha256.Sum256([]byte(text))
	return fmt.Appendf(nil, "%-*s\n", headSlot-1, text+hex.EncodeToString(sum[:8]))
}

// parseSlot reads what slot wrote, and nothing else.
func parseSlot(text []byte) (count, size uint64, root [32]byte, whole bool) {
	var hash []byte
	if _, err := fmt.Sscanf(string(text), headName+" %d %d %x", &count, &size, &hash); err != nil || count == 0 || len(hash) != len(root) {
		return 0, 0, root, false
	}
	root = [32]byte(hash)
	return count, size, root, bytes.Equal(slot(count, size, root), text)
}

// Raise puts another head in its place. It is durable when it returns.
func (f *HeadFile) Raise(size uint64, root [32]byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.inPlace() {
		fresh, err := f.open()
		if err != nil {
			return err
		}
		if fresh {
			return f.begin(size, root)
		}
	}
	next := f.count + 1
	_, err := f.file.WriteAt(slot(next, size, root), int64(next%2)*headSlot)
	if err == nil {
		err = syncData(f.file)
	}
	if err != nil {
		f.close()
		return err
	}
	f.count = next
	return nil
}

// inPlace tells whether what is open stands at the path still: a file that was moved away
// keeps nothing.
func (f *HeadFile) inPlace() bool {
	if f.file == nil {
		return false
	}
	is, err := os.Stat(f.Path)
	open, err2 := f.file.Stat()
	if err == nil && err2 == nil && os.SameFile(is, open) {
		return true
	}
	f.close()
	return false
}

// open opens the file for writing; fresh says that there is none with slots.
func (f *HeadFile) open() (fresh bool, err error) {
	_, _, ok, err := f.read()
	if err != nil || !ok || f.count == 0 {
		return err == nil, err
	}
	f.file, err = os.OpenFile(f.Path, os.O_RDWR, 0)
	return false, err
}

// begin makes the file with its first head, in the second slot.
func (f *HeadFile) begin(size uint64, root [32]byte) error {
	return atomicfile.Replace(f.Path, append(bytes.Repeat([]byte{' '}, headSlot), slot(1, size, root)...), 0o600)
}

// close lets the file go, so that the next try reads it again.
func (f *HeadFile) close() {
	_ = f.file.Close()
	f.file = nil
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
