package view

// WebhookTarget is what an agent sets its webhook to.
type WebhookTarget struct {
	URL    string   `json:"url" schema:"max=2048"`
	Kinds  []string `json:"kinds,omitempty" schema:"min=0,is=NoticeKind"` // of notices wanted; empty, all
	Tracks []string `json:"tracks,omitempty" schema:"min=0,max=64"`       // whose new proposals are wanted besides the agent's own
}

// Webhook is what an agent sees of its webhook.
type Webhook struct {
	URL         string   `json:"url"`
	Kinds       []string `json:"kinds" schema:"is=NoticeKind"` // of notices wanted; empty, all
	Tracks      []string `json:"tracks"`
	SetMs       int64    `json:"set_ms"`
	State       string   `json:"state" schema:"enum=active|failing|disabled"` // a disabled one gets nothing until it is set anew
	Place       string   `json:"place"`                                       // up to which notices were taken
	Delivered   uint64   `json:"delivered"`                                   // notices taken since it was set
	DeliveredMs int64    `json:"delivered_ms,omitempty"`                      // when the last of them was
	Tries       int      `json:"tries,omitempty"`                             // at the notice in work
	FailingMs   int64    `json:"failing_ms,omitempty"`                        // since when it is not taken
	Status      int      `json:"status,omitempty"`                            // of HTTP, of the last answer that was no success
	Reason      string   `json:"reason,omitempty"`                            // of the last failure
}

// WebhookSecret is what the receivers of webhooks check them with.
type WebhookSecret struct {
	Origin string `json:"origin"`                        // scheme, host and port
	Secret string `json:"secret" schema:"is=WebhookKey"` // the same as long as the origin is
}
