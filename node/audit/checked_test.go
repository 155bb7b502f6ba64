package audit_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

// The signature of a line that was checked before is not checked again; a line that is another, stands in another place or
// comes later is.
func TestCheckedLines(t *testing.T) {
	e := audittest.NewEconomy(t, "checked-1")
	for _, name := range []string{"ann", "ben", "cid"} {
		e.Agent(name)
		e.Pass(time.Second)
	}
	forged := func(i int) [][]byte {
		entry, err := op.DecodeEntry(e.Lines[i])
		require.NoError(t, err)
		entry.Event.Sig[5] ^= 1
		lines := bytes.Split(bytes.TrimSuffix(e.Export(), []byte("\n")), []byte("\n"))
		lines[i] = entry.Marshal()
		return lines
	}
	replay := func(lines [][]byte, checked [][]byte) error {
		l := new(audit.Leaves)
		for _, line := range checked {
			l.Add(line)
		}
		_, err := audit.Replay(context.Background(), bytes.NewReader(bytes.Join(lines, []byte("\n"))), audit.ReplayOptions{Workers: 1, Checked: l})
		return err
	}
	lines := forged(2)
	require.ErrorIs(t, replay(lines, nil), audit.ErrEntry)
	require.NoError(t, replay(lines, lines), "it would be checked again")
	require.ErrorIs(t, replay(lines, e.Lines), audit.ErrEntry, "another line")
	require.ErrorIs(t, replay(lines, lines[:2]), audit.ErrEntry, "a later line")
	require.ErrorIs(t, replay(lines, lines[1:]), audit.ErrEntry, "another place")
}

// Any number of unjust refusals takes each signature to be checked once: what a replay saw of the log counts in the next.
func TestManyUnjustRefusals(t *testing.T) {
	e := audittest.NewEconomy(t, "checked-1")
	e.Agent("ann")
	var list []audit.Answer
	for range 40 {
		e.Pass(time.Second)
		list = append(list, refused(t, e, e.Sign(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: "let me in"}), "created_at", "max-age"))
		e.Pass(time.Second)
		e.Do(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: "another"})
	}
	r := answersOf(t, e.Export(), list...)
	for _, a := range r.Answers {
		require.Equal(t, audit.VerdictUnjust, a.Verdict, a.Statement)
	}
}
