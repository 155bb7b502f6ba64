package ledger

// webhooks are the calls that decisions asked for.
type webhooks struct {
	list []webhookCall
	at   map[string]int // by effect
}
