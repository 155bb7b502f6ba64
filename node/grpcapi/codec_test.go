package grpcapi

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// drawnWords are some that views use, and some that no enum has.
var drawnWords = []string{"", "x", "draft", "queued", "overturned", "for", "abstain", "ballot", "stake", "juror-bond", "locked", "taken", "pending",
	"final", "done", "model", "provider", "allowed", "uphold", "refuse", "open", "void", "draw", "appeal", "ready", "claimable", "paid"}

// drawn sets every member of a view to something, by turns zero where it may be absent.
func drawn(t *rapid.T, v reflect.Value, mayBeZero bool) {
	if mayBeZero && rapid.Bool().Draw(t, "absent") {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			_, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			drawn(t, v.Field(i), options != "")
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		drawn(t, v.Elem(), false)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[op.Raw]() {
			v.SetBytes([]byte(`{"a":1}`))
			return
		}
		n := rapid.IntRange(0, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			drawn(t, v.Index(i), false)
		}
	case reflect.Array:
		copy(v.Bytes(), rapid.SliceOfN(rapid.ByteRange(1, 255), v.Len(), v.Len()).Draw(t, "bytes"))
	case reflect.String:
		if v.Type() == reflect.TypeFor[op.Scores]() {
			v.SetString(`["3","18446744073709551616"]`)
			return
		}
		v.SetString(rapid.SampledFrom(drawnWords).Draw(t, "word"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int8, reflect.Int64:
		v.SetInt(rapid.Int64Range(-3, 127).Draw(t, "int"))
	case reflect.Uint32:
		v.SetUint(uint64(rapid.Uint32().Draw(t, "uint32")))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "uint64"))
	default:
		t.Fatalf("%s", v.Type())
	}
}

func differ[V any, M proto.Message](t *testing.T, byHand func(V) M) {
	t.Run(reflect.TypeFor[V]().Name(), func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			var v V
			drawn(rt, reflect.ValueOf(&v).Elem(), false)
			want := byHand(v)
			got := want.ProtoReflect().New().Interface()
			encode(&v, got)
			bytesOf := func(m proto.Message) []byte {
				b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
				require.NoError(rt, err)
				return b
			}
			require.Equal(rt, bytesOf(want), bytesOf(got), "%v\n%v", want, got)
		})
	})
}

func TestCodecIsWhatWasWrittenByHand(t *testing.T) {
	differ(t, agentOf)
	differ(t, proposalOf)
	differ(t, ballotOf)
	differ(t, holdOf)
	differ(t, anchorOf)
	differ(t, registryOf)
	differ(t, grantOf)
	differ(t, delegationOf)
	differ(t, disputeOf)
	differ(t, jurorOf)
	differ(t, explanationOf)
	differ(t, metricOf)
	differ(t, ruleOf)
	differ(t, payoutOf)
	differ(t, turnoutOf)
	differ(t, voterOf)
	differ(t, standingOf)
	differ(t, sourceOf)
	differ(t, exitsOf2)
	differ(t, func(v view.Budget) *econdv1.Budget {
		return &econdv1.Budget{Pool: v.Pool, Sat: v.Sat, PeriodS: v.PeriodS, UntilMs: v.UntilMs, SinceMs: v.SinceMs,
			InForce: v.InForce, Proposal: v.Proposal[:], Seq: v.Seq}
	})
	differ(t, func(v view.Pool) *econdv1.Pool { return &econdv1.Pool{Name: v.Name, SharePpm: v.SharePpm, Sat: v.Sat} })
	differ(t, func(v view.Statement) *econdv1.DelegateStatement {
		return &econdv1.DelegateStatement{Track: v.Track, Text: v.Text, Seq: v.Seq}
	})
	differ(t, func(v view.Pause) *econdv1.Pause {
		return &econdv1.Pause{Track: v.Track, SinceMs: v.SinceMs, UntilMs: v.UntilMs, Reason: v.Reason, Seq: v.Seq}
	})
	differ(t, func(v view.PauseMotion) *econdv1.PauseMotion {
		return &econdv1.PauseMotion{Tracks: v.Tracks, UntilMs: v.UntilMs, Signed: assentsOf(v.Signed), Needed: uint32(v.Needed)}
	})
	differ(t, func(v view.ConstitutionVersion) *econdv1.ConstitutionVersion {
		return &econdv1.ConstitutionVersion{Version: uint32(v.Version), Seq: v.Seq, TimeMs: v.TimeMs, Hash: v.Hash[:], Proposal: idBytes(v.Proposal)}
	})
	differ(t, func(v view.Participation) *econdv1.TrackPart {
		part := &econdv1.TrackPart{Voter: voterOf(v.Voter), Delegated: v.Delegated}
		for i := range v.Delegates {
			part.Delegates = append(part.Delegates, &econdv1.DelegateUse{Agent: v.Delegates[i].Agent[:], Votes: v.Delegates[i].Votes})
		}
		return part
	})
	differ(t, func(v view.Delegate) *econdv1.DelegateReport {
		return &econdv1.DelegateReport{Voter: voterOf(v.Voter), Entrusted: v.Entrusted, Spoke: v.Spoke,
			PassedOn: v.PassedOn, Carried: v.Carried, LastWeight: uint64(v.LastWeight), MostWeight: uint64(v.MostWeight),
			AverageWeight: uint64(v.AverageWeight), Overrides: v.Overrides, Contrary: v.Contrary}
	})
}

func exitsOf2(v view.Exits) *econdv1.ExitCount {
	if e := exitsOf(v); e != nil {
		return e
	}
	return new(econdv1.ExitCount)
}

func BenchmarkProposalsByHand(b *testing.B) {
	benchmarkProposals(b, func(v *view.Proposal) { proposalOf(*v) })
}
func BenchmarkProposalsByPlan(b *testing.B) {
	benchmarkProposals(b, func(v *view.Proposal) { encode(v, new(econdv1.Proposal)) })
}

func benchmarkProposals(b *testing.B, show func(*view.Proposal)) {
	list := make([]view.Proposal, 100)
	gen := rapid.Custom(func(t *rapid.T) view.Proposal {
		var v view.Proposal
		drawn(t, reflect.ValueOf(&v).Elem(), false)
		return v
	})
	for i := range list {
		list[i] = gen.Example(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		for i := range list {
			show(&list[i])
		}
	}
}
