package dashboard

import (
	"fmt"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// sentences say what an action of each type does. They may hold text by agents.
var sentences = map[string]func(s *ledger.State, raw []byte) string{
	constitution.ActionSetPrice: read(func(_ *ledger.State, a *ledger.SetPrice) string {
		return fmt.Sprintf("Change the price of %s from %s to %s.", a.Resource, priced(a.ExpectSat), priced(a.Sat))
	}),
	constitution.ActionSetGuardians: read(func(_ *ledger.State, a *ledger.SetGuardians) string {
		if len(a.Keys) == 0 {
			return "Remove all guardians."
		}
		return fmt.Sprintf("Have %s, of whom %d must agree: %s.", plural(len(a.Keys), "guardian", "guardians"), a.Threshold, keys(a.Keys))
	}),
	constitution.ActionPay: read(func(s *ledger.State, a *ledger.Pay) string {
		text := fmt.Sprintf("Pay %s from pool %s to %s", sats(a.Sat), a.Pool, agent(s, a.To))
		if a.Node != (op.NodeKey{}) {
			return text + ", sent to its node " + a.Node.String()[:12] + "… at once."
		}
		return text + ", who claims it with an invoice."
	}),
	constitution.ActionAddRule: read(func(_ *ledger.State, a *ledger.AddRule) string {
		return fmt.Sprintf("Add the rule %s: when %s, open a proposal “\u2068%s\u2069” on track %s with %s; again after %s at the earliest.",
			a.Name, a.When, a.Title, a.Track, plural(len(a.Actions), "action", "actions"), span(a.CooldownS*1000))
	}),
	constitution.ActionRemoveRule: read(func(_ *ledger.State, a *ledger.RemoveRule) string {
		return "Remove the rule " + a.Name + "."
	}),
	constitution.ActionWebhook: read(func(_ *ledger.State, a *ledger.Webhook) string {
		return "Tell " + a.URL + " that this was decided."
	}),
	constitution.ActionSetParameter: read(func(_ *ledger.State, a *ledger.SetParameter) string {
		return changed("parameter", a.Path, a.Expect, a.Value)
	}),
	constitution.ActionAmend: read(func(_ *ledger.State, a *ledger.Amend) string {
		return changed("constitution at", a.Path, a.Expect, a.Value)
	}),
	constitution.ActionRegistryPublish: read(func(_ *ledger.State, a *ledger.RegistryPublish) string {
		text := "Put the " + entry(a.Kind, a.Name, a.Version) + " on record"
		if a.URL != "" {
			text += ", at " + a.URL
		}
		return text + "."
	}),
	constitution.ActionRegistryAllow: read(func(_ *ledger.State, a *ledger.RegistryAllow) string {
		return "Allow the " + entry(a.Kind, a.Name, a.Version) + "."
	}),
	constitution.ActionRegistryDeny: read(func(_ *ledger.State, a *ledger.RegistryDeny) string {
		return "Deny the " + entry(a.Kind, a.Name, a.Version) + "."
	}),
	constitution.ActionGrant: read(func(s *ledger.State, a *ledger.Grant) string {
		return fmt.Sprintf("Grant %s from pool %s to %s over time: from %s, in full at %s, nothing before %s.",
			sats(a.Sat), a.Pool, agent(s, a.To), when(a.StartMs), when(a.EndMs), when(a.CliffMs))
	}),
	constitution.ActionRevokeGrant: read(func(_ *ledger.State, a *ledger.RevokeGrant) string {
		return "Take back what has not vested of the grant " + a.Grant + "."
	}),
	constitution.ActionSetBudget: read(func(s *ledger.State, a *ledger.SetBudget) string {
		if a.Terms == nil {
			return fmt.Sprintf("Take the budget in pool %s from %s.", a.Pool, agent(s, a.Agent))
		}
		return fmt.Sprintf("Let %s spend up to %s from pool %s every %s, until %s.",
			agent(s, a.Agent), sats(a.Terms.Sat), a.Pool, span(a.Terms.PeriodS*1000), when(a.Terms.UntilMs))
	}),
	constitution.ActionBudget: read(func(_ *ledger.State, a *ledger.Budget) string {
		if a.Terms == nil {
			return fmt.Sprintf("Take the budget from wallet %s.", a.Wallet)
		}
		return fmt.Sprintf("Let wallet %s spend up to %s from pool %s every %s, at most %s at once, until %s.",
			a.Wallet, msats(a.Terms.RefillMsat), a.Terms.Pool, span(a.Terms.PeriodS*1000), msats(a.Terms.CapMsat), when(a.Terms.UntilMs))
	}),
	constitution.ActionPause: read(func(_ *ledger.State, a *ledger.PauseTracks) string {
		return fmt.Sprintf("Pause %s for %s: %s.", plural(len(a.Tracks), "track", "tracks"), span(a.ForS*1000), strings.Join(a.Tracks, ", "))
	}),
}

// unreadable stands for what is no action; the ledger records none such.
const unreadable = "Something that cannot be read."

// words says what an action does. One of a type that this program does not know
// is named by its type.
func words(s *ledger.State, raw []byte) string {
	kind, err := op.StringMember(raw, "action", "type")
	if err != nil {
		return unreadable
	}
	if say, ok := sentences[kind]; ok {
		return say(s, raw)
	}
	return "Something of type " + kind + "."
}

// read makes a sentence about an action of one type out of its JSON. What was
// recorded was read strictly then.
func read[A any](say func(*ledger.State, *A) string) func(*ledger.State, []byte) string {
	return func(s *ledger.State, raw []byte) string {
		a := new(A)
		if op.Unmarshal(raw, "action", a) != nil {
			return unreadable
		}
		return say(s, a)
	}
}

func sats(n int64) string { return grouped(fmt.Sprint(n)) + " sat" }

// msats says an amount in sats, and what is left of it in thousandths.
func msats(n int64) string {
	if n%1000 == 0 {
		return sats(n / 1000)
	}
	return fmt.Sprintf("%s.%03d sat", grouped(fmt.Sprint(n/1000)), n%1000)
}

func priced(n int64) string {
	if n == 0 {
		return "free"
	}
	return sats(n)
}

// agent names an agent: the name is its own choice, the key tells it apart.
func agent(s *ledger.State, key op.PublicKey) string {
	if a, ok := s.Agent(key); ok && a.Name != "" {
		return "\u2068" + a.Name + "\u2069 (" + short(key) + "…)"
	}
	return short(key) + "…"
}

func keys(list []op.PublicKey) string {
	var text []string
	for _, k := range list {
		text = append(text, short(k)+"…")
	}
	return strings.Join(text, ", ")
}

func entry(kind, name, version string) string {
	return strings.TrimSpace(kind + " " + name + " " + version)
}

// changed says how one member of the constitution changes. Long values stand in
// the JSON below.
func changed(what, path string, from, to []byte) string {
	switch {
	case string(to) == "null":
		return fmt.Sprintf("Take the %s %s away.", what, path)
	case string(from) == "null":
		return fmt.Sprintf("Add the %s %s: %s.", what, path, brief(to))
	}
	return fmt.Sprintf("Change the %s %s from %s to %s.", what, path, brief(from), brief(to))
}

// brief is a JSON value as it reads in a sentence.
func brief(raw []byte) string {
	text := string(raw)
	switch {
	case text == "":
		return "nothing"
	case strings.Trim(text, "-0123456789") == "":
		return grouped(text)
	case len([]rune(text)) > 80:
		return string([]rune(text)[:79]) + "…"
	}
	return text
}
