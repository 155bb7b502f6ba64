package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/witness"
)

func judged(t *testing.T, e *audittest.Economy, o audit.ReplayOptions, list ...audit.Answer) audit.AnswersReport {
	t.Helper()
	r, err := audit.VerifyAnswers(context.Background(), bytes.NewReader(e.Export()), list, o)
	require.NoError(t, err)
	return r
}

// refusedBy is a refusal as anybody with the log's key could sign it.
func refusedBy(t *testing.T, e *audittest.Economy, ev *op.Event, size uint64, root [32]byte, at op.Stamp, rule string) audit.Answer {
	t.Helper()
	note, err := promise.Refusal{Origin: ledger.Origin(e.ID), Event: ev.ID, Size: size, Root: root, At: at, Rule: rule}.Sign(e.Signer)
	require.NoError(t, err)
	return reread(t, promise.Kept{Event: json.RawMessage(ev.Marshal()), Refusal: string(note)})
}

// What was signed of more entries than the log has is broken once the log is later than that:
// it can never come to it. Until then nobody knows.
func TestAnswersBeyondTheEnd(t *testing.T) {
	e := audittest.NewEconomy(t, "beyond.0001")
	alice := e.Agent("alice")
	good := e.Sign(alice, op.KindStatement, op.Statement{Text: "let me in"})
	e.Do(alice, op.KindStatement, op.Statement{Text: "promised"})
	late := promised(t, e, uint64(len(e.Lines)-1))
	root := [32]byte{1}
	at := e.At
	far := refusedBy(t, e, good, 1<<40, root, at, "max-age")
	none := refusedBy(t, e, good, 0, root, at, "max-age")
	future := at
	future.TimeMs += 50 * 365 * 24 * 3600_000
	ahead := refusedBy(t, e, good, 1<<40, root, future, "max-age")

	short := audittest.NewEconomy(t, "beyond.0001")
	require.Equal(t, e.Lines[0], short.Lines[0])
	for later, want := range map[time.Duration]audit.Verdict{0: audit.VerdictUnknown, time.Millisecond: audit.VerdictBroken} {
		s := audittest.NewEconomy(t, "beyond.0001")
		s.At.TimeMs = at.TimeMs + later.Milliseconds()
		s.Do(audittest.SecretKey(t, "bob"), op.KindRegister, op.Register{Name: "bob"})
		r := judged(t, s, audit.ReplayOptions{}, late, far, none, ahead)
		for i := range 2 {
			require.Equal(t, want, r.Answers[i].Verdict, "%v: %s", later, r.Answers[i].Statement)
		}
		require.Equal(t, audit.VerdictBroken, r.Answers[2].Verdict, r.Answers[2].Statement)
		require.Equal(t, audit.VerdictUnknown, r.Answers[3].Verdict, r.Answers[3].Statement)
		r = judged(t, s, audit.ReplayOptions{NowMs: s.At.TimeMs}, ahead)
		require.Equal(t, audit.VerdictBroken, r.Answers[0].Verdict, r.Answers[0].Statement)
	}
}

// A promise whose entry stands, under a head that the export does not reach, says so.
func TestPromiseUnderALargerHead(t *testing.T) {
	e := audittest.NewEconomy(t, "larger.0001")
	alice := e.Agent("alice")
	shown := e.Export()
	e.Do(alice, op.KindStatement, op.Statement{Text: "not shown"})
	r := answersOf(t, shown, promised(t, e, 1))
	require.Equal(t, audit.VerdictKept, r.Answers[0].Verdict)
	require.Contains(t, r.Answers[0].Statement, "lacks the last 1 of them")
}

// Whatever the operator did itself, a stamp or a due fact, neither makes a refusal right nor an honest one wrong.
func TestRefusalsBesideTheOperatorsOwnDoing(t *testing.T) {
	e := audittest.NewEconomy(t, "own.0001")
	alice := e.Agent("alice")
	e.Do(alice, op.KindPropose, op.Propose{Track: "signal", Title: "t", Actions: []op.Raw{}})
	at := e.At
	at.TimeMs += 25 * 3600_000
	event := func(content any) *op.Event {
		ev := e.Sign(alice, op.KindStatement, content)
		ev.CreatedAt = at.TimeMs / 1000
		require.NoError(t, ev.Sign(alice))
		return ev
	}
	good, bad := event(op.Statement{Text: "let me in"}), event(op.Raw(`{"unknown":1}`))
	block := at
	block.BlockHash[0] ^= 1
	back := e.At
	back.TimeMs--
	early := e.Sign(alice, op.KindStatement, op.Statement{Text: "now"})
	for name, c := range map[string]struct {
		a    audit.Answer
		want audit.Verdict
	}{
		"malformed, while a close was due":          {refusedAt(t, e, at, bad, "content.unknown", "unknown member"), audit.VerdictRight},
		"let in after the close, by another rule":   {refusedAt(t, e, at, good, "created_at", "max-age"), audit.VerdictUnjust},
		"let in, but for a block that nobody has":   {refusedAt(t, e, block, good, "created_at", "max-age"), audit.VerdictUnjust},
		"let in, but for a stamp that goes back":    {refusedAt(t, e, back, early, "created_at", "max-age"), audit.VerdictUnjust},
		"malformed, by a block that nobody has":     {refusedAt(t, e, block, bad, "content.unknown", "unknown member"), audit.VerdictRight},
		"malformed, refused by a rule of the stamp": {refusedAt(t, e, block, bad, "block", "one-block"), audit.VerdictUnjust},
	} {
		r := answersOf(t, e.Export(), c.a)
		require.Equal(t, c.want, r.Answers[0].Verdict, "%s: %s", name, r.Answers[0].Statement)
	}
}

// Each answer is judged for itself: an unjust refusal hides no other answer, and a line of another
// log spoils no file.
func TestAnswersAreJudgedOneByOne(t *testing.T) {
	e, o, other := audittest.NewEconomy(t, "each.0001"), audittest.NewEconomy(t, "each.0001"), audittest.NewEconomy(t, "each.0002")
	alice := e.Agent("alice")
	foreign := promised(t, other, uint64(len(other.Lines)-1))
	first := refused(t, e, e.Sign(alice, op.KindStatement, op.Statement{Text: "let me in"}), "created_at", "max-age")
	second := refused(t, e, e.Sign(alice, op.KindStatement, op.Statement{Text: "me, too"}), "created_at", "max-age")
	right := refused(t, e, e.Sign(alice, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "content.proposal", "proposal")
	o.Agent("alice")
	o.Do(alice, op.KindStatement, op.Statement{Text: "promised"})
	broken := promised(t, o, uint64(len(o.Lines)-1))
	e.Do(alice, op.KindStatement, op.Statement{Text: "instead"})
	kept := promised(t, e, 1)
	list := []audit.Answer{first, foreign, broken, second, right, kept}
	want := []audit.Verdict{audit.VerdictUnjust, audit.VerdictForeign, audit.VerdictBroken, audit.VerdictUnjust, audit.VerdictRight, audit.VerdictKept}
	r := judged(t, e, audit.ReplayOptions{Checkpoint: e.Checkpoint()}, list...)
	for i, a := range r.Answers {
		require.Equal(t, want[i], a.Verdict, a.Statement)
	}
	require.True(t, r.Proven && r.Conclusive)
	require.EqualValues(t, len(e.Lines), r.Entries)
	require.NotContains(t, strings.Join(r.RestsOn, "\n"), "(--checkpoint)")
	require.Contains(t, r.Answers[1].Statement, `it is of economy "each.0002"`)

	// The head that an answer is under covers the log as a checkpoint does.
	require.True(t, judged(t, e, audit.ReplayOptions{}, broken, kept).Conclusive)
	alone := judged(t, e, audit.ReplayOptions{}, broken)
	require.True(t, alone.Proven)
	require.False(t, alone.Conclusive)
	require.Contains(t, strings.Join(alone.RestsOn, "\n"), "(--checkpoint)")
	require.False(t, judged(t, e, audit.ReplayOptions{}, foreign).Proven)

	// Premises hold whatever an answer is.
	_, err := audit.VerifyAnswers(context.Background(), bytes.NewReader(e.Export()), list, audit.ReplayOptions{Checkpoint: []byte("rubbish")})
	require.ErrorIs(t, err, audit.ErrCheckpoint)
	_, err = audit.VerifyAnswers(context.Background(), bytes.NewReader(e.Export()), list, audit.ReplayOptions{Options: audit.Options{RequireAnchor: true}})
	require.ErrorIs(t, err, audit.ErrAnchor)

	// What is wrong further on takes nothing from what was signed before.
	spoilt := append(e.Export(), "{}\n"...)
	r, err = audit.VerifyAnswers(context.Background(), bytes.NewReader(spoilt), list, audit.ReplayOptions{})
	require.NoError(t, err)
	require.True(t, r.Proven && r.Conclusive)
	_, err = audit.VerifyAnswers(context.Background(), bytes.NewReader(spoilt), []audit.Answer{kept, right}, audit.ReplayOptions{})
	require.ErrorIs(t, err, audit.ErrFormat)
}

// What the log says was lost is called lost, no more: under the head that it names or a smaller one,
// signed before it went on.
func TestAnswersOfALostEnd(t *testing.T) {
	e := audittest.NewEconomy(t, "lost.0001")
	alice := e.Agent("alice")
	backup := len(e.Lines)
	vote := e.Sign(alice, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"})
	var list []audit.Answer
	for i := range 3 {
		e.Pass(time.Minute)
		e.Do(alice, op.KindStatement, op.Statement{Text: fmt.Sprint("lost ", i)})
		list = append(list, promised(t, e, uint64(backup)), refused(t, e, vote, "content.proposal", "proposal"))
	}
	named, namedRoot := uint64(len(e.Lines)), op.Hash(e.Root())
	e.Pass(time.Second)
	e.Do(alice, op.KindStatement, op.Statement{Text: "never signed"})
	more := promised(t, e, uint64(backup))

	restored := func(size uint64, root op.Hash, later time.Duration) *audittest.Economy {
		o := audittest.NewEconomy(t, "lost.0001")
		o.Agent("alice")
		o.Do(o.Operator, op.KindReconciled, op.Reconciled{Decision: op.DecidedRestored, Size: size, Root: root, Note: "disk died"})
		o.Pass(later)
		o.Do(alice, op.KindStatement, op.Statement{Text: "life goes on"})
		o.Pass(time.Hour)
		o.Do(alice, op.KindStatement, op.Statement{Text: "and on"})
		return o
	}
	o := restored(named, namedRoot, time.Hour)
	r := judged(t, o, audit.ReplayOptions{Checkpoint: o.Checkpoint()}, list...)
	for _, a := range r.Answers {
		require.Equal(t, audit.VerdictLost, a.Verdict, a.Statement)
		require.Contains(t, a.Statement, "disk died")
	}
	require.False(t, r.Proven)
	for name, c := range map[string]struct {
		log *audittest.Economy
		a   audit.Answer
	}{
		"over more entries than were ever signed": {o, more},
		"of another head than the one named":      {restored(named, op.Hash{1}, time.Hour), list[5]},
		"signed after the log went on":            {restored(named, namedRoot, 0), list[5]},
	} {
		require.Equal(t, audit.VerdictBroken, judged(t, c.log, audit.ReplayOptions{}, c.a).Answers[0].Verdict, name)
	}
	// Below the backup nothing was lost.
	within := promised(t, func() *audittest.Economy {
		x := audittest.NewEconomy(t, "lost.0001")
		x.Do(audittest.SecretKey(t, "bob"), op.KindRegister, op.Register{Name: "bob"})
		return x
	}(), 1)
	require.Equal(t, audit.VerdictBroken, judged(t, o, audit.ReplayOptions{}, within).Answers[0].Verdict)
}

// With a policy an answer counts under a cosigned head: its own, or one that covers it.
func TestAnswersAndAPolicy(t *testing.T) {
	e := audittest.NewEconomy(t, "policy.0001")
	alice := e.Agent("alice")
	w, err := witness.NewSigner("w.example/1", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32)))
	require.NoError(t, err)
	policy, err := witness.ParsePolicy([]byte("log " + e.LogKey + "\nwitness W1 " + w.Verifier().Key().String() + "\nquorum W1\n"))
	require.NoError(t, err)
	line, err := w.Cosign(e.Head().Body(), e.At.TimeMs/1000)
	require.NoError(t, err)
	cosigned, err := anchor.AddCosignatures(e.Checkpoint(), string(line))
	require.NoError(t, err)
	under := func(note []byte) audit.Answer {
		k := promised(t, e, 1).Kept
		k.Promise = string(anchor.AppendInclusion(nil, 1, e.Path(1), note))
		return reread(t, k)
	}
	stray, err := w.Cosign([]byte("econd/policy.0001\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), 5)
	require.NoError(t, err)
	forgedNote, err := anchor.AddCosignatures(e.Checkpoint(), string(stray))
	require.NoError(t, err)
	bare, good, forged := under(e.Checkpoint()), under(cosigned), under(forgedNote)
	right := refused(t, e, e.Sign(alice, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "content.proposal", "proposal")
	o := audit.ReplayOptions{Options: audit.Options{Policy: policy}}
	verdicts := func(o audit.ReplayOptions, list ...audit.Answer) (all []audit.Verdict) {
		r := judged(t, e, o, list...)
		require.False(t, r.Proven)
		for _, a := range r.Answers {
			all = append(all, a.Verdict)
		}
		return all
	}
	const kept, not = audit.VerdictKept, audit.VerdictUnwitnessed
	require.Equal(t, []audit.Verdict{kept}, verdicts(o, good))
	require.Equal(t, []audit.Verdict{not, not, not}, verdicts(o, bare, forged, right))
	require.Equal(t, []audit.Verdict{kept, kept, audit.VerdictRight}, verdicts(o, bare, good, right), "a cosigned head of this log covers them")
	o.Checkpoint = cosigned
	require.Equal(t, []audit.Verdict{kept, kept, audit.VerdictRight}, verdicts(o, bare, forged, right))
	o.Checkpoint = e.Checkpoint()
	_, err = audit.VerifyAnswers(context.Background(), bytes.NewReader(e.Export()), []audit.Answer{good}, o)
	require.ErrorIs(t, err, audit.ErrWitness)
	stranger, err := witness.ParsePolicy([]byte("log " + audittest.NewEconomy(t, "policy.0002").LogKey + "\nwitness W1 " + w.Verifier().Key().String() + "\nquorum W1\n"))
	require.NoError(t, err)
	_, err = audit.VerifyAnswers(context.Background(), bytes.NewReader(e.Export()), []audit.Answer{good}, audit.ReplayOptions{Options: audit.Options{Policy: stranger}})
	require.ErrorIs(t, err, audit.ErrWitness)
}
