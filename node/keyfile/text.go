package keyfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// maxText bounds what is read as a secret text.
const maxText = 4096

// ReadText reads a secret that is a text, like a token: the whole of a file, of which one line end at
// the end does not count, 1 to 4096 bytes. Who reads it clears it. Errors: ErrPermissions for a file
// that everybody may read or that others may write, ErrMalformed for an empty or a long one, and
// those of the file system.
func ReadText(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readText(f)
}

func readText(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	// Group-readable is how secret stores hand files to a service.
	if info.Mode().IsRegular() && info.Mode().Perm()&0o027 != 0 {
		return nil, fmt.Errorf("%s: %w: mode %04o; run chmod 600 on it", f.Name(), ErrPermissions, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, maxText+1))
	if err != nil {
		return nil, err
	}
	if n := len(text); n > 0 && text[n-1] == '\n' {
		text = bytes.TrimSuffix(text[:n-1], []byte{'\r'})
	}
	if len(text) == 0 || len(text) > maxText {
		clear(text)
		return nil, fmt.Errorf("%s: %w: it must hold 1 to %d bytes", f.Name(), ErrMalformed, maxText)
	}
	return text, nil
}
