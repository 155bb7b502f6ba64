package op

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// hostile are inputs that a careless parser reads in more than linear time.
func hostile(size int) map[string]string {
	long := strings.Repeat("n", size/2)
	return map[string]string{
		"many members":                "{" + members(size/10) + "}",
		"long name over many items":   `{"` + long + `":[` + strings.TrimSuffix(strings.Repeat("0,", size/4), ",") + "]}",
		"long name over many members": `{"` + long + `":{` + members(size/20) + "}}",
		"escapes":                     `"` + strings.Repeat(`\u0041`, size/6) + `"`,
		"lists in lists":              strings.Repeat("[", maxDepth) + strings.TrimSuffix(strings.Repeat("[],", size/3), ",") + strings.Repeat("]", maxDepth),
	}
}

func members(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"%05x":0`, i)
	}
	return strings.Join(list, ",")
}

func BenchmarkHostileJSON(b *testing.B) {
	for _, size := range []int{8 << 10, 64 << 10} {
		for name, in := range hostile(size) {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(len(in)))
				b.ReportAllocs()
				for range b.N {
					_, _ = parseJSON([]byte(in), "content")
				}
			})
		}
	}
}

// most bytes that reading one byte of JSON may allocate, beside a base.
const mostPerByte, mostBase = 400, 8 << 10

// allocated is what parsing allocates, in bytes.
func allocated(in string) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = parseJSON([]byte(in), "content")
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// What reading costs follows the length of the input and nothing else.
func TestHostileJSONIsLinear(t *testing.T) {
	for name, in := range hostile(MaxEventBytes) {
		if got, most := allocated(in), uint64(mostPerByte*len(in)+mostBase); got > most {
			t.Errorf("%s: %d bytes take %d, at most %d are allowed", name, len(in), got, most)
		}
	}
}

func FuzzJSONIsLinear(f *testing.F) {
	for _, in := range hostile(512) {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if got, most := allocated(in), uint64(mostPerByte*len(in)+mostBase); got > most {
			t.Errorf("%d bytes take %d, at most %d are allowed", len(in), got, most)
		}
	})
}
