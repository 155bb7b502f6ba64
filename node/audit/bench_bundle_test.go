package audit

import "testing"

// BenchmarkVerifyBundle checks an anchored bundle of a story. The metric "bytes" is its size,
// "ms" what decoding and checking takes; a bundle has to stay below 16,384 bytes and 10 ms.
func BenchmarkVerifyBundle(b *testing.B) {
	s := newStory(b)
	data, err := s.bundle(s.Passed, s.Agents[0].Public(), s.AnchorOf(6)).Marshal()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := accepts(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(data)), "bytes")
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms")
}
