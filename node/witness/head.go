package witness

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Head is the text of any log's checkpoint (C2SP tlog-checkpoint), taken apart. Unlike
// anchor.Checkpoint it may have extension lines: witnesses serve other logs, too.
type Head struct {
	Origin    string
	Size      int64
	Root      tlog.Hash
	Extension string // lines, each ended by a newline
}

// ParseHead reads the text of a note. There is one text for a head.
func ParseHead(text string) (Head, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return Head{}, fmt.Errorf("%w: want three lines at least, each ended by a newline", ErrCheckpoint)
	}
	size, err := parseSize(lines[1])
	if err != nil {
		return Head{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Head{}, fmt.Errorf("%w: root: %w", ErrCheckpoint, err)
	}
	if rest := lines[3]; rest != "" && (rest[0] == '\n' || rest[len(rest)-1] != '\n' || strings.Contains(rest, "\n\n")) {
		return Head{}, fmt.Errorf("%w: an extension line is empty or not ended", ErrCheckpoint)
	}
	return Head{Origin: lines[0], Size: size, Root: root, Extension: lines[3]}, nil
}

// OriginOf is the first line of a note, whose signatures nobody checked yet.
func OriginOf(checkpoint []byte) string {
	origin, _, _ := strings.Cut(string(checkpoint), "\n")
	return origin
}

// parseSize reads a plain decimal below 2^63.
func parseSize(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, fmt.Errorf("size %q is not a plain decimal below 2^63", clip(s))
	}
	return n, nil
}

// parseHash reads a hash in its one base64 form.
func parseHash(s string) (tlog.Hash, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) != tlog.HashSize || base64.StdEncoding.EncodeToString(raw) != s {
		return tlog.Hash{}, fmt.Errorf("%q is not the base64 of 32 bytes", clip(s))
	}
	return tlog.Hash(raw), nil
}
