package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Every kind of error that the node can give has its status; only the unknown
// is a 500.
func TestEveryKindHasItsStatus(t *testing.T) {
	for err, want := range map[error]int{
		op.ErrMalformed: 400, op.ErrOversize: 413, op.ErrID: 422, op.ErrSignature: 422,
		refusal.ErrEconomy: 422, refusal.ErrUnknownKind: 422, refusal.ErrClock: 422, refusal.ErrInvalid: 422,
		refusal.ErrRule: 422, refusal.ErrPayment: 422, refusal.ErrFact: 422, refusal.ErrOrder: 422,
		refusal.ErrForbidden: 403, refusal.ErrNotFound: 404, refusal.ErrDuplicate: 409, refusal.ErrPhase: 409,
		refusal.ErrOverdue: 503, node.ErrLightningAway: 503, node.ErrNotDurable: 503, node.ErrHeadUnwritten: 503, node.ErrUnpromised: 503, node.ErrStopping: 503,
		context.DeadlineExceeded: 503, context.Canceled: 503, errors.New("anything else"): 500,
	} {
		p := problemOf(fmt.Errorf("wrapped: %w", err))
		require.Equal(t, want, p.Status, "%v", err)
		require.True(t, isSlug(p.Rule), p.Rule)
		require.Equal(t, want == 503, p.RetryAfter > 0, "%v: Retry-After goes with 503", err)
	}
	for _, c := range []struct {
		err         error
		rule, field string
		says        string
	}{
		{node.ErrReplaying, "replaying", "at", ""},
		{node.ErrRecovery, "recovery", "", node.RecoveryText},
		{&refusal.Refusal{Kind: node.ErrDoubtfulClock, Rule: "doubtful-clock", Text: node.ClockText}, "doubtful-clock", "", node.ClockText},
		{&refusal.Refusal{Kind: node.ErrBroken, Field: "kind", Rule: node.BrokenRule, Text: "a vote cannot be"}, "broken-rule", "kind", "a vote cannot be"},
	} {
		p := problemOf(fmt.Errorf("wrapped: %w", c.err))
		require.Equal(t, []any{503, c.rule, c.field}, []any{p.Status, p.Rule, p.Field}, "%v", c.err)
		require.Contains(t, p.Detail, c.says)
		require.Positive(t, p.RetryAfter)
		require.False(t, counts(p.Status), "what the node cannot do costs nothing")
	}
	p := problemOf(&refusal.Refusal{Kind: refusal.ErrPhase, Field: "content.proposal", Rule: "voting-deadline", Text: "too late"})
	require.Equal(t, "content.proposal: voting-deadline: too late", p.Error())
	require.Equal(t, "phase", problemOf(&refusal.Refusal{Kind: refusal.ErrPhase, Rule: `x","y`, Text: "t"}).Rule, "no rule breaks out of its urn")
	require.NotContains(t, string(problemOf(errors.New("secret")).Append(nil)), "secret")
}

// The composed document reads back as what was meant, whatever text it holds,
// and repeats at most so much of what a caller sent.
func FuzzProblem(f *testing.F) {
	f.Add("content.x", "plain")
	f.Add("\x00\"\\\n\x7f", "é \u2028 \xff")
	f.Add(strings.Repeat("é", 500), strings.Repeat("x", 5000))
	f.Fuzz(func(t *testing.T, field, detail string) {
		text := (&Problem{Rule: "r", Title: "T", Status: 400, Field: field, Detail: detail, Problems: []string{detail}}).Append(nil)
		var got struct {
			Field, Detail string
			Problems      []string
		}
		require.NoError(t, json.Unmarshal(text, &got))
		clean := func(s string) string { return string([]rune(s)) }
		require.Equal(t, clean(clip(field, maxField)), got.Field)
		require.Equal(t, clean(clip(detail, maxDetail)), got.Detail)
		require.Equal(t, clean(detail), got.Problems[0])
	})
}

// Refused work says in which numbers it was too much, and when to try again.
func TestRefusedWorkIs429WithRetryAfter(t *testing.T) {
	p := problemOf(fmt.Errorf("wrapped: %w", &node.RefusedWorkError{Units: 100_001, Most: 100_000, AfterS: 3}))
	if p.Status != 429 || p.RetryAfter != 3 || p.Rule != "refused-work" || p.Field != "pubkey" || !strings.Contains(p.Detail, "100001") || counts(p.Status) {
		t.Errorf("%+v", p)
	}
}

func TestConfigNamesTheBadField(t *testing.T) {
	good := func() Config {
		return Config{Door: admission.Door{Node: &node.Node{}, Now: time.Now, Mode: admission.Off},
			Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Limits: DefaultLimits()}
	}
	_, err := New(good())
	require.NoError(t, err)
	for field, change := range map[string]func(*Config){
		"Node":              func(c *Config) { c.Node = nil },
		"Log":               func(c *Config) { c.Log = nil },
		"Metrics":           func(c *Config) { c.Metrics = nil },
		"Now":               func(c *Config) { c.Now = nil },
		"Mode":              func(c *Config) { c.Mode = "free" },
		"Gate":              func(c *Config) { c.Mode = admission.Direct },
		"BaseURLs":          func(c *Config) { c.Admin = &operatorWork{} },
		"BaseURLs[0]":       func(c *Config) { c.BaseURLs = []string{"https://x/"} },
		"BaseURLs[1]":       func(c *Config) { c.BaseURLs = []string{"https://x", "econd.example"} },
		"Limits.Batches":    func(c *Config) { c.Limits.Batches = 0 },
		"Limits.BatchBytes": func(c *Config) { c.Limits.BatchBytes = 1 },
		"Limits.Stall":      func(c *Config) { c.Limits.Stall = 0 },
	} {
		cfg := good()
		change(&cfg)
		_, err := New(cfg)
		require.ErrorContains(t, err, "Config."+field+":")
	}
}
