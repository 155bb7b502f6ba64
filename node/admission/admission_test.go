package admission

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/shares"
	"github.com/econd/econd/node/view"
)

func TestModeCheck(t *testing.T) {
	for _, c := range []struct {
		mode    Mode
		gate    bool
		service string
		field   string
	}{
		{Off, false, "", ""},
		{Direct, true, "econd", ""},
		{Aperture, true, "econd", ""},
		{"", false, "", "Mode"},
		{Off, true, "", "Gate"},
		{Direct, false, "econd", "Gate"},
		{Aperture, true, "", "Service"},
	} {
		err := c.mode.Check(c.gate, c.service)
		if c.field == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.field+": ")
	}
}

func TestLimitsAreAboveZero(t *testing.T) {
	type limits struct {
		Calls int
		Time  time.Duration
	}
	require.NoError(t, CheckLimits(limits{1, 1}))
	require.ErrorContains(t, CheckLimits(limits{0, 1}), "Limits.Calls: too small")
	require.ErrorContains(t, CheckLimits(limits{1, -1}), "Limits.Time: too small")
}

// Every kind of error means something to both APIs, and no two have a name in common.
func TestEveryKindIsNamedOnce(t *testing.T) {
	names := map[string]bool{}
	for _, k := range kinds {
		require.False(t, names[k.name], k.name)
		names[k.name] = true
		f := FaultOf(fmt.Errorf("wrapped: %w", k.kind))
		require.Equal(t, k.name, f.Kind)
		require.True(t, f.Title != "" && f.Status >= 400 && f.Code != codes.OK && f.Text != "" && f.Line != "", "%+v", f)
	}
	require.Nil(t, FaultOf(errors.New("of this side")))
}

func TestFaultsSayWhatIsKnown(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Fault
	}{
		{refusal.New(refusal.ErrPhase, "content.choice", "voting-deadline", "is over"),
			Fault{Kind: "phase", Status: 409, Code: codes.FailedPrecondition, Rule: "voting-deadline", Field: "content.choice", Text: "is over",
				Line: "content.choice: voting-deadline: is over"}},
		{&node.BeyondHeadError{Seq: 9, Head: 3},
			Fault{Kind: "beyond-head", Status: 400, Code: codes.OutOfRange, Field: "at", Text: "is 9, the last entry of the log is 3",
				Line: "at: is 9, the last entry of the log is 3"}},
		{&HeaderError{"L402-Uses", "uses", errors.New("must be a number")},
			Fault{Kind: "malformed", Status: 400, Code: codes.InvalidArgument, Rule: "uses", Field: "L402-Uses", Text: "must be a number", Line: "L402-Uses: must be a number"}},
		{&shares.BusyError{Rule: "streams", Text: "too many"},
			Fault{Kind: "busy", Status: 503, Code: codes.ResourceExhausted, Rule: "streams", Text: "too many", Line: "too many", Retry: RetryBusy}},
		{&CredentialError{errors.New("cut off")},
			Fault{Kind: "l402-credential", Status: 401, Code: codes.Unauthenticated, Field: Credentials,
				Text: "the L402 credential is not valid; leave the header away to get a new challenge",
				Line: "the L402 credential is not valid; leave it away to get a new challenge"}},
	} {
		got := FaultOf(fmt.Errorf("%w", c.err))
		got.Title = ""
		require.Equal(t, &c.want, got)
	}
}

// meter counts the uses of one token.
type meter struct{ left int64 }

func (m *meter) Take(_ time.Time, g *l402.Grant, n int64) (int64, error) {
	taken := min(n, m.left)
	m.left -= taken
	if g.Left = m.left; taken < n {
		return taken, l402.ErrUsedUp
	}
	return taken, nil
}

func (m *meter) GiveBack(g *l402.Grant, n int64) { m.left += n; g.Left = m.left }

type prices struct{ known map[op.ID]bool }

func (prices) PriceSat(string) int64 { return 10 }
func (prices) Recovery() []string    { return nil }
func (p prices) Recorded(es ...*op.Event) (list []bool) {
	for _, e := range es {
		list = append(list, e != nil && p.known[e.ID])
	}
	return list
}

// A batch pays for what is new as far as the token reaches, and gets back what turned
// out to cost nothing.
func TestABatchPaysForWhatIsNew(t *testing.T) {
	known, alien := &op.Event{ID: op.ID{1}}, errors.New("not read")
	m := &meter{left: 3}
	d := Desk{Mode: Direct, Service: "econd", Node: prices{map[op.ID]bool{known.ID: true}}, Gate: m, Now: time.Now}
	p, err := d.Admit("operations", func(need l402.Need) (l402.Grant, error) {
		require.Equal(t, l402.Need{Service: "econd", Capability: "operations", AgentLater: true}, need)
		return l402.Grant{Left: 3, Uses: 3}, nil
	})
	require.NoError(t, err)
	var left []int64
	p.Tell = func(n int64) { left = append(left, n) }
	short := errors.New("too few uses")
	events := []*op.Event{known, {ID: op.ID{2}}, nil, {ID: op.ID{3}}, {ID: op.ID{4}}, {ID: op.ID{5}}}
	errs := []error{nil, nil, alien, nil, nil, nil}
	paid := p.PayBatch(events, errs, func() error { return short })
	require.Equal(t, []bool{false, true, false, true, true, false}, paid)
	require.Equal(t, []error{nil, nil, alien, nil, nil, short}, errs)
	require.Nil(t, events[5])

	doubt := fmt.Errorf("%w: %w", node.ErrUnconfirmed, node.ErrNotDurable)
	results := make([]node.Result, len(events))
	results[1].Err, results[3].Err, results[4].Receipt = doubt, node.ErrStopping, view.Receipt{Replay: true}
	p.Settle(paid, results, func(error) bool { return false })
	require.Equal(t, int64(2), m.left, "what may have been recorded is paid for")
	require.Equal(t, []int64{0, 2}, left)
}

func TestBoundTokensPayForTheirAgent(t *testing.T) {
	ada, bob := nodetest.Key(t, 2), nodetest.Key(t, 3)
	m := &meter{left: 5}
	d := Desk{Mode: Direct, Service: "econd", Node: prices{}, Gate: m, Now: time.Now}
	p, err := d.Admit("operations", func(l402.Need) (l402.Grant, error) {
		return l402.Grant{Left: 5, Uses: 5, Agent: l402.AgentKey(ada.Public())}, nil
	})
	require.NoError(t, err)
	require.True(t, p.Bound())
	var stranger *StrangerError
	require.ErrorAs(t, p.PayOperation(&op.Event{PubKey: bob.Public()}), &stranger)
	require.ErrorIs(t, p.PayOperation(&op.Event{PubKey: ada.Public()}), op.ErrID, "and for what it signed alone")
	require.Equal(t, int64(5), m.left)
}

func TestAdmission(t *testing.T) {
	check := func(err error) func(l402.Need) (l402.Grant, error) {
		return func(l402.Need) (l402.Grant, error) { return l402.Grant{}, err }
	}
	d := Desk{Mode: Direct, Service: "econd", Node: prices{}, Gate: new(meter), Now: time.Now}
	for _, c := range []struct {
		desk     Desk
		resource string
		err      error
		pass     bool
		unpaid   bool
	}{
		{Desk{Mode: Off}, "queries", nil, false, false},
		{d, "", nil, false, false},
		{d, "queries", nil, true, false},
		{d, "queries", l402.ErrUsedUp, true, false},
		{d, "queries", l402.ErrNoCredentials, true, true},
		{d, "queries", l402.ErrUnavailable, false, false},
		{d, "queries", errors.New("cut off"), false, false},
	} {
		p, err := c.desk.Admit(c.resource, check(c.err))
		require.Equal(t, c.pass, p != nil, "%v", c.err)
		require.Equal(t, c.unpaid, p != nil && p.Unpaid != nil, "%v", c.err)
		require.Equal(t, c.err != nil && !c.pass, err != nil, "%v", c.err)
	}
	var none *Pass
	require.NoError(t, none.PayOperation(nil), "what costs nothing is let through")
	require.False(t, none.UsedUp() || none.Bound())
	none.GiveBack(1)
}
