package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ledger"
)

// endOf is all that readers see of a state, as they see it: JSON members keep their
// names and meanings, so what one version wrote the next ones find again. What is
// looked up in the log itself (texts, actions, terms) is left out.
func endOf(s *ledger.State, report ReplayReport) map[string]any {
	now := s.Clock().TimeMs
	end := map[string]any{"report": report, "constitution": s.Constitution(), "versions": s.ConstitutionVersions(), "pauses": s.Pauses(),
		"pause_motions": s.PauseMotions(), "metrics": s.Metrics(), "rules": s.Rules(), "dust_msat": s.DustMsat()}
	list := func(name string, n int, at func(i int) any) {
		all := []any{}
		for i := range n {
			all = append(all, at(i))
		}
		end[name] = all
	}
	list("agents", s.Agents(), func(i int) any {
		v := s.AgentAt(i)
		var rated any // before the first epoch nobody is
		if r, err := s.Reputation(v.PubKey); err == nil {
			rated = r
		}
		budgets, _ := s.Budgets(v.PubKey, now)
		return map[string]any{"agent": v, "delegations": s.Delegations(v.PubKey), "statements": s.Statements(v.PubKey),
			"reputation": rated, "budgets": budgets}
	})
	list("proposals", s.Proposals(), func(i int) any {
		v := s.ProposalAt(i, now)
		v.Title, v.Text, v.Actions, v.Options, v.Terms, v.Reason = "", "", nil, nil, nil, ""
		ballots, _ := s.Ballots(v.ID)
		turns, _ := s.Turns(v.ID)
		return map[string]any{"proposal": v, "ballots": ballots, "turns": turns}
	})
	list("disputes", s.Disputes(), func(i int) any { return s.DisputeAt(i, now) })
	list("jurors", s.Jurors(), func(i int) any { return s.JurorAt(i) })
	list("payouts", s.Payouts(), func(i int) any { return s.PayoutAt(i) })
	list("grants", s.Grants(), func(i int) any { return s.GrantAt(i, now) })
	list("registry", s.RegistrySize(), func(i int) any { return s.RegistryAt(i) })
	return end
}

func encode(t testing.TB, v any) []byte {
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return raw
}

// unmarshalExact keeps every digit of numbers.
func unmarshalExact(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(v)
}

// within tells whether a JSON object has all members that it had.
func within(t testing.TB, was, is string) bool {
	var a, b map[string]any
	require.NoError(t, unmarshalExact([]byte(was), &a))
	require.NoError(t, unmarshalExact([]byte(is), &b))
	return difference("", a, b) == ""
}

// difference names the first place where a JSON value is not what it was, "" for none.
// Members that there were not yet are no difference: later versions tell more.
func difference(at string, was, is any) string {
	switch was := was.(type) {
	case map[string]any:
		is, ok := is.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s was an object", at)
		}
		for _, name := range slices.Sorted(maps.Keys(was)) {
			if d := difference(at+"."+name, was[name], is[name]); d != "" {
				return d
			}
		}
		return ""
	case []any:
		is, ok := is.([]any)
		if strings.HasSuffix(at, ".rests_on") { // later versions warn of more
			is = slices.DeleteFunc(slices.Clone(is), func(x any) bool { return !slices.Contains(was, x) })
		}
		if !ok || len(is) != len(was) {
			return fmt.Sprintf("%s had %d elements, now %v", at, len(was), is)
		}
		for i := range was {
			if d := difference(fmt.Sprintf("%s[%d]", at, i), was[i], is[i]); d != "" {
				return d
			}
		}
		return ""
	}
	if was != is {
		return fmt.Sprintf("%s was %v, is %v", at, was, is)
	}
	return ""
}

func TestDifferenceSeesWhatChanged(t *testing.T) {
	for _, c := range []struct{ was, is, at string }{
		{`{"a":[1,{"b":2}]}`, `{"a":[1,{"b":2,"c":3}],"d":4}`, ""},
		{`{"a":[1,{"b":2}]}`, `{"a":[1,{"b":3}]}`, ".a[1].b was 2, is 3"},
		{`{"a":[1]}`, `{"a":[1,2]}`, ".a had 1 elements, now [1 2]"},
		{`{"rests_on":["a","c"]}`, `{"rests_on":["a","b","c"]}`, ""},
		{`{"rests_on":["a","c"]}`, `{"rests_on":["a","b"]}`, ".rests_on had 2 elements, now [a]"},
		{`{"a":9007199254740993}`, `{"a":9007199254740992}`, ".a was 9007199254740993, is 9007199254740992"},
		{`{"a":{}}`, `{}`, ".a was an object"},
		{`{"a":null}`, `{"a":1}`, ".a was <nil>, is 1"},
	} {
		var a, b map[string]any
		require.NoError(t, unmarshalExact([]byte(c.was), &a))
		require.NoError(t, unmarshalExact([]byte(c.is), &b))
		require.Equal(t, c.at, difference("", a, b))
	}
}
