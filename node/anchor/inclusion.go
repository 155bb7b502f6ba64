package anchor

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	inclusionHeader = "c2sp.org/tlog-proof@v1"

	// maxInclusion bounds an encoded proof: a checkpoint, 63 hashes, and
	// room for extra data.
	maxInclusion = 1 << 20

	// maxPath is the longest path in a tree of fewer than 2^63 leaves.
	maxPath = 63
)

// Inclusion proves that an entry is in the log at an index: the C2SP
// tlog-proof text format, version 1, with the checkpoint it leads to.
type Inclusion struct {
	// Extra is opaque to everybody and bound by nothing; nil if absent.
	Extra []byte

	// Index is the entry's position, from 0.
	Index int64

	// Path is the RFC 6962 section 2.1.1 audit path, leaf's sibling first.
	Path []tlog.Hash

	// Checkpoint is the signed note, verbatim.
	Checkpoint []byte
}

// Encode returns the proof's text.
func (p Inclusion) Encode() []byte {
	b := append([]byte(inclusionHeader), '\n')
	if len(p.Extra) > 0 {
		b = append(b, "extra "...)
		b = append(base64.StdEncoding.AppendEncode(b, p.Extra), '\n')
	}
	return appendPath(b, p.Index, p.Path, p.Checkpoint)
}

// AppendInclusion appends the text of a proof without extra data.
func AppendInclusion(b []byte, index int64, path [][32]byte, checkpoint []byte) []byte {
	return appendPath(append(append(b, inclusionHeader...), '\n'), index, path, checkpoint)
}

func appendPath[H ~[32]byte](b []byte, index int64, path []H, checkpoint []byte) []byte {
	b = strconv.AppendInt(append(b, "index "...), index, 10)
	b = append(b, '\n')
	for _, h := range path {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return append(append(b, '\n'), checkpoint...)
}

// ParseInclusion reads the text of a proof. What Encode would write
// differently is refused. The checkpoint is taken verbatim and not opened.
func ParseInclusion(text []byte) (Inclusion, error) {
	var p Inclusion
	if len(text) > maxInclusion {
		return p, fmt.Errorf("%w: longer than %d bytes", ErrInclusion,
			maxInclusion)
	}
	head, checkpoint, ok := strings.Cut(string(text), "\n\n")
	if !ok {
		return p, fmt.Errorf("%w: no blank line before the checkpoint",
			ErrInclusion)
	}
	lines := strings.Split(head, "\n")
	if lines[0] != inclusionHeader {
		return p, fmt.Errorf("%w: first line is not %q", ErrInclusion,
			inclusionHeader)
	}
	lines = lines[1:]
	var err error
	if p.Extra, lines, err = parseExtra(lines); err != nil {
		return Inclusion{}, err
	}
	if p.Index, lines, err = parseIndex(lines); err != nil {
		return Inclusion{}, err
	}
	if len(lines) > maxPath {
		return Inclusion{}, fmt.Errorf("%w: %d hashes, at most %d",
			ErrInclusion, len(lines), maxPath)
	}
	for i, line := range lines {
		h, err := decodeHash(line)
		if err != nil {
			return Inclusion{}, fmt.Errorf("%w: hash %d: %w",
				ErrInclusion, i, err)
		}
		p.Path = append(p.Path, h)
	}
	p.Checkpoint = []byte(checkpoint)
	return p, nil
}

func parseExtra(lines []string) ([]byte, []string, error) {
	if len(lines) == 0 {
		return nil, lines, nil
	}
	text, ok := strings.CutPrefix(lines[0], "extra ")
	if !ok {
		return nil, lines, nil
	}
	extra, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(extra) == 0 ||
		base64.StdEncoding.EncodeToString(extra) != text {

		return nil, nil, fmt.Errorf("%w: extra is not canonical base64 "+
			"of at least one byte", ErrInclusion)
	}
	return extra, lines[1:], nil
}

func parseIndex(lines []string) (int64, []string, error) {
	if len(lines) == 0 {
		return 0, nil, fmt.Errorf("%w: no index line", ErrInclusion)
	}
	text, ok := strings.CutPrefix(lines[0], "index ")
	index, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || index < 0 ||
		strconv.FormatInt(index, 10) != text {

		return 0, nil, fmt.Errorf("%w: %q is not \"index \" and a plain "+
			"decimal", ErrInclusion, clip(lines[0]))
	}
	return index, lines[1:], nil
}

// Verify checks that entry is the entry at the proof's index under a
// checkpoint of origin that one of the known keys signed, and returns that
// checkpoint. The entry is hashed as an RFC 6962 leaf.
func (p Inclusion) Verify(entry []byte, origin string,
	known ...note.Verifier) (SignedCheckpoint, error) {

	c, err := OpenCheckpoint(p.Checkpoint, origin, known...)
	if err != nil {
		return SignedCheckpoint{}, err
	}
	if err := p.verifyUnder(entry, c.Checkpoint); err != nil {
		return SignedCheckpoint{}, err
	}
	return c, nil
}

func (p Inclusion) verifyUnder(entry []byte, c Checkpoint) error {
	if p.Index < 0 || p.Index >= c.Size {
		return fmt.Errorf("%w: index %d is not in a log of %d entries",
			ErrInclusion, p.Index, c.Size)
	}
	err := tlog.CheckRecord(tlog.RecordProof(p.Path), c.Size, c.Root, p.Index,
		tlog.RecordHash(entry))
	if err != nil {
		return fmt.Errorf("%w: the path of entry %d does not lead to the "+
			"root of size %d: %w", ErrInclusion, p.Index, c.Size, err)
	}
	return nil
}
