package subscriptions

import (
	"encoding/json"
	"fmt"

	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/op"
)

// record is the value of a webhook: JSON, version 1.
type record struct {
	V           int           `json:"v"`
	URL         string        `json:"url"`
	Kinds       []notify.Kind `json:"kinds,omitempty"`
	Tracks      []string      `json:"tracks,omitempty"`
	SetMs       int64         `json:"set_ms"`
	Cursor      string        `json:"cursor"`
	Disabled    bool          `json:"disabled,omitempty"`
	Delivered   uint64        `json:"delivered,omitempty"`
	DeliveredMs int64         `json:"delivered_ms,omitempty"`
	Tries       int           `json:"tries,omitempty"`
	FailingMs   int64         `json:"failing_ms,omitempty"`
	Status      int           `json:"status,omitempty"`
	Reason      string        `json:"reason,omitempty"`
}

func encode(w notifier.Webhook) []byte {
	b, err := json.Marshal(record{1, w.URL, w.Kinds, w.Tracks, w.SetMs, w.Cursor.String(), w.Disabled,
		w.Delivered, w.DeliveredMs, w.Tries, w.FailingMs, w.Status, w.Reason})
	if err != nil {
		panic("subscriptions: " + err.Error()) // nothing in it can fail
	}
	return b
}

func decode(key, value []byte) (notifier.Webhook, error) {
	var r record
	var agent op.PublicKey
	if len(key) != len(agent) || json.Unmarshal(value, &r) != nil || r.V != 1 {
		return notifier.Webhook{}, fmt.Errorf("subscriptions: record of %x is damaged or of an unknown version", key)
	}
	copy(agent[:], key)
	at, err := notify.ParseCursor(r.Cursor)
	if err != nil {
		return notifier.Webhook{}, fmt.Errorf("subscriptions: record of %x: cursor %w", key, err)
	}
	return notifier.Webhook{Agent: agent, Target: notifier.Target{URL: r.URL, Kinds: r.Kinds, Tracks: r.Tracks}, SetMs: r.SetMs,
		Cursor: at, Disabled: r.Disabled, Delivered: r.Delivered, DeliveredMs: r.DeliveredMs, Tries: r.Tries,
		FailingMs: r.FailingMs, Status: r.Status, Reason: r.Reason}, nil
}
