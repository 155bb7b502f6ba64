package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/sim/jury"
)

// juryCommand runs econsim jury and returns what it printed.
func juryCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := newRoot()
	cmd.SetOut(&out)
	cmd.SetArgs(append([]string{"jury"}, args...))
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// The tables of docs/constitution.md are what econsim computes by the constitution
// that econd init writes.
func TestPriceOfAJuryIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/constitution.md")
	require.NoError(t, err)
	out, err := juryCommand(t, "--json")
	require.NoError(t, err)
	var r jury.Result
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	var want []string
	for _, row := range r.Rows {
		line := fmt.Sprintf("| %d %% | %s %%", row.SharePPM/10_000, percent(row.StakePPM))
		for _, j := range row.Juries {
			line += fmt.Sprintf(" | %s %% | %s %%", percent(j.ExactPPM), percent(j.DrawnPPM))
		}
		want = append(want, line+fmt.Sprintf(" | %d | %d |", row.LossSat, row.EvenTries))
	}
	for _, x := range []struct{ all, bought int64 }{{5, 5}, {20, 5}, {20, 10}, {30, 15}} {
		p := jury.ByKeys(5, x.all, x.bought)
		ppm := new(big.Int).Quo(new(big.Int).Mul(p.Num(), big.NewInt(1_000_000)), p.Denom()).Int64()
		want = append(want, fmt.Sprintf("| %d of %d | %d | %s %% |", x.bought, x.all, x.bought*10_010, percent(ppm)))
	}
	for _, line := range want {
		if !strings.Contains(string(text), "\n"+line+"\n") {
			t.Errorf("docs/constitution.md lacks the line\n%s", line)
		}
	}
}

// The same seed prints the same, another draws otherwise, and the seed is printed.
func TestJuryIsRepeatable(t *testing.T) {
	args := []string{"--draws", "500", "--shares", "34", "--seed", "9"}
	first, err := juryCommand(t, args...)
	require.NoError(t, err)
	second, err := juryCommand(t, args...)
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.Contains(t, first, "500 draws of seed 9")
	require.Contains(t, first, "34.00 %")
	other, err := juryCommand(t, "--draws", "500", "--shares", "34", "--seed", "10")
	require.NoError(t, err)
	require.NotEqual(t, strings.ReplaceAll(first, "seed 9", ""), strings.ReplaceAll(other, "seed 10", ""))
}

func TestJuryRefuses(t *testing.T) {
	spread := filepath.Join(t.TempDir(), "spread.yaml")
	require.NoError(t, os.WriteFile(spread, bytes.ReplaceAll(yamlfile.Default, []byte("seats: weight "), []byte("seats: spread ")), 0o600))
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"--track", "price"}, `no track "price" has disputes; these have: parameter, treasury`},
		{[]string{"--shares", "101"}, "--shares: is 101"},
		{[]string{"--keys", "0"}, "keys: is 0"},
		{[]string{"--constitution", spread}, "dispute.seats"},
		{[]string{"--constitution", spread + "x"}, "no such file"},
	} {
		_, err := juryCommand(t, x.args...)
		require.ErrorContains(t, err, x.want)
	}
}

// The constitutions that econd ships go by name, a misspelt one is told so.
func TestJuryConstitutions(t *testing.T) {
	out, err := juryCommand(t, "--constitution", "demo")
	require.NoError(t, err)
	require.Contains(t, out, "No track of this constitution has disputes")
	for name, want := range map[string]int{"": 0, "default": 0, "demo": 0, "dmeo": cli.ExitUsage} {
		root := newRoot()
		root.SetOut(io.Discard)
		root.SetArgs([]string{"jury", "--constitution", name, "--draws", "10"})
		err := root.Execute()
		require.Equal(t, want, cli.Code(err), name)
		if want != 0 {
			require.ErrorContains(t, err, "default and demo are those that econd ships")
		}
	}
}
