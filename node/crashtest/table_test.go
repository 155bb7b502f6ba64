package crashtest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the table of docs/wallets.md; with -long")

const (
	tableBegins = "<!-- crash-test -->\n"
	tableEnds   = "<!-- /crash-test -->\n"
	tableHead   = "| wallet | scenario | schedules | requests | payments ended | kills | msat over budget | paid twice |\n|---|---|---|---|---|---|---|---|\n"
)

// table gathers what the tests of this run found, a row for each wallet and scenario.
var table struct {
	mu   sync.Mutex
	rows []string
}

func row(wallet, scenario string, count int, sum Report) {
	table.mu.Lock()
	defer table.mu.Unlock()
	table.rows = append(table.rows, fmt.Sprintf("| %s | %s | %d | %d | %d | %d | %d | %d |\n", wallet, scenario, count, sum.Pays, sum.Ends, sum.Kills, sum.OverMsat, sum.Twice))
}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && *update && *long {
		code = writeTable()
	}
	os.Exit(code)
}

func page() (path, before, rows, after string, err error) {
	path = filepath.Join("..", "..", "docs", "wallets.md")
	text, err := os.ReadFile(path)
	before, rest, ok := strings.Cut(string(text), tableBegins)
	rows, after, ends := strings.Cut(rest, tableEnds)
	if err == nil && (!ok || !ends) {
		err = fmt.Errorf("%s has no table of make crash-test", path)
	}
	return path, before, strings.TrimPrefix(rows, tableHead), after, err
}

func writeTable() (code int) {
	path, before, _, after, err := page()
	if err == nil {
		err = os.WriteFile(path, []byte(before+tableBegins+tableHead+strings.Join(table.rows, "")+tableEnds+after), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// What docs/wallets.md says was found has a row for each scenario, and no fault.
func TestTableIsPublished(t *testing.T) {
	_, _, rows, _, err := page()
	require.NoError(t, err)
	for _, s := range Scenarios() {
		require.Contains(t, rows, "| "+s.Name+" | ")
	}
	for line := range strings.Lines(rows) {
		require.True(t, strings.HasSuffix(line, "| 0 | 0 |\n"), line)
	}
}
