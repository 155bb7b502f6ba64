package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/witness"
)

// testWitness is a witness that cosigns whatever it is given.
func testWitness(t *testing.T, name string) *witness.Signer {
	seed := bytes.Repeat([]byte(name), ed25519.SeedSize)[:ed25519.SeedSize]
	s, err := witness.NewSigner(name, ed25519.NewKeyFromSeed(seed))
	require.NoError(t, err)
	return s
}

// cosigned returns the checkpoint with the cosignatures of these witnesses, in the hour after the story.
func cosigned(t *testing.T, checkpoint string, by ...*witness.Signer) string {
	return cosignedAt(t, checkpoint, slices.Repeat([]int64{1_700_010_800}, len(by)), by...)
}

// cosignedAt is cosigned at an instant for each, unix seconds.
func cosignedAt(t *testing.T, checkpoint string, at []int64, by ...*witness.Signer) string {
	text, _, ok := strings.Cut(checkpoint, "\n\n")
	require.True(t, ok)
	lines := make([]string, len(by))
	for i, w := range by {
		line, err := w.Cosign([]byte(text+"\n"), at[i])
		require.NoError(t, err)
		lines[i] = string(line)
	}
	out, err := anchor.AddCosignatures([]byte(checkpoint), lines...)
	require.NoError(t, err)
	return string(out)
}

// policyOf asks for two of three witnesses.
func policyOf(t *testing.T, log string, by ...*witness.Signer) *witness.Policy {
	var b strings.Builder
	fmt.Fprintf(&b, "log %s\n", log)
	names := ""
	for i, w := range by {
		fmt.Fprintf(&b, "witness W%d %s\n", i+1, w.Verifier().Key())
		names += fmt.Sprintf(" W%d", i+1)
	}
	fmt.Fprintf(&b, "group most 2%s\nquorum most\n", names)
	p, err := witness.ParsePolicy([]byte(b.String()))
	require.NoError(t, err)
	return p
}

func TestPolicyDemandsItsQuorum(t *testing.T) {
	s := newStory(t)
	w := []*witness.Signer{testWitness(t, "w.example/1"), testWitness(t, "w.example/2"), testWitness(t, "w.example/3")}
	o := Options{Policy: policyOf(t, s.LogKey, w...)}
	plain := s.bundle(s.Passed, s.Agents[0].Public(), nil).Checkpoint
	verify := func(checkpoint string, o Options) (Report, error) {
		b := s.bundle(s.Passed, s.Agents[0].Public(), nil)
		b.Checkpoint = checkpoint
		return Verify(b, o)
	}

	r, err := verify(cosigned(t, plain, w[0], w[2]), o)
	require.NoError(t, err)
	require.Equal(t, "most", r.Witnesses.Quorum)
	require.Len(t, r.Witnesses.Cosigned, 2)
	require.Equal(t, "2023-11-15T01:13:20Z", r.Witnesses.Cosigned[0].Time)
	require.Contains(t, strings.Join(r.Proved, "\n"), "Cosigned by W1 at 2023-11-15T01:13:20Z, W3")

	_, err = verify(plain, o)
	require.ErrorIs(t, err, ErrWitness)
	_, err = verify(cosigned(t, plain, w[1]), o)
	require.ErrorIs(t, err, ErrWitness)
	require.ErrorIs(t, err, witness.ErrQuorum)
	require.ErrorContains(t, err, `group "most" has 1 of the 2 that it needs of 3: the cosignature of witness "W1" (w.example/1) is missing; the cosignature of witness "W3" (w.example/3) is missing`)

	// A stranger's cosignature counts for nothing, and does no harm.
	stranger := testWitness(t, "w.example/stranger")
	_, err = verify(cosigned(t, plain, w[1], stranger), o)
	require.ErrorIs(t, err, ErrWitness)
	r, err = verify(cosigned(t, plain, w[1], stranger, w[2]), o)
	require.NoError(t, err)
	require.Equal(t, 1, r.UnknownSignatures)
	require.Contains(t, strings.Join(r.RestsOn, "\n"), "1 signatures on the checkpoint are by unknown keys and were not checked")

	// Without a policy all of them are strangers, and none is needed.
	r, err = verify(cosigned(t, plain, w...), Options{})
	require.NoError(t, err)
	require.Nil(t, r.Witnesses)
	require.Equal(t, 3, r.UnknownSignatures)
	r, err = verify(cosigned(t, plain, w...), Options{Witnesses: []note.Verifier{w[0].Verifier()}})
	require.NoError(t, err)
	require.Equal(t, 2, r.UnknownSignatures)
	require.Len(t, r.Signers, 2)

	// A known witness's cosignature of another head is refused, be the quorum there or not.
	other := cosigned(t, strings.Replace(plain, "\n", "-other\n", 1), w[0])
	forged := cosigned(t, plain, w[1], w[2]) + other[strings.LastIndex(other, "— "):]
	_, err = verify(forged, o)
	require.ErrorIs(t, err, ErrCheckpoint)

	// Another log's policy.
	_, err = verify(cosigned(t, plain, w...), Options{Policy: policyOf(t, newEconomy(t, "demo-2").LogKey, w...)})
	require.ErrorIs(t, err, ErrWitness)
	require.ErrorContains(t, err, "names no log")
}

// The log's key is no witness, whatever name a witness has.
func TestWitnessesDoNotSignForTheLog(t *testing.T) {
	s := newStory(t)
	b := s.bundle(s.Passed, s.Agents[0].Public(), nil)
	origin, _, _ := strings.Cut(b.Checkpoint, "\n")
	impostor := testWitness(t, origin)
	text, _, _ := strings.Cut(b.Checkpoint, "\n\n")
	line, err := impostor.Cosign([]byte(text+"\n"), 1_700_010_800)
	require.NoError(t, err)
	b.Checkpoint = text + "\n\n" + string(line)
	_, err = Verify(b, Options{Witnesses: []note.Verifier{impostor.Verifier()}})
	require.ErrorIs(t, err, ErrCheckpoint)
	require.ErrorContains(t, err, "not by the log's key")
}

func TestReplayDemandsTheQuorum(t *testing.T) {
	s := newStory(t)
	w := []*witness.Signer{testWitness(t, "w.example/1"), testWitness(t, "w.example/2")}
	o := ReplayOptions{Options: Options{Policy: policyOf(t, s.LogKey, w...)}}
	replay := func(checkpoint []byte) (ReplayReport, error) {
		o.Checkpoint = checkpoint
		return Replay(context.Background(), bytes.NewReader(s.Export()), o)
	}
	_, err := replay(nil)
	require.ErrorIs(t, err, ErrWitness)
	_, err = replay(s.Checkpoint())
	require.ErrorIs(t, err, ErrWitness)
	r, err := replay([]byte(cosigned(t, string(s.Checkpoint()), w...)))
	require.NoError(t, err)
	require.Len(t, r.Head.Witnesses.Cosigned, 2)
}

func TestProofDemandsTheQuorum(t *testing.T) {
	s := newStory(t)
	w := []*witness.Signer{testWitness(t, "w.example/1"), testWitness(t, "w.example/2")}
	prove := func(checkpoint []byte) (ProofReport, error) {
		in := anchor.Inclusion{Index: 3, Checkpoint: checkpoint}
		for _, h := range s.Path(3) {
			in.Path = append(in.Path, h)
		}
		return VerifyProof(in.Encode(), s.Lines[3], "regtest", nil, Options{LogKey: s.LogKey, Policy: policyOf(t, s.LogKey, w...)})
	}
	_, err := prove(s.Checkpoint())
	require.ErrorIs(t, err, ErrWitness)
	r, err := prove([]byte(cosigned(t, string(s.Checkpoint()), w...)))
	require.NoError(t, err)
	require.Len(t, r.Witnesses.Cosigned, 2)
}

// A log whose key has a small order is nobody's: anybody signs its checkpoints.
func TestLogKeysOfSmallOrderAreRefused(t *testing.T) {
	for _, public := range []string{"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"} {
		raw, err := hex.DecodeString(public)
		require.NoError(t, err)
		key := notekey.Key{Name: "econd/demo-1", Type: notekey.Ed25519, Public: raw}.String()
		_, err = newIdentity(identity{economy: "demo-1", logKey: key})
		require.ErrorIs(t, err, ErrEntry)
		require.ErrorContains(t, err, "small order")
		_, err = VerifyProof(nil, nil, "regtest", nil, Options{LogKey: key})
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorContains(t, err, "small order")
	}
}

// Stamps fit the clocks of a quorum within two hours: entries were there when their head was cosigned, and those beyond it
// were not. One clock of two that must agree, or of three of which two must, moves nothing.
func TestStampsFitTheWitnessesClocks(t *testing.T) {
	s := newStory(t)
	w := []*witness.Signer{testWitness(t, "w.example/1"), testWitness(t, "w.example/2"), testWitness(t, "w.example/3")}
	o := Options{Policy: policyOf(t, s.LogKey, w...)}
	head, end := string(s.Checkpoint()), s.At.TimeMs/1000
	size := uint64(len(s.Lines))
	bundle := s.bundle(s.Passed, s.Agents[0].Public(), nil)
	s.Agent("beyond the head") // at the same instant
	const hours = 2 * 3600
	for _, c := range []struct {
		name string
		at   []int64
		says string // "" where all fits
	}{
		{"at the same time", []int64{end, end, end}, ""},
		{"two hours earlier", []int64{end - hours + 1, end - hours + 1}, ""},
		{"more than that", []int64{end - hours - 1, end - hours - 1}, "had cosigned a head over it"},
		{"one of two is slow", []int64{end - 10*hours, end}, ""},
		{"one of three is slow", []int64{end - 10*hours, end, end}, ""},
		{"two of three are", []int64{end - hours - 1, end, end - 2*hours}, "had cosigned a head over it"},
		{"two hours later", []int64{end + hours, end + hours}, ""},
		{"the next entry is older than that", []int64{end + hours + 1, end + hours + 1}, "cosigned a head without it"},
		{"one of two is fast", []int64{end + 10*hours, end}, ""},
		{"two of three are fast", []int64{end + 10*hours, end, end + hours + 1}, "cosigned a head without it"},
	} {
		note := cosignedAt(t, head, c.at, w[:len(c.at)]...)
		ahead := strings.Contains(c.says, "over it")
		bundle.Checkpoint = note
		_, err := Verify(bundle, o)
		require.Equal(t, ahead, errors.Is(err, ErrWitness), "%s: %v", c.name, err)
		replay := ReplayOptions{Options: o, Checkpoint: []byte(note)}
		_, err = replayLines(s.Lines, replay)
		if c.says == "" {
			require.NoError(t, err, c.name)
			continue
		}
		require.ErrorIs(t, err, ErrWitness, c.name)
		require.ErrorContains(t, err, c.says, c.name)
		replay.Lenient = true
		r, err := replayLines(s.Lines, replay)
		require.NoError(t, err, c.name)
		require.Len(t, r.Blocks.Misfit, 1, c.name)
		want := size
		if ahead {
			want--
		}
		require.Equal(t, want, r.Blocks.Misfit[0].Seq, c.name)
	}
	_, err := replayLines(s.Lines[:size], ReplayOptions{Options: o, Checkpoint: []byte(cosignedAt(t, head, []int64{end + 99*hours, end + 99*hours}, w[:2]...))})
	require.NoError(t, err, "a log may be idle, and its head be cosigned again")
}

// A policy must know the key of each head's size: one that names the old key or the new one alone judges the heads of that one, one
// that names both judges all, and so does one without logs.
func TestPoliciesOverAHandover(t *testing.T) {
	e, _ := rated(t)
	w := testWitness(t, "w.example/1")
	first, before, size := e.LogKey, string(e.Checkpoint()), len(e.Lines)
	ev, next := e.Rotate("second", e.Signer)
	e.Enter(ev)
	e.Signer = next
	e.Agent("under the second key")
	after := string(e.Checkpoint())
	at := []int64{e.At.TimeMs / 1000}
	for _, c := range []struct {
		logs        []string
		old, latest bool
	}{
		{nil, true, true},
		{[]string{first}, true, false},
		{[]string{e.State.LogVerifier()}, false, true},
		{[]string{first, e.State.LogVerifier()}, true, true},
	} {
		text := ""
		for _, key := range c.logs {
			text += "log " + key + "\n"
		}
		p, err := witness.ParsePolicy([]byte(text + "witness W " + w.Verifier().Key().String() + "\nquorum W\n"))
		require.NoError(t, err)
		for head, good := range map[string]bool{before: c.old, after: c.latest} {
			note := []byte(cosignedAt(t, head, at, w))
			_, err := replayLines(e.Lines, ReplayOptions{Checkpoint: note, Options: Options{Policy: p}})
			if good {
				require.NoError(t, err, "%v", c.logs)
				continue
			}
			require.ErrorIs(t, err, ErrWitness, "%v", c.logs)
			require.ErrorContains(t, err, "names no log of the key")
		}
	}
	require.Less(t, size, len(e.Lines))
}
