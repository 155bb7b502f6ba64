package main

import (
	"cmp"
	"encoding/json"
	"net/url"

	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/template"
)

// thing is a kind of value that arguments and flags name: econd lists those there
// are, for completion, and those with long ids may be shortened.
type thing struct {
	one    string                         // what one is called
	path   string                         // where econd lists them, "" where it does not
	items  string                         // the member that has the list
	query  func(*app) (url.Values, error) // of the list; nil for none
	long   bool                           // has ids of 64 hex digits
	values []string                       // where they are always the same
}

// things are the kinds of values by the word that stands for them in the usage of
// a command.
var things = map[string]thing{
	"PROPOSAL":  {one: "proposal", path: "/v1/proposals", items: "items", long: true},
	"AGENT":     {one: "agent", path: "/v1/agents", items: "items", long: true},
	"TO":        {one: "agent", path: "/v1/agents", items: "items", long: true},
	"DISPUTE":   {one: "dispute", path: "/v1/disputes", items: "items", long: true},
	"HOLD":      {one: "hold of yours", path: stakesPath, items: "items", query: (*app).mine, long: true},
	"TRACK":     {one: "track", path: "/v1/constitution", items: "tracks"},
	"POOL":      {one: "pool", path: "/v1/pools", items: "items"},
	"PAYOUT":    {one: "payout", path: "/v1/payouts", items: "items"},
	"GRANT":     {one: "grant", path: "/v1/grants", items: "items"},
	"RULE":      {one: "rule", path: "/v1/rules", items: "items"},
	"METRIC":    {one: "metric", path: "/v1/figures", items: "items"},
	"FIELD":     {one: "field of expertise", path: "/v1/constitution", items: "disputes.fields"},
	"TEMPLATE":  {one: "template", values: template.Names()},
	"STATEMENT": {one: "form", values: []string{"nip85", "vc"}},
	"OPERATION": {one: "operation", values: operationNames()},
	"NOTICE":    {one: "kind", values: noticeKinds()},
}

// flagThings says what a flag takes, by its name, or by command and name where
// that depends on the command.
var flagThings = map[string]string{
	"track": "TRACK", "tracks": "TRACK", "field": "FIELD", "template": "TEMPLATE", "statement": "STATEMENT", "kinds": "NOTICE",
	"proposal": "PROPOSAL", "agent": "AGENT", "provider": "AGENT", "voter": "AGENT", "as": "AGENT", "operator": "AGENT",
}

// choices are the values of flags and arguments that only one command has.
var choices = map[string][]string{
	"proposal list --state": {"draft", "pending", "active", "ended", "defeated", "succeeded", "queued", "executed", "failed", "vetoed",
		"expired", "cancelled", "disputed", "evaluating", "rewarded", "penalised", "overturned"},
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

// mine is the query for what belongs to the key file's agent.
func (a *app) mine() (url.Values, error) {
	key, err := a.key()
	return url.Values{"agent": {key.Public().String()}}, err
}

// named is one thing of a list: its id or name, and what tells it from others.
type named struct {
	id, about string
}

// readNamed reads the items of a list of econd's, under the member of that name.
func (t thing) readNamed(raw json.RawMessage) (list []named, next string, err error) {
	var answer map[string]json.RawMessage
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, "", err
	}
	_ = json.Unmarshal(answer["next"], &next)
	if t.items == "disputes.fields" {
		var rules struct{ Fields []string }
		if disputes := answer["disputes"]; len(disputes) > 0 {
			err = json.Unmarshal(disputes, &rules)
		}
		for _, f := range rules.Fields {
			list = append(list, named{id: f})
		}
		return list, "", err
	}
	var items []struct{ ID, PubKey, Name, Title, Ground, Purpose, State string }
	if err := json.Unmarshal(answer[t.items], &items); err != nil {
		return nil, "", err
	}
	for _, i := range items {
		n := named{id: cmp.Or(i.ID, i.PubKey, i.Name), about: oneLine(cmp.Or(i.Title, i.Ground, i.Purpose))}
		if i.PubKey != "" {
			n.about = oneLine(i.Name)
		}
		if i.State != "" {
			n.about += " (" + oneLine(i.State) + ")"
		}
		list = append(list, n)
	}
	return list, next, nil
}
