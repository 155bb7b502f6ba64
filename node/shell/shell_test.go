package shell_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/shell"
)

func TestWord(t *testing.T) {
	for text, want := range map[string]string{
		"/a/b_c-1.mac": "/a/b_c-1.mac",
		"":             "''",
		"my file":      "'my file'",
		"it's":         `'it'\''s'`,
		"$(rm)":        "'$(rm)'",
		"a;b":          "'a;b'",
	} {
		require.Equal(t, want, shell.Word(text))
	}
}
