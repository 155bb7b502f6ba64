package grpcapi

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// Every member fills the field of its name, and what is absent in JSON is unset.
func TestAViewFillsItsMessage(t *testing.T) {
	key, id, hash := op.PublicKey{1}, op.ID{2}, op.Hash{3}
	v := view.Hold{ID: id, Agent: key, Purpose: "juror-bond", AmountSat: 4, PaidSat: 5, State: "locked", Invoice: "lnbc", PaymentHash: &hash,
		ExpiryHeight: 6, RequestedMs: 7, LockedMs: 8, Reason: "why", Renews: id, Renewal: view.Renewal{DueHeight: 9, AtRisk: true}}
	want := &econdv1.Hold{Id: id[:], Agent: key[:], Purpose: econdv1.HoldPurpose_HOLD_PURPOSE_JUROR_BOND, AmountSat: 4, PaidSat: 5,
		State: econdv1.HoldState_HOLD_STATE_LOCKED, Invoice: "lnbc", PaymentHash: hash[:], ExpiryHeight: 6, RequestedMs: 7, LockedMs: 8,
		Reason: "why", Renews: id[:], Renewal: &econdv1.Renewal{DueHeight: 9, AtRisk: true}}
	got := new(econdv1.Hold)
	encode(v, got)
	require.True(t, proto.Equal(want, got), "%v", got)

	zero := new(econdv1.Hold)
	encode(&view.Hold{State: "no such word"}, zero)
	require.True(t, proto.Equal(&econdv1.Hold{Id: make([]byte, 32), Agent: make([]byte, 32)}, zero), "%v", zero)

	none, five := op.Weight(0), op.Weight(5)
	vote := new(econdv1.VoteExplained)
	encode(&view.VoteExplained{For: 1 << 63, QuorumNeed: &none, PassNeed: &five, Winner: 2}, vote)
	require.True(t, proto.Equal(&econdv1.VoteExplained{ForWeight: 1 << 63, QuorumNeed: proto.Uint64(0), PassNeed: proto.Uint64(5), Winner: 2}, vote), "%v", vote)
}

// Nothing of the answers is left out: one whose every member says something makes a
// message whose every field says something.
func TestMessagesAreAsFullAsTheirAnswers(t *testing.T) {
	for name, m := range methods {
		v := reflect.New(m.route.Answer)
		fill(v.Elem())
		out := m.out.New()
		encode(v.Elem().Interface(), out.Interface())
		full(t, name, out)
	}
}

// fill gives every member of a view, and of the views in it, some value.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.String:
		if v.SetString("text"); v.Type() == reflect.TypeFor[op.Scores]() {
			v.SetString(`["1"]`)
		}
	case reflect.Bool:
		v.SetBool(true)
	default:
		v.Set(reflect.ValueOf(1).Convert(v.Type()))
	}
}

// full demands that every field of a message, and of those in it, is set; but words,
// which see TestEnumsCoverTheViews.
func full(t *testing.T, of string, m protoreflect.Message) {
	t.Helper()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Enum() != nil {
			continue
		}
		require.True(t, m.Has(f), "%s: %s is left out", of, f.FullName())
		switch {
		case f.Message() == nil:
		case f.IsList():
			full(t, of, m.Get(f).List().Get(0).Message())
		default:
			full(t, of, m.Get(f).Message())
		}
	}
}

// A plan is for the whole of a struct and the whole of its message.
func TestPlansAreWhole(t *testing.T) {
	type pool struct {
		Name string `json:"name"`
	}
	for want, from := range map[string]any{
		"Pool: no field for colour": struct {
			pool
			Colour string `json:"colour"`
		}{},
		": nothing in": pool{},
		"Pool.name: is filled twice": struct {
			pool
			Name string `json:"name"`
		}{},
		"econd.v1.Pool.name: cannot be filled from int64": struct {
			Name int64 `json:"name"`
		}{},
		"econd.v1.Pool.sat: cannot be filled from float64": struct {
			Sat float64 `json:"sat"`
		}{},
	} {
		_, err := newPlan(reflect.TypeOf(from), reflect.TypeFor[econdv1.Pool](), nil)
		require.ErrorContains(t, err, want)
	}
	_, err := newPlan(reflect.TypeFor[view.Pool](), reflect.TypeFor[econdv1.Pool](), nil)
	require.NoError(t, err)
}

func BenchmarkPageOfProposals(b *testing.B) {
	p := view.Page[view.Proposal]{Items: make([]view.Proposal, 100)}
	for i := range p.Items {
		fill(reflect.ValueOf(&p.Items[i]).Elem())
	}
	b.ReportAllocs()
	for b.Loop() {
		encode(&p, new(econdv1.ListProposalsResponse))
	}
}
