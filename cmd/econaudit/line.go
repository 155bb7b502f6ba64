package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
)

func newLineCmd(c *cli) *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use:   "line export.log ANCHORS...",
		Short: "Check that the log has one line of anchors in Bitcoin",
		Long: "Walk the anchors from the first one on: each spends the one before it, so that a second history\n" +
			"cannot be anchored beside the first, and each commits to this very log. What the log says is final must be\n" +
			"among them. A second line is rejected, also one that the log announces because the coin of the first is gone,\n" +
			"unless you accept it by --new-line. ANCHORS are files of anchor proofs, one a line, or of bundles with an anchor.",
		Example: "  econaudit line export.log anchors.ndjson\n" +
			"  econaudit line export.log bundle.json --trust-header 000000...c4@870000",
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options(cmd, c)
			if err != nil {
				return err
			}
			for _, path := range args[1:] {
				list, err := readLine(cmd, path)
				if err != nil {
					return err
				}
				o.Line = append(o.Line, list...)
			}
			r, err := overLog(c, cmd, args[0], o, func(in io.Reader, o audit.ReplayOptions) (audit.LineReport, error) {
				return audit.VerifyLine(cmd.Context(), in, o)
			})
			if err != nil {
				return err
			}
			verdict := "ONE LINE"
			if n := len(r.NewLines); n > 0 {
				verdict = fmt.Sprintf("%d LINES, as the log announced and you accept", n+1)
			}
			return c.print(verdict, r, r.Proved, r.RestsOn, r.Claims...)
		},
	}
	f.add(cmd)
	return cmd
}

// readLine reads the anchors of a file: proofs, or bundles that have one, one after the other.
func readLine(cmd *cobra.Command, path string) ([]*anchor.Proof, error) {
	if path == "" {
		return nil, nil
	}
	data, err := read(cmd, path)
	if err != nil {
		return nil, err
	}
	var list []*anchor.Proof
	for dec := json.NewDecoder(bytes.NewReader(data)); ; {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		var p *anchor.Proof
		if err == nil {
			p, err = anchorIn(raw)
		}
		if err != nil {
			return nil, notOfKind(fmt.Sprintf("%s, document %d", path, len(list)+1), err)
		}
		list = append(list, p)
	}
}

// anchorIn is the anchor of a bundle, or the proof of one itself.
func anchorIn(raw []byte) (*anchor.Proof, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	if _, ok := members["genesis"]; !ok {
		return anchor.DecodeProof(raw)
	}
	b, err := audit.Decode(raw)
	if err == nil && b.Anchor == nil {
		err = errors.New("the bundle is not anchored")
	}
	if err != nil {
		return nil, err
	}
	return b.Anchor, nil
}
