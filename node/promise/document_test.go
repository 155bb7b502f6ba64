package promise_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// The examples of docs/proofs.md are what they are said to be.
func TestDocumentedExamples(t *testing.T) {
	page, err := os.ReadFile("../../docs/proofs.md")
	require.NoError(t, err)
	parts := strings.Split(string(page), "```\n")
	require.Len(t, parts, 7)
	entry := strings.Split(parts[1], "\n")
	leaf := sha256.Sum256([]byte("\x00" + entry[0]))
	require.Equal(t, hex.EncodeToString(leaf[:]), entry[1])
	decoded, err := op.DecodeEntry([]byte(entry[0]))
	require.NoError(t, err)

	answers := strings.Split(parts[5], "\n")
	key, err := notekey.LogVerifier(answers[0])
	require.NoError(t, err)
	kept, event, err := promise.ParseKept([]byte(answers[1]))
	require.NoError(t, err)
	at := op.Stamp{TimeMs: kept.TimeMs, Height: kept.Height, BlockHash: *kept.Block}
	p, err := promise.Open([]byte(kept.Promise), event, kept.Seq, at, key)
	require.NoError(t, err)
	require.Equal(t, decoded.Marshal(), p.Entry.Marshal())

	kept, event, err = promise.ParseKept([]byte(answers[2]))
	require.NoError(t, err)
	r, err := promise.OpenRefusalOf(event.ID, []byte(kept.Refusal), key)
	require.NoError(t, err)
	require.Equal(t, "proposal", r.Rule)
}

// A signature that only verifiers with the cofactor take is refused by all that reads notes of a log.
func TestCofactoredSignature(t *testing.T) {
	page, err := os.ReadFile("../../docs/proofs.md")
	require.NoError(t, err)
	lines := strings.Split(strings.Split(string(page), "```\n")[3], "\n")
	key, err := notekey.LogVerifier(lines[0])
	require.NoError(t, err)
	heads := make([][]byte, 2)
	for i, line := range lines[1:3] {
		text, err := strconv.Unquote(line)
		require.NoError(t, err)
		heads[i] = []byte(text)
	}
	first, err := logkey.First(lines[0])
	require.NoError(t, err)
	for name, open := range map[string]func([]byte) error{
		"note":       func(msg []byte) error { _, err := note.Open(msg, note.VerifierList(key)); return err },
		"checkpoint": func(msg []byte) error { _, err := anchor.OpenCheckpoint(msg, key.Name(), key); return err },
		"audit":      func(msg []byte) error { _, err := audit.OpenedBy(first.Current().Text, msg); return err },
	} {
		require.NoError(t, open(heads[0]), name)
		require.Error(t, open(heads[1]), name)
	}
}
