package ballotstore_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ballotstore"
)

// The fault tests run a writer in a process of its own, which is this test
// binary with childEnv set to "mode path".
const childEnv = "BALLOTSTORE_TEST_CHILD"

// childModes are the writers; each returns when its fault has struck.
var childModes = map[string]func(s *ballotstore.Store) error{
	"kill": func(s *ballotstore.Store) error { return appendUntilRefused(s) },
}

func TestMain(m *testing.M) {
	mode, path, ok := strings.Cut(os.Getenv(childEnv), " ")
	if !ok {
		os.Exit(m.Run())
	}
	if err := runChild(mode, path); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
}

func runChild(mode, path string) error {
	s, err := ballotstore.Open(ballotstore.Config{Path: path})
	if err != nil {
		return err
	}
	run, ok := childModes[mode]
	if !ok {
		return fmt.Errorf("unknown mode %q", mode)
	}
	return run(s)
}

// appendUntilRefused appends batches of changing sizes, tells every size that
// was acknowledged, and after a refusal checks that the store keeps refusing.
func appendUntilRefused(s *ballotstore.Store) error {
	for i := 0; ; i++ {
		first := s.Size()
		_, err := s.Append(ballotstore.Batch{
			First: first, Entries: makeEntries(first, 1+i*37%400, 300),
			Effects: []ballotstore.Effect{{ID: ballotstore.EffectID(first, 0), Seq: first, Data: []byte("pay")}},
		})
		if err != nil {
			fmt.Printf("refused %q\n", err)
			return tellState(s)
		}
		fmt.Println("acked", s.Size())
	}
}

// tellState prints how a store that refused a write answers.
func tellState(s *ballotstore.Store) error {
	size := s.Size()
	_, err := s.Append(ballotstore.Batch{First: size, Entries: makeEntries(size, 1, 10)})
	fmt.Printf("again %q\n", err)
	_, err = s.PendingEffects()
	fmt.Printf("effects %q\n", err)
	_, err = s.Entry(size - 1)
	fmt.Printf("entry %v\n", err)
	return s.Close()
}

// A child is a writer process under way.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func startChild(t *testing.T, mode, path string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	// Without asynchronous preemption no signal interrupts a system call, so
	// that a fault injector counts each call once.
	cmd.Env = append(os.Environ(), childEnv+"="+mode+" "+path, "GODEBUG=asyncpreemptoff=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return &child{cmd, bufio.NewScanner(out)}
}

// A told is what a child said: the last acknowledged size, and how the store
// answered after the fault.
type told struct {
	acked   uint64
	answers map[string]string
}

// listen reads the child's words until it ends or enough says so.
func (c *child) listen(t *testing.T, enough func(told) bool) told {
	t.Helper()
	said := told{answers: map[string]string{}}
	for c.lines.Scan() {
		word, rest, _ := strings.Cut(c.lines.Text(), " ")
		if word == "acked" {
			_, err := fmt.Sscan(rest, &said.acked)
			require.NoError(t, err)
		} else {
			said.answers[word] = rest
		}
		if enough != nil && enough(said) {
			require.NoError(t, c.cmd.Process.Kill())
			enough = nil
		}
	}
	require.NoError(t, c.lines.Err())
	return said
}

// requireIntact opens a file that a fault left behind: everything that was
// acknowledged is there, all of it fits, and the log goes on.
func requireIntact(t *testing.T, path string, acked uint64) (size uint64) {
	t.Helper()
	s, err := ballotstore.Open(ballotstore.Config{Path: path})
	require.NoError(t, err)
	require.NoError(t, s.Verify(nil))
	size = s.Size()
	require.GreaterOrEqual(t, size, acked, "an acknowledged batch is lost")
	require.NoError(t, s.Scan(0, size, func(seq uint64, entry []byte) error {
		require.Equal(t, entryAt(seq, 300), entry)
		return nil
	}))
	pending, err := s.PendingEffects()
	require.NoError(t, err)
	for _, e := range pending {
		require.Less(t, e.Seq, size, "an effect without its entry")
	}
	appendN(t, s, 5)
	require.NoError(t, s.Verify(nil))
	require.NoError(t, s.Close())
	return size
}
