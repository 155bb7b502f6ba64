package view

// WebhookTarget is what an agent sets its webhook to.
type WebhookTarget struct {
	URL    string   `json:"url"`
	Kinds  []string `json:"kinds,omitempty"`  // of notices wanted; all where it is empty
	Tracks []string `json:"tracks,omitempty"` // whose new proposals are wanted besides the agent's own
}

// Webhook is what an agent sees of its webhook.
type Webhook struct {
	URL         string   `json:"url"`
	Kinds       []string `json:"kinds"`
	Tracks      []string `json:"tracks"`
	SetMs       int64    `json:"set_ms"`
	State       string   `json:"state"` // active, failing or disabled
	Place       string   `json:"place"` // behind which the next delivery begins
	Delivered   uint64   `json:"delivered"`
	DeliveredMs int64    `json:"delivered_ms,omitempty"` // the last
	Tries       int      `json:"tries,omitempty"`        // of the delivery that fails
	FailingMs   int64    `json:"failing_ms,omitempty"`   // since when
	Status      int      `json:"status,omitempty"`       // of HTTP, of the last failure
	Reason      string   `json:"reason,omitempty"`       // of the last failure
}

// WebhookSecret is what the receivers of webhooks check them with.
type WebhookSecret struct {
	Origin string `json:"origin"` // scheme, host and port
	Secret string `json:"secret"`
}
