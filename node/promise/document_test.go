package promise_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// The examples of docs/proofs.md are what they are said to be.
func TestDocumentedExamples(t *testing.T) {
	page, err := os.ReadFile("../../docs/proofs.md")
	require.NoError(t, err)
	parts := strings.Split(string(page), "```\n")
	require.Len(t, parts, 5)
	entry := strings.Split(parts[1], "\n")
	leaf := sha256.Sum256([]byte("\x00" + entry[0]))
	require.Equal(t, hex.EncodeToString(leaf[:]), entry[1])
	decoded, err := op.DecodeEntry([]byte(entry[0]))
	require.NoError(t, err)

	answers := strings.Split(parts[3], "\n")
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
