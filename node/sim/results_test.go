package sim

import (
	"context"
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
)

const sweptSmall = small + `
sweep:
  method: grid
  parameters:
    - {path: constitution.tracks.price.weight.kind, values: [stake, root-stake], rule: true}
    - {path: attack.budget_sat, values: [0, 40000, 4000000], rule: true}
`

// contents maps every file of a directory to its bytes.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var raw []byte
			raw, err = os.ReadFile(path)
			name, _ := filepath.Rel(dir, path)
			out[name] = string(raw)
		}
		return err
	}))
	return out
}

func sweepInto(t *testing.T, dir string, workers int) map[string]string {
	t.Helper()
	p, err := RunSweep(context.Background(), load(t, sweptSmall), Options{Dir: dir, Workers: workers})
	require.NoError(t, err)
	require.True(t, p.Complete)
	return contents(t, dir)
}

// The results are the same bytes for any number of workers, and when the sweep
// was interrupted and resumed.
func TestResultsDependOnTheScenarioAlone(t *testing.T) {
	want := sweepInto(t, t.TempDir(), 1)
	require.Equal(t, want, sweepInto(t, t.TempDir(), 4))

	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	p, err := RunSweep(ctx, load(t, sweptSmall), Options{Dir: dir, Workers: 1, Progress: func(p Progress) {
		if p.CellsDone == 2 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, p.Complete)
	require.Equal(t, 2, p.CellsDone)
	partial := strings.Split(strings.TrimSpace(contents(t, dir)[runsFile]), "\n")
	require.Len(t, partial, 1+2*3, "the tables hold the finished cells")
	require.NotContains(t, contents(t, dir), flipFile, "a headline over some of the budgets would mislead")
	v, err := Verify(context.Background(), dir, 1, 0, nil)
	require.NoError(t, err)
	require.False(t, v.Complete)

	var started []int
	_, err = RunSweep(context.Background(), load(t, sweptSmall), Options{Dir: dir, Workers: 2, Progress: func(p Progress) { started = append(started, p.CellsDone) }})
	require.NoError(t, err)
	require.Equal(t, []int{2, 3, 4, 5, 6}, slices.Compact(started), "finished cells are kept")
	require.Equal(t, want, contents(t, dir))
}

func TestOtherResultsAreNotTouched(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o600))
	_, err := RunSweep(context.Background(), load(t, sweptSmall), Options{Dir: dir, Workers: 1})
	require.ErrorIs(t, err, ErrOtherResults)

	dir = t.TempDir()
	sweepInto(t, dir, 2)
	_, err = RunSweep(context.Background(), load(t, strings.Replace(sweptSmall, "seed: 7", "seed: 8", 1)), Options{Dir: dir, Workers: 1})
	require.ErrorIs(t, err, ErrOtherResults)

	name := filepath.Join(dir, provenanceFile)
	raw, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, []byte(strings.Replace(string(raw), `"format": 3`, `"format": 2`, 1)), 0o600))
	_, err = Verify(context.Background(), dir, 1, 0, nil)
	require.ErrorIs(t, err, ErrOtherResults)
	require.ErrorContains(t, err, "made by another version of econsim (format 2, this one reads 3)")
}

// Every row carries all parameters, in CSV and Parquet alike.
func TestTables(t *testing.T) {
	dir := t.TempDir()
	files := sweepInto(t, dir, 2)
	lines, err := csv.NewReader(strings.NewReader(files[runsFile])).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1+6*3)
	at := map[string]int{}
	for i, name := range lines[0] {
		at[name] = i
	}
	require.Len(t, at, len(lines[0]), "column names are unique")
	require.Equal(t, "200000", lines[1][at["constitution.tracks.price.quorum.share_ppm"]])
	require.Equal(t, "sybil-ring", lines[1][at["populations.ring.kind"]])
	require.Equal(t, "root-stake", lines[18][at["constitution.tracks.price.weight.kind"]])
	require.Equal(t, "4000000", lines[18][at["attack.budget_sat"]])

	f, err := os.Open(filepath.Join(dir, parquetFile))
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	file, err := parquet.OpenFile(f, info.Size())
	require.NoError(t, err)
	require.EqualValues(t, 18, file.NumRows())
	rows := file.RowGroups()[0].Rows()
	defer rows.Close()
	got := make([]parquet.Row, 18)
	n, _ := rows.ReadRows(got)
	require.Equal(t, 18, n)
	for i, row := range got {
		for j, path := range file.Schema().Columns() {
			got := row[j].String()
			if row[j].IsNull() {
				got = ""
			}
			require.Equal(t, lines[i+1][at[path[0]]], got, "row %d, column %s", i, path[0])
		}
	}

	flip := strings.Split(files[flipFile], "\n")
	require.Equal(t, "constitution.tracks.price.weight.kind,sats_for_even_chance,ci_low,ci_high,budget_below,budget_above,runs_opened,runs", flip[0])
	require.Equal(t, "stake,4000000,0,,0,4000000,3,9", flip[1], "only the greatest budget had votes, and three runs that agree rule nothing out")
	for _, name := range []string{"attack_success", "attack_weight_ppm", "turnout_ppm", "bad_passed", "executed"} {
		require.Equal(t, []string{"", "", "1"}, []string{empty(lines[1][at[name]]), empty(lines[4][at[name]]), empty(lines[7][at[name]])}, name)
	}
	require.Equal(t, []string{"absent", "wallet", ""}, []string{lines[1][at["unopened_by"]], lines[4][at["unopened_by"]], lines[7][at["unopened_by"]]})
	require.Equal(t, "0", lines[1][at["bad_opened"]], "what was counted stays")
	require.Contains(t, files[summaryFile], "\n0,stake,0,attack_success,3,0,,,,")
	require.Contains(t, files[summaryFile], "\n2,stake,4000000,attack_success,3,3,1,0,,,,,1,1,1,1,1,0.438")
}

// empty tells a value from none.
func empty(field string) string {
	if field == "" {
		return ""
	}
	return "1"
}

// Each single falsification is found: in a file alone by its hash, and with the
// hash put right by what it should follow from.
func TestVerifyFindsChanges(t *testing.T) {
	dir := t.TempDir()
	sweepInto(t, dir, 2)
	v, err := Verify(context.Background(), dir, 2, 1, nil)
	require.NoError(t, err)
	require.Equal(t, 18, v.Runs)
	require.Len(t, v.Cells, 2)

	p, err := ReadProvenance(dir)
	require.NoError(t, err)
	require.Len(t, p.Files, v.Files)
	require.GreaterOrEqual(t, v.Files, 6)
	for i, f := range p.Files {
		if strings.HasSuffix(f.Name, ".png") && slices.ContainsFunc(p.Files[:i], func(g FileHash) bool { return strings.HasSuffix(g.Name, ".png") }) {
			continue // one picture stands for all
		}
		raw, err := os.ReadFile(filepath.Join(dir, f.Name))
		require.NoError(t, err)
		changed := []byte(strings.Replace(string(raw), "4", "5", 1))
		require.NotEqual(t, raw, changed)
		require.NoError(t, os.WriteFile(filepath.Join(dir, f.Name), changed, 0o600))
		_, err = Verify(context.Background(), dir, 6, 1, nil)
		require.ErrorIs(t, err, ErrResults, f.Name)
		require.ErrorContains(t, err, f.Name)

		p2 := *p
		p2.Files = append([]FileHash(nil), p.Files...)
		for i := range p2.Files {
			if p2.Files[i].Name == f.Name {
				p2.Files[i].SHA256 = hexSum(changed)
			}
		}
		require.NoError(t, p2.write(dir))
		_, err = Verify(context.Background(), dir, 6, 1, nil)
		require.ErrorIs(t, err, ErrResults, f.Name)
		require.NoError(t, os.WriteFile(filepath.Join(dir, f.Name), raw, 0o600))
		require.NoError(t, p.write(dir))
	}
	_, err = Verify(context.Background(), dir, 6, 1, nil)
	require.NoError(t, err)

	_, err = Verify(context.Background(), t.TempDir(), 1, 0, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "holds no results of econsim run")
}

// A run that was made up consistently, tables and hashes included, is found by
// running its cell again.
func TestVerifyRunsCellsAgain(t *testing.T) {
	dir := t.TempDir()
	sweepInto(t, dir, 2)
	name := cellFile(dir, 5)
	raw, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, []byte(strings.Replace(string(raw), `"attack_success":1`, `"attack_success":0`, 1)), 0o600))
	sweepInto(t, dir, 2) // writes the tables anew from the cells
	_, err = Verify(context.Background(), dir, 6, 0, nil)
	require.ErrorIs(t, err, ErrResults)
	require.ErrorContains(t, err, "cell 5, replicate 0: attack_success is 0, run again it is 1")
}
