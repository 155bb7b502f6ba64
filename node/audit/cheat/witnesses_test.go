package cheat

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/witness"
)

const polices = "`econaudit verify` --policy"

// witnessOf is the witness of that name.
func (s *story) witnessOf(name string) *witness.Signer {
	seed := sha256.Sum256([]byte("witness " + name))
	w, err := witness.NewSigner(name, ed25519.NewKeyFromSeed(seed[:]))
	require.NoError(s.t, err)
	return w
}

// demanding is a policy by which two of these three have to cosign, and the witnesses.
func (s *story) demanding() (audit.Options, []*witness.Signer) {
	all := []*witness.Signer{s.witnessOf("w.example/1"), s.witnessOf("w.example/2"), s.witnessOf("w.example/3")}
	text := "log " + s.LogKey + "\n"
	for i, w := range all {
		text += fmt.Sprintf("witness W%d %s\n", i+1, w.Verifier().Key())
	}
	p, err := witness.ParsePolicy([]byte(text + "group most 2 W1 W2 W3\nquorum most\n"))
	require.NoError(s.t, err)
	return audit.Options{Policy: p}, all
}

// cosign has witnesses cosign the text of a checkpoint, and puts their lines under another.
func (s *story) cosign(of, under []byte, by ...*witness.Signer) []byte {
	return s.cosignAt(1_700_010_800, of, under, by...)
}

// cosignAt is cosign at an instant, unix seconds.
func (s *story) cosignAt(unix int64, of, under []byte, by ...*witness.Signer) []byte {
	text, _, ok := strings.Cut(string(of), "\n\n")
	require.True(s.t, ok)
	out := string(under)
	for _, w := range by {
		line, err := w.Cosign([]byte(text+"\n"), unix)
		require.NoError(s.t, err)
		out += string(line)
	}
	return []byte(out)
}

// witnessed is econaudit verify --policy of a bundle under a checkpoint.
func (s *story) witnessed(checkpoint []byte, o audit.Options) verdict {
	b := s.bundle(nil)
	b.Checkpoint = string(checkpoint)
	return verified(b, o)
}

// ofWitnesses are cheats with the cosignatures of a checkpoint.
var ofWitnesses = []cheat{
	{name: "witness-missing", tries: "promises under a head that too few witnesses saw", catches: polices, holder: voter,
		err: audit.ErrWitness, says: `the cosignature of witness "W2" (w.example/2) is missing`,
		play: func(_ *testing.T, s *story) verdict {
			o, w := s.demanding()
			return s.witnessed(s.cosign(s.Checkpoint(), s.Checkpoint(), w[0]), o)
		}},
	{name: "witness-a-stranger", tries: "has a witness of its own cosign in the place of one that is named", catches: polices, holder: voter,
		err: audit.ErrWitness, says: "has 1 of the 2 that it needs",
		play: func(_ *testing.T, s *story) verdict {
			o, w := s.demanding()
			return s.witnessed(s.cosign(s.Checkpoint(), s.Checkpoint(), w[0], s.witnessOf("w.example/own")), o)
		}},
	{name: "witness-by-name-alone", tries: "gives a witness of its own the name of another", catches: polices, holder: voter,
		err: audit.ErrWitness, says: "has 1 of the 2 that it needs",
		play: func(t *testing.T, s *story) verdict {
			o, w := s.demanding()
			seed := sha256.Sum256([]byte("own"))
			impostor, err := witness.NewSigner("w.example/2", ed25519.NewKeyFromSeed(seed[:]))
			require.NoError(t, err)
			return s.witnessed(s.cosign(s.Checkpoint(), s.Checkpoint(), w[0], impostor), o)
		}},
	{name: "witness-of-another-head", tries: "puts under a head what witnesses cosigned of another", catches: polices, holder: voter,
		err: audit.ErrCheckpoint, says: "invalid signature",
		play: func(_ *testing.T, s *story) verdict {
			o, w := s.demanding()
			return s.witnessed(s.cosign(s.other().Checkpoint(), s.Checkpoint(), w[0], w[1]), o)
		}},
	{name: "witness-time-changed", tries: "gives a cosignature another time", catches: polices, holder: voter,
		err: audit.ErrCheckpoint, says: "invalid signature",
		play: func(t *testing.T, s *story) verdict {
			o, w := s.demanding()
			good := string(s.cosign(s.Checkpoint(), s.Checkpoint(), w[0], w[1]))
			at := strings.LastIndex(good, " ") + 8 // within the eight bytes of the time
			changed := good[:at] + map[bool]string{true: "B", false: "A"}[good[at] == 'A'] + good[at+1:]
			return s.witnessed([]byte(changed), o)
		}},
	{name: "witness-twice", tries: "counts one witness as two by repeating its line", catches: polices, holder: voter,
		err: audit.ErrCheckpoint, says: "a signature line is repeated",
		play: func(_ *testing.T, s *story) verdict {
			o, w := s.demanding()
			return s.witnessed(s.cosign(s.Checkpoint(), s.Checkpoint(), w[0], w[0]), o)
		}},
	{name: "witness-at-two-times", tries: "counts one witness as two that cosigned at two instants", catches: polices, holder: voter,
		err: audit.ErrCheckpoint, says: "repeated",
		play: func(t *testing.T, s *story) verdict {
			o, w := s.demanding()
			once := s.cosign(s.Checkpoint(), s.Checkpoint(), w[0])
			text, _, _ := strings.Cut(string(once), "\n\n")
			later, err := w[0].Cosign([]byte(text+"\n"), 1_700_010_801)
			require.NoError(t, err)
			return s.witnessed(append(once, later...), o)
		}},
	{name: "witness-under-two-names", tries: "has one witness's key named twice in a policy that it recommends", catches: polices, holder: "whoever reads the policy",
		err: witness.ErrPolicy, says: "witness-twice",
		play: func(_ *testing.T, s *story) verdict {
			key := s.witnessOf("w.example/1").Verifier().Key()
			_, err := witness.ParsePolicy([]byte(fmt.Sprintf("log %s\nwitness A %s\nwitness B %s\ngroup both all A B\nquorum both\n", s.LogKey, key, key)))
			return rejected(err)
		}},
	{name: "witness-is-the-log", tries: "cosigns with the log's own key in a witness's name", catches: polices, holder: voter,
		err: audit.ErrWitness, says: "is missing",
		play: func(t *testing.T, s *story) verdict {
			o, w := s.demanding()
			seed := sha256.Sum256([]byte("log key of " + s.ID))
			own, err := witness.NewSigner(s.Head().Origin, ed25519.NewKeyFromSeed(seed[:]))
			require.NoError(t, err)
			return s.witnessed(s.cosign(s.Checkpoint(), s.Checkpoint(), w[0], own), o)
		}},
	{name: "witness-stamps-ahead", tries: "stamps entries hours ahead of the time, and has witnesses cosign a head over them", catches: polices, holder: voter,
		err: audit.ErrWitness, says: "when the quorum of witnesses had cosigned a head over it", trust: "two hours either way",
		play: func(_ *testing.T, s *story) verdict {
			o, w := s.demanding()
			return s.witnessed(s.cosignAt(s.At.TimeMs/1000-2*3600-1, s.Checkpoint(), s.Checkpoint(), w[0], w[1]), o)
		}},
	{name: "witness-back-dated", tries: "lets entries in as of hours before the time at which witnesses cosigned a head without them", catches: "`econaudit replay` --policy", holder: "whoever has the head",
		err: audit.ErrWitness, says: "when the quorum of witnesses cosigned a head without it", trust: "two hours either way",
		play: func(_ *testing.T, s *story) verdict {
			o, w := s.demanding()
			head := s.cosignAt(s.At.TimeMs/1000+2*3600+1, s.Checkpoint(), s.Checkpoint(), w[0], w[1])
			s.Agent("late")
			return s.replay(audit.ReplayOptions{Checkpoint: head, Options: o})
		}},
}

// What the quorum of a policy cosigned passes, whoever else cosigned it.
func TestWitnessedHeadsPass(t *testing.T) {
	s := newStory(t)
	o, w := s.demanding()
	good := s.cosign(s.Checkpoint(), s.Checkpoint(), w[2], s.witnessOf("w.example/own"), w[0])
	require.NoError(t, s.witnessed(good, o).err)
	_, err := anchor.OpenCheckpoint(good, s.Head().Origin, o.Policy.Verifiers()...)
	require.NoError(t, err)
}
