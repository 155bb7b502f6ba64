package grpcapi

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/econd/econd/node/cursor"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
)

// seqHeader names the entry right after which the answer holds.
const seqHeader = "econd-seq"

// Fields of a request that every read understands which has them.
const (
	atField    protoreflect.Name = "at"
	sizeField  protoreflect.Name = "page_size"
	tokenField protoreflect.Name = "page_token"
)

// answer serves one read of the table.
func (s *Server) answer(ctx context.Context, m *method, req protoreflect.Message) (proto.Message, error) {
	q, err := m.query(req)
	if err != nil {
		return nil, err
	}
	q.Here = s.here
	v, err := m.route.Read(ctx, s.cfg.Node, q)
	if q.Seen {
		if err := grpc.SetHeader(ctx, metadata.Pairs(seqHeader, strconv.FormatUint(q.Seq, 10))); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, m.refusal(err, req)
	}
	out := m.out.New().Interface()
	encode(v, out)
	return out, nil
}

// query reads the fields of a request.
func (m *method) query(req protoreflect.Message) (*read.Query, error) {
	q := new(read.Query)
	if m.route.Paging != read.NotPaged {
		q.List = listOf(req)
	}
	for i := range m.route.Params {
		p := &m.route.Params[i]
		fd := m.in.Descriptor().Fields().ByName(protoreflect.Name(p.ProtoField()))
		v, err := valueOf(p, fd, req.Get(fd))
		if err != nil {
			return nil, err
		}
		if v != nil {
			q.Set(p.Name, v)
		}
	}
	fields := m.in.Descriptor().Fields()
	if fd := fields.ByName(sizeField); fd != nil {
		switch n := req.Get(fd).Uint(); {
		case n > read.MaxLimit:
			return nil, badRequest(string(sizeField), "range", fmt.Sprintf("is %d, must be at most %d", n, read.MaxLimit))
		case n == 0:
			q.Limit = read.DefaultLimit
		default:
			q.Limit = int(n)
		}
	}
	if fd := fields.ByName(tokenField); fd != nil && req.Has(fd) {
		text := req.Get(fd).String()
		q.Cursor = &text
	}
	if fd := fields.ByName(atField); fd != nil && req.Has(fd) {
		at := req.Get(fd).Uint()
		q.At = &at
	}
	return q, nil
}

// listOf is the list that a request reads: its message and every field of it but those
// which say where in the list, how much of it and as of when.
func listOf(req protoreflect.Message) cursor.List {
	m := proto.Clone(req.Interface()).ProtoReflect()
	for _, name := range []protoreflect.Name{atField, sizeField, tokenField} {
		if fd := m.Descriptor().Fields().ByName(name); fd != nil {
			m.Clear(fd)
		}
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(m.Interface())
	if err != nil {
		panic(fmt.Sprintf("grpcapi: a request that was decoded does not encode: %v", err))
	}
	return cursor.Of(string(m.Descriptor().FullName()), string(text))
}

// valueOf reads a field as the parameter that it is; nil if that is absent.
func valueOf(p *read.Param, fd protoreflect.FieldDescriptor, v protoreflect.Value) (any, error) {
	name := string(fd.Name())
	optional := p.In != read.InPath && p.Needed.Rule == ""
	switch p.Kind {
	case read.ID:
		if raw := v.Bytes(); len(raw) > 0 || !optional {
			return idField(name, raw)
		}
	case read.Key:
		if raw := v.Bytes(); len(raw) > 0 || !optional {
			return keyField(name, raw)
		}
	case read.Word:
		return wordField(p, fd, v.Enum(), optional)
	case read.Number:
		if fd.Kind() == protoreflect.Uint32Kind || fd.Kind() == protoreflect.Uint64Kind {
			return int64(min(v.Uint(), math.MaxInt64)), nil
		}
		return v.Int(), nil
	default:
		text := v.String()
		if p.Longest > 0 && len(text) > p.Longest {
			return nil, badRequest(name, "length", fmt.Sprintf("must have at most %d characters", p.Longest))
		}
		if text != "" || !optional {
			return text, nil
		}
	}
	return nil, nil
}

// wordField reads an enum as the word that its value stands for.
func wordField(p *read.Param, fd protoreflect.FieldDescriptor, n protoreflect.EnumNumber, optional bool) (any, error) {
	values, rule := wordsOf(fd.Enum()), p.Bad.Rule
	if rule == p.Name {
		rule = p.ProtoField()
	}
	var names []string
	for _, word := range p.Words {
		value := protoreflect.EnumNumber(values[strings.ReplaceAll(word, "+", "-")])
		if n != 0 && value == n {
			return word, nil
		}
		names = append(names, nameOf(fd.Enum(), value))
	}
	switch {
	case n == 0 && optional:
		return nil, nil
	case rule == "":
		return "", nil // nothing is found under it
	}
	last := len(names) - 1
	return nil, badRequest(string(fd.Name()), rule,
		fmt.Sprintf("is %s, must be %s or %s", nameOf(fd.Enum(), n), strings.Join(names[:last], ", "), names[last]))
}

// nameOf is the name of an enum's value; of one that it does not have, the number.
func nameOf(e protoreflect.EnumDescriptor, n protoreflect.EnumNumber) string {
	if v := e.Values().ByNumber(n); v != nil {
		return string(v.Name())
	}
	return strconv.Itoa(int(n))
}

// refusal is an error of a read, by the names of the request's fields and with what
// stands in them.
func (m *method) refusal(err error, req protoreflect.Message) error {
	field := func(param string) string {
		if p := m.route.Param(param); p != nil {
			return p.ProtoField()
		}
		return param
	}
	var missing *read.NotFound
	var beyond *read.RangeError
	var over *read.EpochError
	switch {
	case errors.As(err, &missing):
		return notFound(field(missing.Param), missing.Rule, missing.Text)
	case errors.As(err, &beyond):
		fd := req.Descriptor().Fields().ByName(protoreflect.Name(field(beyond.Param)))
		return badRequest(string(fd.Name()), "range", fmt.Sprintf("is %v, %s", req.Get(fd), beyond.Why))
	case errors.As(err, &over):
		return badRequest(string(tokenField), "token-epoch", over.Error())
	case errors.Is(err, read.ErrCursor):
		return badRequest(string(tokenField), "page-token", "is not one that this list, with these filters, gave; start without one")
	}
	return err
}

// asksPast tells whether a request has its field at.
func asksPast(req any) bool {
	m, ok := req.(proto.Message)
	if !ok {
		return false
	}
	fd := m.ProtoReflect().Descriptor().Fields().ByName(atField)
	return fd != nil && m.ProtoReflect().Has(fd)
}

// idField reads a field that is an event id.
func idField(name string, raw []byte) (id op.ID, err error) {
	if len(raw) != len(id) {
		return id, badRequest(name, "length", fmt.Sprintf("is %d bytes, must be 32", len(raw)))
	}
	return op.ID(raw), nil
}

// keyField reads a field that is an agent's key.
func keyField(name string, raw []byte) (op.PublicKey, error) {
	key, err := op.ParsePublicKey(hex.EncodeToString(raw[:min(len(raw), 33)]))
	if err != nil {
		return key, badRequest(name, "key", "must be an x-only public key: 32 bytes, on the curve")
	}
	return key, nil
}
