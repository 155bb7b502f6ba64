package grpcapi

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/econd/econd/node/read"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// methodPrefix starts the full name of every method of econd's services, which
// is also the path of its calls.
const methodPrefix = "/econd.v1."

// services are those of the package econd.v1, in the order of their files.
var services = []grpc.ServiceDesc{
	econdv1.Econd_ServiceDesc,
	econdv1.Treasury_ServiceDesc,
	econdv1.Reputation_ServiceDesc,
	econdv1.Delegations_ServiceDesc,
	econdv1.Guardians_ServiceDesc,
	econdv1.Decisions_ServiceDesc,
	econdv1.Participation_ServiceDesc,
	econdv1.Exits_ServiceDesc,
	econdv1.Figures_ServiceDesc,
	econdv1.Disputes_ServiceDesc,
	econdv1.Notifications_ServiceDesc,
}

// method is a method of the schema that reads, and its row in the table of reads.
type method struct {
	route   *read.Route
	in, out protoreflect.MessageType
}

// methods are those that read, by full name ("/econd.v1.Econd/GetProposal").
var methods = methodsOf(read.Routes())

// mend ends what methodsOf says.
const mend = "add it to proto/econd/v1/econd.proto, or the file of its subject beside it, and run: go run ./proto/gen"

// methodsOf panics where the schema lacks what the table has: an rpc, the field of a
// parameter, or that of a member of the answer.
func methodsOf(routes []*read.Route) map[string]*method {
	list := map[string]*method{}
	for _, r := range routes {
		if r.RPC == "" || !r.IsRead() {
			continue
		}
		full := methodPrefix + r.RPC
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(full[1:], "/", ".")))
		if err != nil {
			panic(fmt.Sprintf("grpcapi: the read %s has the rpc %s, which the schema lacks: %s (%v)", r.Name, r.RPC, mend, err))
		}
		message := func(d protoreflect.MessageDescriptor) protoreflect.MessageType {
			t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
			if err != nil {
				panic(fmt.Sprintf("grpcapi: %s of the reads: %v", r.RPC, err))
			}
			return t
		}
		md := d.(protoreflect.MethodDescriptor)
		m := &method{r, message(md.Input()), message(md.Output())}
		if err := m.fits(); err != nil {
			panic(fmt.Sprintf("grpcapi: the read %s (%s) and its messages differ: %v; what the schema lacks: %s", r.Name, r.RPC, err, mend))
		}
		list[full] = m
	}
	return list
}

// fits fails where the messages lack a field for a parameter or for a member of the answer,
// or have one that no member fills.
func (m *method) fits() error {
	names := []protoreflect.Name{}
	for i := range m.route.Params {
		names = append(names, protoreflect.Name(m.route.Params[i].ProtoField()))
	}
	if m.route.Past {
		names = append(names, atField)
	}
	if m.route.Paging != read.NotPaged {
		names = append(names, sizeField, tokenField)
	}
	for _, name := range names {
		if m.in.Descriptor().Fields().ByName(name) == nil {
			return fmt.Errorf("%s: no field %s", m.in.Descriptor().Name(), name)
		}
	}
	answer := shaped(reflect.Zero(m.route.Answer).Interface())
	_, err := answerPlan(reflect.TypeOf(answer), reflect.TypeOf(m.out.New().Interface()).Elem())
	return err
}

// ResourceOf maps the full name of a method ("/econd.v1.Econd/Submit") to the
// resource whose price applies; "" is always free. Methods of econd.v1 that
// it does not know cost a query, and known is false. Other services, such as
// health and reflection, are free.
func ResourceOf(fullMethod string) (resource string, known bool) {
	name, ours := strings.CutPrefix(fullMethod, methodPrefix)
	if !ours {
		return "", false
	}
	return read.ResourceOfRPC(name)
}

// register adds a service to the server. Its methods that read have one handler for all;
// the others are methods of Server.
func (s *Server) register(d grpc.ServiceDesc) {
	d.HandlerType = (*any)(nil) // reads have no method of their own
	d.Methods = slices.Clone(d.Methods)
	for i := range d.Methods {
		full := "/" + d.ServiceName + "/" + d.Methods[i].MethodName
		if m := methods[full]; m != nil {
			d.Methods[i].Handler = s.handler(full, m)
		}
	}
	s.grpc.RegisterService(&d, s)
}

// handler is what gRPC calls for a read.
func (s *Server) handler(full string, m *method) grpc.MethodHandler {
	info := &grpc.UnaryServerInfo{Server: s, FullMethod: full}
	return func(_ any, ctx context.Context, decode func(any) error, chain grpc.UnaryServerInterceptor) (any, error) {
		req := m.in.New()
		if err := decode(req.Interface()); err != nil {
			return nil, err
		}
		return chain(ctx, req.Interface(), info, func(ctx context.Context, req any) (any, error) {
			return s.answer(ctx, m, req.(proto.Message).ProtoReflect())
		})
	}
}
