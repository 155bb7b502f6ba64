package monitor

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// errNoRoom says that the folder is full.
var errNoRoom = errors.New("the folder has no room for more")

// exportShare is the part of the folder that exports in evidence may take as far as they are the beginning of the
// copy, from which they can be made again: one in so many.
const exportShare = 4

// room is how many bytes may still be written.
func (m *Monitor) room() int64 {
	used, _ := m.used()
	return m.cfg.MaxBytes - used
}

// used is how many bytes the folder has, and how many of them are exports. A file that has several names counts once.
func (m *Monitor) used() (all, exports int64) {
	var seen []os.FileInfo
	_ = filepath.WalkDir(m.cfg.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		if d.Name() == exportFile {
			if slices.ContainsFunc(seen, func(x os.FileInfo) bool { return os.SameFile(x, info) }) {
				return nil
			}
			seen, exports = append(seen, info), exports+info.Size()
		}
		all += info.Size()
		return nil
	})
	return all, exports
}

// writeExport writes the export of an alarm, if there is room: the copy has to grow, too. One that other
// alarms have is not written again.
func (m *Monitor) writeExport(path string, e *evidence) (wrote bool, err error) {
	if other := m.sameExport(path, e); other != "" {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return false, err
		}
		if os.Link(other, path) == nil {
			return true, nil
		} // a file system without links: a copy
	}
	all, exports := m.used()
	if e.bytes > (m.cfg.MaxBytes-all)/2 || !e.beyond && exports+e.bytes > m.cfg.MaxBytes/exportShare {
		return false, nil
	}
	return true, writeStream(path, e.export())
}

// sameExport is a file of evidence that has the bytes of an export; "": none.
func (m *Monitor) sameExport(path string, e *evidence) string {
	list, _ := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(path)), "*", exportFile))
	for _, other := range slices.Backward(list) {
		info, err := os.Stat(other)
		if err != nil || other == path || info.Size() != e.bytes {
			continue
		}
		if f, err := os.Open(other); err == nil {
			same := sameBytes(f, e.export())
			_ = f.Close()
			if same {
				return other
			}
		}
	}
	return ""
}

// sameBytes tells whether two streams are the same.
func sameBytes(a, b io.Reader) bool {
	x, y := bufio.NewReaderSize(a, 1<<16), bufio.NewReaderSize(b, 1<<16)
	for {
		p, errA := x.Peek(1 << 12)
		q, errB := y.Peek(1 << 12)
		if !bytes.Equal(p, q) || errA != errB {
			return false
		}
		if errA != nil {
			return errA == io.EOF
		}
		_, _ = x.Discard(len(p))
		_, _ = y.Discard(len(q))
	}
}
