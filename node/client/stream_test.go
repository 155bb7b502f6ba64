package client

import (
	"strings"
	"testing"

	"github.com/econd/econd/node/op"
)

// Whatever a server streams, the reader ends, and gives whole entries alone.
func FuzzEventStream(f *testing.F) {
	f.Add("id: 1\nevent: vote\ndata: {}\n\n")
	f.Add(": beat\n\nretry: 1\n\ndata")
	f.Add("data: a\ndata: b\r\n\r\n")
	f.Fuzz(func(t *testing.T, stream string) {
		s := new(Client).events()
		var entry Entry
		s.check = func(e sseEvent) (err error) { entry, err = s.entry(e); return err }
		s.show = func(sseEvent) bool {
			if _, err := op.DecodeEntry(entry.Line); err != nil {
				t.Errorf("gave %q: %v", entry.Line, err)
			}
			return true
		}
		_ = s.read(strings.NewReader(stream))
	})
}
