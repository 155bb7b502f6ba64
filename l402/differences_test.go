package l402_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lightninglabs/aperture/auth"
	aperture "github.com/lightninglabs/aperture/l402"
	"github.com/stretchr/testify/require"
	"gopkg.in/macaroon.v2"
	"pgregory.net/rapid"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
)

// duel is one token that both sides know the root key of. Aperture's side is
// its authenticator and mint, and its own capabilities satisfier on top, which
// its mint leaves to the service.
type duel struct {
	rootKey  [32]byte
	id       l402.Identifier
	preimage l402.Preimage
	ours     *l402.Verifier
	theirs   *auth.L402Authenticator
}

// duelNeed is the need of every duel; tests of tier and agent differ from
// aperture, which knows neither.
var duelNeed = l402.Need{Service: "econd", Capability: "vote", Agent: agent}

func newDuel(t testing.TB) *duel {
	d := &duel{rootKey: sha256.Sum256([]byte("root")), preimage: sha256.Sum256([]byte("preimage"))}
	d.id = l402.Identifier{PaymentHash: d.preimage.Hash(), TokenID: sha256.Sum256([]byte("token"))}
	store := l402test.NewMemory()
	require.NoError(t, store.Put(l402.Record{
		TokenID: d.id.TokenID, PaymentHash: d.id.PaymentHash, RootKey: d.rootKey, ExpiresAt: 1 << 40,
	}))
	var err error
	d.ours, err = l402.NewVerifier(l402.VerifierConfig{Store: store, TokenCache: 64, KeyCache: 64})
	require.NoError(t, err)
	raw := d.id.Bytes()
	long := append(raw[:], "more"...)
	d.theirs = newAperture(secrets{sha256.Sum256(raw[:]): d.rootKey, sha256.Sum256(long): d.rootKey})
	return d
}

// mint makes a macaroon with gopkg.in/macaroon.v2.
func (d *duel) mint(t require.TestingT, caveats ...string) *macaroon.Macaroon {
	raw := d.id.Bytes()
	m, err := macaroon.New(d.rootKey[:], raw[:], "lsat", macaroon.V2)
	require.NoError(t, err)
	for _, c := range caveats {
		require.NoError(t, m.AddFirstPartyCaveat([]byte(c)))
	}
	return m
}

func (d *duel) text(t require.TestingT, m *macaroon.Macaroon) string {
	b, err := m.MarshalBinary()
	require.NoError(t, err)
	return d.join(b)
}

func (d *duel) join(b []byte) string {
	return "L402 " + base64.StdEncoding.EncodeToString(b) + ":" + d.preimage.Reveal()
}

// verdicts returns what both sides say to the same Authorization values.
func (d *duel) verdicts(values ...string) (ours, theirs bool) {
	_, err := d.ours.Check(t0, values, duelNeed)
	h := http.Header{aperture.HeaderAuthorization: values}
	return err == nil, d.theirs.Accept(&h, duelNeed.Service) && apertureCapabilities(&h)
}

func apertureCapabilities(h *http.Header) bool {
	m, _, err := aperture.FromHeader(h)
	if err != nil {
		return false
	}
	var caveats []aperture.Caveat
	for _, raw := range m.Caveats() {
		if c, err := aperture.DecodeCaveat(string(raw.Id)); err == nil {
			caveats = append(caveats, c)
		}
	}
	return aperture.VerifyCaveats(caveats, aperture.NewCapabilitiesSatisfier(duelNeed.Service, duelNeed.Capability)) == nil
}

// difference is one wanted difference from aperture v0.5.0.
type difference struct {
	name   string
	reason string
	accept bool // by this package; aperture says the opposite
	values func(t *testing.T, d *duel) []string
}

const fine = "services=econd:0"

func caveats(list ...string) func(*testing.T, *duel) []string {
	return func(t *testing.T, d *duel) []string { return []string{d.text(t, d.mint(t, list...))} }
}

// form lets f rewrite the ordinary value of a good token.
func form(f func(value, token, preimage string) []string) func(*testing.T, *duel) []string {
	return func(t *testing.T, d *duel) []string {
		value := d.text(t, d.mint(t, fine))
		token, preimage, _ := strings.Cut(value[len("L402 "):], ":")
		return f(value, token, preimage)
	}
}

// binary lets f rewrite the bytes of a good macaroon.
func bytesOf(f func(b []byte) []byte) func(*testing.T, *duel) []string {
	return func(t *testing.T, d *duel) []string {
		b, err := d.mint(t, fine).MarshalBinary()
		require.NoError(t, err)
		return []string{d.join(f(b))}
	}
}

// differences lists every wanted difference. Whatever is not here agrees.
var differences = []difference{
	// What clients send and aperture cannot read.
	{"scheme in any case", "RFC 9110: scheme names are case-insensitive", true,
		form(func(v, _, _ string) []string { return []string{strings.ToLower(v[:4]) + v[4:]} })},
	{"spaces after the scheme", "RFC 9110: 1*SP", true,
		form(func(v, _, _ string) []string { return []string{"L402  " + v[5:]} })},
	{"upper-case preimage", "hex has two cases", true,
		form(func(_, m, p string) []string { return []string{"L402 " + m + ":" + strings.ToUpper(p)} })},
	{"unpadded base64", "clients send it", true,
		func(t *testing.T, d *duel) []string {
			v := d.text(t, d.mint(t, fine, "pad=12"))
			require.Contains(t, v, "=:")
			return []string{strings.ReplaceAll(v, "=", "")}
		}},
	{"url-safe base64", "clients send it", true,
		func(t *testing.T, d *duel) []string {
			for i := range 1000 {
				v := d.text(t, d.mint(t, fine, "n="+strconv.Itoa(i)))
				if url := strings.NewReplacer("+", "-", "/", "_").Replace(v); url != v {
					return []string{url}
				}
			}
			return nil
		}},
	{"several macaroons, comma-separated", "the L402 text allows them; any one may grant", true,
		form(func(_, m, p string) []string { return []string{"L402 " + m + "," + m + ":" + p} })},
	{"another scheme's value last", "aperture reads the last value only", true,
		form(func(v, _, _ string) []string { return []string{v, "Bearer abc"} })},
	{"a bad value last", "any good credential grants; aperture reads the last value only", true,
		form(func(v, _, p string) []string { return []string{v, "L402 AAAA:" + p} })},

	// What aperture lets pass though it says nothing, or two things.
	{"junk after the preimage", "a credential ends where its grammar ends", false,
		form(func(v, _, _ string) []string { return []string{v + "00"} })},
	{"junk before the scheme", "a credential starts where its grammar starts", false,
		form(func(v, _, _ string) []string { return []string{"x" + v} })},
	{"junk after the macaroon", "one encoding per token", false,
		bytesOf(func(b []byte) []byte { return append(b, 7) })},
	{"line breaks in base64", "one encoding per token", false,
		form(func(_, m, p string) []string { return []string{"L402 " + m[:8] + "\r" + m[8:] + ":" + p} })},
	{"unused base64 bits set", "one encoding per token", false,
		func(t *testing.T, d *duel) []string {
			v := d.text(t, d.mint(t, fine, "pad=12"))
			i := strings.IndexByte(v, '=') - 1
			const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
			return []string{v[:i] + alphabet[strings.IndexByte(alphabet, v[i])+1:][:1] + v[i+1:]}
		}},
	{"padded varint", "one encoding per token", false,
		bytesOf(func(b []byte) []byte { return slices.Replace(b, 2, 3, b[2]|0x80, 0) })},
	{"empty location", "one encoding per token", false,
		bytesOf(func(b []byte) []byte { return slices.Replace(b, 2, 7, 0) })},
	{"empty verification id", "one encoding per token", false,
		bytesOf(func(b []byte) []byte {
			i := strings.Index(string(b), fine) + len(fine)
			return slices.Insert(b, i, 4, 0)
		})},
	{"version 1 format", "one encoding per token; nothing issued here has it", false,
		func(t *testing.T, d *duel) []string { return []string{d.join(version1(d.mint(t, fine)))} }},
	{"identifier longer than 66 bytes", "an identifier has one length", false,
		func(t *testing.T, d *duel) []string {
			raw := d.id.Bytes()
			m, err := macaroon.New(d.rootKey[:], append(raw[:], "more"...), "", macaroon.V2)
			require.NoError(t, err)
			require.NoError(t, m.AddFirstPartyCaveat([]byte(fine)))
			return []string{d.text(t, m)}
		}},
	{"more than 64 caveats", "bounded work per request", false,
		caveats(slices.Repeat([]string{fine}, 65)...)},
	{"more than 4096 bytes", "bounded work per request", false,
		caveats(fine, "x="+strings.Repeat("x", 4000))},

	// What aperture's mint does not enforce.
	{"no services caveat", "a token that names no service grants none", false, caveats("colour=blue")},
	{"tier outside 0 to 255", "aperture lets the number wrap around", false, caveats("services=econd:256")},
	{"tier raised", "a caveat may only narrow", false, caveats(fine, "services=econd:1")},
	{"agent unreadable", "a binding nobody can check binds nobody", false, caveats(fine, "agent=me")},
	{"agent changed", "a caveat may only narrow", false,
		caveats(fine, "agent="+agent.String(), "agent="+strings.Repeat("ab", 32))},
	{"another agent signed", "aperture does not know whose key signed", false,
		caveats(fine, "agent="+strings.Repeat("ab", 32))},
}

// version1 encodes a macaroon in version 1 format, signature unchanged.
func version1(m *macaroon.Macaroon) (b []byte) {
	packet := func(name string, data []byte) {
		b = append(b, hex.EncodeToString(binary.BigEndian.AppendUint16(nil, uint16(len(name)+len(data)+6)))...)
		b = append(append(append(b, name...), ' '), append(data, '\n')...)
	}
	packet("location", []byte(m.Location()))
	packet("identifier", m.Id())
	for _, c := range m.Caveats() {
		packet("cid", slices.Clone(c.Id))
	}
	packet("signature", m.Signature())
	return b
}

func TestWantedDifferencesFromAperture(t *testing.T) {
	for _, c := range differences {
		t.Run(c.name, func(t *testing.T) {
			d := newDuel(t)
			ours, theirs := d.verdicts(c.values(t, d)...)
			require.Equal(t, c.accept, ours, "econd")
			require.Equal(t, !c.accept, theirs, "aperture; if it agrees now, this row can go")
		})
	}
}

// wantedRefusal names the difference that makes this package refuse a
// well-encoded token with these caveats though aperture accepts it; "" if there
// is none. It is written the slow, obvious way.
func wantedRefusal(list []string) string {
	tiers := map[string]int(nil)
	bound := ""
	for _, c := range list {
		condition, value, found := strings.Cut(c, "=")
		switch {
		case found && condition == "services":
			now := make(map[string]int)
			for _, item := range strings.Split(value, ",") {
				name, digits, _ := strings.Cut(item, ":")
				tier, err := strconv.Atoi(digits)
				if err != nil || tier < 0 || tier > 255 {
					return "tier outside 0 to 255"
				}
				now[name] = max(now[name], tier)
				if tiers != nil && tier > tiers[name] {
					return "tier raised"
				}
			}
			tiers = now
		case found && condition == "agent":
			switch {
			case !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(value):
				return "agent unreadable"
			case bound != "" && bound != value:
				return "agent changed"
			}
			bound = value
		}
	}
	switch {
	case tiers == nil:
		return "no services caveat"
	case bound != "" && bound != agent.String():
		return "another agent signed"
	}
	return ""
}

func listed(name string) bool {
	return slices.ContainsFunc(differences, func(d difference) bool { return d.name == name })
}

// drawCaveat draws a caveat: of a known condition with a value at a border, or
// anything.
func drawCaveat(t *rapid.T) string {
	pick := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "value") }
	now := t0.Unix()
	switch rapid.IntRange(0, 9).Draw(t, "condition") {
	case 0, 1, 2:
		item := rapid.SampledFrom([]string{"econd:0", "econd:0", "econd:0", "econd:1", "weather:0", "econd:255", "econd:256",
			"econd:-1", "econd:+0", "econd:00", "econd", ":0", "", "econd:0:0", "econd:x"})
		return "services=" + strings.Join(rapid.SliceOfN(item, 1, 2).Draw(t, "services"), ",")
	case 3, 4:
		item := rapid.SampledFrom([]string{"vote", "vote", "vote", "read", "", "veto"})
		return "econd_capabilities=" + strings.Join(rapid.SliceOfN(item, 1, 3).Draw(t, "capabilities"), ",")
	case 5, 6:
		return "econd_valid_until=" + pick(strconv.FormatInt(now, 10), strconv.FormatInt(now+1, 10), strconv.FormatInt(now+2, 10),
			"+"+strconv.FormatInt(now+1, 10), "00"+strconv.FormatInt(now+1, 10), "-1", "", "1e9", "9223372036854775807",
			"9223372036854775808", "9223371974719179007", "9223371974719179008", " 1", "1_000")
	case 7:
		return "agent=" + pick(agent.String(), agent.String(), strings.Repeat("ab", 32), "me", "")
	case 8:
		return pick("weather_valid_until=1", "weather_capabilities=x", "services", "=", "", "Services=x:0",
			"services =x:0", "econd_valid_untill=1", "_valid_until=1", "agent", "colour=a=b")
	}
	return string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "anything"))
}

// TestAgreesWithApertureOnCaveats: tokens with any caveats, rightly signed.
func TestAgreesWithApertureOnCaveats(t *testing.T) {
	d := newDuel(t)
	var accepted, refused, differed int
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(drawCaveat), 0, 5).Draw(rt, "caveats")
		if rapid.IntRange(0, 3).Draw(rt, "good start") > 0 {
			list = append([]string{fine}, list...)
		}
		value := d.text(rt, d.mint(rt, list...))
		for range 2 { // the second time from the cache
			ours, theirs := d.verdicts(value)
			switch {
			case ours && theirs:
				accepted++
			case ours == theirs:
				refused++
			default:
				differed++
				name := wantedRefusal(list)
				require.False(rt, ours, "accepted what aperture refuses: %q", list)
				require.True(rt, listed(name), "%q: difference %q is not listed", list, name)
			}
		}
	})
	require.Positive(t, accepted)
	require.Positive(t, refused)
	require.Positive(t, differed)
}

// canonicalForm is the one text that a token has when aperture's client writes
// it.
var canonicalForm = regexp.MustCompile(`^(?:LSAT|L402) ([A-Za-z0-9+/]+={0,2}):[0-9a-f]{64}$`)

// isCanonical tells whether a value is in the form in which the two sides must
// agree: canonical text, canonical version 2 macaroon, within the size limits.
func isCanonical(value string) bool {
	match := canonicalForm.FindStringSubmatch(value)
	if match == nil {
		return false
	}
	b, err := base64.StdEncoding.Strict().DecodeString(match[1])
	var m macaroon.Macaroon
	if err != nil || len(b) > 4096 || m.UnmarshalBinary(b) != nil {
		return false
	}
	again, err := m.MarshalBinary()
	return err == nil && m.Version() == macaroon.V2 && string(again) == string(b) && len(m.Caveats()) <= 64
}

// agree is the property of the fuzz target: in canonical form the verdicts are
// the same, but for listed caveats; in any other form, what this package
// accepts has a canonical form that aperture accepts.
func (d *duel) agree(t require.TestingT, value string) {
	ours, theirs := d.verdicts(value)
	if ours == theirs {
		return
	}
	if !isCanonical(value) {
		if ours {
			require.True(t, d.canonicalAccepted(value), "accepted %q, which has no good canonical form", value)
		}
		return
	}
	require.False(t, ours, "accepted what aperture refuses: %q", value)
	b, err := base64.StdEncoding.DecodeString(canonicalForm.FindStringSubmatch(value)[1])
	require.NoError(t, err)
	var m macaroon.Macaroon
	require.NoError(t, m.UnmarshalBinary(b))
	var list []string
	for _, c := range m.Caveats() {
		list = append(list, string(c.Id))
	}
	require.True(t, listed(wantedRefusal(list)), "refused %q, which aperture accepts", value)
}

// canonicalAccepted tells whether aperture accepts some token of the value once
// it is written canonically.
func (d *duel) canonicalAccepted(value string) bool {
	loose := regexp.MustCompile(`(?i)(?:LSAT|L402) +([A-Za-z0-9+/_=,-]+):([0-9a-f]{64})`)
	for _, match := range loose.FindAllStringSubmatch(value, -1) {
		for _, text := range strings.Split(match[1], ",") {
			std := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
			b, err := base64.RawStdEncoding.DecodeString(std)
			var all macaroon.Slice
			if err != nil || all.UnmarshalBinary(b) != nil {
				continue
			}
			for _, m := range all {
				one, err := m.MarshalBinary()
				if err != nil {
					continue
				}
				canonical := "L402 " + base64.StdEncoding.EncodeToString(one) + ":" + strings.ToLower(match[2])
				if _, theirs := d.verdicts(canonical); theirs {
					return true
				}
			}
		}
	}
	return false
}

// TestAgreesWithApertureOnMutations changes good tokens at random, in their
// bytes or in their text.
func TestAgreesWithApertureOnMutations(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(rt *rapid.T) {
		b, err := d.mint(rt, fine, "econd_capabilities=vote", "agent="+agent.String()).MarshalBinary()
		require.NoError(rt, err)
		if rapid.Bool().Draw(rt, "in bytes") {
			d.agree(rt, d.join(mutate(rt, b)))
			return
		}
		d.agree(rt, string(mutate(rt, []byte(d.join(b)))))
	})
}

// mutate replaces, removes, inserts or repeats a few bytes.
func mutate(t *rapid.T, b []byte) []byte {
	for range rapid.IntRange(1, 2).Draw(t, "changes") {
		i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		c := rapid.Byte().Draw(t, "byte")
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			b[i] = c
		case 1:
			b = slices.Delete(b, i, i+1)
		case 2:
			b = slices.Insert(b, i, c)
		case 3:
			b = slices.Insert(b, i, b[i])
		}
	}
	return b
}

func FuzzAgreesWithAperture(f *testing.F) {
	d := newDuel(f)
	good := d.text(f, d.mint(f, fine))
	f.Add(good)
	f.Add("LSAT " + good[5:])
	f.Add(d.text(f, d.mint(f, fine, "services=econd:1")))
	f.Add(d.text(f, d.mint(f, "services=weather:0")))
	f.Add(strings.Replace(good, ":", ",AgAA:", 1))
	f.Add("Bearer x, " + good)
	f.Fuzz(func(t *testing.T, value string) { d.agree(t, value) })
}
