package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// notDrawn are packages that docs/architecture.md does not draw: documents, and what
// only tests, generators and the programs' command lines use.
var notDrawn = []string{"cmd/internal/...", "docs/...", "proto/gen", "node/archtest", "node/client/gen", "node/crashtest", "node/nodetest",
	"l402/l402test", "node/audit/audittest", "node/audit/cheat", "node/ballotstore/storetest", "node/devnet/devnettest", "node/lnd/lndtest", "node/offer/offertest",
	"node/mpp/mpptest", "node/signer/signertest", "node/signer/vault/vaulttest", "node/signer/kms/kmstest", "node/nostr/relaytest",
	"reputation/internal/...", "voting/internal/..."}

// rowsOf reads the rows of a drawing from the top: the names between the first and the
// last bar of each line, of all columns; lines that begin with a plus part rows.
func rowsOf(drawing string) (rows [][]string) {
	for line := range strings.Lines(drawing) {
		line = strings.TrimSpace(line)
		first, last := strings.Index(line, "|"), strings.LastIndex(line, "|")
		switch {
		case strings.HasPrefix(line, "+-"):
			rows = append(rows, nil)
		case first == 0 && len(rows) > 0:
			names := strings.Fields(strings.ReplaceAll(line[first:last], "|", " "))
			rows[len(rows)-1] = append(rows[len(rows)-1], names...)
		}
	}
	return rows
}

// rowOf is the row of a package, and the name that it is drawn by: its own before that
// of a folder above it.
func rowOf(path string, rows [][]string) (row int, name string, found int) {
	path = strings.TrimPrefix(path, module+"/")
	short := strings.TrimPrefix(path, "node/")
	for _, fits := range []func(string) bool{
		func(drawn string) bool { return drawn == short },
		func(drawn string) bool { return strings.HasSuffix(drawn, "/...") && matches(short, drawn) },
	} {
		for i, names := range rows {
			for _, drawn := range names {
				if fits(drawn) {
					row, name, found = i, drawn, found+1
				}
			}
		}
		if found > 0 {
			break
		}
	}
	return row, name, found
}

// checkDrawing tells what a drawing says otherwise than the imports do.
func checkDrawing(rows [][]string, all []listed) (faults []string) {
	unused := map[string]bool{}
	for _, names := range rows {
		for _, name := range names {
			unused[name] = true
		}
	}
	for _, p := range all {
		if slices.ContainsFunc(notDrawn, func(pattern string) bool { return matches(p.ImportPath, pattern) }) {
			continue
		}
		row, name, found := rowOf(p.ImportPath, rows)
		if found != 1 {
			faults = append(faults, fmt.Sprintf("%s is drawn %d times, want once", p.ImportPath, found))
			continue
		}
		delete(unused, name)
		for _, path := range p.Imports {
			below, other, drawn := rowOf(path, rows)
			if strings.HasPrefix(path, module) && drawn == 1 && other != name && below <= row {
				faults = append(faults, fmt.Sprintf("%s imports %s, which is not drawn below it", p.ImportPath, path))
			}
		}
	}
	for name := range unused {
		faults = append(faults, name+" is drawn and is no package")
	}
	slices.Sort(faults)
	return faults
}

// The picture of docs/architecture.md shows every room, and no arrow in it runs upward.
func TestDrawingIsOfTheImports(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```\n")
	drawing, _, ok2 := strings.Cut(rest, "```\n")
	rows := rowsOf(drawing)
	if !ok || !ok2 || len(rows) < 8 {
		t.Fatalf("docs/architecture.md does not begin with a drawing: %v", rows)
	}
	for _, fault := range checkDrawing(rows, list(t)) {
		t.Error(fault)
	}
}

func TestPlantedFaultsOfADrawingAreFound(t *testing.T) {
	rows := rowsOf(" +--+--+\n | cmd/a | b |  words\n +--+--+\n | c  c/... gone |\n | d |\n +----+\n")
	all := []listed{
		{ImportPath: module + "/cmd/a", Imports: []string{"os", module + "/node/c"}},
		{ImportPath: module + "/node/b", Imports: []string{module + "/cmd/a"}},
		{ImportPath: module + "/node/c", Imports: []string{module + "/node/c/below", module + "/node/b"}},
		{ImportPath: module + "/node/c/below", Imports: []string{module + "/node/c/other"}},
		{ImportPath: module + "/node/c/other"},
		{ImportPath: module + "/d"},
		{ImportPath: module + "/e"},
	}
	want := []string{
		module + "/e is drawn 0 times, want once",
		module + "/node/b imports " + module + "/cmd/a, which is not drawn below it",
		module + "/node/c imports " + module + "/node/b, which is not drawn below it",
		module + "/node/c imports " + module + "/node/c/below, which is not drawn below it",
		"gone is drawn and is no package",
	}
	if got := checkDrawing(rows, all); !slices.Equal(got, want) {
		t.Errorf("found %q", got)
	}
}
