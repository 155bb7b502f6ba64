package archtest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// leftover says what of another piece of work a file still holds: the marks of a merge
// that was not finished, or a failure that rapid wrote down to be replayed.
func leftover(path string, text []byte) string {
	if strings.Contains(path, "testdata/rapid/") && strings.HasSuffix(path, ".fail") {
		return "a recorded failure: mend it, give it a test of its own and remove the file"
	}
	for _, mark := range []byte("<|>") {
		line := append(bytes.Repeat([]byte{mark}, 7), ' ')
		if bytes.HasPrefix(text, line) || bytes.Contains(text, append([]byte{'\n'}, line...)) {
			return "a mark of an unfinished merge: " + string(line)
		}
	}
	return ""
}

// No file holds what was left of work on it.
func TestNothingIsLeftOver(t *testing.T) {
	files := 0
	require.NoError(t, filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == ".build" || d.Name() == "node_modules" || path == "../../results"):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if left := leftover(filepath.ToSlash(path), text); left != "" {
			t.Errorf("%s holds %s", path, left)
		}
		return nil
	}))
	require.Greater(t, files, 100)
}

func TestLeftoversAreFound(t *testing.T) {
	seven := func(mark string) string { return strings.Repeat(mark, 7) }
	for _, text := range []string{seven("<") + " HEAD\nx\n", "x\n" + seven(">") + " 54b67ec (y)", "x\n" + seven("|") + " base\n"} {
		require.NotEmpty(t, leftover("docs/x.md", []byte(text)), text)
	}
	require.NotEmpty(t, leftover("voting/testdata/rapid/TestX/TestX-1.fail", nil))
	for _, text := range []string{"Title\n" + seven("=") + "\n", "a " + seven("<") + " b\n", seven("<") + "\n"} {
		require.Empty(t, leftover("docs/x.md", []byte(text)), text)
	}
	require.Empty(t, leftover("node/testdata/a.fail", nil))
}
