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

// add records a call that is to be made.
func (s *webhooks) add(w webhookCall) {
	s.at[w.effect] = len(s.list)
	s.list = append(s.list, w)
}

// end records how a call ended: the status of the answer, or why there is none.
func (w *webhookCall) end(status int64, reason string) { w.status, w.reason = status, reason }
