package anchor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	formatsproof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// testLog is a log in memory.
type testLog struct {
	entries [][]byte
	hashes  []tlog.Hash
}

func (l *testLog) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, l.hashes[i])
	}
	return out, nil
}

func newTestLog(t require.TestingT, size int) *testLog {
	l := &testLog{}
	for i := range size {
		entry := fmt.Appendf(nil, "entry %d", i)
		hashes, err := tlog.StoredHashes(int64(i), entry, l)
		require.NoError(t, err)
		l.entries = append(l.entries, entry)
		l.hashes = append(l.hashes, hashes...)
	}
	return l
}

func (l *testLog) checkpoint(t require.TestingT) Checkpoint {
	root, err := tlog.TreeHash(int64(len(l.entries)), l)
	require.NoError(t, err)
	return Checkpoint{Origin: testOrigin, Size: int64(len(l.entries)),
		Root: root}
}

func (l *testLog) prove(t require.TestingT, index int64) Inclusion {
	path, err := tlog.ProveRecord(int64(len(l.entries)), index, l)
	require.NoError(t, err)
	return Inclusion{Index: index, Path: path}
}

// The same proofs verify, and the same text is written, by the second
// implementation of RFC 6962 and of tlog-proof.
func TestInclusionAgreesWithOtherImplementations(t *testing.T) {
	signer, verifier := testKey(t, testOrigin, 1)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 70).Draw(t, "size")
		index := rapid.IntRange(0, size-1).Draw(t, "index")
		log := newTestLog(t, size)
		c := log.checkpoint(t)
		p := log.prove(t, int64(index))
		p.Extra = rapid.SliceOf(rapid.Byte()).Draw(t, "extra")
		if len(p.Extra) == 0 {
			p.Extra = nil
		}
		var err error
		p.Checkpoint, err = SignCheckpoint(c, signer)
		require.NoError(t, err)

		text := p.Encode()
		back, err := ParseInclusion(text)
		require.NoError(t, err)
		got, err := back.Verify(log.entries[index], testOrigin, verifier)
		require.NoError(t, err)
		require.Equal(t, c, got.Checkpoint)

		other := formatsproof.TLogProof{Index: uint64(index),
			Checkpoint: p.Checkpoint, ExtraData: p.Extra}
		var path [][]byte
		for _, h := range p.Path {
			other.Hashes = append(other.Hashes, h)
			path = append(path, h[:])
		}
		require.Equal(t, string(other.Marshal()), string(text))
		require.NoError(t, proof.VerifyInclusion(rfc6962.DefaultHasher,
			uint64(index), uint64(size),
			rfc6962.DefaultHasher.HashLeaf(log.entries[index]), path,
			c.Root[:]))
	})
}

func TestInclusionRefusesAnotherEntryIndexOrPath(t *testing.T) {
	signer, verifier := testKey(t, testOrigin, 1)
	log := newTestLog(t, 11)
	msg, err := SignCheckpoint(log.checkpoint(t), signer)
	require.NoError(t, err)
	good := log.prove(t, 6)
	good.Checkpoint = msg
	check := func(p Inclusion, entry string) error {
		_, err := p.Verify([]byte(entry), testOrigin, verifier)
		return err
	}
	require.NoError(t, check(good, "entry 6"))
	require.ErrorIs(t, check(good, "entry 7"), ErrInclusion)
	for _, index := range []int64{-1, 5, 7, 11, 1 << 62} {
		bad := good
		bad.Index = index
		require.ErrorIs(t, check(bad, "entry 6"), ErrInclusion)
	}
	bad := good
	bad.Path = good.Path[:len(good.Path)-1]
	require.ErrorIs(t, check(bad, "entry 6"), ErrInclusion)
	bad.Path = append(append([]tlog.Hash{}, good.Path...), tlog.Hash{})
	require.ErrorIs(t, check(bad, "entry 6"), ErrInclusion)
	for i := range good.Path {
		bad.Path = append([]tlog.Hash{}, good.Path...)
		bad.Path[i][31] ^= 1
		require.ErrorIs(t, check(bad, "entry 6"), ErrInclusion)
	}
	bad = good
	bad.Checkpoint = msg[1:]
	require.ErrorIs(t, check(bad, "entry 6"), ErrCheckpoint)
}

func TestParseInclusionRefuses(t *testing.T) {
	const h = "AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	head := inclusionHeader + "\n"
	for name, text := range map[string]string{
		"empty":             "",
		"no blank line":     head + "index 1\n" + h + "\n",
		"other version":     "c2sp.org/tlog-proof@v2\nindex 1\n\nx",
		"no index":          head + "\nx",
		"hash before index": head + h + "\nindex 1\n\nx",
		"index twice":       head + "index 1\nindex 1\n\nx",
		"leading zero":      head + "index 01\n\nx",
		"negative":          head + "index -1\n\nx",
		"index 2^63":        head + "index 9223372036854775808\n\nx",
		"empty extra":       head + "extra \nindex 1\n\nx",
		"extra stray bits":  head + "extra AB==\nindex 1\n\nx",
		"extra twice":       head + "extra AA==\nextra AA==\nindex 1\n\nx",
		"short hash":        head + "index 1\nAQID\n\nx",
		"hash stray bits":   head + "index 1\n" + h[:42] + "B=\n\nx",
		"carriage return":   head + "index 1\r\n\nx",
		"too many hashes":   head + "index 1\n" + strings.Repeat(h+"\n", 64) + "\nx",
		"oversize":          head + "index 1\n\n" + strings.Repeat("x", maxInclusion),
	} {
		_, err := ParseInclusion([]byte(text))
		require.ErrorIs(t, err, ErrInclusion, name)
	}
}

func FuzzParseInclusion(f *testing.F) {
	log := newTestLog(f, 5)
	p := log.prove(f, 3)
	p.Checkpoint = []byte("checkpoint")
	f.Add(p.Encode())
	p.Extra = []byte("extra")
	f.Add(p.Encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParseInclusion(text)
		if err != nil {
			require.ErrorIs(t, err, ErrInclusion)
			return
		}
		require.Equal(t, string(text), string(p.Encode()))
	})
}
