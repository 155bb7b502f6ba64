package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/witness"
)

// files is a story as an auditor holds it: files in a folder.
type files struct {
	*audittest.Story
	dir string
}

func newFiles(t *testing.T) files {
	f := files{audittest.NewStory(t), t.TempDir()}
	proof := f.AnchorOf(6)
	raw, err := proof.Encode()
	require.NoError(t, err)
	ballot, err := f.State.ProveBallot(f.Passed, f.Agents[0].Public())
	require.NoError(t, err)
	piece := func(seq uint64) audit.Piece { return audit.Piece{Line: f.Lines[seq], Path: f.Path(seq)} }
	bundleUnder := func(p *anchor.Proof) []byte {
		b, err := audit.Build(audit.Pieces{Genesis: piece(0), Vote: piece(ballot.Ballot.Seq), Close: piece(ballot.CloseSeq), Last: piece(uint64(len(f.Lines) - 1)),
			Ballot: ballot, Checkpoint: f.Checkpoint(), Anchor: p})
		require.NoError(t, err)
		data, err := b.Marshal()
		require.NoError(t, err)
		return data
	}
	bundle, young := bundleUnder(proof), f.AnchorOf(2)
	youngRaw, err := young.Encode()
	require.NoError(t, err)
	in := anchor.Inclusion{Index: 3, Checkpoint: f.Checkpoint()}
	for _, h := range f.Path(3) {
		in.Path = append(in.Path, tlog.Hash(h))
	}
	raised, raisedHead, raisedForged := raisedLog(f)
	policy, cosigned := witnessed(t, f)
	inCosigned := in
	inCosigned.Checkpoint = cosigned
	decoded, err := audit.Decode(bundle)
	require.NoError(t, err)
	decoded.Checkpoint = string(cosigned)
	cosignedBundle, err := decoded.Marshal()
	require.NoError(t, err)
	anchored, anchors, second, anchoredHead := anchoredLog(f)
	for name, data := range map[string][]byte{
		"anchored.log":          anchored,
		"anchors":               anchors,
		"anchored.checkpoint":   anchoredHead,
		"other.checkpoint":      otherHead(f, int64(bytes.Count(anchored, []byte("\n")))),
		"second":                second,
		"policy":                policy,
		"cosigned-checkpoint":   cosigned,
		"cosigned.json":         cosignedBundle,
		"3-cosigned.tlog-proof": inCosigned.Encode(),
		"raised.log":            raised,
		"raised.checkpoint":     raisedHead,
		"raised-forged.log":     raisedForged,
		"bundle.json":           bundle,
		"anchor.json":           raw,
		"young.json":            bundleUnder(young),
		"export.log":            f.Export(),
		"checkpoint":            f.Checkpoint(),
		"headers":               headerLines(t),
		"3.tlog-proof":          in.Encode(),
		"young-anchor.json":     youngRaw,
		"4.json":                append(slices.Clone(f.Lines[4]), '\n'),
		"3.json":                append(slices.Clone(f.Lines[3]), '\n'),
		"changed.json":          bytes.Replace(bundle, []byte(`"choice": "for"`), []byte(`"choice": "against"`), 1),
		"newer.log":             f.NewerGenesis(),
		"dropped.log":           bytes.Join(slices.Delete(slices.Clone(f.Lines), 30, 31), []byte("\n")),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(f.dir, name), data, 0o600))
	}
	return f
}

// witnessed is a policy that asks for one witness, and the checkpoint with its cosignature.
func witnessed(t *testing.T, f files) (policy, checkpoint []byte) {
	w, err := witness.NewSigner("w.example/1", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)))
	require.NoError(t, err)
	text, _, _ := bytes.Cut(f.Checkpoint(), []byte("\n\n"))
	line, err := w.Cosign(append(text, '\n'), 1_700_010_800)
	require.NoError(t, err)
	checkpoint, err = anchor.AddCosignatures(f.Checkpoint(), string(line))
	require.NoError(t, err)
	return fmt.Appendf(nil, "log %s\nwitness W1 %s\nquorum W1\n", f.LogKey, w.Verifier().Key()), checkpoint
}

// raisedLog is the story's log going on by newer rules, its checkpoint, and the log with a
// signature forged behind the entry that speaks of them.
func raisedLog(f files) (log, checkpoint, forged []byte) {
	e := *f.Economy
	e.Lines = slices.Clone(e.Lines)
	e.Newer(f.Agents[0])
	for _, key := range f.Agents {
		e.Unruled(e.Sign(key, op.KindLockStake, op.LockStake{AmountSat: 600}))
	}
	log, checkpoint = e.Export(), e.Checkpoint()
	last := bytes.LastIndex(log, []byte(`"sig":"`)) + len(`"sig":"`)
	forged = bytes.Clone(log)
	forged[last] = '0' + (forged[last]-'0'+1)%10
	return log, checkpoint, forged
}

// anchoredLog is the story's log with two anchors, their proofs, and these with one of a
// second line.
func anchoredLog(f files) (log, anchors, second, head []byte) {
	story := audittest.NewStory(f.TB)
	line := story.NewLine("first coin")
	line.Anchor(6)
	line.Anchor(6)
	log = story.Export()
	beside := *line
	encode := func(proofs []*anchor.Proof) (out []byte) {
		for _, p := range proofs {
			raw, err := p.Encode()
			require.NoError(f.TB, err)
			out = append(append(out, raw...), '\n')
		}
		return out
	}
	other := story.NewLine("another coin")
	other.Join(&beside)
	return log, encode(line.Proofs), encode(append(slices.Clone(line.Proofs), other.Mine(story.Head(), 6))), story.Checkpoint()
}

// otherHead is a checkpoint over so many entries that no log has.
func otherHead(f files, size int64) []byte {
	c := f.Head()
	c.Size = size
	head, err := anchor.SignCheckpoint(c, f.Signer)
	require.NoError(f.TB, err)
	return head
}

func headerLines(t *testing.T) []byte {
	var text bytes.Buffer
	for _, h := range audittest.Headers(2) {
		var raw bytes.Buffer
		require.NoError(t, h.Serialize(&raw))
		fmt.Fprintf(&text, "%x\n", raw.Bytes())
	}
	return text.Bytes()
}

// econaudit runs a command line in which @name stands for a file.
func (f files) econaudit(args ...string) (code int, out, errs string) {
	for i, a := range args {
		if name, ok := strings.CutPrefix(a, "@"); ok {
			args[i] = filepath.Join(f.dir, name)
		}
	}
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, bytes.NewReader(f.Export()), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestCommands(t *testing.T) {
	f := newFiles(t)
	tip := fmt.Sprintf("%x@%d", []byte(f.AnchorOf(6).Tip), audittest.AnchorHeight+5)
	released, forfeited := audittest.PreimageOf(f.Released).String(), audittest.PreimageOf(f.Vetoed).String()
	locked := audittest.PreimageOf(f.Locked).String()
	for _, c := range []struct {
		args string
		code int
		says string // on either stream
	}{
		{"verify @bundle.json", exitOK, "PROVED"},
		{"verify @bundle.json", exitOK, "proof of work unanchored"},
		{"verify @bundle.json --trust-header " + tip, exitOK, "headers include a given block: " + tip},
		{"verify @bundle.json --require-anchor --log-key " + f.LogKey + " --operator " + f.Operator.Public().String(), exitOK, "those you named"},
		{"verify @bundle.json", exitOK, "Claimed, not proved:\n  Transaction"},
		{"verify @bundle.json --require-trust", exitRejected, "proof of work unanchored"},
		{"verify @bundle.json --require-trust --trust-header " + tip, exitOK, "regtest, not Bitcoin: headers include a given block"},
		{"verify @bundle.json --trust-header " + strings.Replace(tip, "@705", "@706", 1), exitRejected, "nothing was held against it: their heights are [700 to 705]"},
		{"verify @bundle.json --network mainnet", exitRejected, "the log is anchored in regtest, expected mainnet"},
		{"verify @bundle.json --network regtest", exitOK, "PROVED"},
		{"verify @bundle.json --network moon", exitUsage, "--network"},
		{"replay @export.log --require-trust", exitRejected, "nothing reaches a block that you trust"},
		{"replay @export.log --network signet", exitRejected, "expected signet"},
		{"replay @export.log --trust-header " + tip, exitRejected, "nothing was held against it"},
		{"replay @export.log --checkpoint @checkpoint --anchor @anchor.json --require-trust --trust-header " + tip, exitOK, "commits to it"},
		{"line @anchored.log @anchors --require-trust", exitRejected, "proof of work unanchored"},
		{"verify @young.json", exitOK, "2 confirmations, fewer than the 6 asked by default"},
		{"verify @young.json --require-anchor", exitRejected, "too few confirmations: 2, want 6"},
		{"verify @young.json --require-anchor --confirmations 2", exitOK, "under 2 confirmations"},
		{"verify @young.json --confirmations 3", exitRejected, "too few confirmations: 2, want 3"},
		{"replay @export.log --checkpoint @checkpoint --anchor @young-anchor.json", exitOK, "fewer than the 6 asked by default"},
		{"replay @export.log --checkpoint @checkpoint --anchor @young-anchor.json --require-anchor", exitRejected, "too few confirmations"},
		{"proof @3.tlog-proof --entry @3.json --network regtest --anchor @young-anchor.json --log-key " + f.LogKey, exitOK, "fewer than the 6"},
		{"verify @bundle.json --confirmations 7", exitRejected, "too few confirmations"},
		{"verify @bundle.json --economy demo-2", exitRejected, "demo-2"},
		{"verify @changed.json", exitRejected, `REJECTED: ballot.choice: is "against", the vote says "for"`},
		{"verify @export.log", exitUnjudged, "bundle"},
		{"verify @nowhere.json", exitUnjudged, "nowhere.json"},
		{"verify", exitUsage, "is called as: econaudit verify"},
		{"verify @bundle.json --trust-header x", exitUsage, "--trust-header"},
		{"verify @bundle.json --log-key x", exitUsage, "--log-key"},
		{"verify @bundle.json --operator x", exitUsage, "--operator"},
		{"verify @bundle.json --confirmations 0", exitUsage, "--confirmations"},
		{"verify @cosigned.json --policy @policy", exitOK, "Cosigned by W1 at 2023-11-15T01:13:20Z, which is the quorum \"W1\" of your policy."},
		{"verify @cosigned.json", exitOK, "1 signatures on the checkpoint are by unknown keys and were not checked"},
		{"verify @bundle.json --policy @policy", exitRejected, "the cosignature of witness \"W1\" (w.example/1) is missing"},
		{"verify @bundle.json --policy @export.log", exitUnjudged, "policy, line 1"},
		{"verify @bundle.json --policy @nowhere", exitUnjudged, "nowhere"},
		{"nothing", exitUsage, "has no command"},

		{"replay @export.log", exitOK, "nothing shows that the end was not cut off"},
		{"replay - --checkpoint @checkpoint", exitOK, "reaches the signed checkpoint"},
		{"replay @export.log --checkpoint @checkpoint --anchor @anchor.json", exitOK, "Claimed, not proved: regtest, which is not Bitcoin, commits to it"},
		{"replay @export.log --anchor @anchor.json", exitUsage, "without the checkpoint"},
		{"replay @export.log --checkpoint @cosigned-checkpoint --policy @policy", exitOK, "Cosigned by witness W1 at 2023-11-15T01:13:20Z."},
		{"replay @export.log --checkpoint @checkpoint --policy @policy", exitRejected, "\"W1\" (w.example/1) is missing"},
		{"replay @export.log --policy @policy", exitRejected, "nothing that witnesses could have cosigned"},
		{"replay @newer.log", exitUnjudged, "econaudit: line 1: entry 0, genesis by"},
		{"replay @newer.log", exitUnjudged, fmt.Sprintf("knows the rules up to version %d; a newer one is needed", constitution.NewestRules)},
		{"replay @raised.log", exitUnjudged, "No econd of this version lets such an entry in"},
		{"replay @raised.log --checkpoint @raised.checkpoint", exitUnjudged, "proved; entries"},
		{"replay @raised.log --checkpoint @checkpoint", exitUnjudged, "reaches the checkpoint of size"},
		{"replay @raised.log --checkpoint @3.json", exitUnjudged, "checkpoint"},
		{"replay @raised-forged.log", exitRejected, "REJECTED: line"},
		{"replay @raised-forged.log", exitRejected, "sig: does not verify"},
		{"replay @export.log --checkpoint @raised.checkpoint", exitRejected, "6 at the end are missing"},
		{"theft --export @raised.log --preimage " + released, exitUnjudged, "cannot be judged by this program"},
		{"theft --export @raised-forged.log --preimage " + released, exitRejected, "sig: does not verify"},
		{"replay @dropped.log", exitRejected, "REJECTED: line 31: entry 30 is missing"},
		{"replay @export.log --checkpoint @3.json", exitUnjudged, "checkpoint"},

		{"replay @export.log --headers @headers@499", exitRejected, "is not that of height 500 in the chain given"},
		{"replay @export.log --headers @headers@499 --lenient", exitOK, "is not that of height 500 in the chain given"},
		{"replay @export.log --now 2033-11-14T00:00:00Z", exitOK, "NOT ENTERED: epoch fact that was due at"},
		{"replay @export.log --now 1500000000", exitRejected, "more than two hours after now"},
		{"replay @export.log --now 1500000000 --lenient", exitOK, "entries have stamps that do not fit"},
		{"replay @export.log --now yesterday", exitUsage, "--now"},
		{"replay @export.log --headers @headers@600", exitRejected, "more than two hours after block 600"},
		{"replay @export.log --headers @headers@600 --lenient", exitOK, "0 are in the chain given, 0 were replaced"},
		{"replay @export.log --headers @headers", exitUsage, "--headers"},
		{"replay @export.log --headers @checkpoint@600", exitUnjudged, "line 1 is not a header"},

		{"line @anchored.log @anchors", exitOK, "2 anchors from height 701 to 707 of regtest, which is not Bitcoin, are one line"},
		{"line @anchored.log @anchors", exitOK, "outputs that begin with 6a2845434e31"},
		{"line @anchored.log @anchor.json", exitRejected, "its proof is not among those given"},
		{"line @export.log @anchors", exitRejected, "commits to no beginning of these"},
		{"line @export.log @bundle.json", exitOK, "1 anchors from height 700"},
		{"line @export.log @young.json --confirmations 3", exitRejected, "too few confirmations"},
		{"line @anchored.log @second", exitRejected, "gap in the line of anchors"},
		{"line @anchored.log @checkpoint", exitUnjudged, "document 1"},
		{"line @anchored.log", exitUsage, "is called as: econaudit line"},
		{"replay @anchored.log --line @anchors --checkpoint @checkpoint --anchor @anchor.json", exitRejected, "it stands beside it"},
		{"equivocation @checkpoint @anchored.checkpoint @other.checkpoint @export.log --log-key " + f.LogKey, exitOK, "EQUIVOCATION PROVED"},
		{"equivocation @checkpoint @anchored.checkpoint @other.checkpoint --log-key " + f.LogKey + " --out @proof.json", exitOK, "signed two histories"},
		{"equivocation @proof.json", exitOK, "EQUIVOCATION PROVED"},
		{"equivocation @proof.json --log-key econd/demo-1+2014b042+AYFVkin2nOI6W6i+dJtziq0/2MtsnTyaNS/FF32ZBbVL", exitUsage, "--log-key"},
		{"equivocation @checkpoint @anchored.checkpoint @anchored.log", exitRejected, "as far as these files show, the export among them"},
		{"equivocation @checkpoint @anchored.checkpoint", exitUsage, "log key: must be named"},
		{"equivocation @bundle.json", exitUnjudged, "econaudit: "},
		{"equivocation", exitUsage, "is called as"},
		{"replay @anchored.log --line @anchors", exitOK, "are one line"},
		{"replay @anchored.log --line @second", exitRejected, "gap in the line of anchors"},
		{"replay @export.log --checkpoint @checkpoint --anchor @anchor.json", exitOK, "nothing shows that it is one of the log's only line"},
		{"verify @bundle.json --line @anchors", exitRejected, "it stands beside it"},
		{"verify @bundle.json --line @anchor.json", exitOK, "PROVED"},

		{"theft --export @export.log --preimage " + released, exitOK, "THEFT PROVED"},
		{"theft --export @export.log --preimage " + locked, exitOK, "AS FAR AS THIS LOG REACHES"},
		{"theft --export @export.log --preimage " + forfeited, exitRejected, "was declared forfeited by entry"},
		{"theft --export @export.log --preimage 00", exitUsage, "--preimage"},
		{"theft --preimage " + released, exitUsage, "--export"},
		{"theft --export @export.log --preimage " + released + " --invoice lnbc1", exitOK, "THEFT PROVED"},
		{"theft --export @export.log --invoice lnbc1 --preimage " + strings.Repeat("00", 32), exitRejected, "invoice"},
		{"theft --export @export.log --event @3.json --preimage " + released, exitUsage, "--event is of use with --invoice alone"},

		{"proof @3.tlog-proof --entry @3.json --log-key " + f.LogKey, exitOK, "Entry 3, a"},
		{"proof @3.tlog-proof --entry @3.json --network regtest --anchor @anchor.json --log-key " + f.LogKey, exitOK, "of regtest, which is not Bitcoin, commits to that checkpoint"},
		{"proof @3-cosigned.tlog-proof --entry @3.json --policy @policy --log-key " + f.LogKey, exitOK, "Cosigned by W1"},
		{"proof @3.tlog-proof --entry @3.json --policy @policy --log-key " + f.LogKey, exitRejected, "is missing"},
		{"proof @3.tlog-proof --entry @checkpoint --log-key " + f.LogKey, exitUnjudged, "entry"},
		{"proof @3.tlog-proof --entry @3.json", exitUsage, "--log-key"},
	} {
		code, out, errs := f.econaudit(strings.Fields(c.args)...)
		require.Equal(t, c.code, code, c.args+"\n"+out+errs)
		require.Contains(t, out+errs, c.says, c.args)

		code, out, _ = f.econaudit(append(strings.Fields(c.args), "--json")...)
		require.Equal(t, c.code, code, c.args)
		if code == exitUsage && out == "" {
			continue
		}
		var answer struct {
			OK   *bool `json:"ok"`
			Code int
		}
		require.NoError(t, json.Unmarshal([]byte(out), &answer), c.args+out)
		require.Equal(t, code == exitOK, *answer.OK, c.args)
		require.Equal(t, code, answer.Code, c.args)
	}
}

// standingOf proves the standing of an agent in a log by version 2 of the rules.
func standingOf(t *testing.T) *audit.Standing {
	c := audittest.Constitution()
	c.Version = constitution.RulesHeaders
	e := audittest.NewEconomyBy(t, audittest.EconomyID, c)
	e.EnterHeaders(0, headers.Mine([32]byte{}, e.At.TimeMs/1000-12*600, 600, 12, 0))
	agent := e.Agent("a")
	e.Pass(3 * time.Hour)
	found, err := e.State.FindStanding(agent.Public())
	require.NoError(t, err)
	all, err := e.State.Standings()
	require.NoError(t, err)
	piece := func(seq uint64) audit.Piece { return audit.Piece{Line: e.Lines[seq], Path: e.Path(seq)} }
	s, err := audit.BuildStanding(audit.StandingPieces{Genesis: piece(0), Epoch: piece(found.Seq), Last: piece(uint64(len(e.Lines) - 1)),
		Standing: found, Path: all.Tree().Path(found.Index), Checkpoint: e.Checkpoint()})
	require.NoError(t, err)
	_, err = s.Verify(audit.Options{})
	require.NoError(t, err)
	return s
}

// Each command tells what is false from a call that is wrong, and from a file that is not there or
// is another one.
func TestExitCodes(t *testing.T) {
	f := newFiles(t)
	name := func(of string) string { return filepath.Join(f.dir, of) }
	preimage := audittest.PreimageOf(f.Released).String()
	ev := f.Sign(f.Agents[0], op.KindStatement, op.Statement{Text: "x"})
	line, err := promise.Kept{Event: json.RawMessage(ev.Marshal()), Refusal: "x"}.Append(nil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name("answers"), line, 0o600))
	key := " --log-key " + f.LogKey
	standing := standingOf(t)
	code, out, errs := f.econaudit("standing", "-")
	require.Equal(t, exitUnjudged, code, "an export is no standing\n%s%s", out, errs)
	standing.Score++
	raised, err := standing.Marshal()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name("standing-raised.json"), raised, 0o600))
	for command, calls := range map[string]struct{ wrong, rejected, away, other string }{
		"verify":       {"", "@changed.json", "@nowhere", "@checkpoint"},
		"replay":       {"", "@dropped.log", "@nowhere", "@bundle.json"},
		"line":         {"@export.log", "@anchored.log @second", "@nowhere @anchors", "@bundle.json @anchors"},
		"theft":        {"", "--export @export.log --preimage " + strings.Repeat("00", 32), "--export @nowhere --preimage " + preimage, "--export @bundle.json --preimage " + preimage},
		"proof":        {"@3.tlog-proof", "@3.tlog-proof --entry @4.json" + key, "@nowhere --entry @3.json" + key, "@bundle.json --entry @3.json" + key},
		"equivocation": {"", "@checkpoint @checkpoint" + key, "@nowhere @checkpoint" + key, "@anchor.json"},
		"standing":     {"", "@standing-raised.json", "@nowhere", "@bundle.json"},
		"answers":      {"", "@answers" + key, "@nowhere @export.log", "@bundle.json @export.log"},
	} {
		for _, c := range []struct {
			args string
			code int
		}{{calls.wrong, exitUsage}, {calls.rejected, exitRejected}, {calls.away, exitUnjudged}, {calls.other, exitUnjudged}, {calls.rejected + " --no-such-flag", exitUsage}} {
			code, out, errs := f.econaudit(append([]string{command}, strings.Fields(c.args)...)...)
			require.Equal(t, c.code, code, "%s %s\n%s%s", command, c.args, out, errs)
		}
	}
	for _, sub := range newTree().Commands() {
		if !slices.Contains([]string{"help", "completion", "man", "schema"}, sub.Name()) && !sub.Hidden {
			require.Contains(t, []string{"verify", "replay", "line", "theft", "proof", "equivocation", "standing", "answers"}, sub.Name(), "has no row above")
		}
	}
}

func TestJSONNamesTheLine(t *testing.T) {
	f := newFiles(t)
	code, out, errs := f.econaudit("replay", "@dropped.log", "--json")
	require.Equal(t, exitRejected, code)
	require.Empty(t, errs)
	require.Contains(t, out, `"line": 31`)
	require.Contains(t, out, `"rejected": true`)
}

func TestJSONSaysHowFarTheRulesAreKnown(t *testing.T) {
	f := newFiles(t)
	code, out, errs := f.econaudit("replay", "@raised.log", "--checkpoint", "@raised.checkpoint", "--json")
	require.Equal(t, exitUnjudged, code)
	require.Empty(t, errs)
	var answer struct {
		OK, Rejected bool
		Line         int
		Proved       int `json:"proved_entries"`
		Entries      int
		Checkpoint   struct{ Size int }
		Blocks       *struct{}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &answer), out)
	require.False(t, answer.OK || answer.Rejected)
	require.Equal(t, len(f.Lines), answer.Proved)
	require.Equal(t, len(f.Lines)+1, answer.Line)
	require.Equal(t, len(f.Lines)+6, answer.Entries)
	require.Equal(t, answer.Entries, answer.Checkpoint.Size)
	require.Nil(t, answer.Blocks)
}
