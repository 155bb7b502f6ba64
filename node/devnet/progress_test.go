package devnet

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// progress runs a shell command, which has a flag, under progress.sh.
func progress(t *testing.T, command, flag string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Fatal("make needs a shell, and so does this test: ", err)
	}
	script, err := filepath.Abs("progress.sh")
	require.NoError(t, err)
	return exec.CommandContext(t.Context(), "sh", script, "building it", "sh", "-c", command, flag)
}

// spoken runs a command that goes on until its progress was read, so that no clock
// decides. It returns the first line of progress, what standard error had after it,
// and standard output.
func spoken(t *testing.T, before, after, flag string) (line, rest, out string, exit error) {
	t.Helper()
	read := filepath.Join(t.TempDir(), "read")
	cmd := progress(t, before+"until test -e "+read+"; do sleep 0.1; done; "+after, flag)
	var stdout strings.Builder
	cmd.Stdout = &stdout
	complaints, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	reader := bufio.NewReader(complaints)
	line, err = reader.ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(read, nil, 0o600))
	remaining, err := io.ReadAll(reader)
	require.NoError(t, err)
	exit = cmd.Wait()
	return line, string(remaining), stdout.String(), exit
}

func TestProgressSaysWhatIsCompiled(t *testing.T) {
	line, rest, out, err := spoken(t, "echo example.org/a >&2; echo example.org/b >&2; ",
		"echo '# example.org/b' >&2; echo 'b.go:1:1: no' >&2; exit 3", "-v")
	require.Regexp(t, `^building it: \d+ s, 2 packages compiled, example.org/b\n$`, line)
	require.Contains(t, rest, "# example.org/b\nb.go:1:1: no\n")
	require.Empty(t, out)
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 3, exit.ExitCode())
}

// go test names no packages on standard error: nothing is known of them.
func TestProgressSaysNothingOfPackagesThatNobodyNames(t *testing.T) {
	line, rest, out, err := spoken(t, "", "echo FAIL >&2; echo tested", "-timeout")
	require.Regexp(t, `^building it: \d+ s\n$`, line)
	require.Contains(t, rest, "FAIL\n")
	require.Equal(t, "tested\n", out)
	require.NoError(t, err)
}

func TestProgressPassesOutputOn(t *testing.T) {
	out, err := progress(t, "echo done", "-v").Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "done\n")
}
