package budget

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/refusal"
)

// alice is a node's key, the generator of the curve; approver one of BIP-340.
const (
	alice    = "node:0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	approver = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
)

// hourly are terms that allow 1000 msat an hour, 400 at once, to alice.
func hourly(change ...func(*Terms)) *Terms {
	t := &Terms{Pool: "main", RefillMsat: 1000, CeilingMsat: 1000, PeriodS: 3600, CapMsat: 400, Recipients: []string{alice}, UntilMs: 1 << 50}
	for _, f := range change {
		f(t)
	}
	return t
}

// ask is a request of alice's; its fee limit is a tenth.
func ask(msat int64) Request {
	return Request{AmountMsat: msat - msat/10, FeeLimitMsat: msat / 10, Recipients: []string{alice}, Purpose: "work"}
}

func decided(t *testing.T, err error) string {
	t.Helper()
	var r *refusal.Refusal
	require.ErrorAs(t, err, &r)
	return r.Rule
}

const hour = 3600_000

// Each rule, on both sides of its threshold.
func TestEachRuleDecides(t *testing.T) {
	used := func(terms *Terms, msat int64, nowMs int64) *Account {
		a := &Account{}
		wide := *terms
		wide.CapMsat, wide.Velocity = MaxMsat, []Velocity{{WindowS: MaxWindowS, Count: MaxCount}}
		a.Reserve(&wide, ask(msat), nowMs)
		return a
	}
	for _, c := range []struct {
		name  string
		terms *Terms
		used  int64
		at    int64
		r     Request
		rule  string // "": allowed
	}{
		{"no terms", nil, 0, 0, ask(1), RuleBudget},
		{"no amount", hourly(), 0, 0, Request{Recipients: []string{alice}, Purpose: "work"}, RuleAmount},
		{"negative fees", hourly(), 0, 0, Request{AmountMsat: 5, FeeLimitMsat: -1, Recipients: []string{alice}, Purpose: "work"}, RuleAmount},
		{"amounts that wrap", hourly(), 0, 0, Request{AmountMsat: 1<<63 - 1, FeeLimitMsat: 1<<63 - 1}, RuleAmount},
		{"more than there can be", hourly(), 0, 0, Request{AmountMsat: MaxMsat, FeeLimitMsat: 1}, RuleAmount},
		{"the last instant", hourly(func(t *Terms) { t.UntilMs = 7 }), 0, 7, ask(1), ""},
		{"after the last instant", hourly(func(t *Terms) { t.UntilMs = 7 }), 0, 8, ask(1), RuleExpiry},
		{"a recipient one character off", hourly(func(t *Terms) { t.Recipients = []string{"origin:https://shop.example"} }), 0, 0,
			Request{AmountMsat: 1, Recipients: []string{"origin:https://shap.example"}, Purpose: "work"}, RuleRecipient},
		{"one of two names", hourly(func(t *Terms) { t.Recipients = []string{"origin:https://shop.example"} }), 0, 0,
			Request{AmountMsat: 1, Recipients: []string{alice, "origin:https://SHOP.example:443"}, Purpose: "work"}, ""},
		{"nobody allowed", hourly(func(t *Terms) { t.Recipients = nil }), 0, 0, ask(1), RuleRecipient},
		{"anybody", hourly(func(t *Terms) { t.Recipients = []string{Any} }), 0, 0, ask(1), ""},
		{"anybody without a name", hourly(func(t *Terms) { t.Recipients = []string{Any} }), 0, 0, Request{AmountMsat: 1, Purpose: "work"}, RuleRecipient},
		{"who calls itself any", hourly(), 0, 0, Request{AmountMsat: 1, Recipients: []string{Any}, Purpose: "work"}, RuleRecipient},
		{"a purpose", hourly(func(t *Terms) { t.Purposes = []string{"work"} }), 0, 0, ask(1), ""},
		{"another purpose", hourly(func(t *Terms) { t.Purposes = []string{"play"} }), 0, 0, ask(1), RulePurpose},
		{"no purpose", hourly(), 0, 0, Request{AmountMsat: 1, Recipients: []string{alice}}, RulePurpose},
		{"the cap, fees included", hourly(), 0, 0, ask(400), ""},
		{"a msat above the cap", hourly(), 0, 0, ask(401), RuleCap},
		{"the rest of the period", hourly(), 700, 0, ask(300), ""},
		{"a msat above the rest", hourly(), 700, 0, ask(301), RulePeriod},
		{"the last ms of the period", hourly(), 700, hour - 1, ask(301), RulePeriod},
		{"the first ms of the next", hourly(), 700, hour, ask(301), ""},
		{"the ceiling", hourly(func(t *Terms) { t.CeilingMsat = 900 }), 700, 0, ask(200), ""},
		{"a msat above the ceiling", hourly(func(t *Terms) { t.CeilingMsat = 900 }), 700, 0, ask(201), RuleCeiling},
		{"the second of two payments", hourly(func(t *Terms) { t.Velocity = []Velocity{{WindowS: 10, Count: 2}} }), 700, 9_999, ask(1), ""},
		{"the second of one", hourly(func(t *Terms) { t.Velocity = []Velocity{{WindowS: 10, Count: 1}} }), 700, 9_999, ask(1), RuleVelocity},
		{"when the first has left the window", hourly(func(t *Terms) { t.Velocity = []Velocity{{WindowS: 10, Count: 1}} }), 700, 10_000, ask(1), ""},
		{"the msat of a window", hourly(func(t *Terms) { t.Velocity = []Velocity{{WindowS: 10, Msat: 800}} }), 700, 9_999, ask(100), ""},
		{"one more", hourly(func(t *Terms) { t.Velocity = []Velocity{{WindowS: 10, Msat: 800}} }), 700, 9_999, ask(101), RuleVelocity},
		{"without approvals", hourly(func(t *Terms) { t.Approvals = &Approvals{AboveMsat: 100, M: 1, Keys: []string{approver}} }), 0, 0, ask(100), ""},
		{"approvals", hourly(func(t *Terms) { t.Approvals = &Approvals{AboveMsat: 100, M: 1, Keys: []string{approver}} }), 0, 0, ask(101), RuleApprovals},
		{"approved", hourly(func(t *Terms) { t.Approvals = &Approvals{AboveMsat: 100, M: 1, Keys: []string{approver}} }), 0, 0,
			Request{AmountMsat: 101, Recipients: []string{alice}, Purpose: "work", Approved: true}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &Account{}
			if c.used > 0 {
				a = used(c.terms, c.used, 0)
			}
			before := *a.Clone()
			trace, err := Check(c.terms, a, c.r, c.at)
			require.Equal(t, before, *a, "Check changed the account")
			require.Equal(t, c.rule, trace.Decided)
			require.Equal(t, c.rule == "", trace.Allowed)
			if c.rule == "" {
				require.NoError(t, err)
				require.True(t, strings.HasPrefix(trace.String(), "allowed: "), trace)
				a.Reserve(c.terms, c.r, c.at)
				return
			}
			require.Equal(t, c.rule, decided(t, err))
			require.True(t, strings.HasPrefix(trace.String(), "refused by "+c.rule+": "), trace)
			require.Panics(t, func() { a.Reserve(c.terms, c.r, c.at) })
			require.Equal(t, before, *a, "a refused reservation changed the account")
		})
	}
}

// The steps stand in one order, whatever decides, and carry their numbers.
func TestTraceIsWhole(t *testing.T) {
	terms := hourly(func(t *Terms) {
		t.Velocity = []Velocity{{WindowS: 60, Count: 3, Msat: 500}}
		t.Approvals = &Approvals{AboveMsat: 10, M: 1, Keys: []string{approver}}
	})
	a := &Account{}
	r := ask(300)
	r.Approved = true
	a.Reserve(terms, r, 1000)
	trace, err := Check(terms, a, ask(401), 2000)
	require.Equal(t, "amount_msat: cap: asked are 401 msat with fees, left are 400: 0 of 400 are used", err.Error())
	text, err := json.Marshal(trace)
	require.NoError(t, err)
	require.JSONEq(t, `{"at_ms":2000,"asked_msat":401,"allowed":false,"decided":"cap","rules":[
		{"rule":"amount","passed":true,"limit_msat":9007199254740992,"asked_msat":401,"left_msat":9007199254740992,"fee_limit_msat":40},
		{"rule":"expiry","passed":true,"at_ms":2000,"until_ms":1125899906842624},
		{"rule":"recipient","passed":true,"name":"`+alice+`","by":"`+alice+`"},
		{"rule":"purpose","passed":true,"name":"work","by":"any"},
		{"rule":"cap","passed":false,"limit_msat":400,"asked_msat":401,"left_msat":400},
		{"rule":"period","passed":true,"limit_msat":1000,"used_msat":300,"asked_msat":401,"left_msat":700},
		{"rule":"ceiling","passed":true,"limit_msat":1000,"used_msat":300,"asked_msat":401,"left_msat":700},
		{"rule":"velocity","passed":true,"window_s":60,"limit_count":3,"used_count":1,"left_count":2},
		{"rule":"velocity","passed":false,"window_s":60,"limit_msat":500,"used_msat":300,"asked_msat":401,"left_msat":200},
		{"rule":"approvals","passed":false,"limit_msat":10,"asked_msat":401,"limit_count":1}]}`, string(text))
	require.Len(t, trace.Sentences(), len(trace.Rules))
	var again Trace
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, trace, again)
}

// What comes back returns to the period of its reservation while that runs, and to no other.
func TestWhatComesBack(t *testing.T) {
	terms := hourly(func(t *Terms) { t.CapMsat = 1000 })
	a := &Account{}
	first, second := a.Reserve(terms, ask(600), 0), a.Reserve(terms, ask(400), 0)
	require.Zero(t, a.Available(terms, hour-1))
	first = a.Lower(first, 500, 10)
	require.EqualValues(t, 100, a.Available(terms, 10))
	a.Settle(first, 450, 20)
	require.EqualValues(t, 150, a.Available(terms, 20))
	a.Release(second, hour)
	require.EqualValues(t, 1000, a.Available(terms, hour), "a release of the period before adds nothing")
	require.Equal(t, Figures{PeriodStartMs: hour, PeriodEndMs: 2 * hour, AllowanceMsat: 1000, AvailableMsat: 1000, TotalMsat: 450}, a.Figures(terms, hour))
	require.EqualValues(t, 1000, a.Available(terms, 5), "time does not go back")

	third := a.Reserve(terms, ask(100), hour)
	a.Settle(third, 130, 2*hour)
	require.EqualValues(t, 970, a.Available(terms, 2*hour), "what was spent above its reservation counts where the period is over, too")
}

func TestRolloverGoesToTheCeiling(t *testing.T) {
	terms := hourly(func(t *Terms) { t.Rollover, t.CeilingMsat = true, 2500 })
	a := &Account{}
	a.Reserve(terms, ask(400), 0)
	require.EqualValues(t, 600, a.Available(terms, hour-1))
	require.EqualValues(t, 1600, a.Available(terms, hour))
	require.EqualValues(t, 2500, a.Available(terms, 2*hour))
	require.EqualValues(t, 2500, a.Available(terms, 1<<52), "however long it lay")
	terms = hourly(func(t *Terms) { t.Rollover, t.CeilingMsat = true, 2500 })
	a.Change(terms, hour)
	narrow := hourly()
	a.Change(narrow, hour)
	require.EqualValues(t, 1000, a.Available(narrow, hour))
	a.Change(terms, hour)
	require.EqualValues(t, 1000, a.Available(terms, hour), "what was cut off does not come back")
	a.Change(nil, hour)
	require.Zero(t, a.Available(nil, hour))
}

// Terms of another period, in the middle of one with a reservation: what was used stays used,
// and what comes back still returns.
func TestAnotherPeriodKeepsWhatWasUsed(t *testing.T) {
	a := &Account{}
	r := a.Reserve(hourly(), ask(400), hour+5)
	daily := hourly(func(t *Terms) { t.PeriodS = 86400 })
	a.Change(daily, hour+6)
	require.EqualValues(t, 600, a.Available(daily, 23*hour))
	a.Release(r, 23*hour)
	require.EqualValues(t, 1000, a.Available(daily, 23*hour))
}

func TestRecipients(t *testing.T) {
	for text, want := range map[string]string{
		strings.ToUpper(alice[5:]):                               "",
		"node:" + strings.ToUpper(alice[5:]):                     alice,
		"node:02" + strings.Repeat("ff", 32):                     "", // no point
		"node:04" + strings.Repeat("00", 64):                     "",
		alice + "00":                                             "",
		"NODE:" + alice[5:]:                                      "",
		"origin:https://Shop.Example:443":                        "origin:https://shop.example",
		"origin:HTTPS://shop.example:8443":                       "origin:https://shop.example:8443",
		"origin:https://127.0.0.1:10000":                         "origin:https://127.0.0.1:10000",
		"origin:https://xn--bcher-kva.example":                   "origin:https://xn--bcher-kva.example",
		"origin:https://bücher.example":                          "",
		"origin:https://shop.example/":                           "",
		"origin:https://shop.example/x?y":                        "",
		"origin:https://user@shop.example":                       "",
		"origin:https://shop.example?":                           "",
		"origin:https://shop.example.":                           "",
		"origin:https://shop..example":                           "",
		"origin:https://-shop.example":                           "",
		"origin:https://shop-.example":                           "",
		"origin:https://[::1]":                                   "",
		"origin:https://127.1":                                   "",
		"origin:https://0x7f.1":                                  "",
		"origin:https://shop.0x1":                                "",
		"origin:https://256.0.0.1":                               "",
		"origin:https://127.0.0.01":                              "",
		"origin:https://shop.example:0":                          "",
		"origin:https://shop.example:0443":                       "",
		"origin:https://shop.example:65536":                      "",
		"origin:https://shop.example:":                           "",
		"origin:https://shop.example:+80":                        "",
		"origin:http://shop.example":                             "",
		"origin:shop.example":                                    "",
		"origin:https://" + strings.Repeat("a", 64) + ".example": "",
		"origin:https://" + strings.Repeat("a.", 127) + "b":      "",
		"lnurl:Bob@Shop.Example":                                 "lnurl:bob@shop.example",
		"lnurl:b.o-b_1+tip@shop.example":                         "lnurl:b.o-b_1+tip@shop.example",
		"lnurl:*@shop.example":                                   "lnurl:*@shop.example",
		"lnurl:**@shop.example":                                  "",
		"lnurl:@shop.example":                                    "",
		"lnurl:bob":                                              "",
		"lnurl:bob@eve@shop.example":                             "",
		"lnurl:b ob@shop.example":                                "",
		"lnurl:" + strings.Repeat("b", 65) + "@shop.example":     "",
		"any":                      "",
		"":                         "",
		strings.Repeat("x", 10000): "",
	} {
		got, err := Recipient(text)
		require.Equal(t, want, got, text)
		require.Equal(t, want == "", err != nil, text)
		if err == nil {
			again, err := Recipient(got)
			require.NoError(t, err)
			require.Equal(t, got, again)
		}
	}
	require.True(t, covers("lnurl:*@shop.example", "lnurl:bob@shop.example"))
	require.False(t, covers("lnurl:*@shop.example", "lnurl:bob@my.shop.example"))
	require.False(t, covers("lnurl:*@shop.example", "origin:https://shop.example"))
	require.False(t, covers("lnurl:bob@shop.example", "lnurl:*@shop.example"))
}

func TestTermsAreValidated(t *testing.T) {
	require.NoError(t, hourly().Validate("terms"))
	for want, f := range map[string]func(*Terms){
		"terms.refill_msat: range":          func(t *Terms) { t.RefillMsat = 0 },
		"terms.ceiling_msat: range":         func(t *Terms) { t.CeilingMsat = MaxMsat + 1 },
		"terms.period_s: range":             func(t *Terms) { t.PeriodS = MaxPeriodS + 1 },
		"terms.cap_msat: range":             func(t *Terms) { t.CapMsat = -1 },
		"terms.until_ms: range":             func(t *Terms) { t.UntilMs = 0 },
		"terms.velocity: length":            func(t *Terms) { t.Velocity = make([]Velocity, 5) },
		"terms.velocity: empty":             func(t *Terms) { t.Velocity = []Velocity{{WindowS: 1}} },
		"terms.velocity.window_s: range":    func(t *Terms) { t.Velocity = []Velocity{{WindowS: MaxWindowS + 1, Count: 1}} },
		"terms.velocity.count: range":       func(t *Terms) { t.Velocity = []Velocity{{WindowS: 1, Count: MaxCount + 1}} },
		"terms.velocity.msat: range":        func(t *Terms) { t.Velocity = []Velocity{{WindowS: 1, Msat: -1}} },
		"terms.recipients: length":          func(t *Terms) { t.Recipients = make([]string, 65) },
		"terms.recipients: form":            func(t *Terms) { t.Recipients = []string{"origin:https://Shop.example"} },
		"terms.recipients: repeated":        func(t *Terms) { t.Recipients = []string{Any, alice, Any} },
		"terms.purposes: form":              func(t *Terms) { t.Purposes = []string{"Work"} },
		"terms.purposes: length":            func(t *Terms) { t.Purposes = []string{strings.Repeat("w", 41)} },
		"terms.purposes: repeated":          func(t *Terms) { t.Purposes = []string{"w", "w"} },
		"terms.approvals.above_msat: range": func(t *Terms) { t.Approvals = &Approvals{AboveMsat: -1, M: 1, Keys: []string{approver}} },
		"terms.approvals.keys: length":      func(t *Terms) { t.Approvals = &Approvals{M: 1} },
		"terms.approvals.keys: form":        func(t *Terms) { t.Approvals = &Approvals{M: 1, Keys: []string{strings.ToUpper(approver)}} },
		"terms.approvals.keys: repeated":    func(t *Terms) { t.Approvals = &Approvals{M: 1, Keys: []string{approver, approver}} },
		"terms.approvals.m: range":          func(t *Terms) { t.Approvals = &Approvals{M: 2, Keys: []string{approver}} },
	} {
		err := hourly(f).Validate("terms")
		require.Error(t, err, want)
		require.True(t, strings.HasPrefix(err.Error(), want+": "), "%s: %v", want, err)
		require.True(t, errors.Is(err, refusal.ErrInvalid))
	}
}
