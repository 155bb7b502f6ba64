package dashboard

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// Every action that there is has a sentence, with separators and units.
func TestActionsInWords(t *testing.T) {
	r := found(t)
	alice := key(t, 11).Public()
	r.apply(key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	k := `"` + alice.String() + `"`
	cases := []struct{ raw, want string }{
		{`{"type":"set-price","resource":"proofs","sat":12000,"expect_sat":0}`, "Change the price of proofs from free to 12,000 sat."},
		{`{"type":"set-guardians","keys":[` + k + `],"threshold":1,"expect_keys":[],"expect_threshold":1}`, "Have 1 guardian, of whom 1 must agree: "},
		{`{"type":"set-guardians","keys":[],"threshold":1,"expect_keys":[],"expect_threshold":1}`, "Remove all guardians."},
		{`{"type":"pay","pool":"reserve","to":` + k + `,"sat":1234567}`, "Pay 1,234,567 sat from pool reserve to \u2068alice\u2069 (" + alice.String()[:12]},
		{`{"type":"add-rule","name":"errors","when":"true","cooldown_s":86400,"track":"price","title":"T","text":"","actions":[]}`, "with 0 actions; again after 1 d"},
		{`{"type":"remove-rule","name":"errors","expect_seq":7}`, "Remove the rule errors."},
		{`{"type":"webhook","url":"https://example.org/x","data":{}}`, "Tell https://example.org/x that this was decided."},
		{`{"type":"set-parameter","path":"/stake/max_sat","value":2000000,"expect":10000000}`, "from 10,000,000 to 2,000,000."},
		{`{"type":"amend","path":"/tracks/x","value":null,"expect":{"a":1}}`, "Take the constitution at /tracks/x away."},
		{`{"type":"registry-publish","kind":"model","name":"m","version":"2","sha256":"` + strings.Repeat("01", 32) + `","expect":"absent"}`, "Put the model m 2 on record."},
		{`{"type":"registry-allow","kind":"model","name":"m","version":"2","expect":"published"}`, "Allow the model m 2."},
		{`{"type":"registry-deny","kind":"provider","name":"m","expect":"published"}`, "Deny the provider m."},
		{`{"type":"grant","pool":"reserve","to":` + k + `,"sat":5000,"start_ms":1800000000000,"cliff_ms":1800000000000,"end_ms":1800086400000}`, "in full at 2027-01-16 08:00:00 UTC"},
		{`{"type":"revoke-grant","grant":"g1"}`, "of the grant g1."},
		{`{"type":"set-budget","agent":` + k + `,"pool":"reserve","terms":{"sat":1000,"period_s":3600,"until_ms":1800000000000}}`, "spend up to 1,000 sat from pool reserve every 1 h"},
		{`{"type":"set-budget","agent":` + k + `,"pool":"reserve"}`, "Take the budget in pool reserve"},
		{`{"type":"budget","wallet":"w1","terms":{"pool":"reserve","cap_msat":2000500,"refill_msat":9000000,"ceiling_msat":9000000,"recipients":["any"],"period_s":3600,"until_ms":1800000000000}}`, "Let wallet w1 spend up to 9,000 sat from pool reserve every 1 h, at most 2,000.500 sat at once"},
		{`{"type":"budget","wallet":"w1"}`, "Take the budget from wallet w1."},
		{`{"type":"pause","tracks":["price","signal"],"for_s":90}`, "Pause 2 tracks for 1 min 30 s: price, signal."},
	}
	said := map[string]bool{}
	for _, c := range cases {
		kind, err := op.StringMember([]byte(c.raw), "action", "type")
		require.NoError(t, err)
		said[kind] = true
		require.Contains(t, words(r.s, []byte(c.raw)), c.want)
	}
	for _, kind := range constitution.Actions() {
		require.True(t, said[kind], "no sentence about %s is tried", kind)
	}
	require.Equal(t, unreadable, words(r.s, []byte("{")))
	require.Contains(t, words(r.s, []byte(`{"type":"later"}`)), "later")
}

func TestFormats(t *testing.T) {
	for _, c := range [][2]string{
		{grouped("0"), "0"}, {grouped("999"), "999"}, {grouped("1000"), "1,000"}, {grouped("-1234567"), "-1,234,567"},
		{span(0), "0 s"}, {span(59_999), "59 s"}, {span(60_000), "1 min"}, {span(3_661_000), "1 h 1 min"}, {span(86_400_000), "1 d"},
		{ahead(61_000, 1_000), "in 1 min"}, {ahead(1_000, 61_000), "1 min ago"},
		{ppm(400_000), "40.00 %"}, {ppm(9_999), "0.99 %"}, {score(1 << 60), "100.00 %"}, {score(1 << 59), "50.00 %"},
		{when(0), "–"}, {plural(1, "seat", "seats"), "1 seat"}, {plural(uint64(1000), "seat", "seats"), "1,000 seats"},
		{said("weight 970000 of " + strings.Repeat("0a", 32) + ", 23h59m59.999s from 2027-02-03"), "weight 970,000 of 0a0a0a0a0a0a…, 23 h 59 min from 2027-02-03"},
	} {
		require.Equal(t, c[1], c[0])
	}
	for _, c := range []struct {
		part, whole op.Weight
		want        uint64
	}{{0, 0, 0}, {1, 3, 333}, {3, 3, 1000}, {4, 3, 1000}, {1 << 62, 1 << 63, 500}} {
		require.Equal(t, c.want, permille(c.part, c.whole))
	}
}
