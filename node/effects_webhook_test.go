package node

import (
	"strings"
	"testing"
	"time"
)

// The default pauses grow fourfold to their bound, with a fifth of jitter either
// way, and reach over three days.
func TestWebhookPauses(t *testing.T) {
	s := DefaultWebhookSchedule
	want := []time.Duration{5 * time.Second, 20 * time.Second, 80 * time.Second, 320 * time.Second, 1280 * time.Second,
		5120 * time.Second, 20480 * time.Second, 6 * time.Hour, 6 * time.Hour}
	for i, d := range want {
		if least, most := s.pause(i+1, 0), s.pause(i+1, 1); least != d-d/5 || most != d-d/5+2*d/5 {
			t.Errorf("after %d attempts: %v to %v, want %v and a fifth either way", i+1, least, most, d)
		}
	}
	if got := s.pause(1<<40, 0.5); got != s.Longest {
		t.Errorf("after very many attempts: %v", got)
	}
}

// Schedules that never try again, or never end, are refused.
func TestWebhookScheduleIsChecked(t *testing.T) {
	for name, s := range map[string]WebhookSchedule{
		"no first pause":   {Longest: 1, GiveUp: 1},
		"longest is short": {First: 2, Longest: 1, GiveUp: 1},
		"no end":           {First: 1, Longest: 1},
	} {
		if err := s.check(); err == nil || !strings.Contains(err.Error(), "WebhookSchedule") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (WebhookSchedule{First: 1, Longest: 1, GiveUp: 1}).check(); err != nil {
		t.Error(err)
	}
	if err := (WebhookSchedule{}).check(); err != nil {
		t.Errorf("the zero value: %v", err)
	}
}

// The idempotency key names economy and webhook, and fits a header.
func TestWebhookID(t *testing.T) {
	id := WebhookID("test.0001", "webhook-1")
	if len(id) != 36 || !strings.HasPrefix(id, "whk_") || strings.Contains(id, ".") {
		t.Errorf("id %q", id)
	}
	for name, other := range map[string]string{
		"economy": WebhookID("test.0002", "webhook-1"), "webhook": WebhookID("test.0001", "webhook-2"),
	} {
		if other == id {
			t.Errorf("another %s, the same id", name)
		}
	}
}

// What comes from outside enters the record plain and short.
func TestReasonFrom(t *testing.T) {
	for in, want := range map[string]string{
		"no route": "no route", "": "no reason given", "a\nb\x00\u00e9": "a?b???",
		strings.Repeat("x", maxReason):       strings.Repeat("x", maxReason),
		strings.Repeat("x", maxReason) + "y": strings.Repeat("x", maxReason),
	} {
		if got := reasonFrom(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}
