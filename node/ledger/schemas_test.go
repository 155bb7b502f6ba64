package ledger

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/docs/schemas"
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// contentSchemas are the published schemas of contents.
var contentSchemas = sync.OnceValue(func() map[op.Kind]*jsonschema.Schema {
	list, c := map[op.Kind]*jsonschema.Schema{}, jsonschema.NewCompiler()
	for _, k := range op.Kinds() {
		text, _ := schemas.ReadOperation(k.String() + ".json")
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		if err == nil {
			err = c.AddResource(k.String(), value)
		}
		if err != nil {
			panic(err)
		}
		list[k] = c.MustCompile(k.String())
	}
	return list
})

// checkSchemas holds every entry of a scenario's log against the schema of its content:
// what the ledger takes, the schema takes.
func (sc *scenario) checkSchemas() {
	sc.t.Helper()
	for _, e := range sc.log {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(e.Event.Content))
		require.NoError(sc.t, err)
		require.NoError(sc.t, contentSchemas()[e.Event.Kind].Validate(value), "entry %d: %s", e.Seq, e.Event.Content)
	}
}

// schemaBounds are the most that the rules take of what operations say, by
// operation.member.
var schemaBounds = map[string]int64{
	"register.name":                           64,
	"bind-node.signature":                     104,
	"receipt.rating":                          10,
	"propose.title":                           maxTitle,
	"propose.text":                            maxText,
	"propose.actions":                         maxActions,
	"propose.options":                         maxOptions,
	"propose.evaluation.metrics":              maxMetrics,
	"propose.evaluation.metrics[].name":       constitution.MaxMetricName,
	"propose.evaluation.metrics[].unit":       constitution.MaxUnit,
	"cancel.reason":                           maxReason,
	"veto.reason":                             maxReason,
	"pause.reason":                            maxReason,
	"delegate.share_ppm":                      1_000_000,
	"delegate-statement.text":                 maxStatement,
	"dispute.text":                            maxText,
	"appeal.text":                             maxText,
	"report.values":                           maxMetrics,
	"open-wallet.name":                        int64(walletNames.Most),
	"open-wallet.service":                     maxService,
	"wallet-budget.terms.period_s":            budget.MaxPeriodS,
	"wallet-budget.terms.velocity":            budget.MaxVelocity,
	"wallet-budget.terms.velocity[].window_s": budget.MaxWindowS,
	"wallet-budget.terms.velocity[].count":    budget.MaxCount,
	"wallet-budget.terms.recipients":          budget.MaxRecipients,
	"wallet-budget.terms.purposes":            budget.MaxPurposes,
	"wallet-budget.terms.approvals.m":         budget.MaxApprovers,
	"wallet-budget.terms.approvals.keys":      budget.MaxApprovers,
	"open-wallet.terms.period_s":              budget.MaxPeriodS,
	"open-wallet.terms.velocity":              budget.MaxVelocity,
	"open-wallet.terms.velocity[].window_s":   budget.MaxWindowS,
	"open-wallet.terms.velocity[].count":      budget.MaxCount,
	"open-wallet.terms.recipients":            budget.MaxRecipients,
	"open-wallet.terms.purposes":              budget.MaxPurposes,
	"open-wallet.terms.approvals.m":           budget.MaxApprovers,
	"open-wallet.terms.approvals.keys":        budget.MaxApprovers,
	"spend.purpose":                           int64(walletNames.Most),
	"spend.key":                               maxKey,
	"spend.count":                             maxCount,
	"reset-breaker.reason":                    maxReason,
	"hold-confirmed.expiry_height":            math.MaxUint32, // heights are of 32 bits
	"register.guardians.m":                    maxKeyGuardians,
	"register.guardians.keys":                 maxKeyGuardians,
	"register.guardians.wait_s":               mostRecoveryMs / 1000,
	"set-recovery.guardians.m":                maxKeyGuardians,
	"set-recovery.guardians.keys":             maxKeyGuardians,
	"set-recovery.guardians.wait_s":           mostRecoveryMs / 1000,
}

// The schemas of operations have the bounds of the rules, no more and no fewer.
func TestSchemasHaveTheBoundsOfTheRules(t *testing.T) {
	left := map[string]int64{}
	for name, most := range schemaBounds {
		left[name] = most
	}
	var look func(at string, s map[string]any)
	look = func(at string, s map[string]any) {
		for _, word := range []string{"maxLength", "maxItems", "maximum"} {
			most, ok := s[word].(float64)
			if !ok || most == 1<<53 {
				continue
			}
			rule, known := left[at]
			require.True(t, known, "the schema bounds %s by %s %d: give schemaBounds the constant of the rule that does", at, word, int64(most))
			require.Equal(t, rule, int64(most), "%s of %s: of the schema (tag of the content in node/op), against the rule", word, at)
			delete(left, at)
		}
		if items, ok := s["items"].(map[string]any); ok {
			look(at+"[]", items)
		}
		members, _ := s["properties"].(map[string]any)
		for name, m := range members {
			look(at+"."+name, m.(map[string]any))
		}
	}
	for _, k := range op.Kinds() {
		if k.IsFact() {
			continue
		}
		text, _ := schemas.ReadOperation(k.String() + ".json")
		var s map[string]any
		require.NoError(t, json.Unmarshal(text, &s))
		look(k.String(), s)
	}
	require.Empty(t, left, "rules bound these members, and the schemas do not say it: give the content in node/op a schema tag, or take them from schemaBounds")
}

// Alternatives that a schema lists are those of the rules.
func TestSchemasHaveTheWordsOfTheRules(t *testing.T) {
	for _, c := range []struct {
		kind  op.Kind
		name  string
		words []string
	}{
		{op.KindDispute, "ground", Grounds()},
		{op.KindJuryReveal, "vote", []string{"uphold", "refuse"}},
		{op.KindGenesis, "network", strings.Split(strings.Replace(networkNames, " or ", ", ", 1), ", ")},
	} {
		text, _ := schemas.ReadOperation(c.kind.String() + ".json")
		var s struct {
			Properties map[string]struct{ Enum []string }
		}
		require.NoError(t, json.Unmarshal(text, &s))
		have := s.Properties[c.name].Enum
		slices.Sort(have)
		slices.Sort(c.words)
		require.Equal(t, c.words, have, fmt.Sprint(c.kind, " ", c.name))
	}
}
