package devnet

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// progress runs a shell command under progress.sh.
func progress(t *testing.T, command string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Fatal("make needs a shell, and so does this test: ", err)
	}
	script, err := filepath.Abs("progress.sh")
	require.NoError(t, err)
	return exec.CommandContext(t.Context(), "sh", script, "building it", "sh", "-c", command)
}

// The command goes on until its progress was read, so that no clock decides.
func TestProgressSaysWhatIsCompiled(t *testing.T) {
	read := filepath.Join(t.TempDir(), "read")
	cmd := progress(t, "echo example.org/a >&2; echo example.org/b >&2; until test -e "+read+"; do sleep 0.1; done; echo '# example.org/b' >&2; echo 'b.go:1:1: no' >&2; exit 3")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	complaints, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Regexp(t, `^building it: \d+ s, 2 packages compiled, example.org/b\n$`, line)
	require.NoError(t, os.WriteFile(read, nil, 0o600))
	said, err := io.ReadAll(complaints)
	require.NoError(t, err)
	require.Equal(t, "# example.org/b\nb.go:1:1: no\n", string(said))
	var exit *exec.ExitError
	require.True(t, errors.As(cmd.Wait(), &exit))
	require.Equal(t, 3, exit.ExitCode())
}

func TestProgressPassesOutputOn(t *testing.T) {
	out, err := progress(t, "echo done").Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "done\n")
}
