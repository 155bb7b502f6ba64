package custody

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/seed"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/signertest"
)

// words are of NIP-06's first vector.
const words = "leader monkey parrot ring guide accident before fence cannon height naive bean"

func seeded(t testing.TB, account uint32) *Key {
	s, err := seed.Parse(words)
	require.NoError(t, err)
	return Seeded(s, account)
}

// lender is a custodian whose answer a test sets.
type lender struct {
	mu     sync.Mutex
	key    func() *Key
	err    error
	again  time.Duration
	stall  bool
	asked  int
	closed int
	lent   []*Key
}

func (l *lender) Key(ctx context.Context) (*Key, time.Duration, error) {
	l.mu.Lock()
	l.asked++
	stall, err, again := l.stall, l.err, l.again
	l.mu.Unlock()
	if stall {
		<-ctx.Done()
		return nil, 0, ctx.Err()
	}
	if err != nil {
		return nil, 0, err
	}
	key := l.key()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lent = append(l.lent, key)
	return key, again, nil
}

func (l *lender) Close() error { l.closed++; return nil }

func (l *lender) set(change func(*lender)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
}

func (l *lender) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

func lends(t testing.TB) *lender { return &lender{key: func() *Key { return seeded(t, 0) }} }

func TestContract(t *testing.T) {
	k := seeded(t, 0)
	secret, err := k.Signing(nil)
	require.NoError(t, err)
	signertest.Run(t, func(t *testing.T) signer.Signer {
		s, err := Open(t.Context(), Config{Custodian: lends(t)})
		require.NoError(t, err)
		return s
	}, secret.Bytes(), k.entropy, []byte(words))
}

// inTime runs a story on a set clock.
func inTime(t *testing.T, l *lender, cfg Config, story func(t *testing.T, s *Signer, told *[]error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var told []error
		cfg := cfg
		cfg.Custodian, cfg.Tell = l, func(err error) { told = append(told, err) }
		s, err := Open(t.Context(), cfg)
		require.NoError(t, err)
		story(t, s, &told)
		require.NoError(t, s.Close())
		require.Equal(t, 1, l.closed)
		for _, k := range l.lent {
			require.Equal(t, &Key{}, k, "what was lent is wiped")
		}
	})
}

func signs(t *testing.T, s *Signer) error { return s.Sign(t.Context(), signertest.Events()[0]) }

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestRevocationBites(t *testing.T) {
	l := lends(t)
	inTime(t, l, Config{Check: time.Minute, Grace: time.Hour}, func(t *testing.T, s *Signer, told *[]error) {
		require.NoError(t, signs(t, s))
		held := s.key
		l.set(func(l *lender) { l.err = fmt.Errorf("%w: the policy", ErrDenied) })
		pass(59 * time.Second)
		require.NoError(t, signs(t, s))
		pass(time.Second)
		err := signs(t, s)
		require.ErrorIs(t, err, ErrDenied)
		require.ErrorIs(t, err, signer.ErrRefused)
		require.Equal(t, make([]byte, 32), held.Bytes(), "the key is wiped")
		require.Len(t, *told, 1)

		asked := l.count()
		require.ErrorIs(t, signs(t, s), ErrDenied)
		require.Equal(t, asked, l.count(), "a no is not asked for again by every event")

		l.set(func(l *lender) { l.err = nil })
		pass(time.Minute)
		require.NoError(t, signs(t, s))
		require.Len(t, *told, 2)
		require.NoError(t, (*told)[1])
	})
}

func TestAnOutageIsBridgedForTheGrace(t *testing.T) {
	l := lends(t)
	inTime(t, l, Config{Check: time.Minute, Grace: 10 * time.Minute}, func(t *testing.T, s *Signer, told *[]error) {
		held := s.key
		l.set(func(l *lender) { l.err = errors.New("sealed") })
		pass(10*time.Minute - time.Second)
		require.NoError(t, signs(t, s))
		require.Empty(t, *told)
		pass(time.Second)
		require.Equal(t, make([]byte, 32), held.Bytes(), "the key is wiped")
		require.Len(t, *told, 1)
		err := signs(t, s)
		require.ErrorIs(t, err, signer.ErrAway)
		require.ErrorContains(t, err, "sealed")

		asked := l.count()
		for range 100 {
			require.ErrorIs(t, signs(t, s), signer.ErrAway)
		}
		require.LessOrEqual(t, l.count(), asked+1, "one question a second at most")

		l.set(func(l *lender) { l.err = nil })
		pass(time.Second)
		require.NoError(t, signs(t, s), "asked by who signs, before the next round")
		require.Len(t, *told, 2)
	})
}

// A custodian that is away is asked with pauses that double, not at every instant.
func TestQuestionsInAnOutageAreFew(t *testing.T) {
	l := lends(t)
	inTime(t, l, Config{Check: time.Minute, Grace: time.Hour}, func(t *testing.T, s *Signer, _ *[]error) {
		l.set(func(l *lender) { l.err = errors.New("away") })
		pass(time.Hour)
		require.Less(t, l.count(), 80)
		require.Greater(t, l.count(), 50)
	})
}

func TestACustodianThatStalls(t *testing.T) {
	l := lends(t)
	inTime(t, l, Config{Check: time.Minute, Grace: 2 * time.Minute, Timeout: 5 * time.Second}, func(t *testing.T, s *Signer, _ *[]error) {
		l.set(func(l *lender) { l.stall = true })
		pass(3 * time.Minute)
		signertest.Stalled(t, s)
		began := time.Now()
		require.ErrorIs(t, signs(t, s), signer.ErrAway)
		require.LessOrEqual(t, time.Since(began), 10*time.Second, "its own question, behind one that began before")
	})
}

func TestAnotherKeyIsNotTaken(t *testing.T) {
	l := lends(t)
	inTime(t, l, Config{Check: time.Minute, Grace: time.Hour}, func(t *testing.T, s *Signer, _ *[]error) {
		public := s.Public()
		l.set(func(l *lender) { l.key = func() *Key { return seeded(t, 1) } })
		pass(time.Minute)
		require.ErrorIs(t, signs(t, s), ErrDenied)
		require.Equal(t, public, s.Public())
		l.set(func(l *lender) { l.key = func() *Key { return seeded(t, 0) } })
		pass(time.Minute)
		require.NoError(t, signs(t, s))
	})
}

// What lets the signer in runs out sooner than the next round would be.
func TestTheCustodianIsAskedInTime(t *testing.T) {
	l := lends(t)
	l.again = 20 * time.Second
	inTime(t, l, Config{Check: time.Minute, Grace: time.Hour}, func(t *testing.T, s *Signer, _ *[]error) {
		pass(time.Minute)
		require.Equal(t, 4, l.count())
	})
}

func TestARevocationInTheMiddleOfManySignatures(t *testing.T) {
	l := lends(t)
	inTime(t, l, Config{Check: time.Minute, Grace: time.Hour}, func(t *testing.T, s *Signer, _ *[]error) {
		var group sync.WaitGroup
		denied := make([]error, 100)
		for i := range denied {
			group.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				e := signertest.Events()[i%7]
				if denied[i] = s.Sign(t.Context(), e); denied[i] == nil {
					denied[i] = e.Verify()
				}
			})
		}
		time.Sleep(30 * time.Second)
		l.set(func(l *lender) { l.err = ErrDenied })
		group.Wait()
		for i, err := range denied {
			if i < 60 {
				require.NoError(t, err, i)
			} else if i > 60 { // 60 is the instant of the question
				require.ErrorIs(t, err, ErrDenied, i)
			}
		}
	})
}

func TestAClockThatIsTurnedCountsAsTime(t *testing.T) {
	l := lends(t)
	inTime(t, l, Config{Check: time.Minute, Grace: 10 * time.Minute}, func(t *testing.T, s *Signer, _ *[]error) {
		l.set(func(l *lender) { l.err = ErrDenied })
		s.mu.Lock()
		s.proven = s.proven.Round(0).Add(-11 * time.Minute) // as after a sleep: the steady clock stood still
		s.mu.Unlock()
		require.ErrorIs(t, signs(t, s), ErrDenied, "asked before it signs")
	})
}

func TestOpenNeedsAYes(t *testing.T) {
	for _, refused := range []error{ErrDenied, ErrMalformed, errors.New("away")} {
		l := lends(t)
		l.err = refused
		_, err := Open(t.Context(), Config{Custodian: l})
		require.ErrorIs(t, err, refused)
		require.Equal(t, 1, l.closed)
	}
	account := uint32(3)
	l := &lender{key: func() *Key {
		k, err := Decode([]byte(`{"version":1,"secret":"` + strings.Repeat("01", 32) + `"}`))
		require.NoError(t, err)
		return k
	}}
	_, err := Open(t.Context(), Config{Custodian: l, Account: &account})
	require.ErrorIs(t, err, ErrNoSeed)
}

func TestConfigNamesTheFault(t *testing.T) {
	for want, cfg := range map[string]Config{
		"Custodian": {},
		"Check":     {Custodian: lends(t), Check: time.Millisecond},
		"Grace":     {Custodian: lends(t), Check: time.Hour, Grace: time.Minute},
		"Timeout":   {Custodian: lends(t), Timeout: -1},
	} {
		_, err := Open(t.Context(), cfg)
		require.ErrorContains(t, err, want)
	}
}

// A payload is a key file's: one spelling of both.
func TestPayloadIsAKeyFiles(t *testing.T) {
	s, err := seed.Parse(words)
	require.NoError(t, err)
	single, err := op.NewSecretKey(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	for _, c := range []struct {
		key  *Key
		file keyfile.Agent
	}{{Seeded(s, 0), keyfile.NewSeeded(s, 0)}, {Seeded(s, 5), keyfile.NewSeeded(s, 5)}, {Single(single), keyfile.NewAgent(single)}} {
		want, err := json.Marshal(c.file)
		require.NoError(t, err)
		require.Equal(t, string(want), string(c.key.Encode()))
		read, err := Decode(want)
		require.NoError(t, err)
		require.True(t, read.Equal(c.key))
		got, err := read.Signing(nil)
		require.NoError(t, err)
		expected, err := c.file.Key()
		require.NoError(t, err)
		require.Equal(t, expected.Bytes(), got.Bytes())
	}
}

func TestDecodeIsStrict(t *testing.T) {
	hex64 := strings.Repeat("01", 32)
	for name, text := range map[string]string{
		"nothing":          ``,
		"no object":        `"x"`,
		"an array":         `[]`,
		"null":             `null`,
		"trailing":         `{"version":1,"secret":"` + hex64 + `"} {}`,
		"a member more":    `{"version":1,"secret":"` + hex64 + `","x":1}`,
		"another case":     `{"version":1,"Secret":"` + hex64 + `"}`,
		"no version":       `{"secret":"` + hex64 + `"}`,
		"version 3":        `{"version":3,"secret":"` + hex64 + `"}`,
		"both":             `{"version":2,"secret":"` + hex64 + `","seed":"` + hex64 + `"}`,
		"neither":          `{"version":2}`,
		"secret of seed":   `{"version":2,"secret":"` + hex64 + `"}`,
		"account of one":   `{"version":1,"secret":"` + hex64 + `","account":1}`,
		"odd hex":          `{"version":1,"secret":"` + hex64 + `0"}`,
		"no hex":           `{"version":2,"seed":"` + strings.Repeat("zz", 16) + `"}`,
		"a short seed":     `{"version":2,"seed":"0102"}`,
		"an empty seed":    `{"version":2,"seed":""}`,
		"the scalar 0":     `{"version":1,"secret":"` + strings.Repeat("00", 32) + `"}`,
		"a scalar above n": `{"version":1,"secret":"` + strings.Repeat("ff", 32) + `"}`,
		"account too high": `{"version":2,"seed":"` + hex64 + `","account":2147483648}`,
		"account negative": `{"version":2,"seed":"` + hex64 + `","account":-1}`,
		"too long":         `{"version":1,"secret":"` + hex64 + `"}` + strings.Repeat(" ", MaxPayload),
	} {
		k, err := Decode([]byte(text))
		require.Error(t, err, name)
		require.Nil(t, k, name)
		require.NotContains(t, err.Error(), hex64[:8], name)
	}
}

// Whatever Decode takes, Encode writes so that it is read as the same key.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":2,"seed":"` + strings.Repeat("01", 16) + `","account":7}`))
	f.Add([]byte(`{"account":0,"seed":"` + strings.Repeat("Ab", 32) + `","version":2}`))
	f.Add([]byte(`{"version":1,"secret":"` + strings.Repeat("01", 32) + `"}`))
	f.Add([]byte(`{"version":1,"secret":null,"seed":{}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		k, err := Decode(payload)
		if err != nil {
			return
		}
		again, err := Decode(k.Encode())
		require.NoError(t, err)
		require.True(t, k.Equal(again))
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			require.NotContains(t, fmt.Sprintf(verb, k), hex.EncodeToString(k.entropy)+"x")
			require.Equal(t, k.String(), fmt.Sprintf(verb, k))
		}
	})
}
