package logkey

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/notekey"
)

// signer signs as the i-th key of a log.
type signer struct {
	origin string
	i      int
}

func (s signer) key() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(s.i)}, 32))
}
func (s signer) Name() string                    { return s.origin }
func (s signer) KeyHash() uint32                 { return 0 }
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key(), msg), nil }

func (s signer) text(t *testing.T) string {
	k, err := notekey.New(s.origin, notekey.Ed25519, s.key().Public().(ed25519.PublicKey))
	require.NoError(t, err)
	return k.String()
}

func of(i int) signer { return signer{"econd/demo-1", i} }

// over is the handover from one key to another at a size.
func over(t *testing.T, from, to signer, size uint64) Handover {
	h, err := Handover{Size: size, Root: [32]byte{7}, Key: to.text(t)}.Sign(from.text(t), note.Signer(from), to)
	require.NoError(t, err)
	return h
}

func first(t *testing.T) Keys {
	k, err := First(of(1).text(t))
	require.NoError(t, err)
	return k
}

// The head over all entries before the handover is the old key's last, that over one more the
// new key's first.
func TestKeyOfEachSize(t *testing.T) {
	k := first(t)
	require.Equal(t, of(1).text(t), k.At(0).Text)
	require.Equal(t, of(1).text(t), k.At(1<<40).Text)
	k, err := Walk(of(1).text(t), []Handover{over(t, of(1), of(2), 10), over(t, of(2), of(3), 11), over(t, of(3), of(4), 20)})
	require.NoError(t, err)
	for size, i := range map[uint64]int{0: 1, 1: 1, 10: 1, 11: 2, 12: 3, 20: 3, 21: 4, 1 << 40: 4} {
		require.Equal(t, of(i).text(t), k.At(size).Text, "size %d", size)
	}
	require.Equal(t, of(4).text(t), k.Current().Text)
	rest, ok := k.After(of(2).text(t))
	require.True(t, ok)
	require.Len(t, rest, 2)
	_, ok = k.After(of(5).text(t))
	require.False(t, ok)
	again, err := Walk(of(2).text(t), rest)
	require.NoError(t, err, "whoever knows a later key goes on from there")
	require.Equal(t, k.Current().Text, again.Current().Text)
}

func TestWhatIsNoHandover(t *testing.T) {
	small := func(h Handover) Handover {
		h.Key = notekey.Key{Name: "econd/demo-1", Type: notekey.Ed25519, Public: make([]byte, 32)}.String()
		return h
	}
	after, err := first(t).Add(over(t, of(1), of(2), 10))
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		k    Keys
		h    Handover
		kind error
	}{
		{"by another old key", first(t), over(t, of(3), of(2), 10), ErrOld},
		{"the old one comes back", after, over(t, of(2), of(1), 20), ErrUsed},
		{"the same again", after, over(t, of(2), of(2), 20), ErrUsed},
		{"at a size of the key before", after, over(t, of(2), of(3), 10), ErrSize},
		{"before all entries", first(t), over(t, of(1), of(2), 0), ErrSize},
		{"to a key of another log", first(t), over(t, of(1), signer{"econd/demo-2", 2}, 10), ErrKey},
		{"to a key of small order", first(t), small(over(t, of(1), of(2), 10)), ErrKey},
	} {
		got, err := c.k.Add(c.h)
		require.ErrorIs(t, err, c.kind, c.name)
		require.Equal(t, c.k.All(), got.All(), c.name)
	}
}

// Both signatures cover every member.
func TestEveryMemberIsSigned(t *testing.T) {
	good := over(t, of(1), of(2), 10)
	_, err := first(t).Add(good)
	require.NoError(t, err)
	for name, change := range map[string]func(*Handover){
		"size": func(h *Handover) { h.Size++ },
		"root": func(h *Handover) { h.Root[31] ^= 1 },
		"key":  func(h *Handover) { h.Key = of(3).text(t) },
		"old":  func(h *Handover) { h.Old[63] ^= 1 },
	} {
		h := good
		change(&h)
		_, err := first(t).Add(h)
		require.ErrorIs(t, err, ErrOld, name)
	}
	h := good
	h.New[0] ^= 1
	_, err = first(t).Add(h)
	require.ErrorIs(t, err, ErrNew)
	h = good
	h.New = h.Old
	_, err = first(t).Add(h)
	require.ErrorIs(t, err, ErrNew, "the operator alone, with a key that did not agree")
}

// No handover passes for a checkpoint or for a refusal, nor the other way round.
func TestTextIsOfItsOwn(t *testing.T) {
	text := string(Handover{Size: 3, Key: of(2).text(t)}.Text(of(1).text(t)))
	require.True(t, strings.HasPrefix(text, "econd-log-key/v1\n"))
	require.Equal(t, 5, strings.Count(text, "\n"))
	require.NotContains(t, strings.Split(text, "\n")[0], "econd/", "an origin begins otherwise")
}

func TestMostHandovers(t *testing.T) {
	k := first(t)
	for i := range MaxHandovers {
		var err error
		k, err = k.Add(over(t, of(i+1), of(i+2), uint64(i+1)))
		require.NoError(t, err)
	}
	_, err := k.Add(over(t, of(MaxHandovers+1), of(MaxHandovers+2), 99))
	require.ErrorIs(t, err, ErrMost)
	require.Len(t, k.All(), MaxHandovers+1)
}

// Keys do not change under somebody who has them.
func TestAddLeavesWhatItHas(t *testing.T) {
	k, err := first(t).Add(over(t, of(1), of(2), 5))
	require.NoError(t, err)
	a, err := k.Add(over(t, of(2), of(3), 9))
	require.NoError(t, err)
	b, err := k.Add(over(t, of(2), of(4), 9))
	require.NoError(t, err)
	require.Equal(t, of(3).text(t), a.Current().Text)
	require.Equal(t, of(4).text(t), b.Current().Text)
	require.Equal(t, of(2).text(t), k.Current().Text)
}
