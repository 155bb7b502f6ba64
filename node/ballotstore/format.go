package ballotstore

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"
)

// FormatVersion is the layout that this package writes and the only one that
// it reads. It covers every bucket, key and value in the file.
const FormatVersion uint32 = 1

// Buckets of format 1. Integers in keys and values are big-endian.
var (
	bucketHeader      = []byte("econd")       // "format" -> u32; "head" -> u64 size | 32-byte root
	bucketEntries     = []byte("entries")     // u64 seq -> entry
	bucketHashes      = []byte("hashes")      // u64 chunk number -> up to hashesPerChunk Merkle nodes
	bucketEffects     = []byte("effects")     // u64 seq | u32 index -> data, only while pending
	bucketCheckpoints = []byte("checkpoints") // u64 tree size -> note
	bucketJournal     = []byte("journal")     // key -> value

	keyFormat = []byte("format")
	keyHead   = []byte("head")
)

var allBuckets = [][]byte{
	bucketHeader, bucketEntries, bucketHashes, bucketEffects, bucketCheckpoints, bucketJournal,
}

const (
	// pageSize is fixed, so that a file has the same layout on every machine.
	pageSize = 4096

	// hashesPerChunk makes two chunks fill one bbolt page exactly: a 16-byte
	// page header and twice 16 bytes of element header, 8 of key and 63*32 of
	// hashes. bbolt puts at least two keys on a page, so one hash more would
	// cost a second, almost empty page.
	hashesPerChunk = 63

	// appendFill is how full bbolt leaves a page that it splits. Entries and
	// chunks only ever grow at the right end, so room inside is waste.
	appendFill = 1.0

	// MaxEntryBytes bounds one entry. The envelope has its own, lower limit;
	// this one keeps a mistake there from growing the file without bound.
	MaxEntryBytes = 16 << 20

	headBytes = 8 + tlog.HashSize
)

func seqKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func effectKey(seq uint64, index uint32) []byte {
	return binary.BigEndian.AppendUint32(seqKey(seq), index)
}

// ParseEffectID splits the id of an effect, "seq/index". Only the canonical decimal form is an
// effect id, so that one effect has one name; anything else is of kind ErrBatch.
func ParseEffectID(id string) (seq uint64, index uint32, err error) {
	s, i, ok := strings.Cut(id, "/")
	if ok {
		var i64 uint64
		if seq, err = strconv.ParseUint(s, 10, 64); err == nil {
			i64, err = strconv.ParseUint(i, 10, 32)
			index = uint32(i64)
		}
	}
	if !ok || err != nil || EffectID(seq, index) != id {
		return 0, 0, fmt.Errorf("%w: effect id %q is not seq/index in decimal", ErrBatch, id)
	}
	return seq, index, nil
}

// EffectID names effect number index of entry seq.
func EffectID(seq uint64, index uint32) string {
	return strconv.FormatUint(seq, 10) + "/" + strconv.FormatUint(uint64(index), 10)
}

// A head is what the last transaction that appended entries left behind.
type head struct {
	size uint64
	root [32]byte
}

func (h head) encode() []byte { return append(seqKey(h.size), h.root[:]...) }

func readHead(tx *bolt.Tx) (h head, err error) {
	v := tx.Bucket(bucketHeader).Get(keyHead)
	if len(v) != headBytes {
		return head{}, fmt.Errorf("%w: head record has %d bytes, want %d", ErrCorrupt, len(v), headBytes)
	}
	h.size = binary.BigEndian.Uint64(v)
	copy(h.root[:], v[8:])
	if h.size > maxSize {
		return head{}, fmt.Errorf("%w: head record claims %d entries", ErrCorrupt, h.size)
	}
	return h, nil
}

// initFormat writes an empty log into a file without buckets. A file that has
// buckets is left as it is.
func initFormat(tx *bolt.Tx) error {
	if k, _ := tx.Cursor().First(); k != nil {
		return nil
	}
	for _, name := range allBuckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	b := tx.Bucket(bucketHeader)
	if err := b.Put(keyFormat, binary.BigEndian.AppendUint32(nil, FormatVersion)); err != nil {
		return err
	}
	return b.Put(keyHead, head{root: (&edge{}).root()}.encode())
}

// checkFormat refuses a file that is not of FormatVersion.
func checkFormat(tx *bolt.Tx) error {
	b := tx.Bucket(bucketHeader)
	if b == nil {
		return fmt.Errorf("%w: the file is a bbolt database but not a ballot store", ErrFormat)
	}
	v := b.Get(keyFormat)
	if len(v) != 4 {
		return fmt.Errorf("%w: the format record has %d bytes, want 4", ErrFormat, len(v))
	}
	if got := binary.BigEndian.Uint32(v); got != FormatVersion {
		return fmt.Errorf("%w: the file has format %d, this program reads format %d; use the release that wrote it",
			ErrFormat, got, FormatVersion)
	}
	for _, name := range allBuckets {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: bucket %q is missing", ErrCorrupt, name)
		}
	}
	return nil
}
