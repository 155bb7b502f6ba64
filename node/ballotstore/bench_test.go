package ballotstore_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ballotstore"
)

// BenchmarkAppend measures durable entries: one transaction and one sync per
// batch, on the file system that holds the temporary folder.
func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("batch=%d", n), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "ballots.db")
			s := mustOpen(b, path)
			entries := makeEntries(0, n, 300)
			b.SetBytes(int64(n) * 300)
			for b.Loop() {
				_, err := s.Append(ballotstore.Batch{First: s.Size(), Entries: entries})
				require.NoError(b, err)
			}
			b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(float64(fileSize(b, path))/float64(s.Size()), "file-B/entry")
		})
	}
}

// BenchmarkScan and BenchmarkVerify read a log of 100,000 entries.
func BenchmarkScan(b *testing.B) {
	s := benchLog(b)
	for b.Loop() {
		require.NoError(b, s.Scan(0, s.Size(), func(uint64, []byte) error { return nil }))
	}
	b.ReportMetric(float64(b.N)*float64(s.Size())/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkVerify(b *testing.B) {
	s := benchLog(b)
	for b.Loop() {
		require.NoError(b, s.Verify(nil))
	}
	b.ReportMetric(float64(b.N)*float64(s.Size())/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkInclusionProof(b *testing.B) {
	s := benchLog(b)
	seq := uint64(0)
	for b.Loop() {
		_, err := s.InclusionProof(seq, s.Size())
		require.NoError(b, err)
		seq = (seq + 7919) % s.Size()
	}
}

func benchLog(b *testing.B) *ballotstore.Store {
	s := mustOpen(b, filepath.Join(b.TempDir(), "ballots.db"))
	for s.Size() < 100_000 {
		_, err := s.Append(ballotstore.Batch{First: s.Size(), Entries: makeEntries(s.Size(), 1000, 300)})
		require.NoError(b, err)
	}
	return s
}
