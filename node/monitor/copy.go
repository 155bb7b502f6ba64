package monitor

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/econd/econd/node/op"
)

// logCopy is the monitor's own copy of the log, an entry a line. Every line in it was recomputed.
// One goroutine uses it.
type logCopy struct {
	path string
	file *os.File
	ends []int64 // where each line ends, its newline included
}

// openCopy opens or founds the copy. A last line that was not written whole is cut off.
func openCopy(dir string) (*logCopy, error) {
	path := filepath.Join(dir, logName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	c := &logCopy{path: path, file: f}
	if err := c.scan(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return c, nil
}

// scan finds the lines.
func (c *logCopy) scan() error {
	in := bufio.NewReaderSize(c.file, 2*(op.MaxEventBytes+512))
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF):
			return c.cut(uint64(len(c.ends)))
		case err != nil:
			return fmt.Errorf("%s: line %d: %w; %s", c.path, len(c.ends)+1, err, remedy)
		}
		c.ends = append(c.ends, c.bytes()+int64(len(line)))
	}
}

// bytes is how long the first so many entries are; all without a number.
func (c *logCopy) bytes() int64 { return c.upTo(c.size()) }

func (c *logCopy) upTo(n uint64) int64 {
	if n == 0 {
		return 0
	}
	return c.ends[n-1]
}

// size is the number of entries.
func (c *logCopy) size() uint64 { return uint64(len(c.ends)) }

// cut drops what comes after the first n entries, durably.
func (c *logCopy) cut(n uint64) error {
	at := c.upTo(n)
	c.ends = c.ends[:n]
	if err := c.file.Truncate(at); err != nil {
		return err
	}
	return c.file.Sync()
}

// append adds whole lines, durably. After an error nothing of them counts.
func (c *logCopy) append(lines []byte) error {
	at := c.bytes()
	if _, err := c.file.WriteAt(lines, at); err != nil {
		return err
	}
	if err := c.file.Sync(); err != nil {
		return err
	}
	for rest := lines; len(rest) > 0; {
		n := bytes.IndexByte(rest, '\n') + 1
		at += int64(n)
		c.ends, rest = append(c.ends, at), rest[n:]
	}
	return nil
}

// first reads the first n entries.
func (c *logCopy) first(n uint64) *io.SectionReader { return io.NewSectionReader(c.file, 0, c.upTo(n)) }

// line is that of an entry, without its end.
func (c *logCopy) line(seq uint64) ([]byte, error) {
	from := c.upTo(seq)
	line := make([]byte, c.ends[seq]-from-1)
	_, err := c.file.ReadAt(line, from)
	return line, err
}

func (c *logCopy) close() error { return c.file.Close() }
