package main

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/template"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

// thing is a kind of value that arguments and flags name: econd lists those there
// are, for completion, and those with long ids may be shortened.
type thing struct {
	one    string   // what one is called
	list   namer    // of what econd lists; nil where it does not
	mine   bool     // the list is that of the key file's agent
	key    bool     // ids are public keys
	long   bool     // ids have 64 hex digits
	values []string // where they are always the same
}

// named is one thing of a list: its id or name, and what tells it from others.
type named struct {
	id, about string
}

// someNamed is a page of them; more tells whether another page follows.
type someNamed struct {
	list []named
	more bool
}

// namer lists the things there are, at most maxListed.
type namer func(ctx context.Context, a *app, c *client.Client) iter.Seq2[someNamed, error]

// things are the kinds of values by the word that stands for them in the usage of
// a command.
var things = map[string]thing{
	"PROPOSAL":  {one: "proposal", list: proposalNames, long: true},
	"AGENT":     {one: "agent", list: agentNames, key: true, long: true},
	"TO":        {one: "agent", list: agentNames, key: true, long: true},
	"DISPUTE":   {one: "dispute", list: disputeNames, long: true},
	"HOLD":      {one: "hold of yours", list: holdNames, mine: true, long: true},
	"TRACK":     {one: "track", list: trackNames},
	"POOL":      {one: "pool", list: poolNames},
	"PAYOUT":    {one: "payout", list: payoutNames},
	"GRANT":     {one: "grant", list: grantNames},
	"WALLET":    {one: "wallet", list: walletIDs},
	"PAYMENT":   {one: "payment", list: paymentIDs},
	"BREAKER":   {one: "breaker", list: breakerIDs, long: true},
	"RULE":      {one: "rule", list: ruleNames},
	"METRIC":    {one: "metric", list: metricNames},
	"FIELD":     {one: "field of expertise", list: fieldNames},
	"TEMPLATE":  {one: "template", values: template.Names()},
	"STATEMENT": {one: "form", values: []string{"nip85", "vc"}},
	"OPERATION": {one: "operation", values: operationNames()},
	"NOTICE":    {one: "kind", values: noticeKinds()},
}

// namesOf makes a namer of a list.
func namesOf[T any, P pageOf[T]](list source[T, P], name func(T) named) namer {
	return func(ctx context.Context, a *app, c *client.Client) iter.Seq2[someNamed, error] {
		return func(yield func(someNamed, error) bool) {
			l, err := list(a, c)
			if err != nil {
				yield(someNamed{}, err)
				return
			}
			for p, err := range l.Pages(ctx, maxListed) {
				some := someNamed{more: p.Next != ""}
				for _, item := range p.Items {
					some.list = append(some.list, name(item))
				}
				if !yield(some, err) {
					return
				}
			}
		}
	}
}

// about is what is shown beside an id.
func about(text, state string) string {
	if state == "" {
		return oneLine(text)
	}
	return oneLine(text) + " (" + oneLine(state) + ")"
}

var (
	proposalNames = namesOf(filtered((*client.Client).Proposals, new(client.ProposalsFilter)),
		func(v view.Proposal) named { return named{v.ID.String(), about(v.Title, v.State)} })
	agentNames = namesOf(whole((*client.Client).Agents),
		func(v view.Agent) named { return named{v.PubKey.String(), about(v.Name, "")} })
	disputeNames = namesOf(filtered((*client.Client).Disputes, new(client.DisputesFilter)),
		func(v view.Dispute) named { return named{v.ID.String(), about(v.Ground, v.State)} })
	holdNames = namesOf(func(a *app, c *client.Client) (client.ListOf[view.Hold, view.StakePage], error) {
		self, err := a.self()
		return c.Stakes(self), err
	}, func(v view.Hold) named { return named{v.ID.String(), about(v.Purpose, v.State)} })
	poolNames   = namesOf(whole((*client.Client).Pools), func(v view.Pool) named { return named{v.Name, ""} })
	payoutNames = namesOf(filtered((*client.Client).Payouts, new(client.PayoutsFilter)),
		func(v view.Payout) named { return named{v.ID, about(v.Purpose, v.State)} })
	walletIDs = namesOf(filtered((*client.Client).Wallets, new(client.WalletsFilter)),
		func(v view.Wallet) named { return named{v.ID, v.Name} })
	paymentIDs = namesOf(filtered((*client.Client).Payments, new(client.PaymentsFilter)),
		func(v view.Payment) named { return named{v.ID, about(v.Purpose, v.State)} })
	breakerIDs = namesOf(whole((*client.Client).Breakers), func(v view.Trip) named { return named{v.ID.String(), v.Cause} })
	grantNames = namesOf(filtered((*client.Client).Grants, new(client.GrantsFilter)),
		func(v view.Grant) named { return named{v.ID, ""} })
	ruleNames   = namesOf(whole((*client.Client).Rules), func(v view.Rule) named { return named{v.Name, about(v.Title, "")} })
	metricNames = namesOf(whole((*client.Client).Metrics), func(v view.Metric) named { return named{v.Name, ""} })

	trackNames = ofConstitution(func(r rulesNamed) (list []named) {
		for _, t := range r.Tracks {
			list = append(list, named{t.Name, ""})
		}
		return list
	})
	fieldNames = ofConstitution(func(r rulesNamed) (list []named) {
		for _, f := range r.Disputes.Fields {
			list = append(list, named{f, ""})
		}
		return list
	})
)

// rulesNamed is what of a constitution has names.
type rulesNamed struct {
	Tracks   []struct{ Name string }
	Disputes struct{ Fields []string }
}

// ofConstitution makes a namer of what the constitution in force names.
func ofConstitution(names func(rulesNamed) []named) namer {
	return func(ctx context.Context, _ *app, c *client.Client) iter.Seq2[someNamed, error] {
		return func(yield func(someNamed, error) bool) {
			var r rulesNamed
			text, err := c.Constitution().Get(ctx)
			if err == nil {
				err = json.Unmarshal(text, &r)
			}
			yield(someNamed{list: names(r)}, err)
		}
	}
}

// flagThings says what a flag takes, by its name, or by command and name where
// that depends on the command.
var flagThings = map[string]string{
	"track": "TRACK", "tracks": "TRACK", "field": "FIELD", "template": "TEMPLATE", "statement": "STATEMENT", "kinds": "NOTICE",
	"proposal": "PROPOSAL", "agent": "AGENT", "provider": "AGENT", "voter": "AGENT", "as": "AGENT", "operator": "AGENT",
}

// choices are the values of flags and arguments that only one command has.
var choices = map[string][]string{
	"proposal list --state":  voting.Phases(),
	"dispute list --state":   {"unbonded", "open", "upheld", "refused", "void"},
	"juror list --state":     {"unbonded", "ready", "seated", "leaving", "gone"},
	"payout list --state":    {"claimable", "sending", "paid", "failed"},
	"registry list --kind":   {"model", "tool", "provider"},
	"registry list --status": {"published", "allowed", "denied"},
	"dispute open --ground":  {"procedure", "fraud", "misstated-facts", "conflict-of-interest", "harm"},
	"call --method":          {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"},
	"registry show":          {"model", "tool", "provider"},
}

func noticeKinds() (list []string) {
	for _, k := range notify.Kinds() {
		list = append(list, string(k))
	}
	return list
}
