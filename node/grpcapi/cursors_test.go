package grpcapi

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// pagedMethod is a call of the schema that lists things by pages.
type pagedMethod struct {
	name     string
	request  proto.Message // with what it demands
	response protoreflect.MessageType
	optional []protoreflect.FieldDescriptor // its filters
}

// pagedMethods are all calls whose request has a page token; fields gives what
// requests are filled with.
func pagedMethods(t *testing.T, fields map[protoreflect.Name]protoreflect.Value, demanded map[string]bool) (list []pagedMethod) {
	t.Helper()
	protoregistry.GlobalFiles.RangeFilesByPackage("econd.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				m := methods.Get(j)
				if m.Input().Fields().ByName("page_token") == nil {
					continue
				}
				in, err := protoregistry.GlobalTypes.FindMessageByName(m.Input().FullName())
				require.NoError(t, err)
				out, err := protoregistry.GlobalTypes.FindMessageByName(m.Output().FullName())
				require.NoError(t, err)
				p := pagedMethod{name: "/" + string(f.Services().Get(i).FullName()) + "/" + string(m.Name()),
					request: in.New().Interface(), response: out}
				for k := range m.Input().Fields().Len() {
					fd := m.Input().Fields().Get(k)
					switch name := fd.Name(); {
					case name == "page_token" || name == "page_size" || name == "at":
					case demanded[string(m.Name())+"."+string(name)]:
						p.request.ProtoReflect().Set(fd, fields[name])
					default:
						p.optional = append(p.optional, fd)
					}
				}
				list = append(list, p)
			}
		}
		return true
	})
	return list
}

// filterOf is a value of a filter: of an enum, its first word.
func filterOf(fd protoreflect.FieldDescriptor, fields map[protoreflect.Name]protoreflect.Value) protoreflect.Value {
	if fd.Kind() == protoreflect.EnumKind {
		return protoreflect.ValueOfEnum(1)
	}
	return fields[fd.Name()]
}

// A page token is taken by the list that gave it, with the filters that it had, and by no other.
func TestPageTokensAreBoundToTheirLists(t *testing.T) {
	w := newWorld(t, nil)
	ada, bob := nodetest.Key(t, 2), nodetest.Key(t, 3)
	id := w.vote(ada, bob)
	key, other := ada.Public(), bob.Public()
	w.submit(bob, op.KindDelegate, op.Delegate{To: key})
	fields := map[protoreflect.Name]protoreflect.Value{
		"agent": protoreflect.ValueOfBytes(key[:]), "pubkey": protoreflect.ValueOfBytes(key[:]), "proposal": protoreflect.ValueOfBytes(id[:]),
		"track": protoreflect.ValueOfString("signal"), "metric": protoreflect.ValueOfString("load"), "field": protoreflect.ValueOfString("models"),
		"kind": protoreflect.ValueOfString("model"), "status": protoreflect.ValueOfString("allowed")}
	demanded := map[string]bool{"ListBallots.proposal": true, "ListDelegations.agent": true, "ListStakes.agent": true, "ListSources.pubkey": true,
		"ListStandings.pubkey": true, "ListTurnout.track": true, "ListFigures.metric": true}
	methods := pagedMethods(t, fields, demanded)
	require.Greater(t, len(methods), 14)
	elsewhere := proto.Clone(methods[0].request)
	for _, m := range methods {
		if r, ok := m.request.(*econdv1.ListDelegationsRequest); ok {
			r = proto.Clone(r).(*econdv1.ListDelegationsRequest)
			r.Agent, elsewhere = other[:], r
			methods = append(methods, pagedMethod{m.name, r, m.response, nil})
			break
		}
	}
	require.IsType(t, new(econdv1.ListDelegationsRequest), elsewhere)

	// refuses tells whether the list refuses the token as not its own.
	refuses := func(m pagedMethod, req proto.Message, token string) bool {
		asked := proto.Clone(req)
		r := asked.ProtoReflect()
		r.Set(r.Descriptor().Fields().ByName("page_token"), protoreflect.ValueOfString(token))
		err := w.conn.Invoke(w.ctx(), m.name, asked, m.response.New().Interface())
		return err != nil && tell(t, err).rule == "page-token"
	}
	for i, from := range methods {
		for j, to := range methods {
			taken := false
			for _, length := range []int{8, 12, 32} {
				taken = taken || !refuses(to, to.request, listOf(from.request.ProtoReflect()).Text(make([]byte, length)))
			}
			require.Equal(t, i == j, taken, "%s takes a token of %s", to.name, from.name)
		}
		for _, fd := range from.optional {
			filtered := proto.Clone(from.request)
			filtered.ProtoReflect().Set(fd, filterOf(fd, fields))
			bare, own := listOf(from.request.ProtoReflect()).Index(0), listOf(filtered.ProtoReflect()).Index(0)
			require.True(t, refuses(from, filtered, bare), "%s %s", from.name, fd.Name())
			require.True(t, refuses(from, from.request, own), "%s %s", from.name, fd.Name())
			require.False(t, refuses(from, filtered, own), "%s %s", from.name, fd.Name())
			r := filtered.ProtoReflect()
			r.Set(r.Descriptor().Fields().ByName("page_size"), protoreflect.ValueOfUint32(1))
			require.False(t, refuses(from, filtered, own), "%s %s", from.name, fd.Name())
		}
	}
}
