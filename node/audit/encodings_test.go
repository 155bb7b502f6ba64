package audit

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/witness"
)

// artefact is a document that somebody holds, and who judges it.
type artefact struct {
	text  string
	takes func(text string) error
	notes []string // signed notes in it, each ended by a signature that takes checks
}

// artefacts are one of each kind.
func artefacts(t *testing.T) map[string]artefact {
	s, twin, same := twins(t)
	e, keys := rated(t)
	list := map[string]artefact{}
	add := func(name string, text []byte, err error, takes func([]byte) error, notes ...string) {
		require.NoError(t, err)
		list[name] = artefact{string(text), func(text string) error { return takes([]byte(text)) }, notes}
		require.NoError(t, takes(text), name)
	}
	b := s.bundle(s.Passed, s.Agents[2].Public(), s.AnchorOf(6))
	text, err := b.Marshal()
	add("bundle", text, err, accepts, b.Checkpoint)

	p := standingOf(t, e, keys[1].Public(), e.AnchorOf(6))
	text, err = p.Marshal()
	add("standing", text, err, acceptsStanding, p.Checkpoint)

	for name, files := range map[string][][]byte{
		"equivocation of one size":    {s.Checkpoint(), twin.Checkpoint()},
		"equivocation by a promise":   {twin.upTo(same + 3).promised(same + 1), s.promised(same + 1)},
		"equivocation by a refusal":   {twin.upTo(same + 3).refusal("x"), s.refusal("x"), s.Export()},
		"equivocation of the answers": {s.kept(same+1, twin.refusal("x"))},
	} {
		q, err := FindEquivocation(files, Options{LogKey: s.LogKey})
		require.NoError(t, err)
		text, err := q.Marshal()
		add(name, text, err, func(text []byte) error {
			q, err := DecodeEquivocation(text)
			if err == nil {
				_, err = q.Verify(Options{LogKey: s.LogKey})
			}
			return err
		}, q.A.Checkpoint, q.B.Checkpoint)
	}

	proof := s.AnchorOf(6)
	text, err = proof.Encode()
	add("anchor proof", text, err, func(text []byte) error {
		p, err := anchor.DecodeProof(text)
		if err == nil {
			b.Anchor = p
			_, err = Verify(b, Options{})
		}
		return err
	})

	refusal := s.refusal("x")
	line, _, _ := bytes.Cut(s.kept(3, refusal), []byte("\n"))
	verifier := s.verifier()
	opens := func(line []byte) error {
		k, e, err := promise.ParseKept(line)
		if err != nil {
			return err
		}
		_, err = k.Open(e, verifier)
		return err
	}
	add("kept promise", line, nil, opens, string(s.Checkpoint()))
	line = bytes.TrimSuffix(s.kept(3, refusal)[len(line)+1:], []byte("\n"))
	add("kept refusal", line, nil, func(line []byte) error {
		k, e, err := promise.ParseKept(line)
		if err == nil {
			_, err = promise.OpenRefusalOf(e.ID, []byte(k.Refusal), verifier)
		}
		return err
	}, string(refusal))
	return list
}

// No document is taken in another notation than its own, whatever is left free in JSON.
func TestDocumentsHaveOneNotation(t *testing.T) {
	for name, a := range artefacts(t) {
		tried := 0
		for _, v := range audittest.JSONVariants(a.text) {
			if strings.HasPrefix(v.Name, `null of "anchor"`) {
				continue // without its anchor it is one that is not anchored yet
			}
			require.Error(t, a.takes(v.Text), "%s: %s", name, v.Name)
			tried++
		}
		for i, note := range a.notes {
			quoted, err := json.Marshal(note)
			require.NoError(t, err)
			within := strings.TrimSuffix(strings.TrimPrefix(string(quoted), `"`), `"`)
			require.Contains(t, a.text, within, name)
			for _, v := range audittest.NoteVariants(note) {
				quoted, err := json.Marshal(v.Text)
				require.NoError(t, err)
				text := strings.Replace(a.text, within, string(quoted[1:len(quoted)-1]), 1)
				require.Error(t, a.takes(text), "%s: note %d: %s", name, i, v.Name)
				tried++
			}
		}
		require.Greater(t, tried, 30, name)
	}
}

// Nor is a note: a checkpoint that witnesses cosigned, a tlog-proof, an export.
func TestNotesHaveOneNotation(t *testing.T) {
	s := newStory(t)
	verifier := s.verifier()
	w := testWitness(t, "w.example/1")
	for _, note := range []string{string(s.Checkpoint()), cosigned(t, string(s.Checkpoint()), w)} {
		whole, err := anchor.OpenCheckpoint([]byte(note), verifier.Name(), verifier, w.Verifier())
		require.NoError(t, err)
		for _, v := range audittest.NoteVariants(note) {
			c, err := anchor.OpenCheckpoint([]byte(v.Text), verifier.Name(), verifier, w.Verifier())
			if err == nil && len(c.Signers) < len(whole.Signers) {
				continue // the witness's does not count, and the log's own is left
			}
			require.Error(t, err, v.Name)
		}
	}
	proof := string(bytes.SplitN(s.promised(3), []byte("\n"), 2)[1])
	for name, text := range map[string]string{"zero": strings.Replace(proof, "index 3", "index 03", 1), "plus": strings.Replace(proof, "index 3", "index +3", 1),
		"returns": strings.ReplaceAll(proof, "\n", "\r\n"), "behind": proof + "\n", "hash again": strings.Replace(proof, "index 3\n", "index 3\n"+strings.Split(proof, "\n")[2]+"\n", 1)} {
		_, err := VerifyProof([]byte(text), s.Lines[3], "regtest", nil, Options{LogKey: s.LogKey})
		require.Error(t, err, name)
	}
	export := string(s.Export())
	_, err := replayLines([][]byte{[]byte(export)}, ReplayOptions{Checkpoint: s.Checkpoint()})
	require.NoError(t, err)
	for name, text := range map[string]string{"returns": strings.ReplaceAll(export, "\n", "\r\n"), "an empty line": strings.Replace(export, "\n", "\n\n", 1),
		"a space": strings.Replace(export, "{", "{ ", 1), "a mark": "\ufeff" + export, "behind": export + "{}", "escaped": strings.Replace(export, "econd", "\\u0065cond", 1)} {
		require.NotEqual(t, export, text, name)
		_, err := replayLines([][]byte{[]byte(text)}, ReplayOptions{Checkpoint: s.Checkpoint()})
		require.Error(t, err, name)
	}
	_, err = witness.ParseHead(string(s.Checkpoint()))
	require.Error(t, err, "a head is the text alone")
}

// verifier is that of the log's key.
func (s *story) verifier() note.Verifier {
	v, err := notekey.LogVerifier(s.LogKey)
	require.NoError(s.TB, err)
	return v
}
