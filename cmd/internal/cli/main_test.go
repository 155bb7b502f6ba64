package cli

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestRunSaysWhatWentWrong(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		text string
	}{
		{nil, ExitOK, ""},
		{errors.New("refused"), ExitFailed, "econx: refused\n"},
		{Usagef("%s is no key", "x"), ExitUsage, "econx: x is no key\n"},
	} {
		var stderr bytes.Buffer
		root := &cobra.Command{Use: "econx", SilenceErrors: true, SilenceUsage: true,
			RunE: func(*cobra.Command, []string) error { return c.err }}
		root.SetErr(&stderr)
		root.SetArgs([]string{})
		require.Equal(t, c.code, Run(context.Background(), root))
		require.Equal(t, c.text, stderr.String())
	}
}
