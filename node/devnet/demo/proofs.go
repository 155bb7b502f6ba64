package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/econd/econd/node/view"
)

// anchors lists the anchors on record.
func (s *story) anchors(ctx context.Context) ([]view.Anchor, error) {
	page, err := s.api.Anchors().Page(ctx, "", 0)
	return page.Items, err
}

// untilAnchor waits until the n-th anchor is in a state.
func (s *story) untilAnchor(ctx context.Context, n int, state view.AnchorState) (a view.Anchor, err error) {
	err = until(ctx, fmt.Sprintf("anchor %d is %s", n, state), func() (bool, error) {
		list, err := s.anchors(ctx)
		if err != nil || len(list) < n {
			return false, err
		}
		a = list[n-1]
		return a.State == state, nil
	})
	return a, err
}

// anchorBlocks is how many blocks make an anchor final in the demo.
const anchorBlocks = 3

func (s *story) anchor(ctx context.Context) error {
	if err := s.ctl(ctx, s.ops, new(map[string]bool), "admin", "anchor"); err != nil {
		return err
	}
	a, err := s.untilAnchor(ctx, 1, view.AnchorPending)
	if err != nil {
		return err
	}
	s.out.ok("checkpoint over %d entries committed by OP_RETURN in %s...", a.CheckpointSize, a.Txid.String()[:16])
	if _, err := s.net.Mine(ctx, 1); err != nil {
		return err
	}
	if a, err = s.untilAnchor(ctx, 1, view.AnchorConfirmed); err != nil {
		return err
	}
	s.out.ok("a block is mined: confirmed at height %d", a.Height)
	if _, err := s.net.Mine(ctx, anchorBlocks-1); err != nil {
		return err
	}
	if a, err = s.untilAnchor(ctx, 1, view.AnchorFinal); err != nil {
		return err
	}
	s.anchored = a
	s.out.ok("final after %d blocks", anchorBlocks)
	return nil
}

func (s *story) path(name string) string { return filepath.Join(s.net.Dir, name) }

func (s *story) audit(ctx context.Context) error {
	if err := s.ctl(ctx, s.consumer, new(any), "proof", "ballot", s.first.ID.String(), "--out", s.path("bundle.json")); err != nil {
		return err
	}
	if err := s.ctl(ctx, s.consumer, new(any), "checkpoint", "--out", s.path("checkpoint.txt")); err != nil {
		return err
	}
	if err := s.ctl(ctx, s.consumer, new(any), "export", "--out", s.path("export.log")); err != nil {
		return err
	}
	out, err := s.run(ctx, "econaudit", s.verifyArgs(s.path("bundle.json"))...)
	if err != nil {
		return err
	}
	s.out.ok("econaudit verify bundle.json: %s", firstLine(string(out)))
	out, err = s.run(ctx, "econaudit", "replay", s.path("export.log"), "--checkpoint", s.path("checkpoint.txt"))
	if err != nil {
		return err
	}
	s.out.ok("econaudit replay export.log: %s", firstLine(string(out)))
	if err := s.tamperBundle(ctx); err != nil {
		return err
	}
	return s.dropBallot(ctx)
}

// verifyArgs trusts the one block that the auditor knows from elsewhere.
func (s *story) verifyArgs(file string) []string {
	return []string{"verify", file, "--require-anchor", "--confirmations", fmt.Sprint(anchorBlocks),
		"--trust-header", fmt.Sprintf("%s@%d", s.anchored.Block, s.anchored.Height)}
}

// tamperBundle changes each member of the bundle in turn.
func (s *story) tamperBundle(ctx context.Context) error {
	text, err := os.ReadFile(s.path("bundle.json"))
	if err != nil {
		return err
	}
	var tree any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		return err
	}
	changed := 0
	var walk func(at string, node any, set func(any)) error
	walk = func(at string, node any, set func(any)) error {
		switch x := node.(type) {
		case map[string]any:
			for k, v := range x {
				if err := walk(at+"."+k, v, func(n any) { x[k] = n }); err != nil {
					return err
				}
			}
			return nil
		case []any:
			for i, v := range x {
				if err := walk(fmt.Sprintf("%s[%d]", at, i), v, func(n any) { x[i] = n }); err != nil {
					return err
				}
			}
			return nil
		}
		set(tampered(node))
		defer set(node)
		changed++
		s.out.progress(fmt.Sprintf("changing member %d of the bundle: %s", changed, strings.TrimPrefix(at, ".")), false)
		return s.mustReject(ctx, tree, at)
	}
	if err := walk("", tree, nil); err != nil {
		return err
	}
	s.out.ok("each of the bundle's %d members changed in turn: every change is caught", changed)
	return nil
}

// tampered is another value of the same kind.
func tampered(node any) any {
	switch x := node.(type) {
	case string:
		if x == "" {
			return "x"
		}
		b := []byte(x)
		i := len(b) / 2
		switch b[i] {
		case '0':
			b[i] = '1'
		default:
			b[i] = '0'
		}
		return string(b)
	case json.Number:
		n, _ := x.Int64()
		return n + 1
	case bool:
		return !x
	}
	return "x"
}

func (s *story) mustReject(ctx context.Context, tree any, at string) error {
	text, err := json.Marshal(tree)
	if err != nil {
		return err
	}
	file := s.path("tampered.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	if _, err := s.refused(ctx, "econaudit", s.verifyArgs(file)...); err != nil {
		return fmt.Errorf("bundle with %s changed: %w", at, err)
	}
	return nil
}

// dropBallot leaves one vote out of the export.
func (s *story) dropBallot(ctx context.Context) error {
	text, err := os.ReadFile(s.path("export.log"))
	if err != nil {
		return err
	}
	lines := strings.SplitAfter(string(text), "\n")
	for i, line := range lines {
		if strings.Contains(line, `"kind":3907`) {
			lines = append(lines[:i:i], lines[i+1:]...)
			break
		}
	}
	if err := os.WriteFile(s.path("dropped.log"), []byte(strings.Join(lines, "")), 0o600); err != nil {
		return err
	}
	said, err := s.refused(ctx, "econaudit", "replay", s.path("dropped.log"), "--checkpoint", s.path("checkpoint.txt"))
	if err != nil {
		return fmt.Errorf("export without one ballot: %w", err)
	}
	s.out.ok("one ballot dropped from the export is caught: %s", firstLine(said))
	return nil
}
