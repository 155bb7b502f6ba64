package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// noRooms are packages below node/ that the table of rooms leaves out: what only tests
// and generators use.
var noRooms = []string{"node/archtest", "node/audit/audittest", "node/audit/cheat", "node/ballotstore/storetest", "node/client/gen", "node/crashtest",
	"node/devnet/devnettest", "node/lnd/lndtest", "node/nostr/relaytest", "node/offer/offertest", "node/mpp/mpptest"}

var quoted = regexp.MustCompile("`([^`]+)`")

// tableOfRooms are the folders in the first column of the table below a page's "## Rooms".
func tableOfRooms(page string) (rooms []string) {
	_, section, _ := strings.Cut(page, "\n## Rooms\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, m := range quoted.FindAllStringSubmatch(cells[1], -1) {
				rooms = append(rooms, m[1])
			}
		}
	}
	return rooms
}

// checkRooms tells which packages below node/ have no row and are no exception, and which
// rows and exceptions are of no package.
func checkRooms(rooms, except, packages []string) (faults []string) {
	used := map[string]bool{}
	for _, path := range packages {
		path = strings.TrimPrefix(path, module+"/")
		found := !matches(path, "node/...")
		for _, name := range slices.Concat(rooms, except) {
			if matches(path, name) {
				found, used[name] = true, true
			}
		}
		if !found {
			faults = append(faults, path+" has no row in the table of rooms")
		}
	}
	for _, name := range slices.Concat(rooms, except) {
		if !used[name] {
			faults = append(faults, name+" is no package")
		}
		if slices.Contains(rooms, name) && slices.Contains(except, name) {
			faults = append(faults, name+" has a row and is an exception")
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// Every package says in docs/architecture.md what it promises and what it refuses to know.
func TestEveryRoomHasItsRow(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	var packages []string
	for _, p := range list(t) {
		packages = append(packages, p.ImportPath)
	}
	for _, fault := range checkRooms(tableOfRooms(string(page)), noRooms, packages) {
		t.Error(fault)
	}
}

func TestPlantedFaultsOfRoomsAreFound(t *testing.T) {
	rooms := tableOfRooms("`node/above`\n\n## Rooms\n\n| folder | promise |\n|---|---|\n| `node/a`, `node/a/...` | `node/x` |\n| `gone` | |\n| `node/b` | |\n\n## Next\n\n| `node/c` | |\n")
	packages := []string{module + "/node/a/deep", module + "/node/a", module + "/node/b", module + "/node/c", module + "/cmd/d"}
	want := []string{"gone is no package", "node/b has a row and is an exception", "node/c has no row in the table of rooms", "node/e is no package"}
	if got := checkRooms(rooms, []string{"node/b", "node/e"}, packages); !slices.Equal(got, want) {
		t.Errorf("found %q", got)
	}
}
