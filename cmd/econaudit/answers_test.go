package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// A line that was torn spoils no other answer; a file without any is refused.
func TestATornLineIsPassedOver(t *testing.T) {
	e := audittest.NewEconomy(t, "torn-1")
	ev := e.Sign(audittest.SecretKey(t, "alice"), op.KindStatement, op.Statement{Text: "x"})
	line, err := promise.Kept{Event: json.RawMessage(ev.Marshal()), Refusal: "x"}.Append(nil)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "answers.ndjson")
	var said bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetErr(&said)
	require.NoError(t, os.WriteFile(path, append(append(bytes.Clone(line[:40]), '\n'), line...), 0o600))
	list, err := readAnswers(cmd, path)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Contains(t, said.String(), "line 1")
	require.NoError(t, os.WriteFile(path, line[:40], 0o600))
	_, err = readAnswers(cmd, path)
	require.ErrorIs(t, err, audit.ErrFormat)
}
