package ledger

// webhooks are the calls that decisions asked for.
type webhooks struct {
	list []webhookCall
	at   map[string]int // by effect
}

// webhookCall is one webhook that was asked for.
type webhookCall struct {
	id     string // see stableID
	effect string
	url    string
	from   actionRef
	status int64
	reason string
}
