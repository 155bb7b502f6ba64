package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

func TestBundleOfEveryCountedBallotVerifies(t *testing.T) {
	s := newStory(t)
	p := s.AnchorOf(6)
	for _, proposal := range []op.ID{s.Passed, s.Vetoed} {
		ballots, _ := s.State.Ballots(proposal)
		require.Len(t, ballots, 5)
		for i, ballot := range ballots {
			data, err := s.bundle(proposal, ballot.Voter, p).Marshal()
			require.NoError(t, err)
			b, err := Decode(data)
			require.NoError(t, err)
			r, err := Verify(b, Options{})
			require.NoError(t, err)
			require.Equal(t, ballot.Choice, r.Choice)
			require.Equal(t, ballot.Weight, r.Weight)
			require.Equal(t, ballot.Seq, r.VoteSeq)
			require.EqualValues(t, i, b.Ballot.Index)
			require.Equal(t, 6, r.Anchor.Confirmations)
			require.True(t, r.Anchor.Unanchored)
			require.Contains(t, strings.Join(r.RestsOn, "\n"), "proof of work unanchored")
		}
	}
}

func TestReplacedBallotCannotBeProved(t *testing.T) {
	s := newStory(t)
	voter := s.Agents[1].Public()
	b := s.bundle(s.Passed, voter, nil)
	require.Equal(t, "for", b.Ballot.Choice)
	// The first of the two votes of that agent, with a valid path of its own.
	for seq, line := range s.Lines {
		e, err := op.DecodeEntry(line)
		require.NoError(t, err)
		if v, err := op.DecodeVote(e.Event.Content); err == nil && e.Event.PubKey == voter && v.Proposal == s.Passed {
			b.Vote = Included{Seq: uint64(seq), Entry: string(line), Path: hashes(s.Path(uint64(seq)))}
			break
		}
	}
	_, err := Verify(b, Options{})
	require.ErrorIs(t, err, ErrMismatch, "says against, the leaf says for")
	b.Ballot.Choice = "against"
	b.Ballot.Weight = 1
	_, err = Verify(b, Options{})
	require.Error(t, err)
}

func TestVerifySaysWhatTheProofRestsOn(t *testing.T) {
	s := newStory(t)
	p := s.AnchorOf(3)
	b := s.bundle(s.Passed, s.Agents[0].Public(), p)
	operator, other := s.Operator.Public(), s.Agents[0].Public()
	tip := anchor.TrustedHeader{Height: audittest.AnchorHeight + 2, Hash: chainhash.Hash(displayed([32]byte(p.Tip)))}
	wrong := anchor.TrustedHeader{Height: audittest.AnchorHeight, Hash: tip.Hash}

	for name, c := range map[string]struct {
		o    Options
		err  error
		says string
	}{
		"too few confirmations": {Options{}, nil, "3 confirmations, fewer than the 6 asked by default"},
		"too few for a demand":  {Options{RequireAnchor: true}, ErrAnchor, "too few confirmations"},
		"fewer than asked":      {Options{MinConfirmations: 4}, ErrAnchor, "too few confirmations"},
		"asked and demanded":    {Options{MinConfirmations: 3, RequireAnchor: true}, nil, "proof of work unanchored"},
		"trusted and young":     {Options{Trusted: []anchor.TrustedHeader{tip}}, nil, "headers include a given block"},
		"enough by option":      {Options{MinConfirmations: 3}, nil, "proof of work unanchored"},
		"trusted header":        {Options{MinConfirmations: 3, Trusted: []anchor.TrustedHeader{tip}}, nil, "headers include a given block"},
		"other chain":           {Options{MinConfirmations: 3, Trusted: []anchor.TrustedHeader{wrong}}, ErrAnchor, "trusted"},
		"demands trust":         {Options{RequireTrust: true}, ErrAnchor, "proof of work unanchored"},
		"demands and has trust": {Options{RequireTrust: true, Trusted: []anchor.TrustedHeader{tip}}, nil, "regtest, not Bitcoin: headers include a given block"},
		"trusted and not met":   {Options{Trusted: []anchor.TrustedHeader{tip, {Height: tip.Height + 1, Hash: tip.Hash}}}, ErrAnchor, "nothing was held against it"},
		"other network":         {Options{Network: "mainnet"}, ErrPinned, "network"},
		"same network":          {Options{Network: "regtest"}, nil, "regtest, not Bitcoin"},
		"all pinned":            {Options{MinConfirmations: 3, Economy: audittest.EconomyID, Operator: &operator, LogKey: s.LogKey}, nil, "those you named"},
		"key from the log":      {Options{MinConfirmations: 3}, nil, "the log's own claim"},
		"other operator":        {Options{MinConfirmations: 3, Operator: &other}, ErrPinned, "operator"},
		"other economy":         {Options{MinConfirmations: 3, Economy: "demo-2"}, ErrPinned, "demo-2"},
		"other log key":         {Options{MinConfirmations: 3, LogKey: newEconomy(t, "demo-2").LogKey}, ErrPinned, "log key"},
	} {
		r, err := Verify(b, c.o)
		if c.err != nil {
			require.ErrorIs(t, err, c.err, name)
			require.Contains(t, err.Error(), c.says, name)
			continue
		}
		require.NoError(t, err, name)
		require.Contains(t, strings.Join(r.RestsOn, "\n"), c.says, name)
	}

	// A block vouches for what is below it: what stands above the newest one is a claim.
	blocks, err := p.Blocks()
	require.NoError(t, err)
	own := blocks[0]
	for _, c := range []struct {
		trusted        []anchor.TrustedHeader
		proved, claims string
	}{
		{[]anchor.TrustedHeader{own}, "under 1 confirmations", "2 more confirmations"},
		{[]anchor.TrustedHeader{own, tip}, "under 3 confirmations", ""},
		{[]anchor.TrustedHeader{tip, own}, "under 3 confirmations", ""},
	} {
		r, err := Verify(b, Options{Trusted: c.trusted})
		require.NoError(t, err)
		require.Contains(t, strings.Join(r.Proved, "\n"), c.proved)
		require.Equal(t, c.claims != "", len(r.Claims) == 1, "%v", r.Claims)
		require.Contains(t, strings.Join(r.Claims, "\n"), c.claims)
	}

	b.Anchor = nil
	r, err := Verify(b, Options{})
	require.NoError(t, err)
	require.Nil(t, r.Anchor)
	require.Contains(t, strings.Join(r.RestsOn, "\n"), "Not anchored in Bitcoin yet")
	for _, o := range []Options{{RequireAnchor: true}, {RequireTrust: true}, {Trusted: []anchor.TrustedHeader{tip}}} {
		_, err = Verify(b, o)
		require.ErrorIs(t, err, ErrAnchor)
	}
}

// An attacker who holds the operator's keys of another log cannot pass its
// entries off: the checkpoint's key comes from the genesis under it.
func TestBundleOfMixedLogsIsRefused(t *testing.T) {
	s, twin := newStory(t), newStory(t)
	twin.Pass(1)
	twin.Agent("one more")
	b, c := s.bundle(s.Passed, s.Agents[0].Public(), nil), twin.bundle(twin.Passed, twin.Agents[0].Public(), nil)
	b.Checkpoint = c.Checkpoint
	_, err := Verify(b, Options{})
	require.ErrorIs(t, err, ErrInclusion)

	foreign := newEconomy(t, "demo-2")
	b = s.bundle(s.Passed, s.Agents[0].Public(), nil)
	b.Genesis = Included{Entry: string(foreign.Lines[0]), Path: b.Genesis.Path}
	_, err = Verify(b, Options{})
	require.ErrorIs(t, err, ErrMismatch)
}

// mutations returns variants of a JSON value in each of which one leaf is
// changed, or one member or element is dropped, repeated or exchanged. Long
// strings are changed at every stride-th place.
func mutations(v any, stride int) []any {
	var out []any
	switch v := v.(type) {
	case string:
		for i := 0; i < len(v); i += max(1, min(stride, len(v)/8)) {
			for _, c := range []string{"0", "7", "f"} {
				if v[i:i+1] != c {
					out = append(out, v[:i]+c+v[i+1:])
				}
			}
			out = append(out, v[:i]+v[i+1:])
		}
		out = append(out, v+"0", v+" ", v+"\n", " "+v, "", strings.ToUpper(v)+"X", nil, 1)
	case json.Number:
		n, _ := v.Int64()
		out = append(out, n+1, n-1, n+256, n+65536, n+1<<32, -n-1, float64(n)+0.5, v.String(), nil)
	case nil:
		out = append(out, 0, "", []any{}, map[string]any{})
	case []any:
		for i := range v {
			for _, m := range mutations(v[i], stride) {
				changed := slices.Clone(v)
				changed[i] = m
				out = append(out, changed)
			}
			out = append(out, slices.Delete(slices.Clone(v), i, i+1), slices.Insert(slices.Clone(v), i, v[i]))
			if i > 0 && !reflect.DeepEqual(v[i], v[i-1]) {
				swapped := slices.Clone(v)
				swapped[i], swapped[i-1] = v[i-1], v[i]
				out = append(out, swapped)
			}
		}
		out = append(out, append(slices.Clone(v), strings.Repeat("00", 32)), nil)
	case map[string]any:
		for key := range v {
			with := func(m any) map[string]any {
				changed := map[string]any{}
				for k, value := range v {
					changed[k] = value
				}
				changed[key] = m
				return changed
			}
			for _, m := range mutations(v[key], stride) {
				out = append(out, with(m))
			}
			dropped := with(nil)
			delete(dropped, key)
			extra := with(v[key])
			extra[key+"_"] = v[key]
			out = append(out, dropped, extra)
			for other := range v {
				if other != key {
					swapped := with(v[other])
					swapped[other] = v[key]
					out = append(out, swapped)
				}
			}
		}
	}
	return out
}

func TestEveryMemberOfABundleIsBound(t *testing.T) {
	s := newStory(t)
	for name, p := range map[string]*anchor.Proof{"anchored": s.AnchorOf(6), "not anchored": nil} {
		data, err := s.bundle(s.Passed, s.Agents[2].Public(), p).Marshal()
		require.NoError(t, err)
		var generic map[string]any
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&generic))
		same, err := json.Marshal(generic)
		require.NoError(t, err)
		require.NoError(t, accepts(same), "member order and white space are free")

		refused := 0
		for _, variant := range mutations(generic, 97) {
			bad, err := json.Marshal(variant)
			require.NoError(t, err)
			if bytes.Equal(bad, same) {
				continue
			}
			var r *Rejection
			if err := accepts(bad); !errors.As(err, &r) {
				t.Fatalf("%s: accepted or not a Rejection (%v): %s", name, err, bad)
			}
			refused++
		}
		require.Greater(t, refused, 1000, name)
	}
}

// handoversAreBound demands that no handover of a proof can be changed, left out, added or exchanged.
func handoversAreBound(t *testing.T, data []byte, accepts func([]byte) error) {
	var generic map[string]any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&generic))
	require.NoError(t, accepts(data))
	good := generic["log_keys"]
	require.Len(t, good, 2)
	refused := 0
	for _, bad := range append(mutations(good, 97), []any{}) {
		generic["log_keys"] = bad
		text, err := json.Marshal(generic)
		require.NoError(t, err)
		var r *Rejection
		if err := accepts(text); !errors.As(err, &r) {
			t.Fatalf("accepted or not a Rejection (%v): %s", err, text)
		}
		refused++
	}
	delete(generic, "log_keys")
	text, err := json.Marshal(generic)
	require.NoError(t, err)
	require.ErrorIs(t, accepts(text), ErrCheckpoint)
	require.Greater(t, refused, 300)
}

func TestEveryHandoverOfAProofIsBound(t *testing.T) {
	s, id := rotatedVote(t)
	bundle, err := s.bundle(id, s.Agents[0].Public(), nil).Marshal()
	require.NoError(t, err)
	handoversAreBound(t, bundle, accepts)
	standing, err := standingOf(t, s.Economy, s.Agents[1].Public(), nil).Marshal()
	require.NoError(t, err)
	handoversAreBound(t, standing, acceptsStanding)
}

// rotatedVote is a log that went over to a second and a third key, with a vote that closed before.
func rotatedVote(t *testing.T) (*story, op.ID) {
	e, keys := rated(t)
	s := &story{&audittest.Story{Economy: e, Agents: keys}}
	id := s.Do(keys[0], op.KindPropose, op.Propose{Track: "signal", Title: "t", Actions: []op.Raw{}})
	s.Pass(time.Second)
	s.Vote(keys[0], id, "for")
	s.Pass(25 * time.Hour)
	s.rotate("second")
	s.Agent("under the second key")
	s.rotate("third")
	return s, id
}

// rotate lets the log go over to the key of a name.
func (s *story) rotate(name string) {
	ev, next := s.Rotate(name, s.Signer)
	s.Enter(ev)
	s.Signer = next
}

func accepts(data []byte) error {
	b, err := Decode(data)
	if err != nil {
		return err
	}
	_, err = Verify(b, Options{})
	return err
}

func TestDecodeIsStrict(t *testing.T) {
	s := newStory(t)
	data, err := s.bundle(s.Passed, s.Agents[2].Public(), nil).Marshal()
	require.NoError(t, err)
	good := string(data)
	for name, bad := range map[string]string{
		"repeated member":   strings.Replace(good, `"version": 2,`, `"version": 2, "version": 2,`, 1),
		"member in caps":    strings.Replace(good, `"version"`, `"Version"`, 1),
		"trailing object":   good + "{}",
		"fraction":          strings.Replace(good, `"version": 2,`, `"version": 2.0,`, 1),
		"empty":             "",
		"list":              "[" + good + "]",
		"null":              "null",
		"anchor of nothing": strings.Replace(good, `"anchor": null`, `"anchor": {}`, 1),
		"path is null":      strings.Replace(good, `"path": [`, `"path": null, "x": [`, 1),
	} {
		_, err := Decode([]byte(bad))
		require.ErrorIs(t, err, ErrFormat, name)
	}
}

// smallStory is a log of one ballot, so that a fuzzer mutates what matters.
func smallStory(t testing.TB) (*story, op.ID) {
	s := &story{&audittest.Story{Economy: newEconomy(t, audittest.EconomyID)}}
	s.Agents = append(s.Agents, s.Agent("a"))
	s.Pass(time.Second)
	id := s.Do(s.Agents[0], op.KindPropose, op.Propose{Track: "signal", Title: "t", Actions: []op.Raw{}})
	s.Pass(time.Second)
	s.Vote(s.Agents[0], id, "for")
	s.Pass(25 * time.Hour)
	return s, id
}

func FuzzDecode(f *testing.F) {
	s, id := smallStory(f)
	for _, p := range []*anchor.Proof{nil, s.AnchorOf(1)} {
		b := s.bundle(id, s.Agents[0].Public(), p)
		_, err := Verify(b, Options{MinConfirmations: 1})
		require.NoError(f, err)
		data, err := b.Marshal()
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Decode(data)
		if err != nil {
			return
		}
		again, err := b.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		c, err := Decode(again)
		if err != nil {
			t.Fatalf("own encoding refused: %v", err)
		}
		third, _ := c.Marshal()
		if !bytes.Equal(again, third) {
			t.Fatal("two encodings of one bundle")
		}
		_, _ = Verify(b, Options{})
	})
}
