package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
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
func refused(t *testing.T, e *audittest.Economy, ev *op.Event, field, rule string) audit.Answer {
	t.Helper()
	return refusedAt(t, e, e.At, ev, field, rule)
}

func refusedAt(t *testing.T, e *audittest.Economy, at op.Stamp, ev *op.Event, field, rule string) audit.Answer {
	t.Helper()
	note, err := promise.Refusal{Origin: ledger.Origin(e.ID), Event: ev.ID, Size: uint64(len(e.Lines)), Root: e.Root(), At: at, Field: field, Rule: rule}.Sign(e.Signer)
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
	short := append(bytes.Join(e.Lines[:2], []byte("\n")), '\n')
	require.Equal(t, audit.VerdictUnknown, answersOf(t, short, honest).Answers[0].Verdict)
}

// What the rules refuse was refused rightly, whatever rule is named; what they let in was
// refused by the operator alone.
func TestRefusalsAreJudgedAgain(t *testing.T) {
	e := audittest.NewEconomy(t, "refusal.0001")
	alice := e.Agent("alice")
	vote := e.Sign(alice, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"})
	good := e.Sign(alice, op.KindStatement, op.Statement{Text: "let me in"})
	right, wrongRule := refused(t, e, vote, "content.proposal", "proposal"), refused(t, e, vote, "content.proposal", "voting-deadline")
	unjust := refused(t, e, good, "created_at", "max-age")
	e.Do(alice, op.KindStatement, op.Statement{Text: "the log goes on"})
	r := answersOf(t, e.Export(), right, wrongRule)
	require.Equal(t, audit.VerdictRight, r.Answers[0].Verdict, r.Answers[0].Statement)
	require.Equal(t, audit.VerdictOther, r.Answers[1].Verdict, r.Answers[1].Statement)
	require.False(t, r.Proven)
	r = answersOf(t, e.Export(), right, unjust)
	require.Equal(t, audit.VerdictUnjust, r.Answers[1].Verdict, r.Answers[1].Statement)
	require.True(t, r.Proven)
}

// A refusal is judged by its stamp, and the operator gives the stamp: it must fit the log.
func TestRefusalsByAStampOfTheOperatorsOwn(t *testing.T) {
	e := audittest.NewEconomy(t, "refusal.0002")
	alice := e.Agent("alice")
	entered := e.Sign(alice, op.KindStatement, op.Statement{Text: "in the log"})
	e.Enter(entered)
	good := e.Sign(alice, op.KindStatement, op.Statement{Text: "let me in"})
	at := func(ms int64, height int) op.Stamp {
		s := e.At
		s.TimeMs, s.Height = s.TimeMs+ms, uint32(int(s.Height)+height)
		return s
	}
	const hour = 3600_000
	answers := map[string]struct {
		a    audit.Answer
		want audit.Verdict
		says string
	}{
		"too late, and it was": {refusedAt(t, e, at(hour+1000, 0), good, "created_at", "max-age"), audit.VerdictRight, ""},
		"too late, ahead of the next entry by more than others may wait in line": {refusedAt(t, e, at(hour+5000+120_001, 0), good, "created_at", "max-age"), audit.VerdictUnjust, "the entry that came after it is of"},
		"ahead by no more":                 {refusedAt(t, e, at(hour+5000+120_000, 0), good, "created_at", "max-age"), audit.VerdictRight, ""},
		"as of a block still to come":      {refusedAt(t, e, at(hour+1000, 1), good, "created_at", "max-age"), audit.VerdictUnjust, "height"},
		"by a stamp before the last":       {refusedAt(t, e, at(-1, 0), good, "time_ms", "sequence"), audit.VerdictUnjust, "about the stamp"},
		"in the log already":               {refused(t, e, entered, "id", "once"), audit.VerdictRight, ""},
		"in the log, as if it were not":    {refused(t, e, entered, "created_at", "max-age"), audit.VerdictUnjust, "it stands in the log"},
		"as if it were in the log":         {refusedAt(t, e, at(hour+1000, 0), good, "id", "once"), audit.VerdictOther, ""},
		"the right rule of another member": {refusedAt(t, e, at(hour+1000, 0), good, "content", "max-age"), audit.VerdictOther, ""},
	}
	e.At.TimeMs += hour + 5000
	e.Do(alice, op.KindStatement, op.Statement{Text: "the log goes on"})
	for name, c := range answers {
		r := answersOf(t, e.Export(), c.a)
		require.Equal(t, c.want, r.Answers[0].Verdict, "%s: %s", name, r.Answers[0].Statement)
		require.Contains(t, r.Answers[0].Statement, c.says, name)
		require.Equal(t, c.want == audit.VerdictUnjust, r.Proven, name)
	}
	// A deadline that passed without its fact is the operator's, too.
	proposal := e.Do(alice, op.KindPropose, op.Propose{Track: "signal", Title: "t", Actions: []op.Raw{}})
	e.At.TimeMs += 25 * hour
	vote := e.Sign(alice, op.KindVote, op.Vote{Proposal: proposal, Choice: "for"})
	due := refused(t, e, vote, "", "deadline")
	r := answersOf(t, e.Export(), due)
	require.Equal(t, audit.VerdictUnjust, r.Answers[0].Verdict, r.Answers[0].Statement)
	// At the end of the log the present tells.
	ahead := refusedAt(t, e, at(10*365*24*hour, 0), good, "created_at", "max-age")
	for now, want := range map[int64]audit.Verdict{0: audit.VerdictRight, e.At.TimeMs: audit.VerdictUnjust} {
		r, err := audit.VerifyAnswers(context.Background(), bytes.NewReader(e.Export()), []audit.Answer{ahead}, audit.ReplayOptions{NowMs: now})
		require.NoError(t, err)
		require.Equal(t, want, r.Answers[0].Verdict, r.Answers[0].Statement)
	}
}

// What an agent keeps is read in its one form.
func TestKeptAnswersAreReadStrictly(t *testing.T) {
	e := audittest.NewEconomy(t, "kept.0001")
	e.Do(e.Agent("alice"), op.KindStatement, op.Statement{Text: "kept"})
	k := promised(t, e, uint64(len(e.Lines)-1)).Kept
	line, err := k.Append(nil)
	require.NoError(t, err)
	_, _, err = promise.ParseKept(line)
	require.NoError(t, err)
	for from, to := range map[string]string{`"seq":2`: `"seq":2,"seq":2`, `"promise":`: `"Promise":`, `"block":"`: `"block":"A`, `"seq":`: `"seq":0`,
		`{"event"`: `{"x":1,"event"`, "}\n": "}]", `"promise":"`: `"refusal":"`} {
		bad := strings.Replace(string(line), from, to, 1)
		require.NotEqual(t, string(line), bad)
		_, _, err := promise.ParseKept([]byte(bad))
		require.Error(t, err, bad)
	}
}

// What the log's key did not sign is no answer of the operator.
func TestForgedAnswersAreRejected(t *testing.T) {
	e := audittest.NewEconomy(t, "forged.0001")
	alice := e.Agent("alice")
	e.Do(alice, op.KindStatement, op.Statement{Text: "kept"})
	other := audittest.NewEconomy(t, "other.0001")
	other.Agent("alice")
	a := promised(t, e, uint64(len(e.Lines)-1))
	r := answersOf(t, other.Export(), a)
	require.Equal(t, audit.VerdictForeign, r.Answers[0].Verdict)
	require.False(t, r.Proven)
	for _, line := range []string{"", "{}", `{"event":{}}`, `{"event":{},"promise":"x"}`, `{"event":{},"refusal":"x","promise":"y"}`, `{"event":{},"refusal":"x"}{}`} {
		_, _, err := promise.ParseKept([]byte(line))
		require.ErrorIs(t, err, promise.ErrFormat, line)
	}
}
