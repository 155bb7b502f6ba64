package balances_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node/balances"
)

var _ l402.Balances = (*balances.Store)(nil)

func open(t require.TestingT, path string) *balances.Store {
	s, err := balances.Open(balances.Config{Path: path, FlushEvery: time.Millisecond})
	require.NoError(t, err)
	return s
}

func newPath(t *testing.T) string { return filepath.Join(t.TempDir(), "balances.db") }

func payment(n int) l402.Hash { return l402.Hash{byte(n), byte(n >> 8), 1} }

// copyOf returns a copy of the file as it is on disk now.
func copyOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	out := newPath(t)
	require.NoError(t, os.WriteFile(out, b, 0o600))
	return out
}

// The store answers as the plain model does, across orderly restarts.
func TestCountsAsTheModelDoes(t *testing.T) {
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(t *rapid.T) {
		files++
		path := filepath.Join(dir, strconv.Itoa(files))
		s, model := open(t, path), l402test.NewBalances()
		defer func() { require.NoError(t, s.Close()) }()
		t.Repeat(map[string]func(*rapid.T){
			"take": func(t *rapid.T) {
				p, n := payment(rapid.IntRange(0, 2).Draw(t, "payment")), rapid.Int64Range(1, 50).Draw(t, "n")
				b := l402.Balance{Uses: []int64{1, 3, 200}[p[0]], For: rapid.SampledFrom([]string{"ops", "ops", "ops", "reads"}).Draw(t, "for"), Until: 9}
				want, wantErr := model.Take(p, b, n)
				got, err := s.Take(p, b, n)
				require.Equal(t, wantErr, err)
				require.Equal(t, want, got)
			},
			"give back": func(t *rapid.T) {
				p := payment(rapid.IntRange(0, 2).Draw(t, "payment"))
				model.GiveBack(p, 1)
				s.GiveBack(p, 1)
			},
			"restart": func(t *rapid.T) {
				require.NoError(t, s.Close())
				s = open(t, path)
			},
			"": func(t *rapid.T) {
				for i := range 3 {
					b, ok, err := model.Known(payment(i))
					require.NoError(t, err)
					got, gotOK, err := s.Known(payment(i))
					require.NoError(t, err)
					require.Equal(t, ok, gotOK)
					require.Equal(t, b, got)
					if ok {
						left, _ := model.Left(payment(i), b)
						gotLeft, err := s.Left(payment(i), b)
						require.NoError(t, err)
						require.Equal(t, left, gotLeft)
					}
				}
			},
		})
	})
}

// Whatever moment the machine stops at: what was granted is on disk, and at most
// a 32nd of what is left counts beyond it.
func TestGrantedIsOnDiskWhenTakeReturns(t *testing.T) {
	for _, uses := range []int64{1, 31, 32, 33, 1000} {
		t.Run(fmt.Sprint(uses), func(t *testing.T) {
			path := newPath(t)
			s := open(t, path)
			b := l402.Balance{Uses: uses, For: "ops"}
			for granted := int64(1); granted <= min(uses, 40); granted++ {
				n, err := s.Take(payment(1), b, 1)
				require.NoError(t, err)
				require.EqualValues(t, 1, n)
				after := open(t, copyOf(t, path))
				left, err := after.Left(payment(1), b)
				require.NoError(t, err)
				require.LessOrEqual(t, left, uses-granted)
				require.GreaterOrEqual(t, left, uses-granted-uses/32)
				require.NoError(t, after.Close())
			}
			require.NoError(t, s.Close())
			after := open(t, path)
			left, err := after.Left(payment(1), b)
			require.NoError(t, err)
			require.Equal(t, uses-min(uses, 40), left, "an orderly end loses nothing")
			require.NoError(t, after.Close())
		})
	}
}

// Many at once never get more than was paid for, nor less.
func TestConcurrentTakesAddUp(t *testing.T) {
	s := open(t, newPath(t))
	b := l402.Balance{Uses: 500, For: "ops"}
	var granted atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 50 {
				n, err := s.Take(payment(1), b, 1)
				if err != nil {
					t.Error(err)
				}
				if granted.Add(n)%7 == 0 && n == 1 {
					granted.Add(-1)
					s.GiveBack(payment(1), 1)
				}
			}
		})
	}
	wg.Wait()
	left, err := s.Left(payment(1), b)
	require.NoError(t, err)
	require.Equal(t, b.Uses, granted.Load()+left)
	require.NoError(t, s.Close())
}

func TestGivenBackIsWrittenByRun(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	b := l402.Balance{Uses: 1, For: "ops"}
	_, err := s.Take(payment(1), b, 1)
	require.NoError(t, err)
	s.GiveBack(payment(1), 1)
	require.Eventually(t, func() bool {
		after := open(t, copyOf(t, path))
		defer after.Close()
		left, err := after.Left(payment(1), b)
		return err == nil && left == 1
	}, time.Minute, time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, s.Close())
	_, err = s.Take(payment(1), b, 1)
	require.ErrorIs(t, err, balances.ErrClosed)
}

func TestEndedBalancesGoAfterAWeek(t *testing.T) {
	s := open(t, newPath(t))
	b := l402.Balance{Uses: 1, For: "ops", Until: 1000}
	_, err := s.Take(payment(1), b, 1)
	require.NoError(t, err)
	_, err = s.Take(payment(2), l402.Balance{Uses: 1, For: "ops"}, 1)
	require.NoError(t, err)
	for _, c := range []struct {
		now  int64
		want int
	}{{1000 + 7*86_400 - 1, 0}, {1000 + 7*86_400, 1}, {1 << 40, 0}} {
		n, err := s.Prune(time.Unix(c.now, 0))
		require.NoError(t, err)
		require.Equal(t, c.want, n)
	}
	_, known, err := s.Known(payment(1))
	require.NoError(t, err)
	require.False(t, known)
	require.NoError(t, s.Close())
}

// The longest end that was named holds, also where the reserve needs no write and
// across a restart; a shorter one changes nothing.
func TestEndOfABalanceOnlyRises(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	take := func(n int, until int64) {
		_, err := s.Take(payment(n), l402.Balance{Uses: 1000, For: "ops", Until: until}, 1)
		require.NoError(t, err)
	}
	take(1, 1000)
	take(1, 2000)
	take(1, 500)
	take(2, 1000)
	take(2, 0)
	take(2, 1000)
	take(3, 1000)
	s = open(t, copyOf(t, path)) // as after a crash
	defer s.Close()
	for _, c := range []struct {
		now  int64
		want int
	}{{1000 + 7*86_400, 1}, {2000 + 7*86_400 - 1, 0}, {2000 + 7*86_400, 1}, {1 << 40, 0}} {
		n, err := s.Prune(time.Unix(c.now, 0))
		require.NoError(t, err)
		require.Equal(t, c.want, n)
	}
}

func TestForeignAndDamagedFilesAreRefused(t *testing.T) {
	_, err := balances.Open(balances.Config{})
	require.ErrorContains(t, err, "Path")
	path := newPath(t)
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("x", 9000)), 0o600))
	_, err = balances.Open(balances.Config{Path: path})
	require.Error(t, err)
}

// childUses is how often the payments of the killed child are good.
const childUses = 300

// TestMain is the child as well: it takes uses of many payments at once, and
// says each on its standard output after it has it.
func TestMain(m *testing.M) {
	path := os.Getenv("BALANCES_CHILD")
	if path == "" {
		os.Exit(m.Run())
	}
	s, err := balances.Open(balances.Config{Path: path, FlushEvery: time.Millisecond})
	if err != nil {
		panic(err)
	}
	go func() { _ = s.Run(context.Background()) }()
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				p := w%2 + 2*(i%3)
				n, err := s.Take(payment(p), l402.Balance{Uses: childUses, For: "ops"}, 1)
				if err != nil {
					panic(err)
				}
				out.Lock()
				fmt.Println(p, n)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

// A process killed at any moment has granted no more than was paid for, over all
// its lives together, and a new one goes on with at most a 32nd lost each time.
func TestKilledProcess(t *testing.T) {
	path := newPath(t)
	granted := map[int]int64{}
	lives := 0
	for ; lives < 8; lives++ {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "BALANCES_CHILD="+path)
		pipe, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(pipe)
		for heard := 0; heard < 40 && lines.Scan(); heard++ {
			count(t, granted, lines.Text())
		}
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() { // said before the end; a line cut short was no answer
			if strings.Count(lines.Text(), " ") == 1 && !strings.HasSuffix(lines.Text(), " ") {
				count(t, granted, lines.Text())
			}
		}
		require.Error(t, cmd.Wait(), "the child was to be killed")
	}
	s := open(t, path)
	for p, n := range granted {
		require.LessOrEqual(t, n, int64(childUses))
		left, err := s.Left(payment(p), l402.Balance{Uses: childUses, For: "ops"})
		require.NoError(t, err)
		require.LessOrEqual(t, left, childUses-n)
		// Per life at most the reserve, and what was granted and not heard.
		require.GreaterOrEqual(t, left, childUses-n-int64(lives)*(childUses/32+4))
	}
	require.NoError(t, s.Close())
}

func count(t *testing.T, granted map[int]int64, line string) {
	t.Helper()
	var p int
	var n int64
	_, err := fmt.Sscan(line, &p, &n)
	require.NoError(t, err, line)
	granted[p] += n
}
