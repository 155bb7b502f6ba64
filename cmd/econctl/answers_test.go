package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/view"
)

// What econd signed is kept beside the key, a line each, in the form that econaudit reads;
// what is not right apart from it. Nothing is kept of an answer without a signature.
func TestSignedAnswersAreKept(t *testing.T) {
	dir := t.TempDir()
	var said bytes.Buffer
	a := &app{stderr: &teller{out: &said}}
	a.cfg.Key = filepath.Join(dir, "key")
	key, err := op.NewSecretKey(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	e := &op.Event{CreatedAt: 1, Kind: op.KindStatement, Content: `{"text":"x"}`, Tags: [][]string{{op.EconomyTag, "x"}}}
	require.NoError(t, e.Sign(key))
	r := view.Receipt{ID: e.ID, Seq: 7, TimeMs: 8, Height: 9, Block: op.Hash{1}, Promise: "c2sp.org/tlog-proof@v1\n"}
	a.keepSigned(e, r, nil)
	a.keepSigned(e, view.Receipt{ID: e.ID}, nil)
	a.keepSigned(e, view.Receipt{}, fmt.Errorf("x: %w", &client.Problem{Status: 409, Proof: "econd-refusal/v1\n"}))
	a.keepSigned(e, view.Receipt{}, &client.Problem{Status: 503})
	raw, err := os.ReadFile(filepath.Join(dir, answersFile))
	require.NoError(t, err)
	lines := bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
	require.Len(t, lines, 2)
	k, got, err := promise.ParseKept(lines[0])
	require.NoError(t, err)
	require.Equal(t, []any{e.ID, r.Seq, r.TimeMs, r.Height, r.Block, r.Promise}, []any{got.ID, k.Seq, k.TimeMs, k.Height, *k.Block, k.Promise})
	k, _, err = promise.ParseKept(lines[1])
	require.NoError(t, err)
	require.Equal(t, "econd-refusal/v1\n", k.Refusal)

	a.keepSigned(e, r, &client.PromiseError{Event: e, Text: r.Promise, Err: promise.ErrOther})
	raw, err = os.ReadFile(filepath.Join(dir, wrongFile))
	require.NoError(t, err)
	_, _, err = promise.ParseKept(bytes.TrimSpace(raw))
	require.NoError(t, err)
	require.Contains(t, said.String(), wrongFile)
}

// A line that was torn spoils no other.
func TestATornAnswerIsEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), answersFile)
	whole := promise.Kept{Event: json.RawMessage(`{"a":1}`), Refusal: "x"}
	require.NoError(t, appendLine(path, whole))
	line, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(bytes.Clone(line), line[:len(line)/2]...), 0o600))
	require.NoError(t, appendLine(path, whole))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(line)+string(line[:len(line)/2])+"\n"+string(line), string(got))
}

// Who gets nothing signed is told so.
func TestUnsignedAnswersAreSaid(t *testing.T) {
	var said bytes.Buffer
	a := &app{stderr: &teller{out: &said}}
	a.cfg.Key = filepath.Join(t.TempDir(), "key")
	e := &op.Event{}
	a.keepSigned(e, view.Receipt{}, &client.Problem{Status: 409, Rule: "register-once"})
	require.Contains(t, said.String(), "refused without a signed word")
	require.NoFileExists(t, filepath.Join(filepath.Dir(a.cfg.Key), answersFile))
	require.Contains(t, done{ID: "00", Kind: "vote"}.line(), "no promise came with it")
	require.NotContains(t, done{ID: "00", Kind: "vote", Promised: true}.line(), "no promise")
}
