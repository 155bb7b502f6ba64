package shares

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
)

func at(ip string) Who { return Who{Caller: l402.CallerOf(ip)} }

// fill takes places until there is none, and returns how many there were and whose
// share was full.
func fill(p *Places, who func(i int) Who) (n int, level Level) {
	for {
		if _, err := p.Take(who(n)); err != nil {
			var full *FullError
			if !errors.As(err, &full) {
				panic(err)
			}
			return n, full.Level
		}
		n++
	}
}

func TestOneCallerNeverTakesAll(t *testing.T) {
	for _, c := range []struct {
		name  string
		who   func(i int) Who
		want  int // of 96: 72 for everybody, 24 for keys
		level Level
	}{
		{"an address, a ninth", func(int) Who { return at("1.2.3.4") }, 8, Address},
		{"an IPv6 host", func(i int) Who { return at(fmt.Sprintf("2001:db8::%x", i)) }, 8, Address},
		{"a block, a fifth", func(i int) Who { return at(fmt.Sprintf("1.2.3.%d", i)) }, 15, Block},
		{"a region, a third", func(i int) Who { return at(fmt.Sprintf("1.2.%d.4", i)) }, 24, Region},
		{"who has no address", func(int) Who { return Who{} }, 8, Address},
		{"a front", func(int) Who { return Who{Caller: l402.CallerOf("127.0.0.1"), Front: true} }, 72, All},
		{"a key with stake, a ninth of theirs and one of everybody's", func(int) Who { return Who{Caller: l402.CallerOf("1.2.3.4"), Key: [32]byte{1}} }, 3 + 8, Address},
	} {
		p := New(96)
		n, level := fill(p, c.who)
		require.Equal(t, c.want, n, c.name)
		require.Equal(t, c.level, level, c.name)
		require.Equal(t, n, p.Used(), c.name)
		if level != All {
			_, err := p.Take(at("9.9.9.9"))
			require.NoError(t, err, "%s: another caller has a place", c.name)
		}
	}
}

func TestAKeyWithSatsAtRiskHasAPlaceWhereEverybodyElseTookTheirs(t *testing.T) {
	p := New(8)
	n, level := fill(p, func(i int) Who { return at(fmt.Sprintf("%d.1.1.1", i+1)) })
	require.Equal(t, 6, n)
	require.Equal(t, All, level)
	release, err := p.Take(Who{Caller: l402.CallerOf("1.1.1.1"), Key: [32]byte{7}})
	require.NoError(t, err)
	release()
	release()
	require.Equal(t, 6, p.Used(), "a place is given back once")
}

func TestNothingIsKeptOfWhoGaveBack(t *testing.T) {
	p := New(16)
	for i := range 1000 {
		release, err := p.Take(at(fmt.Sprintf("10.%d.%d.1", i/250, i%250)))
		require.NoError(t, err)
		release()
	}
	require.Empty(t, p.common.held)
	require.Zero(t, p.Used())
}

func TestOnePlaceIsForOne(t *testing.T) {
	p := New(1)
	release, err := p.Take(at("1.1.1.1"))
	require.NoError(t, err)
	_, err = p.Take(at("2.2.2.2"))
	require.EqualError(t, err, "all 1 places are taken; wait")
	release()
	_, err = p.Take(at("2.2.2.2"))
	require.NoError(t, err)
}

func TestReplaysKeepASharePerKey(t *testing.T) {
	r := NewReplays(90)
	id := func(k, i int) (id [32]byte) { id[0], id[1], id[2] = byte(k), byte(i), 1; return id }
	flood, n := [32]byte{1}, 0
	for ; r.Use(flood, id(1, n), 0, 100) == nil; n++ {
	}
	require.Equal(t, 10, n, "a ninth")
	var full *FullError
	require.ErrorAs(t, r.Use(flood, id(1, 200), 100, 200), &full)
	require.Equal(t, Address, full.Level)
	require.NoError(t, r.Use([32]byte{2}, id(2, 0), 0, 50))
	require.ErrorIs(t, r.Use([32]byte{2}, id(2, 0), 50, 60), ErrSeen, "at its instant it is remembered")
	require.NoError(t, r.Use([32]byte{2}, id(2, 0), 51, 60), "after it, forgotten")
	for i := range n {
		require.ErrorIs(t, r.Use(flood, id(1, i), 100, 200), ErrSeen)
	}
	require.NoError(t, r.Use(flood, id(1, 200), 101, 200))
	require.Len(t, r.items, 1)
	require.Len(t, r.queue, 1)
}

func TestReplaysEnd(t *testing.T) {
	r := NewReplays(4)
	for k := range 4 {
		require.NoError(t, r.Use([32]byte{byte(k)}, [32]byte{9, byte(k)}, 0, 10))
	}
	var full *FullError
	require.ErrorAs(t, r.Use([32]byte{9}, [32]byte{9, 9}, 10, 20), &full)
	require.Equal(t, FullError{All, 4, 4}, *full)
	require.NoError(t, r.Use([32]byte{9}, [32]byte{9, 9}, 11, 20))
}

func TestReplaysForgetWhatWasNotUsed(t *testing.T) {
	r := NewReplays(9)
	id := func(i int) [32]byte { return [32]byte{1, byte(i)} }
	require.NoError(t, r.Use([32]byte{1}, id(1), 0, 30))
	require.Error(t, r.Use([32]byte{1}, id(2), 0, 10), "its share is one of nine")
	r.Forget(id(1))
	r.Forget(id(1))
	for k := range 3 {
		require.NoError(t, r.Use([32]byte{byte(k)}, id(k), 0, int64(10*k)))
	}
	r.Forget(id(1))
	require.NoError(t, r.Use([32]byte{9}, id(1), 9, 40), "free again, in whatever order they end")
	require.ErrorIs(t, r.Use([32]byte{9}, id(2), 20, 40), ErrSeen)
	require.NoError(t, r.Use([32]byte{7}, id(7), 21, 40))
	require.Len(t, r.items, 2)
	require.Len(t, r.queue, 2)

	again := NewReplays(9)
	for i := range 3 {
		again.Restore([32]byte{1}, id(i), 40)
		again.Restore([32]byte{1}, id(i), 50)
	}
	require.ErrorIs(t, again.Use([32]byte{1}, id(0), 40, 60), ErrSeen)
	require.Error(t, again.Use([32]byte{1}, id(9), 40, 60), "more than its share already")
	require.NoError(t, again.Use([32]byte{1}, id(9), 41, 60))
}

func TestListenerClosesWhatHasNoPlace(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	places := New(1)
	l := Limit(inner, places)
	t.Cleanup(func() { _ = l.Close() })
	accepted := make(chan net.Conn, 2)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", inner.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	dial()
	first := <-accepted
	_, err = dial().Read(make([]byte, 1))
	require.Error(t, err, "closed at once")
	require.NoError(t, first.Close())
	require.Zero(t, places.Used())
	dial()
	require.NotNil(t, <-accepted)
}
