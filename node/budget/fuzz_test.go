package budget

import (
	"bytes"
	"encoding/json"
	"testing"
)

// Whatever text terms come in: what is valid has one encoding that says the same, and any
// request can be checked and spent under it without a panic and within its numbers.
func FuzzTerms(f *testing.F) {
	for _, t := range []*Terms{
		hourly(),
		hourly(func(t *Terms) {
			t.Rollover, t.CeilingMsat, t.Velocity = true, MaxMsat, []Velocity{{WindowS: 1, Msat: MaxMsat}}
		}),
		hourly(func(t *Terms) { t.RefillMsat, t.CeilingMsat, t.CapMsat, t.Rollover = MaxMsat, MaxMsat, MaxMsat, true }),
		hourly(func(t *Terms) { t.Purposes, t.Approvals = []string{"work"}, &Approvals{M: 1, Keys: []string{approver}} }),
		hourly(func(t *Terms) {
			t.Recipients = []string{"lnurl:*@shop.example", "origin:https://shop.example:8443", Any}
		}),
	} {
		text, err := json.Marshal(t)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, int64(1), int64(0), int64(hour))
		f.Add(text, int64(MaxMsat), int64(1)<<62, int64(1)<<62+1)
	}
	f.Fuzz(func(t *testing.T, text []byte, msat, atMs, laterMs int64) {
		var terms Terms
		if json.Unmarshal(text, &terms) != nil || terms.Validate("terms") != nil {
			return
		}
		once, err := json.Marshal(&terms)
		if err != nil {
			t.Fatal(err)
		}
		var again Terms
		if err := json.Unmarshal(once, &again); err != nil || again.Validate("terms") != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice, _ := json.Marshal(&again); !bytes.Equal(once, twice) {
			t.Fatalf("%s\n%s", once, twice)
		}
		if err := Narrows(&terms, &terms); err != nil {
			t.Fatal(err)
		}
		a, r := &Account{}, Request{AmountMsat: msat, Recipients: []string{alice, "lnurl:bob@shop.example"}, Purpose: "work", Approved: true}
		for _, now := range []int64{atMs, laterMs, atMs} {
			if _, err := Check(&terms, a, r, now); err == nil {
				a.Settle(a.Reserve(&terms, r, now), msat, laterMs)
			}
			if f := a.Figures(&terms, now); f.AvailableMsat < 0 || f.SpentMsat+f.ReservedMsat > f.AllowanceMsat {
				t.Fatalf("%+v", f)
			}
		}
	})
}
