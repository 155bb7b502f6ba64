package node_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// spoilt is a store that hands out one line changed.
type spoilt struct {
	node.Store
	at uint64
}

func (s *spoilt) Scan(from, to uint64, fn func(uint64, []byte) error) error {
	return s.Store.Scan(from, to, func(seq uint64, line []byte) error {
		if seq == s.at {
			line = []byte(strings.Replace(string(line), `"seq":`, `"seq":1`, 1))
		}
		return fn(seq, line)
	})
}

// A start reads a log of several chunks whole and in order, and names the entry that
// does not apply.
func TestStartReadsTheWholeLog(t *testing.T) {
	w := newWorld(t)
	before := w.Node.Size()
	events := make([]*op.Event, 600)
	for i := range events {
		key, _ := op.NewSecretKey(fmt.Appendf(nil, "%032d", i+1))
		events[i] = w.Event(key, op.KindRegister, op.Register{Name: fmt.Sprint("agent ", i)})
	}
	for i, r := range w.Node.SubmitMany(context.Background(), events) {
		if r.Err != nil {
			t.Fatal(i, r.Err)
		}
	}
	if err := w.Halt(); err != nil {
		t.Fatal(err)
	}
	w.Start()
	w.Node.View(func(s *ledger.State, _ int64) {
		if s.Next() != before+600 || s.Agents() != 600 || s.AgentAt(599).Name != "agent 599" {
			t.Errorf("%d entries, %d agents", s.Next(), s.Agents())
		}
	})
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, at := range []uint64{3, 255, 256, 600} {
		_, err := w.Open(&spoilt{Store: w.Store, at: at})
		if want := fmt.Sprintf("entry %d of the ballot store does not apply", at); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// newer is a store whose genesis is by rules that came later.
type newer struct{ node.Store }

func (s newer) Scan(from, to uint64, fn func(uint64, []byte) error) error {
	return s.Store.Scan(from, to, func(seq uint64, line []byte) error {
		if seq == 0 {
			version := regexp.MustCompile(`\\"version\\":\d+`)
			line = version.ReplaceAll(line, fmt.Appendf(nil, `\"version\":%d`, constitution.NewestRules+1))
		}
		return fn(seq, line)
	})
}

// A log by newer rules is not called broken: the message says which program it takes.
func TestStartRefusesNewerRules(t *testing.T) {
	w := newWorld(t)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	_, err := w.Open(newer{w.Store})
	if err == nil || !errors.Is(err, refusal.ErrRules) || !strings.Contains(err.Error(), "entry 0 of the ballot store is by newer rules than this econd knows") {
		t.Errorf("%v", err)
	}
}
