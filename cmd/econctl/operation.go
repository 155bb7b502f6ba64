package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/docs/schemas"
	"github.com/econd/econd/node/op"
)

// newOperation reaches every operation by its name, also one that has no command of its
// own. It is made of the table of kinds.
func newOperation(a *app) *cobra.Command {
	return cli.Group("operation", "Look up and send any operation by its name", operationList(a), operationSchema(a), operationSend(a))
}

// operationView is what a list of operations says of one.
type operationView struct {
	Kind     op.Kind         `json:"kind"`
	Name     string          `json:"name"`
	SignedBy string          `json:"signed_by"`
	MaxBytes int             `json:"max_bytes"` // of its content
	Text     string          `json:"text"`
	Example  json.RawMessage `json:"example"` // content
}

func operationList(a *app) *cobra.Command {
	return command("list", "List the operations that this econctl knows, and who signs each", func(context.Context, []string) error {
		list := []operationView{}
		for _, k := range op.Kinds() {
			if !k.IsFact() {
				list = append(list, operationView{k, k.String(), k.Signer().String(), k.MaxContent(), k.Text(), json.RawMessage(op.EncodeContent(k.Example()))})
			}
		}
		return a.print(map[string]any{"items": list}, tableOf("KIND\tOPERATION\tSIGNED BY\tEXAMPLE", list, func(o operationView) string {
			return cells(uint16(o.Kind), o.Name, o.SignedBy, op.Shorten(op.Raw(o.Example), 70))
		}))
	})
}

func operationSchema(a *app) *cobra.Command {
	return command("schema OPERATION", "Print the JSON Schema of an operation's content, with an example", func(_ context.Context, list []string) error {
		kind, err := operationKind(list[0])
		if err != nil {
			return err
		}
		text, _ := schemas.ReadOperation(kind.String() + ".json")
		return a.printRaw([]byte(strings.TrimSpace(string(text))))
	})
}

func operationSend(a *app) *cobra.Command {
	return long(command("send OPERATION CONTENT", "Sign an operation with this content and hand it in", func(ctx context.Context, list []string) error {
		kind, err := operationKind(list[0])
		if err != nil {
			return err
		}
		content, err := a.readArg(list[1])
		if err != nil {
			return err
		}
		text := strings.TrimSpace(string(content))
		if _, err := (&op.Event{Kind: kind, Content: text}).Decoded(); err != nil {
			return cli.Usage(fmt.Errorf("%s: %w; see: econctl operation schema %s", kind, err, kind))
		}
		if err := agreesWithSchema(kind, text); err != nil {
			return cli.Usage(err)
		}
		return a.submitAndPrint(ctx, kind, op.Raw(text))
	}),
		"Sign an operation with this content and hand it in.",
		"",
		"The content is JSON, @FILE, or @- for the standard input. Where an operation has a",
		"command of its own, that one also looks up what you shorten and checks more.")
}

// agreesWithSchema tells before anything is paid what the schema of a content refuses.
func agreesWithSchema(kind op.Kind, content string) error {
	name := kind.String() + ".json"
	text, _ := schemas.ReadOperation(name)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("schema of %s: %w", kind, err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name, doc); err != nil {
		return fmt.Errorf("schema of %s: %w", kind, err)
	}
	schema, err := compiler.Compile(name)
	if err != nil {
		return fmt.Errorf("schema of %s: %w", kind, err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(content))
	if err != nil {
		return fmt.Errorf("%s: content: %w", kind, err)
	}
	if err := schema.Validate(value); err != nil {
		_, faults, _ := strings.Cut(err.Error(), "\n") // the first line names the schema alone
		faults = strings.Join(strings.Fields(strings.ReplaceAll(faults, "\n- ", "; ")), " ")
		return fmt.Errorf("%s: content %s; see: econctl operation schema %s", kind, strings.TrimPrefix(faults, "- "), kind)
	}
	return nil
}

// operationNames lists the operations.
func operationNames() (list []string) {
	for _, k := range op.Kinds() {
		if !k.IsFact() {
			list = append(list, k.String())
		}
	}
	return list
}

// operationKind is the kind of an operation by its name or number.
func operationKind(name string) (op.Kind, error) {
	kinds := op.Kinds()
	i := slices.IndexFunc(kinds, func(k op.Kind) bool { return k.String() == name || fmt.Sprint(uint16(k)) == name })
	if i < 0 || kinds[i].IsFact() {
		return 0, cli.Usagef("%q is no operation; they are: %s", name, strings.Join(operationNames(), ", "))
	}
	return kinds[i], nil
}
