package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// examples has one or more calls of every command, by its path without econctl.
// Ids are shortened as a person may shorten them.
var examples = map[string]string{
	"key new":           "econctl key new\neconctl key new --out bot.key --plain",
	"key import":        "econctl key import --words-file words.txt\neconctl key import --secret-file nsec.txt --out old.key",
	"key show":          "econctl key show\neconctl key show --account 3",
	"key words":         "econctl key words",
	"nwc connect":       "econctl nwc connect phone --wallet errands --relay wss://relay.example --budget-msat 500000",
	"nwc serve":         "econctl nwc serve\neconctl nwc serve --receive-macaroon receive.mac",
	"nwc list":          "econctl nwc list",
	"nwc revoke":        "econctl nwc revoke phone",
	"key bunker":        "econctl key bunker --uri-file uri.txt",
	"key agree":         "econctl key agree 7e7e9c42... > agreed.json",
	"key revoke":        "econctl key revoke 7e7e9c42... --key recovery.key\neconctl key revoke 7e7e9c42... --key recovery.key --agreed agreed.json",
	"key recover":       "econctl key recover 7e7e9c42... --agreed agreed.json",
	"key stop-recovery": "econctl key stop-recovery 7e7e9c42... 9b20c7d4...",
	"key guard":         "econctl key guard --recovery 9b20c7d4... --guardian 7e7e9c42... --guardian 4f3c9a1b... --wait 72h",
	"key rotate":        "econctl key rotate --to-account 1\neconctl key rotate --to new.key\neconctl key rotate --to vault:secret/econd/alice",
	"register":          "econctl register --name weather-bot",
	"bind":              "econctl bind",
	"info":              "econctl info",

	"mcp": "econctl mcp --max-sats 50 --session-sats 500\neconctl mcp --http 127.0.0.1:8765 --token-file mcp.token",

	"call": "econctl call http://127.0.0.1:8081/lisbon --save-payment payment.json\n" +
		"econctl call https://api.example/ask --data @question.json -H 'Content-Type: application/json' --max-sats 20",
	"receipt":           "econctl receipt --provider npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg --rating 8 --payment payment.json",
	"agent list":        "econctl agent list --limit 20",
	"agent show":        "econctl agent show\neconctl agent show 7e7e9c42",
	"agent reputation":  "econctl agent reputation --explain\neconctl agent reputation 7e7e9c42 --statement nip85 --out standing.json",
	"reputation verify": "econctl reputation verify standing.json",
	"registry list":     "econctl registry list --kind model --status allowed",
	"registry show":     "econctl registry show model summarizer 2",

	"stake lock":    "econctl stake lock 20000 --pay",
	"stake release": "econctl stake release 4f3c9a1b",
	"stake show":    "econctl stake show 4f3c9a1b",
	"stake pay":     "econctl stake pay 4f3c9a1b --max-sats 20000",
	"stake confirm": "econctl stake confirm 4f3c9a1b",
	"stake list":    "econctl stake list",
	"stake keep":    "econctl stake keep\neconctl stake keep --once --budget 100",
	"renew":         "econctl renew 4f3c9a1b --pay",
	"pool list":     "econctl pool list",
	"pool deposit":  "econctl pool deposit reserve 5000 --pay",
	"payout list":   "econctl payout list --state claimable",
	"payout show":   "econctl payout show 120-0",
	"payout claim":  "econctl payout claim 120-0 lnbc50u1...",
	"grant list":    "econctl grant list",
	"grant show":    "econctl grant show 98-0",
	"grant draw":    "econctl grant draw 98-0 2500",
	"budget list":   "econctl budget list",

	"propose": "econctl propose --track price --title 'Operations at 25 sat' --pay --max-sats 6000 \\\n" +
		"  --action '{\"type\":\"set-price\",\"resource\":\"operations\",\"sat\":25,\"expect_sat\":10}'",
	"proposal list":          "econctl proposal list --state active --track price",
	"proposal show":          "econctl proposal show 4f3c9a1b",
	"proposal explain":       "econctl proposal explain 4f3c9a1b",
	"proposal ballots":       "econctl proposal ballots 4f3c9a1b",
	"proposal pay":           "econctl proposal pay 4f3c9a1b --max-sats 6000",
	"proposal new":           "econctl proposal new --template model-upgrade > terms.json\neconctl proposal new --template model-upgrade --check terms.json",
	"proposal cancel":        "econctl proposal cancel 4f3c9a1b --reason 'the price is wrong'",
	"vote":                   "econctl vote 4f3c9a1b for\neconctl vote 4f3c9a1b --ballot '[2,1]'",
	"support":                "econctl support 4f3c9a1b 4000\neconctl support 4f3c9a1b all",
	"delegate":               "econctl delegate 7e7e9c42 --track price --share-ppm 500000 --expires 720h",
	"undelegate":             "econctl undelegate 7e7e9c42 --track price",
	"delegate-statement":     "econctl delegate-statement --track price --text 'I vote for low prices.'",
	"delegations":            "econctl delegations",
	"participation":          "econctl participation --track price",
	"participation track":    "econctl participation track price",
	"participation delegate": "econctl participation delegate",
	"exit":                   "econctl exit 4f3c9a1b\neconctl exit 4f3c9a1b --for-good --least 18000",
	"void":                   "econctl void",
	"operation list":         "econctl operation list",
	"operation schema":       "econctl operation schema vote",
	"operation send":         "econctl operation send deposit '{\"pool\":\"performance\",\"amount_sat\":20000}'\neconctl operation send propose @proposal.json",

	"dispute open": "econctl dispute open 4f3c9a1b --ground misstated-facts --text 'The quoted error rate is of another model.' \\\n" +
		"  --pay --max-sats 10000",
	"dispute appeal": "econctl dispute appeal 9b20c7d4 --text 'The jury read the wrong version.' --pay --max-sats 20000",
	"dispute list":   "econctl dispute list --state open",
	"dispute show":   "econctl dispute show 9b20c7d4",
	"dispute pay":    "econctl dispute pay 9b20c7d4 --max-sats 10000",
	"juror join":     "econctl juror join models tools --pay --max-sats 5000",
	"juror leave":    "econctl juror leave",
	"juror commit":   "econctl juror commit 9b20c7d4 uphold",
	"juror reveal":   "econctl juror reveal 9b20c7d4",
	"juror list":     "econctl juror list --field models --state ready",
	"juror show":     "econctl juror show",
	"juror pay":      "econctl juror pay 51d0e2aa --max-sats 5000",
	"report":         "econctl report error_rate=1200 --proposal 4f3c9a1b",
	"figures":        "econctl figures\neconctl figures error_rate",

	"constitution show":     "econctl constitution show\neconctl constitution show --version 1",
	"constitution versions": "econctl constitution versions",
	"constitution schema":   "econctl constitution schema > constitution.schema.json",
	"rule list":             "econctl rule list",
	"rule show":             "econctl rule show cheap-reads",
	"pauses":                "econctl pauses\neconctl pauses --waiting",

	"events":              "econctl events\neconctl events --after -1 --json | jq .",
	"notifications watch": "econctl notifications watch --kinds vote-needed,vote-ending",
	"wallet list":         "econctl wallet list",
	"wallet show":         "econctl wallet show errands",
	"wallet open":         "econctl wallet open errands\neconctl wallet open snacks --parent errands --terms @terms.json",
	"wallet close":        "econctl wallet close errands",
	"wallet pay":          "econctl wallet pay errands lnbc... --purpose weather\neconctl wallet pay errands https://api.example/ask --purpose weather --dry-run",
	"wallet payments":     "econctl wallet payments errands --state settled",
	"wallet payment":      "econctl wallet payment spend-77ab3e5590f4d1c21b0c9f52e7a94d3c8f60c21d",
	"wallet result":       "econctl wallet result spend-77ab3e5590f4d1c21b0c9f52e7a94d3c8f60c21d --wait 20s",
	"wallet statement":    "econctl wallet statement errands --month 2026-11",
	"wallet approve":      "econctl wallet approve spend-77ab3e5590f4d1c21b0c9f52e7a94d3c8f60c21d",
	"wallet budget":       "econctl wallet budget wallet-1b0c9f52e7a94d3c8f60c21d77ab3e5590f4d1c2 @terms.json",
	"breaker list":        "econctl breaker list",
	"breaker reset":       "econctl breaker reset 4f3c9a1b --reason 'the payment was ours, by hand'",
	"webhook set":         "econctl webhook set https://agent.example/econd --kinds vote-needed",
	"webhook show":        "econctl webhook show",
	"webhook secret":      "econctl webhook secret",
	"webhook remove":      "econctl webhook remove",
	"proof ballot":        "econctl proof ballot 4f3c9a1b --out bundle.json",
	"proof entry":         "econctl proof entry 4f3c9a1b7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d --out entry.tlog-proof",
	"proof consistency":   "econctl proof consistency --old 1200 --out consistency.txt",
	"watch":               "econctl watch --once\neconctl watch --log-key 'econd/demo-1+abcd1234+...' --witness https://witness.example --policy policy",
	"export":              "econctl export --out export.log",
	"checkpoint":          "econctl checkpoint --out checkpoint.txt",
	"anchors":             "econctl anchors",
	"recoveries":          "econctl recoveries",

	"admin veto":           "econctl admin veto 4f3c9a1b --reason 'it pays a stolen key' --key operator.key",
	"admin cancel":         "econctl admin cancel 4f3c9a1b --reason 'it cannot be executed' --key operator.key",
	"admin pause":          "econctl admin pause price treasury --for 6h --reason 'prices are being manipulated' --key operator.key",
	"admin unpause":        "econctl admin unpause price --reason 'over' --key operator.key",
	"admin anchor":         "econctl admin anchor --key operator.key",
	"admin backup":         "econctl admin backup --out ballots.backup --key operator.key",
	"admin revoke":         "econctl admin revoke 4f3c9a1b7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d --key operator.key",
	"admin webhook-secret": "econctl admin webhook-secret https://hooks.example --key operator.key",
}

// addExamples puts the examples into the help.
func addExamples(root *cobra.Command) {
	for path, text := range examples {
		c, _, err := root.Find(strings.Fields(path))
		if err != nil || c.CommandPath() != "econctl "+path {
			panic("econctl: an example of " + path + ", which is no command")
		}
		c.Example = "  " + strings.ReplaceAll(text, "\n", "\n  ")
	}
}
