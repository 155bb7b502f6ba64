package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// promised is what an agent keeps of the answer to an entry.
func promised(t *testing.T, e *audittest.Economy, seq uint64) audit.Answer {
	t.Helper()
	entry, err := op.DecodeEntry(e.Lines[seq])
	require.NoError(t, err)
	block := op.Hash(entry.Stamp.BlockHash)
	k := promise.Kept{Event: json.RawMessage(entry.Event.Marshal()), Seq: seq, TimeMs: entry.Stamp.TimeMs, Height: entry.Stamp.Height, Block: &block,
		Promise: string(anchor.AppendInclusion(nil, int64(seq), e.Path(seq), e.Checkpoint()))}
	return reread(t, k)
}

// reread sends an answer through its file.
func reread(t *testing.T, k promise.Kept) audit.Answer {
	t.Helper()
	line, err := k.Append(nil)
	require.NoError(t, err)
	kept, event, err := promise.ParseKept(bytes.TrimSuffix(line, []byte("\n")))
	require.NoError(t, err)
	return audit.Answer{Event: event, Kept: kept}
}

// refused is what an agent keeps of a refusal at the present head.
func refused(t *testing.T, e *audittest.Economy, ev *op.Event, rule string) audit.Answer {
	t.Helper()
	last, err := op.DecodeEntry(e.Lines[len(e.Lines)-1])
	require.NoError(t, err)
	note, err := promise.Refusal{Origin: ledger.Origin(e.ID), Event: ev.ID, Size: uint64(len(e.Lines)), Root: e.Root(), At: last.Stamp, Rule: rule}.Sign(e.Signer)
	require.NoError(t, err)
	return reread(t, promise.Kept{Event: json.RawMessage(ev.Marshal()), Refusal: string(note)})
}

func answersOf(t *testing.T, export []byte, list ...audit.Answer) audit.AnswersReport {
	t.Helper()
	r, err := audit.VerifyAnswers(context.Background(), bytes.NewReader(export), list, audit.ReplayOptions{})
	require.NoError(t, err)
	return r
}

// A promise holds in the log that was promised, also once it grew; where the entry was
// dropped and the rest signed again, it is broken.
func TestPromisesAreHeldAgainstTheLog(t *testing.T) {
	e := audittest.NewEconomy(t, "promise.0001")
	alice := e.Agent("alice")
	e.Do(alice, op.KindStatement, op.Statement{Text: "kept"})
	honest := promised(t, e, uint64(len(e.Lines)-1))
	before := e.Export()
	e.Do(alice, op.KindStatement, op.Statement{Text: "later"})
	for _, export := range [][]byte{before, e.Export()} {
		r := answersOf(t, export, honest)
		require.Equal(t, audit.VerdictKept, r.Answers[0].Verdict, r.Answers[0].Statement)
		require.False(t, r.Proven)
	}
	other := audittest.NewEconomy(t, "promise.0001")
	bob := other.Agent("alice")
	other.Do(bob, op.KindStatement, op.Statement{Text: "instead"})
	r := answersOf(t, other.Export(), honest)
	require.Equal(t, audit.VerdictBroken, r.Answers[0].Verdict)
	require.True(t, r.Proven)
	short := bytes.Join(e.Lines[:2], []byte("\n"))
	require.Equal(t, audit.VerdictUnknown, answersOf(t, append(short, '\n'), honest).Answers[0].Verdict)
}

// What the rules refuse was refused rightly, whatever rule is named; what they let in was
// refused by the operator alone.
func TestRefusalsAreJudgedAgain(t *testing.T) {
	e := audittest.NewEconomy(t, "refusal.0001")
	alice := e.Agent("alice")
	vote := e.Sign(alice, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"})
	good := e.Sign(alice, op.KindStatement, op.Statement{Text: "let me in"})
	right, wrongRule := refused(t, e, vote, "proposal"), refused(t, e, vote, "voting-deadline")
	unjust := refused(t, e, good, "max-age")
	e.Do(alice, op.KindStatement, op.Statement{Text: "the log goes on"})
	r := answersOf(t, e.Export(), right, wrongRule)
	require.Equal(t, audit.VerdictRight, r.Answers[0].Verdict, r.Answers[0].Statement)
	require.Equal(t, audit.VerdictOther, r.Answers[1].Verdict, r.Answers[1].Statement)
	require.False(t, r.Proven)
	r = answersOf(t, e.Export(), right, unjust)
	require.Equal(t, audit.VerdictUnjust, r.Answers[1].Verdict, r.Answers[1].Statement)
	require.True(t, r.Proven)
}

// What the log's key did not sign is no answer of the operator.
func TestForgedAnswersAreRejected(t *testing.T) {
	e := audittest.NewEconomy(t, "forged.0001")
	alice := e.Agent("alice")
	e.Do(alice, op.KindStatement, op.Statement{Text: "kept"})
	other := audittest.NewEconomy(t, "other.0001")
	other.Agent("alice")
	a := promised(t, e, uint64(len(e.Lines)-1))
	_, err := audit.VerifyAnswers(context.Background(), bytes.NewReader(other.Export()), []audit.Answer{a}, audit.ReplayOptions{})
	require.ErrorIs(t, err, audit.ErrCheckpoint)
	for _, line := range []string{"", "{}", `{"event":{}}`, `{"event":{},"promise":"x"}`, `{"event":{},"refusal":"x","promise":"y"}`, `{"event":{},"refusal":"x"}{}`} {
		_, _, err := promise.ParseKept([]byte(line))
		require.ErrorIs(t, err, promise.ErrFormat, line)
	}
}
