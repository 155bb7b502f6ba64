package witness

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/notekey"
)

func testSigner(t testing.TB, name string) *Signer {
	s, err := NewSigner(name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte(name), 32)[:32]))
	require.NoError(t, err)
	return s
}

func logKey(name string, seed byte) string {
	k, err := notekey.New(name, notekey.Ed25519, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)).Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return k.String()
}

const testHead = "example.com/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

func TestCosignatures(t *testing.T) {
	s := testSigner(t, "w.example/1")
	line, err := s.Cosign([]byte(testHead), 1679315147)
	require.NoError(t, err)
	n, err := note.Open([]byte(testHead+"\n"+string(line)), note.VerifierList(s.Verifier()))
	require.NoError(t, err)
	require.EqualValues(t, 1679315147, TimeOf(n.Sigs[0]))

	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	require.NoError(t, err)
	sig := raw[4:]
	require.True(t, s.Verifier().Verify([]byte(testHead), sig))
	require.False(t, s.Verifier().Verify([]byte(strings.Replace(testHead, "7", "8", 1)), sig), "another size")
	for i := range sig { // the time is signed, too
		changed := bytes.Clone(sig)
		changed[i] ^= 1
		require.False(t, s.Verifier().Verify([]byte(testHead), changed), "byte %d", i)
	}
	require.False(t, s.Verifier().Verify([]byte(testHead), sig[:len(sig)-1]))
	require.False(t, s.Verifier().Verify([]byte(testHead), nil))
	require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", s, s, s, s), fmt.Sprintf("%x", []byte(s.secret[:8])))

	// What is no checkpoint is neither cosigned nor verified.
	for _, bad := range []string{"", "x\n", "x\n07\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", strings.TrimSuffix(testHead, "\n"), testHead + "\n", testHead + "ext"} {
		_, err := s.Cosign([]byte(bad), 1)
		require.ErrorIs(t, err, ErrCheckpoint, "%q", bad)
	}
	_, err = s.Cosign([]byte(testHead+"extension\n"), 1)
	require.NoError(t, err)
	_, err = s.Cosign([]byte(testHead), -1)
	require.Error(t, err)

	// Keys of logs and of schemes that are not known here are no witnesses'.
	_, err = ParseVerifier(logKey("w.example/1", 1))
	require.ErrorIs(t, err, notekey.ErrKey)
	mldsa := notekey.Key{Name: "w.example/pq", Type: notekey.MLDSA44, Public: make([]byte, 1312)}
	_, err = ParseVerifier(mldsa.String())
	require.ErrorContains(t, err, "ML-DSA-44")
}

// The example of the specification: a key is not given, but its form is right.
func TestHeads(t *testing.T) {
	h, err := ParseHead(testHead + "a\nb\n")
	require.NoError(t, err)
	require.Equal(t, Head{"example.com/log", 7, h.Root, "a\nb\n"}, h)
}

func TestRequests(t *testing.T) {
	r := Request{Old: 3, Proof: []tlog.Hash{{1}, {2}}, Checkpoint: []byte(testHead + "\n— x YWJjZGVm\n")}
	got, err := ParseRequest(r.Encode())
	require.NoError(t, err)
	require.Equal(t, r, got)
	hash := tlog.Hash{1}.String()
	for _, bad := range []string{"", "old 3\n", "old 3\n\n", "old 03\n\nx", "old -1\n\nx", "old 3 \n\nx", "new 3\n\nx", "old 9223372036854775808\n\nx",
		"old 3\n" + hash + "\r\n\nx", "old 3\n" + hash[:43] + "\n\nx", "old 3\n" + strings.Repeat(hash+"\n", 64) + "\nx", "old 3\n" + strings.Repeat("x", MaxRequest)} {
		_, err := ParseRequest([]byte(bad))
		require.ErrorIs(t, err, ErrRequest, "%.40q", bad)
	}
	_, err = ParseRequest([]byte("old 3\n" + strings.Repeat(hash+"\n", 63) + "\nx"))
	require.NoError(t, err)
}

// hashes is a whole tree in memory.
type hashes []tlog.Hash

func (h hashes) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, a := range at {
		out[i] = h[a]
	}
	return out, nil
}

// A head is taken only for what it extends: all pairs of sizes up to 20.
func TestConsistency(t *testing.T) {
	var tree hashes
	roots := []tlog.Hash{{}}
	const most = 20
	for i := range int64(most) {
		more, err := tlog.StoredHashes(i, fmt.Appendf(nil, "entry %d", i), tree)
		require.NoError(t, err)
		tree = append(tree, more...)
		root, err := tlog.TreeHash(i+1, tree)
		require.NoError(t, err)
		roots = append(roots, root)
	}
	for size := int64(1); size <= most; size++ {
		for old := int64(1); old < size; old++ {
			proof, err := tlog.ProveTree(size, old, tree)
			require.NoError(t, err)
			head := Head{"x", size, roots[size], ""}
			require.NoError(t, CheckConsistency(old, roots[old], head, proof))
			require.Error(t, CheckConsistency(old, tlog.Hash{9}, head, proof))
			require.Error(t, CheckConsistency(old, roots[old], Head{"x", size, tlog.Hash{9}, ""}, proof))
			require.Error(t, CheckConsistency(old, roots[old], head, append(proof, tlog.Hash{})))
			require.Error(t, CheckConsistency(old, roots[old], head, nil))
		}
	}
	head := Head{"x", 5, roots[5], ""}
	require.NoError(t, CheckConsistency(0, tlog.Hash{}, head, nil))
	require.Error(t, CheckConsistency(0, tlog.Hash{}, head, []tlog.Hash{{}}))
	require.NoError(t, CheckConsistency(5, roots[5], head, nil))
	require.Error(t, CheckConsistency(5, roots[4], head, nil))
	require.Error(t, CheckConsistency(5, roots[5], head, []tlog.Hash{{}}))
	require.Error(t, CheckConsistency(6, roots[6], head, nil))
}

// policyText replaces names of keys by keys: L1.., X1.. .
func policyText(t testing.TB, text string) string {
	for i := range 6 {
		text = strings.ReplaceAll(text, fmt.Sprintf("<L%d>", i), logKey(fmt.Sprintf("econd/log-%d", i), byte(i)))
		text = strings.ReplaceAll(text, fmt.Sprintf("<W%d>", i), testSigner(t, fmt.Sprintf("w.example/%d", i)).Verifier().Key().String())
	}
	return text
}

const examplePolicy = `# two levels
log <L0>
log <L1> https://log.example/

witness X1 <W0>
witness X2 <W1> https://x2.example/#w
	witness 	X3 <W2>
group X-witnesses 2 X1 X2 X3

witness Y1 <W3>
witness Y2 <W4>
group Y-witnesses any Y1 Y2

  # all of them
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`

func TestQuorums(t *testing.T) {
	p, err := ParsePolicy([]byte(policyText(t, examplePolicy)))
	require.NoError(t, err)
	require.Equal(t, "X-and-Y", p.Quorum())
	require.Len(t, p.Logs, 2)
	require.Equal(t, "https://x2.example/#w", p.Witnesses[1].URL)
	for mask := range 32 {
		signed := func(i int) bool { return mask>>i&1 == 1 }
		x, y := mask&1+mask>>1&1+mask>>2&1, mask>>3&1+mask>>4&1
		err := p.CheckWitnesses(signed)
		require.Equal(t, x >= 2 && y >= 1, err == nil, "%05b: %v", mask, err)
		if err == nil {
			continue
		}
		var q *QuorumError
		require.True(t, errors.As(err, &q))
		for i, w := range p.Witnesses {
			wanted := !signed(i) && (i < 3 && x < 2 || i >= 3 && y < 1)
			require.Equal(t, wanted, bytes.Contains([]byte(fmt.Sprint(q.Missing)), []byte(w.Name)), "%05b %s: %v", mask, w.Name, q.Missing)
		}
	}
	k, err := notekey.Parse(logKey("econd/log-1", 1))
	require.NoError(t, err)
	require.True(t, p.KnowsLog(k))
	k, err = notekey.Parse(logKey("econd/log-2", 2))
	require.NoError(t, err)
	require.False(t, p.KnowsLog(k))

	one, err := ParsePolicy([]byte(policyText(t, "witness A <W0>\nquorum A\n")))
	require.NoError(t, err)
	require.True(t, one.KnowsLog(k), "no logs: known from elsewhere")
	require.ErrorContains(t, one.CheckWitnesses(func(int) bool { return false }), `witness "A" (w.example/0) is missing`)
	nobody, err := ParsePolicy([]byte("quorum none\n"))
	require.NoError(t, err)
	require.NoError(t, nobody.CheckWitnesses(nil))
}

// Each rule, with the line it is broken in.
func TestPoliciesThatAreNone(t *testing.T) {
	small := notekey.Key{Name: "w.example/s", Type: notekey.Cosignature, Public: append([]byte{1}, make([]byte, 31)...)}.String()
	smallLog := notekey.Key{Name: "econd/s", Type: notekey.Ed25519, Public: append([]byte{0}, make([]byte, 31)...)}.String()
	again := notekey.Key{Name: "other.example", Type: notekey.Cosignature, Public: testSigner(t, "w.example/0").Verifier().Key().Public}.String()
	for _, c := range []struct {
		text string
		line int
		rule string
	}{
		{"", 0, "quorum-missing"},
		{"# nothing\n", 0, "quorum-missing"},
		{"witness A <W0>\n", 0, "quorum-missing"},
		{"quorum none", 1, "line-end"},
		{"witness A <W0>\nquorum A", 2, "line-end"},
		{"quorum none\r\n", 1, "octet"},
		{"# \x7f\nquorum none\n", 1, "octet"},
		{"quorum none\n\x00\n", 2, "octet"},
		{"witnesses A <W0>\n", 1, "keyword"},
		{"Log <L0>\n", 1, "keyword"},
		{"log\n", 1, "log-form"},
		{"log <L0> url more\n", 1, "log-form"},
		{"log <W0>\n", 1, "log-key"},
		{"log econd/x+00000000+AAAA\n", 1, "log-key"},
		{"\nlog " + smallLog + "\n", 2, "log-key"},
		{"log <L0>\nlog <L1>\nlog <L0> url\n", 3, "log-twice"},
		{"witness A\n", 1, "witness-form"},
		{"witness A <W0> url more\n", 1, "witness-form"},
		{"witness A <L0>\n", 1, "witness-key"},
		{"witness A " + small + "\n", 1, "witness-key"},
		{"witness A <W0>\nwitness B " + again + "\n", 2, "witness-twice"},
		{"witness A w.example/1+87b30792+BHqiqvgw5NQmzut2J2OydVyUFgxqrbKtRNuozaNHm+6E\n" +
			"witness B w.example/1+87b30792+BH3Gw3lWSLARvh0Aqof9+1j6J6h4DVUb6EUMr/OoQv1M\n", 2, "key-id-twice"},
		{"witness A <W0>\nwitness A <W1>\n", 2, "name-twice"},
		{"witness A <W0>\ngroup A all A\n", 2, "name-twice"},
		{"witness none <W0>\n", 1, "name-none"},
		{"witness A <W0>\ngroup none all A\n", 2, "name-none"},
		{"witness A <W0>\ngroup G all\n", 2, "group-form"},
		{"witness A <W0>\ngroup G 0 A\n", 2, "group-threshold"},
		{"witness A <W0>\ngroup G 2 A\n", 2, "group-threshold"},
		{"witness A <W0>\ngroup G 01 A\n", 2, "group-threshold"},
		{"witness A <W0>\ngroup G +1 A\n", 2, "group-threshold"},
		{"witness A <W0>\ngroup G ALL A\n", 2, "group-threshold"},
		{"witness A <W0>\ngroup G all B\n", 2, "member-unknown"},
		{"group G all G\n", 1, "member-unknown"},
		{"witness A <W0>\ngroup G any A none\n", 2, "member-none"},
		{"witness A <W0>\ngroup G any A A\n", 2, "member-twice"},
		{"witness A <W0>\nwitness B <W1>\ngroup G any A B\ngroup H any A\n", 4, "member-twice"},
		{"quorum\n", 1, "quorum-form"},
		{"quorum none none\n", 1, "quorum-form"},
		{"quorum none # nobody\n", 1, "quorum-form"},
		{"quorum A\nwitness A <W0>\n", 1, "quorum-unknown"},
		{"quorum none\nquorum none\n", 2, "quorum-twice"},
		{strings.Repeat("log <L0>\n", 2) + "quorum none\n", 2, "log-twice"},
		{strings.Repeat("#\n", maxPolicy/2+1), 0, "too-long"},
	} {
		_, err := ParsePolicy([]byte(policyText(t, c.text)))
		var p *PolicyError
		require.True(t, errors.As(err, &p), "%.60q: %v", c.text, err)
		require.ErrorIs(t, err, ErrPolicy)
		require.Equal(t, c.rule, p.Rule, "%.60q: %v", c.text, err)
		require.Equal(t, c.line, p.Line, "%.60q: %v", c.text, err)
	}
}

// Names are octets: two that look alike are two.
func TestNamesAreOctets(t *testing.T) {
	p, err := ParsePolicy([]byte(policyText(t, "witness K <W0>\nwitness \xe2\x84\xaa <W1>\nwitness \xff <W2>\ngroup G 3 K \xe2\x84\xaa \xff\nquorum G\n")))
	require.NoError(t, err)
	require.Len(t, p.Witnesses, 3)
	require.NotContains(t, p.CheckWitnesses(func(int) bool { return false }).Error(), "\xff", "shown escaped")
}

// As many as the specification wants at least, and as many as there may be.
func TestLimitsOfPolicies(t *testing.T) {
	var b strings.Builder
	key := func(kind notekey.Type, i int) string {
		pub := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i), byte(kind)}, 16)).Public().(ed25519.PublicKey)
		return notekey.Key{Name: fmt.Sprintf("n%d", i), Type: kind, Public: pub}.String()
	}
	for i := range 32 {
		fmt.Fprintf(&b, "log %s\n", key(notekey.Ed25519, i))
	}
	for i := range maxWitnesses {
		fmt.Fprintf(&b, "witness w%d %s\n", i, key(notekey.Cosignature, i))
	}
	last := "w0"
	for i := range maxGroups {
		fmt.Fprintf(&b, "group g%d any %s\n", i, last)
		last = fmt.Sprintf("g%d", i)
	}
	p, err := ParsePolicy([]byte(b.String() + "quorum " + last + "\n"))
	require.NoError(t, err)
	require.NoError(t, p.CheckWitnesses(func(i int) bool { return i == 0 }))
	require.Error(t, p.CheckWitnesses(func(i int) bool { return i == 1 }))
	_, err = ParsePolicy([]byte(b.String() + "group more any " + last + "\nquorum more\n"))
	require.ErrorContains(t, err, "too-many")
	_, err = ParsePolicy([]byte(b.String() + fmt.Sprintf("witness more %s\nquorum more\n", key(notekey.Cosignature, 200))))
	require.ErrorContains(t, err, "too-many")
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(policyText(f, examplePolicy)))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePolicy(text)
		if err != nil {
			if !errors.Is(err, ErrPolicy) {
				t.Fatal(err)
			}
			return
		}
		if err := p.CheckWitnesses(func(int) bool { return true }); err != nil {
			t.Fatalf("all sign, and it is not enough: %v", err)
		}
		if err := p.CheckWitnesses(func(int) bool { return false }); (err == nil) != (p.Quorum() == none) {
			t.Fatal("nobody signs, and it is enough")
		}
	})
}

func FuzzParseRequest(f *testing.F) {
	f.Add(Request{Old: 3, Proof: []tlog.Hash{{1}}, Checkpoint: []byte(testHead)}.Encode())
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseRequest(body)
		if err == nil && !bytes.Equal(r.Encode(), body) {
			t.Fatalf("%q has another encoding", body)
		}
	})
}

func FuzzVerify(f *testing.F) {
	s := testSigner(f, "w.example/1")
	f.Add([]byte(testHead), []byte(hex.EncodeToString(make([]byte, 72))))
	f.Fuzz(func(t *testing.T, text, sig []byte) {
		if s.Verifier().Verify(text, sig) {
			t.Fatal("forged")
		}
	})
}
