package fileerr

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWriteNamesThePathAlone(t *testing.T) {
	_, err := os.CreateTemp(filepath.Join(t.TempDir(), "none"), ".temp-*")
	require.EqualError(t, Write("my.file", err), "write my.file: no such file or directory")
	require.ErrorIs(t, Write("my.file", err), fs.ErrNotExist)
	err = os.Link(filepath.Join(t.TempDir(), ".temp-1"), "x")
	require.EqualError(t, Write("my.file", err), "write my.file: no such file or directory")
	require.EqualError(t, Write("my.file", errors.New("full")), "write my.file: full")
	require.NoError(t, Write("my.file", nil))
}
